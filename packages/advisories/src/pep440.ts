/** Keys in the order that decides; each list is compared field by field. */
export interface Pep440 {
  readonly release: readonly bigint[]
  readonly suffix: readonly bigint[]
}

const PEP440 =
  /^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]*))?(?:-([0-9]+)|[-_.]?(post|rev|r)[-_.]?([0-9]*))?(?:[-_.]?(dev)[-_.]?([0-9]*))?(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?$/

/** A version by PEP 440 (packaging.python.org), local part left out, else undefined. */
export function parsePep440(text: string): Pep440 | undefined {
  const plain = text.trim().toLowerCase()
  if (plain.length > 256) return undefined
  const found = PEP440.exec(plain)
  if (found === null) return undefined
  const [, epoch, release, pre, preNumber, dash, post, postNumber, dev, devNumber] = found
  const isDevOnly = pre === undefined && post === undefined && dash === undefined && dev !== undefined
  return {
    release: [BigInt(epoch ?? 0), ...withoutZeros(release!.split('.').map(BigInt))],
    suffix: [
      isDevOnly ? -1n : (PRE[pre ?? ''] ?? 3n),
      BigInt(preNumber || 0),
      (dash ?? post) ? 1n : 0n,
      BigInt(dash ?? (postNumber || 0)),
      dev === undefined ? 1n : 0n,
      BigInt(devNumber || 0),
    ],
  }
}

export function comparePep440(a: Pep440, b: Pep440): -1 | 0 | 1 {
  return compareLists(a.release, b.release) || compareLists(a.suffix, b.suffix)
}

const PRE: Readonly<Record<string, bigint>> = { a: 0n, alpha: 0n, b: 1n, beta: 1n, c: 2n, rc: 2n, pre: 2n, preview: 2n }

function withoutZeros(numbers: readonly bigint[]): bigint[] {
  return numbers.slice(0, numbers.findLastIndex((number) => number !== 0n) + 1)
}

function compareLists(a: readonly bigint[], b: readonly bigint[]): -1 | 0 | 1 {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [left, right] = [a[i] ?? 0n, b[i] ?? 0n]
    if (left !== right) return left < right ? -1 : 1
  }
  return 0
}
