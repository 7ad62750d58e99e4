/**
 * What covers a byte. `signature`: a program that was signed. `root hash`, `sha256`: the store, by what a signed command
 * line says. `checked`: nothing secret, but firn writes exactly this around these contents, and `verify` refuses anything
 * else. `nothing`: it can be another, and why that does no harm is told.
 */
export type Cover = 'signature' | 'root hash' | 'sha256' | 'checked' | 'nothing'

/** Some bytes of the image, and what covers them. */
export interface Claim {
  readonly offset: number
  readonly size: number
  readonly what: string
  readonly by: Cover
  readonly why?: string
}

/** Every byte of an image once, in order: where claims overlap, the later one counts. */
export function mapOf(size: number, claims: readonly Claim[]): Claim[] {
  const edges = claims.flatMap(({ offset, size: length }, i) =>
    length > 0
      ? [
          { at: offset, i, opens: true },
          { at: offset + length, i, opens: false },
        ]
      : [],
  )
  edges.sort((a, b) => a.at - b.at)
  const open = new Set<number>()
  const spans: Claim[] = []
  let at = 0
  for (const { at: edge, i, opens } of edges) {
    const end = Math.min(edge, size)
    if (end > at && open.size > 0) put(spans, claims[Math.max(...open)]!, at, end)
    at = Math.max(at, end)
    if (opens) open.add(i)
    else open.delete(i)
  }
  return spans
}

function put(spans: Claim[], claim: Claim, from: number, to: number): void {
  const last = spans.at(-1)
  const goesOn =
    last !== undefined && last.offset + last.size === from && last.what === claim.what && last.by === claim.by
  if (goesOn) spans[spans.length - 1] = { ...last, size: to - last.offset }
  else spans.push({ ...claim, offset: from, size: to - from })
}

/** What covers one byte. */
export function coverAt(map: readonly Claim[], offset: number): Claim | undefined {
  let [low, high] = [0, map.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const { offset: from, size } = map[middle]!
    if (from + size <= offset) low = middle + 1
    else high = middle
  }
  const found = map[low]
  return found !== undefined && found.offset <= offset ? found : undefined
}
