import { UserError } from '@firn/core'

/**
 * cpio archives in the "newc" form, which is what the Linux kernel unpacks as its initial RAM file system
 * (Documentation/driver-api/early-userspace/buffer-format.rst). A name has no leading slash; folders stand before what
 * is in them. Owner and group are 0, times are 0, and no two names share a file.
 */
export type CpioEntry =
  | { readonly kind: 'file'; readonly name: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly kind: 'directory'; readonly name: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly name: string; readonly target: string }
  | {
      readonly kind: 'device'
      readonly name: string
      readonly mode: number
      readonly major: number
      readonly minor: number
    }

const MAGIC = '070701'
/** After the magic stand thirteen numbers of eight hexadecimal digits. */
const NUMBERS = 13
const HEADER_SIZE = 6 + NUMBERS * 8
const END = 'TRAILER!!!'
const TYPE = { directory: 0o040000, device: 0o020000, file: 0o100000, symlink: 0o120000 } as const
const TYPE_MASK = 0o170000
const MOST_NAME = 4096

/** The archive of these entries, in this order. Errors: a name that the kernel would not take, or take for another. */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const seen = new Set<string>()
  for (const { name } of entries) {
    if (!isPlain(name) || seen.has(name)) {
      throw new UserError(`an initrd can have no file named '${name}'`, 'names are relative, plain, and stand once')
    }
    seen.add(name)
  }
  const end = record(0, END, { mode: 0, content: new Uint8Array() })
  return Buffer.concat([...entries.flatMap((entry, i) => record(i + 1, entry.name, fieldsOf(entry))), ...end])
}

interface Fields {
  readonly mode: number
  readonly content: Uint8Array
  readonly device?: readonly [major: number, minor: number]
}

function fieldsOf(entry: CpioEntry): Fields {
  const content = entry.kind === 'file' ? entry.content : new Uint8Array()
  if (entry.kind === 'symlink') return { mode: TYPE.symlink | 0o777, content: Buffer.from(entry.target) }
  const mode = TYPE[entry.kind] | entry.mode
  return { mode, content, ...(entry.kind === 'device' && { device: [entry.major, entry.minor] as const }) }
}

/** inode, mode, owner, group, links, time, size, device (2), device meant (2), length of the name with its NUL, 0. */
function record(inode: number, name: string, { mode, content, device = [0, 0] }: Fields): Uint8Array[] {
  const nameBytes = Buffer.from(`${name}\0`)
  const links = (mode & TYPE_MASK) === TYPE.directory ? 2 : 1
  const numbers = [inode, mode, 0, 0, links, 0, content.length, 0, 0, ...device, nameBytes.length, 0]
  const header = Buffer.from(MAGIC + numbers.map((number) => number.toString(16).padStart(8, '0')).join(''))
  return [header, nameBytes, padding(header.length + nameBytes.length), content, padding(content.length)]
}

function padding(length: number): Uint8Array {
  return new Uint8Array(-length & 3)
}

function isPlain(name: string): boolean {
  const parts = name.split('/')
  return name.length < MOST_NAME && !name.includes('\0') && parts.every((part) => !['', '.', '..'].includes(part))
}

/**
 * Read an archive that `writeCpio` could have written. Errors: damaged, cut off, of another form of cpio, or with what
 * an initrd of ours never has (hard links, owners, sockets).
 */
export function readCpio(bytes: Uint8Array): CpioEntry[] {
  const entries: CpioEntry[] = []
  for (let at = 0; ; ) {
    const { name, mode, content, device, next } = readRecord(bytes, at)
    if (name === END) return entries
    if (!isPlain(name)) throw bad(at, `a file named '${name}'`)
    entries.push(entryOf(name, mode, content, device, at))
    at = next
  }
}

function readRecord(bytes: Uint8Array, at: number) {
  const header = Buffer.from(take(bytes, at, HEADER_SIZE)).toString('latin1')
  if (!/^070701[0-9A-Fa-f]{104}$/.test(header)) throw bad(at, 'no entry in the "newc" form')
  const numbers = Array.from({ length: NUMBERS }, (_, i) => Number.parseInt(header.slice(6 + i * 8, 14 + i * 8), 16))
  const [, mode, owner, group, links, , size, , , major, minor, nameLength] = numbers as Tuple13
  if (owner !== 0 || group !== 0) throw bad(at, 'a file that is not owned by root')
  if (nameLength < 2 || nameLength > MOST_NAME) throw bad(at, `a name of ${nameLength} bytes`)
  const nameBytes = take(bytes, at + HEADER_SIZE, nameLength)
  if (nameBytes.indexOf(0) !== nameLength - 1) throw bad(at, 'a name with a NUL in it')
  const name = Buffer.from(nameBytes).toString('utf8', 0, nameLength - 1)
  if (links > 1 && (mode & TYPE_MASK) !== TYPE.directory) throw bad(at, `a hard link, ${name}`)
  const start = align(at + HEADER_SIZE + nameLength)
  const content = take(bytes, start, size)
  return { name, mode, content, device: [major, minor] as const, next: align(start + size) }
}

type Tuple13 = [number, number, number, number, number, number, number, number, number, number, number, number, number]

function entryOf(name: string, mode: number, content: Uint8Array, device: readonly [number, number], at: number) {
  const permissions = mode & 0o7777
  const [major, minor] = device
  const kinds: Readonly<Record<number, () => CpioEntry>> = {
    [TYPE.file]: () => ({ kind: 'file', name, mode: permissions, content }),
    [TYPE.directory]: () => ({ kind: 'directory', name, mode: permissions }),
    [TYPE.symlink]: () => ({ kind: 'symlink', name, target: Buffer.from(content).toString('utf8') }),
    [TYPE.device]: () => ({ kind: 'device', name, mode: permissions, major, minor }),
  }
  const make = kinds[mode & TYPE_MASK]
  if (make === undefined) throw bad(at, `${name}, of mode ${mode.toString(8)}`)
  return make()
}

function take(bytes: Uint8Array, at: number, length: number): Uint8Array {
  if (at + length > bytes.length) throw bad(at, 'the end of the archive where more should follow')
  return bytes.subarray(at, at + length)
}

function align(offset: number): number {
  return (offset + 3) & ~3
}

function bad(at: number, what: string): UserError {
  return new UserError(`cpio: at byte ${at}: ${what}`, 'the archive is damaged or not made by firn: build it again')
}
