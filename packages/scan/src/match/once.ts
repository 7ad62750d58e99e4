import type { Advisory } from './model.ts'

/** What a text says is the same for each component that asks: found out once, when it is first asked for. */
export function oncePerAdvisory<T>(find: (advisory: Advisory) => T): (advisory: Advisory) => T {
  const known = new WeakMap<Advisory, { readonly value: T }>()
  return (advisory) => {
    const found = known.get(advisory)
    if (found !== undefined) return found.value
    const value = find(advisory)
    known.set(advisory, { value })
    return value
  }
}
