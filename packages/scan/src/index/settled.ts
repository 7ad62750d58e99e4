import { ByteReader } from '@firn/core'
import { comparePlain, MOST_FIELDS, type PlainVersion, type Turn } from '../match/settled.ts'

/**
 * What of each advisory is settled for which versions (`settledTurns`), so that those which are, need not be read. The
 * versions of all turns are kept once, in their order: who asks finds his own place among them once, and then compares
 * places. All u32, little-endian:
 *
 *     versions | for each: MOST_FIELDS fields, ascending
 *     advisories | for each: how many turns there are up to its end
 *     turns, ascending within an advisory | each: twice the number of its version, and 1 for right after it
 */
export class SettledTable {
  readonly #bytes: DataView
  readonly #versions: number
  readonly #advisories: number
  /** Where the ends and the turns begin. */
  readonly #ends: number
  readonly #turns: number
  readonly #count: number

  constructor(bytes: Uint8Array) {
    const reader = new ByteReader(bytes, 'advisory index')
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#versions = reader.u32('version count')
    reader.skip(this.#versions * WIDTH, 'versions')
    this.#advisories = reader.u32('advisory count')
    this.#ends = reader.offset
    reader.skip(this.#advisories * 4, 'ends of advisories')
    this.#turns = reader.offset
    this.#count = reader.remaining / 4
    if (this.#count !== this.#end(this.#advisories)) reader.fail('the settled versions do not fit')
  }

  /** Where a version stands among those of all turns. */
  placeOf(version: PlainVersion): number {
    let low = 0
    let high = this.#versions
    while (low < high) {
      const middle = (low + high) >> 1
      const order = this.#compare(middle, version)
      if (order === 0) return middle * 2
      if (order < 0) low = middle + 1
      else high = middle
    }
    return low * 2 - 1
  }

  /** Whether an advisory is settled for the version at a place. */
  isSettled(advisory: number, place: number): boolean {
    if (advisory >= this.#advisories) return false
    const start = this.#end(advisory)
    const end = Math.min(this.#end(advisory + 1), this.#count)
    let at = start
    while (at < end && this.#u32(this.#turns + at * 4) <= place) at++
    return (at - start) % 2 === 1
  }

  /** As `comparePlain`, with the version of a number first. */
  #compare(number: number, version: PlainVersion): number {
    for (let i = 0; i < MOST_FIELDS; i++) {
      const difference = this.#u32(4 + number * WIDTH + i * 4) - (version[i] ?? 0)
      if (difference !== 0) return difference
    }
    return 0
  }

  /** How many turns the first so many advisories have. */
  #end(advisories: number): number {
    return advisories === 0 ? 0 : this.#u32(this.#ends + (advisories - 1) * 4)
  }

  #u32(offset: number): number {
    return this.#bytes.getUint32(offset, true)
  }
}

/** Bytes of a version. */
const WIDTH = MOST_FIELDS * 4

/** The turns of each advisory, in the order of their numbers. */
export function printSettled(advisories: readonly (readonly Turn[])[]): Buffer {
  const distinct = new Map<string, PlainVersion>()
  for (const turns of advisories) for (const { version } of turns) distinct.set(String(version), version)
  const versions = [...distinct.values()].sort(comparePlain)
  const numbers = new Map(versions.map((version, number) => [String(version), number]))
  let total = 0
  const ends = advisories.map((turns) => (total += turns.length))
  const places = advisories.flatMap((turns) =>
    turns.map(({ version, after }) => numbers.get(String(version))! * 2 + (after ? 1 : 0)),
  )
  const fields = versions.flatMap((version) => Array.from({ length: MOST_FIELDS }, (_, i) => version[i] ?? 0))
  const values = [versions.length, ...fields, ends.length, ...ends, ...places]
  const bytes = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, i * 4)
  return bytes
}
