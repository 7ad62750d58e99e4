import { ByteReader, type ByteSource, UserError } from '@firn/core'
import { FIRST_DESCRIPTOR, ISO_SECTOR } from './iso-write.ts'

/** A CD image (ECMA-119), as far as starting from it needs. Bytes from the start of the image. */
export interface Iso {
  readonly volumeId: string
  /** What the volume says it takes. */
  readonly size: number
  /** Of the root folder, in UTC. */
  readonly time: Date
  /** What firmware may start from, the default first; empty when the CD does not start. */
  readonly boot: readonly BootEntry[]
  /** The files of the root folder. */
  readonly files: readonly IsoEntry[]
  /** Where the boot catalogue is. */
  readonly catalog?: number
}

/** An entry of the boot catalogue (El Torito 1.0). */
export interface BootEntry {
  /** 0xef: UEFI; 0: a BIOS. */
  readonly platform: number
  readonly bootable: boolean
  /** 0: none, as UEFI wants it. */
  readonly emulation: number
  readonly offset: number
  /** Undefined: up to the end of the medium. */
  readonly size?: number
}

export interface IsoEntry {
  readonly name: string
  readonly isFolder: boolean
  readonly extents: readonly { readonly offset: number; readonly size: number }[]
}

const HINT = 'this is no CD image, or it is damaged: xorriso -indev tells more'
const MOST_DESCRIPTORS = 64
const MOST_ROOT = 1 << 20

/** Read a CD image; undefined when it is none. Errors: one that is cut off or damaged. */
export function readIso(source: ByteSource): Iso | undefined {
  if (identifierAt(source, FIRST_DESCRIPTOR) === undefined) return undefined
  let primary: ByteReader | undefined
  let catalog: number | undefined
  for (let i = 0; i < MOST_DESCRIPTORS; i++) {
    const type = identifierAt(source, FIRST_DESCRIPTOR + i)
    if (type === undefined || type === 255) break
    const bytes = source.read((FIRST_DESCRIPTOR + i) * ISO_SECTOR, ISO_SECTOR)
    if (type === 1) primary ??= new ByteReader(bytes, 'ISO 9660', 8)
    if (type === 0 && latin1(bytes.subarray(7, 39)).startsWith('EL TORITO SPECIFICATION')) {
      catalog = new ByteReader(bytes, 'El Torito', 71).u32('place of the catalogue') * ISO_SECTOR
    }
  }
  if (primary === undefined) throw new UserError('ISO 9660: no primary volume descriptor', HINT)
  primary.skip(32, 'system')
  const volumeId = latin1(primary.take(32, 'volume')).trimEnd()
  primary.skip(8, 'reserved')
  const size = primary.u32('size') * ISO_SECTOR
  primary.offset = 156
  const root = readRecord(primary)
  return {
    volumeId,
    size,
    time: root?.time ?? new Date(0),
    boot: catalog === undefined ? [] : readCatalog(source, catalog),
    files: root === undefined ? [] : readRoot(source, root),
    ...(catalog === undefined ? {} : { catalog }),
  }
}

/** The type of a volume descriptor. */
function identifierAt(source: ByteSource, sector: number): number | undefined {
  const at = sector * ISO_SECTOR
  if (at + ISO_SECTOR > source.size) return undefined
  const bytes = source.read(at, 7)
  return latin1(bytes.subarray(1, 6)) === 'CD001' ? bytes[0] : undefined
}

function readCatalog(source: ByteSource, at: number): BootEntry[] {
  if (at + ISO_SECTOR > source.size) throw new UserError('El Torito: the catalogue is behind the end', HINT)
  const bytes = Buffer.from(source.read(at, ISO_SECTOR))
  let sum = 0
  for (let i = 0; i < 32; i += 2) sum += bytes.readUInt16LE(i)
  if (bytes[0] !== 1 || bytes.readUInt16LE(30) !== 0xaa55 || (sum & 0xffff) !== 0) {
    throw new UserError('El Torito: the catalogue is damaged', HINT)
  }
  const entries = [readBootEntry(bytes, 32, bytes[1]!)]
  for (let header = 64; header + 32 <= ISO_SECTOR && (bytes[header] === 0x90 || bytes[header] === 0x91); ) {
    const count = bytes.readUInt16LE(header + 2)
    const end = Math.min(ISO_SECTOR, header + 32 + count * 32)
    for (let i = header + 32; i < end; i += 32) entries.push(readBootEntry(bytes, i, bytes[header + 1]!))
    if (bytes[header] === 0x91) break
    header = end
  }
  return entries
}

function readBootEntry(bytes: Buffer, at: number, platform: number): BootEntry {
  const sectors = bytes.readUInt16LE(at + 6)
  return {
    platform,
    bootable: bytes[at] === 0x88,
    emulation: bytes[at + 1]! & 0x0f,
    offset: bytes.readUInt32LE(at + 8) * ISO_SECTOR,
    ...(sectors < 2 ? {} : { size: sectors * 512 }),
  }
}

interface Record {
  readonly name: string
  readonly flags: number
  readonly offset: number
  readonly size: number
  readonly time: Date
}

function readRoot(source: ByteSource, { offset, size }: Record): IsoEntry[] {
  if (size > MOST_ROOT || offset + size > source.size) throw new UserError('ISO 9660: the root folder is cut off', HINT)
  const found: IsoEntry[] = []
  let pending: { offset: number; size: number }[] = []
  for (let at = 0; at < size; at += ISO_SECTOR) {
    const reader = new ByteReader(source.read(offset + at, Math.min(ISO_SECTOR, size - at)), 'ISO 9660')
    for (let one = readRecord(reader); one !== undefined; one = readRecord(reader)) {
      pending.push({ offset: one.offset, size: one.size })
      if ((one.flags & 0x80) !== 0) continue
      // The folder itself and the one above are called by one byte each.
      if (!['\0', '\x01'].includes(one.name)) {
        found.push({ name: one.name.replace(/;1$/, ''), isFolder: (one.flags & 2) !== 0, extents: pending })
      }
      pending = []
    }
  }
  return found
}

/** Undefined where the records of a sector end. */
function readRecord(reader: ByteReader): Record | undefined {
  const start = reader.offset
  if (reader.remaining === 0) return undefined
  const length = reader.u8('size of an entry')
  if (length === 0) return undefined
  reader.skip(1, 'attributes')
  const offset = reader.u32('place') * ISO_SECTOR
  reader.skip(4, 'place')
  const size = reader.u32('size')
  reader.skip(4, 'size')
  const [year = 0, month = 1, day, hour, minute, second] = reader.take(7, 'time')
  const time = new Date(Date.UTC(1900 + year, month - 1, day, hour, minute, second))
  const flags = reader.u8('flags')
  reader.skip(6, 'number of the volume')
  const name = latin1(reader.take(reader.u8('length of the name'), 'name'))
  if (start + length < reader.offset) reader.fail('an entry shorter than its name', start)
  reader.offset = start
  reader.skip(length, 'entry')
  return { name, flags, offset, size, time }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
