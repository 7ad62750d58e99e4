import { ByteReader, UserError } from '@firn/core'
import { BLOCK, DIRENT, KIND_TYPE, type Kind } from './erofs-format.ts'

/** An entry; names are bytes, a character each. */
export interface Dirent {
  readonly name: string
  readonly nid: number
  readonly kind: Kind
}

const MAX_NAME = 255
const KIND_OF_TYPE = new Map<number, Kind>(Object.entries(KIND_TYPE).map(([kind, type]) => [type, kind as Kind]))

/** Names as a directory has them: itself and its parent among them, in the order of bytes. Bad ones are a UserError. */
export function directoryNames(names: Iterable<string>): string[] {
  const all = [...names]
  for (const name of all) {
    if (!isName(name))
      throw new UserError(`${JSON.stringify(name)}: no name for a file`, 'it has 1 to 255 bytes, no / and no NUL')
  }
  return [...all, '.', '..'].sort()
}

/** The size of a directory. Blocks are full in their order; only the last counts by what it holds. */
export function directorySize(names: readonly string[]): number {
  let [blocks, used] = [0, 0]
  for (const name of names) {
    const need = DIRENT + name.length
    if (used + need > BLOCK) {
      blocks++
      used = 0
    }
    used += need
  }
  return blocks * BLOCK + used
}

/** The bytes of a directory: in each block first the entries, then their names. */
export function directoryBytes(names: readonly string[], find: (name: string) => Omit<Dirent, 'name'>): Uint8Array {
  const bytes = Buffer.alloc(directorySize(names))
  for (let first = 0, start = 0; first < names.length; start += BLOCK) {
    let last = first
    for (let used = 0; last < names.length; last++) {
      used += DIRENT + names[last]!.length
      if (used > BLOCK) break
    }
    let nameAt = (last - first) * DIRENT
    for (let i = first; i < last; i++) {
      const name = names[i]!
      const { nid, kind } = find(name)
      const at = start + (i - first) * DIRENT
      bytes.writeUIntLE(nid, at, 6)
      bytes.writeUInt16LE(nameAt, at + 8)
      bytes[at + 10] = KIND_TYPE[kind]
      bytes.write(name, start + nameAt, 'latin1')
      nameAt += name.length
    }
    first = last
  }
  return bytes
}

/** The entries of one block of a directory, itself and its parent too; `after`: the name before, in whose order they are. */
export function parseDirectoryBlock(block: Uint8Array, after: string): Dirent[] {
  const reader = new ByteReader(block, 'erofs directory')
  const first = new ByteReader(block, 'erofs directory', 8).u16('name')
  if (first < DIRENT || first % DIRENT !== 0 || first >= block.length) reader.fail(`names begin at ${first}`)
  const entries: Dirent[] = []
  const starts: number[] = []
  for (let at = 0; at < first; at += DIRENT) starts.push(new ByteReader(block, 'erofs directory', at + 8).u16('name'))
  let last = after
  for (const [i, start] of starts.entries()) {
    reader.offset = i * DIRENT
    const nid = reader.u64('inode')
    reader.skip(2, 'name')
    const kind = KIND_OF_TYPE.get(reader.u8('type')) ?? reader.fail('an entry that is neither file, directory nor link')
    const end = starts[i + 1] ?? block.length
    if (start < first || end <= start || end > block.length) reader.fail(`a name from ${start} to ${end}`)
    const name = Buffer.from(block.subarray(start, end)).toString('latin1').replace(/\0.*$/s, '')
    if (!isName(name) && name !== '.' && name !== '..') reader.fail('a name that no file can have')
    if (name <= last) reader.fail('names out of order')
    last = name
    entries.push({ name, nid, kind })
  }
  return entries
}

function isName(name: string): boolean {
  return name !== '.' && name !== '..' && name.length <= MAX_NAME && /^[\u0001-\u002e\u0030-\u00ff]+$/.test(name)
}
