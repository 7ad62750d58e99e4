export interface Semver {
  readonly numbers: readonly bigint[]
  readonly pre: readonly string[]
}

const SEMVER =
  /^[v=]?([0-9]{1,64})\.([0-9]{1,64})\.([0-9]{1,64})(?:-([0-9a-z-]+(?:\.[0-9a-z-]+)*))?(?:\+[0-9a-z.-]*)?$/i

/** A version by Semantic Versioning 2.0.0 (a leading `v` is forgiven), else undefined. */
export function parseSemver(text: string): Semver | undefined {
  if (text.length > 256) return undefined
  const found = SEMVER.exec(text.trim())
  if (found === null) return undefined
  return { numbers: found.slice(1, 4).map(BigInt), pre: found[4]?.split('.') ?? [] }
}

/** Precedence by section 11 of the specification. */
export function compareSemver(a: Semver, b: Semver): -1 | 0 | 1 {
  for (const [i, number] of a.numbers.entries()) {
    if (number !== b.numbers[i]) return number < b.numbers[i]! ? -1 : 1
  }
  if (a.pre.length === 0 || b.pre.length === 0) return sign(b.pre.length - a.pre.length)
  for (const [i, left] of a.pre.entries()) {
    const right = b.pre[i]
    if (right === undefined) return 1
    const order = compareIdentifiers(left, right)
    if (order !== 0) return order
  }
  return sign(a.pre.length - b.pre.length)
}

function compareIdentifiers(a: string, b: string): -1 | 0 | 1 {
  const numeric = [a, b].map((text) => /^[0-9]+$/.test(text))
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1
  if (!numeric[0]) return a === b ? 0 : a < b ? -1 : 1
  const [left, right] = [BigInt(a), BigInt(b)]
  return left === right ? 0 : left < right ? -1 : 1
}

function sign(value: number): -1 | 0 | 1 {
  return value < 0 ? -1 : value > 0 ? 1 : 0
}
