/** The known word that takes the fewest edits (Levenshtein) from what was typed, for "did you mean". */
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

function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
