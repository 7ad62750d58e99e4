import { ByteReader } from '@firn/core'

/**
 * The directory of an advisory index: where the blocks are, and which advisories are filed under which names. It is
 * asked as it lies, by a hash table, so that opening an index costs the same however many names it has. u32 are
 * little-endian:
 *
 *     u32 blocks  | for each: u64 offset, u32 length, u32 unpacked size, u32 lines
 *     u32 slots   | for each: u32 0, or 1 + the place of an entry
 *     entries     | for each: u32 length of the name, the name, u32 count, u32 numbers of advisories, ascending
 *
 * There are none or a power of two of slots; an entry is in the first free one from its name's FNV-1a on.
 */

/** A block of advisories: its place, and how many lines it has. */
export interface Block {
  readonly offset: number
  readonly length: number
  /** Bytes unpacked. */
  readonly size: number
  readonly lines: number
}

/** Which advisories are filed under which names. An advisory is its number, counted through all blocks. */
export interface Directory {
  readonly blocks: readonly Block[]
  /** The numbers under a name, ascending. A UserError where the directory is damaged there. */
  readonly under: (name: string) => readonly number[]
}

/** A directory before it is printed: names, each with the numbers of its advisories, ascending. */
export interface Contents {
  readonly blocks: readonly Block[]
  readonly names: ReadonlyMap<string, readonly number[]>
}

/** Read the directory of a file of `fileSize` bytes. What it says of a name is checked when that is asked for. */
export function parseDirectory(bytes: Uint8Array, fileSize: number): Directory {
  const reader = new ByteReader(bytes, 'advisory index')
  const blocks: Block[] = []
  let lines = 0
  for (let count = reader.u32('block count'); blocks.length < count; ) {
    const block = {
      offset: reader.u64('block offset'),
      length: reader.u32('block length'),
      size: reader.u32('block size'),
      lines: reader.u32('block lines'),
    }
    if (block.offset + block.length > fileSize) reader.fail('a block lies outside of the file')
    lines += block.lines
    blocks.push(block)
  }
  const slots = reader.u32('slot count')
  if ((slots & (slots - 1)) !== 0) reader.fail(`${slots} slots are no power of two`)
  const start = reader.offset
  reader.skip(slots * 4, 'slots')
  const entries = reader.offset
  return {
    blocks,
    under: (name) => {
      let key: Buffer | undefined
      for (let i = 0, slot = hashOfName(name); i < slots; i++, slot++) {
        reader.offset = start + (slot & (slots - 1)) * 4
        const place = reader.u32('slot')
        if (place === 0) return []
        key ??= Buffer.from(name)
        reader.offset = entries + place - 1
        if (key.equals(reader.take(reader.u32('name length'), 'name'))) return numbers(reader, lines)
      }
      return []
    },
  }
}

function numbers(reader: ByteReader, lines: number): number[] {
  const count = reader.u32('advisory count')
  if (count * 4 > reader.remaining) reader.fail('the advisories of a name do not fit')
  return Array.from({ length: count }, () => {
    const number = reader.u32('advisory')
    return number < lines ? number : reader.fail('a name has an advisory that is not there')
  })
}

export function printDirectory({ blocks, names }: Contents): Buffer {
  const keys = [...names.keys()].map((name) => Buffer.from(name))
  const slots = names.size === 0 ? 0 : 2 ** Math.ceil(Math.log2(names.size * 2))
  const start = 4 + blocks.length * 20 + 4
  const entries = start + slots * 4
  const postings = [...names.values()].reduce((sum, list) => sum + list.length, 0)
  const bytes = Buffer.alloc(entries + keys.reduce((sum, key) => sum + 8 + key.length, 0) + postings * 4)
  let at = bytes.writeUInt32LE(blocks.length)
  for (const { offset, length, size, lines } of blocks) {
    at = bytes.writeBigUInt64LE(BigInt(offset), at)
    for (const value of [length, size, lines]) at = bytes.writeUInt32LE(value, at)
  }
  bytes.writeUInt32LE(slots, at)
  at = entries
  for (const [i, list] of [...names.values()].entries()) {
    const key = keys[i]!
    let slot = hashOf(key) & (slots - 1)
    while (bytes.readUInt32LE(start + slot * 4) !== 0) slot = (slot + 1) & (slots - 1)
    bytes.writeUInt32LE(at - entries + 1, start + slot * 4)
    at = bytes.writeUInt32LE(key.length, at)
    at += key.copy(bytes, at)
    for (const value of [list.length, ...list]) at = bytes.writeUInt32LE(value, at)
  }
  return bytes
}

/** Of a name's bytes. Most names have nothing filed under them, so that those of ASCII are not even made bytes. */
function hashOfName(name: string): number {
  let hash = OFFSET
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code > 0x7f) return hashOf(Buffer.from(name))
    hash = Math.imul(hash ^ code, PRIME)
  }
  return hash >>> 0
}

const OFFSET = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a of 32 bits. */
function hashOf(key: Uint8Array): number {
  let hash = OFFSET
  for (const byte of key) hash = Math.imul(hash ^ byte, PRIME)
  return hash >>> 0
}
