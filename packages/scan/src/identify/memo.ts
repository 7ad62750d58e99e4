const MOST_KEPT = 20_000

/** Remembers what a pure function of a text gave: records write the same few thousand names and URLs again and again. */
export function memo<T>(derive: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly value: T }>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found.value
    if (known.size >= MOST_KEPT) known.clear()
    const value = derive(text)
    known.set(text, { value })
    return value
  }
}
