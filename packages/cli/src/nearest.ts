/** The known word that takes the fewest edits from what was typed, for "did you mean". */
export function nearest(typed: string, known: readonly string[]): string {
  let best = known[0] ?? ''
  let least = Number.POSITIVE_INFINITY
  for (const word of known) {
    const distance = edits(typed.slice(0, 40), word)
    if (distance < least) {
      least = distance
      best = word
    }
  }
  return best
}

/** Letters put in, left out, changed or swapped with their neighbour (optimal string alignment). */
function edits(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, changed, isSwap ? before[j - 2]! + 1 : changed))
    }
    before = row
    row = next
  }
  return row[b.length]!
}
