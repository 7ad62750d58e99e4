import { UserError } from '@firn/core'
import { ATTRIBUTE, checksumOf, NAME_PARTS } from './fat-directory.ts'

/** An entry of a folder. */
export interface DirectoryChild {
  readonly name: string
  readonly cluster: number
  /** Undefined for a folder. */
  readonly size: number | undefined
}

interface FatName {
  readonly name: string
  /** 11 bytes: base and extension, filled with spaces. */
  readonly short: string
  /** How many entries the long name takes; 0 when the short one says it all. */
  readonly parts: number
}

const ENTRY = 32
const HINT = 'choose another name'

/** The entries of a folder, without those that end it. The root gets its label, the others `.` and `..`. */
export function directoryBytes(
  children: readonly DirectoryChild[],
  time: Date,
  head: { readonly label: string } | { readonly own: number; readonly above: number },
): Uint8Array {
  const stamp = dosTime(time)
  const entries: Uint8Array[] = []
  if ('own' in head) {
    entries.push(entry('.'.padEnd(11), ATTRIBUTE.directory, head.own, 0, stamp))
    entries.push(entry('..'.padEnd(11), ATTRIBUTE.directory, head.above, 0, stamp))
  } else if (head.label !== '') entries.push(entry(head.label.padEnd(11), ATTRIBUTE.volume, 0, 0, stamp))
  const names = fatNames(children.map(({ name }) => name))
  for (const [i, { cluster, size }] of children.entries()) {
    const { name, short, parts } = names[i]!
    const own = entry(short, size === undefined ? ATTRIBUTE.directory : ATTRIBUTE.archive, cluster, size ?? 0, stamp)
    if (parts > 0) entries.push(longEntries(name, parts, checksumOf(own)))
    entries.push(own)
  }
  return Buffer.concat(entries)
}

/** Short names for the names of a folder, and how much the long ones take. Errors: names that FAT cannot hold. */
export function fatNames(names: readonly string[]): FatName[] {
  const taken = new Set<string>()
  for (const name of names) if (isShort(name)) taken.add(padded(name))
  return names.map((name) => {
    checkName(name)
    if (isShort(name)) return { name, short: padded(name), parts: 0 }
    return { name, short: inventShort(name, taken), parts: Math.ceil(name.length / 13) }
  })
}

function checkName(name: string): void {
  const isBad = name.length > 255 || /^\.{0,2}$|[\u0000-\u001f"*/:<>?\\|\u007f]|[. ]$|^ /.test(name)
  if (isBad) throw new UserError(`FAT: "${name}" is no name that FAT can hold`, HINT)
}

function isShort(name: string): boolean {
  return /^[A-Z0-9!#$%&'()@^_`{}~-]{1,8}(\.[A-Z0-9!#$%&'()@^_`{}~-]{1,3})?$/.test(name)
}

function padded(name: string): string {
  const [base = '', extension = ''] = name.split('.')
  return base.padEnd(8) + extension.padEnd(3)
}

/** `LONGNA~1.EFI`. */
function inventShort(name: string, taken: Set<string>): string {
  const clean = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9_-]/g, '')
  const dot = name.lastIndexOf('.')
  const base = clean(dot > 0 ? name.slice(0, dot) : name) || '_'
  const extension = dot > 0 ? clean(name.slice(dot + 1)).slice(0, 3) : ''
  for (let i = 1; i < 1_000_000; i++) {
    const short = `${base.slice(0, 7 - String(i).length)}~${i}`.padEnd(8) + extension.padEnd(3)
    if (taken.has(short)) continue
    taken.add(short)
    return short
  }
  throw new UserError(`FAT: too many names like ${name}`, 'put fewer files into one folder')
}

function entry(short: string, attributes: number, cluster: number, size: number, stamp: DosTime): Buffer {
  const bytes = Buffer.alloc(ENTRY)
  bytes.write(short, 'latin1')
  bytes[11] = attributes
  bytes.writeUInt16LE(stamp.time, 14)
  bytes.writeUInt16LE(stamp.date, 16)
  bytes.writeUInt16LE(stamp.date, 18)
  bytes.writeUInt16LE(cluster >>> 16, 20)
  bytes.writeUInt16LE(stamp.time, 22)
  bytes.writeUInt16LE(stamp.date, 24)
  bytes.writeUInt16LE(cluster & 0xffff, 26)
  bytes.writeUInt32LE(size, 28)
  return bytes
}

/** The parts of a long name, the last first; behind its end a zero, then ones. */
function longEntries(name: string, parts: number, checksum: number): Uint8Array {
  const text = Buffer.alloc(parts * 26, 0xff)
  text.write(name.length % 13 === 0 ? name : `${name}\0`, 'utf16le')
  const entries = Array.from({ length: parts }, (_, i) => {
    const bytes = Buffer.alloc(ENTRY)
    bytes[0] = (i + 1) | (i === parts - 1 ? 0x40 : 0)
    bytes[11] = ATTRIBUTE.longName
    bytes[13] = checksum
    let done = i * 26
    for (const [from, to] of NAME_PARTS) {
      bytes.set(text.subarray(done, done + to - from), from)
      done += to - from
    }
    return bytes
  })
  return Buffer.concat(entries.reverse())
}

interface DosTime {
  readonly date: number
  readonly time: number
}

function dosTime(at: Date): DosTime {
  const year = at.getUTCFullYear() - 1980
  if (!(year >= 0 && year <= 127)) throw new UserError('FAT: a time before 1980 or after 2107', 'give another time')
  return {
    date: (year << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  }
}
