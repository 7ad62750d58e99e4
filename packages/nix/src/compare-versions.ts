import { compareText } from './text.ts'

/**
 * Nix's order of versions (`builtins.compareVersions`), exactly: it decides what `nix-env -u` replaces and what
 * expressions ask. Not an order of upstream's releases; for advisories see @firn/advisories.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 {
  const left = components(a)
  const right = components(b)
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const one = left[at] ?? ''
    const other = right[at] ?? ''
    if (isLess(one, other)) return -1
    if (isLess(other, one)) return 1
  }
  return 0
}

/** Runs of digits, and runs of anything else but dots and dashes, which only separate. */
function components(version: string): readonly string[] {
  return version.match(/[0-9]+|[^0-9.-]+/g) ?? []
}

function isLess(one: string, other: string): boolean {
  const first = numberOf(one)
  const second = numberOf(other)
  if (first !== undefined && second !== undefined) return first < second
  if (one === '' && second !== undefined) return true
  if (one === 'pre' && other !== 'pre') return true
  if (other === 'pre') return false
  // 2.3a comes before 2.3.1.
  if (second !== undefined) return true
  if (first !== undefined) return false
  return compareText(one, other) < 0
}

/** Nix reads a C int: a longer run of digits is no number to it, and comes before every number. */
function numberOf(component: string): number | undefined {
  if (!/^[0-9]+$/.test(component)) return undefined
  const value = Number(component)
  return value <= 0x7fff_ffff ? value : undefined
}
