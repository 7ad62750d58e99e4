import { crc32, deflateRawSync } from 'node:zlib'

export interface Member {
  readonly name: string
  readonly content: Uint8Array
  readonly deflate?: boolean
  /** Sizes after the content, none in the local header, as streaming writers do. */
  readonly descriptor?: boolean
  readonly zip64?: boolean
  /** What the headers say instead of the truth. */
  readonly lie?: Partial<Record<'crc' | 'size' | 'compressedSize' | 'offset' | 'method' | 'flags', number>>
}

/** A zip archive; `zip64` has its end record in the wide form, as more than 65,534 members must. */
export function makeZip(members: Iterable<Member>, options: { zip64?: boolean; comment?: string } = {}): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  let written = 0
  const add = (...pieces: Buffer[]): void => {
    parts.push(...pieces)
    for (const piece of pieces) offset += piece.length
  }
  for (const member of members) {
    written++
    const packed = member.deflate ? deflateRawSync(member.content) : Buffer.from(member.content)
    const facts = {
      flags: (member.descriptor ? 8 : 0) | 0x800,
      method: member.deflate ? 8 : 0,
      crc: crc32(member.content),
      compressedSize: packed.length,
      size: member.content.length,
      offset,
      ...member.lie,
    }
    const name = Buffer.from(member.name)
    const hidden = member.descriptor === true
    add(
      numbers([4, 0x04034b50], [2, 20], [2, facts.flags], [2, facts.method], [4, 0], [4, hidden ? 0 : facts.crc]),
      numbers([4, hidden ? 0 : facts.compressedSize], [4, hidden ? 0 : facts.size], [2, name.length], [2, 0]),
      name,
      packed,
    )
    if (hidden) add(numbers([4, 0x08074b50], [4, facts.crc], [4, facts.compressedSize], [4, facts.size]))
    const wide = member.zip64
      ? numbers([2, 1], [2, 24], [8, facts.size], [8, facts.compressedSize], [8, facts.offset])
      : NONE
    const short = (value: number): number => (member.zip64 ? 0xffffffff : value)
    directory.push(
      numbers([4, 0x02014b50], [2, 20], [2, 20], [2, facts.flags], [2, facts.method], [4, 0], [4, facts.crc]),
      numbers([4, short(facts.compressedSize)], [4, short(facts.size)], [2, name.length], [2, wide.length], [2, 0]),
      numbers([8, 0], [4, short(facts.offset)]),
      name,
      wide,
    )
  }
  const start = offset
  const listing = Buffer.concat(directory)
  add(listing)
  if (options.zip64) {
    const end = offset
    add(
      numbers([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, written], [8, written]),
      numbers([8, listing.length], [8, start]),
      numbers([4, 0x07064b50], [4, 0], [8, end], [4, 1]),
    )
  }
  const comment = Buffer.from(options.comment ?? '')
  const count = options.zip64 ? 0xffff : written
  add(
    numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count]),
    numbers([4, options.zip64 ? 0xffffffff : listing.length], [4, options.zip64 ? 0xffffffff : start]),
    numbers([2, comment.length]),
    comment,
  )
  return Buffer.concat(parts)
}

const NONE = Buffer.alloc(0)

function numbers(...fields: readonly (readonly [bytes: number, value: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([bytes, value]) => {
      const field = Buffer.alloc(8)
      field.writeBigUInt64LE(BigInt(value))
      return field.subarray(0, bytes)
    }),
  )
}
