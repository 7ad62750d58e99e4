import { ByteReader, readGuid, UserError, writeGuid } from '@firn/core'
import type { EfiVariable } from './variable.ts'

/**
 * The flash volume in which EDK2 keeps its variables (MdeModulePkg/Include/Guid/VariableFormat.h, and the firmware volume
 * header of PI 1.7, volume 3): OVMF's OVMF_VARS.fd, and the like of real machines. What stands behind the variables, the
 * working block and its spare for fault-tolerant writes among it, is kept as it is.
 */
export interface VariableStore {
  /** The whole file. */
  readonly bytes: Uint8Array
  /** Where the first variable stands, and where the room for variables ends. */
  readonly from: number
  readonly to: number
  /** Those in force, in the order of the file. */
  readonly variables: readonly EfiVariable[]
}

const FILE_SYSTEM = 'fff12b8d-7696-4c8b-a985-2747075b4f50'
const AUTHENTICATED = 'aaf32c78-947b-439a-a180-2e144ec37792'
const UNAUTHENTICATED = 'ddcf3616-3275-4164-98b6-fe85707ffe7d'
const STORE_HEADER = 28
const VARIABLE_HEADER = 60
const START = 0x55aa
/** Bits are cleared as a record ages: it is written whole (0x3f), is about to be replaced (0x3e), is gone (0x3c, 0x3d). */
const STATE = { added: 0x3f, inTransition: 0x3e } as const
const ERASED = 0xff
const NOT_A_STORE = 'give an OVMF_VARS.fd, or a dump of the variables of another EDK2 firmware'

/** Parse a variable store. Errors: not one, damaged, of EDK2's old kind, or with a write under way. */
export function parseVariableStore(bytes: Uint8Array): VariableStore {
  const header = new ByteReader(bytes, 'EFI variable store', 16)
  if (bytes.length < 72 || readGuid(header.take(16, 'file system')) !== FILE_SYSTEM) {
    throw new UserError('not an EFI variable store (no firmware volume of variables)', NOT_A_STORE)
  }
  const volumeSize = header.u64('size of the volume')
  if (header.u32('signature') !== 0x4856465f) header.fail('no _FVH signature', 0x28)
  header.skip(4, 'attributes')
  const headerSize = header.u16('size of the header')
  if (volumeSize > bytes.length) header.fail(`the volume has ${volumeSize} bytes, the file ${bytes.length}`, 0x20)
  if (headerSize < 72 || headerSize % 2 !== 0) header.fail(`a header of ${headerSize} bytes`, 0x30)
  if (wordSum(new ByteReader(bytes, 'EFI variable store').take(headerSize, 'header')) !== 0) {
    header.fail('the checksum of the volume header is wrong', 0x32)
  }
  const { from, to } = readStoreHeader(bytes, headerSize, volumeSize)
  return { bytes, from, to, variables: inForce(readRecords(bytes, from, to)) }
}

/** The file with these variables in place of its own. Errors: they need more room than there is. */
export function printVariableStore(store: VariableStore, variables: readonly EfiVariable[]): Uint8Array {
  const room = store.to - store.from
  const records = variables.map(printRecord)
  const size = records.reduce((sum, record) => align4(sum) + record.length, 0)
  if (size > room) {
    throw new UserError(
      `the variables need ${size} bytes, the store has room for ${room}`,
      'put fewer entries into dbx',
    )
  }
  const bytes = Buffer.from(store.bytes)
  bytes.fill(ERASED, store.from, store.to)
  let at = store.from
  for (const record of records) {
    at = align4(at)
    bytes.set(record, at)
    at += record.length
  }
  return bytes
}

function readStoreHeader(bytes: Uint8Array, at: number, volumeSize: number): { from: number; to: number } {
  const header = new ByteReader(bytes, 'EFI variable store', at)
  const kind = readGuid(header.take(16, 'kind of the store'))
  if (kind === UNAUTHENTICATED) {
    throw new UserError(
      'EFI variable store: of the old kind that cannot hold Secure Boot keys',
      'take the variable file of a firmware with Secure Boot, such as OVMF_VARS_4M.fd',
    )
  }
  if (kind !== AUTHENTICATED) header.fail(`a store of the unknown kind ${kind}`, at)
  const size = header.u32('size of the store')
  if (size < STORE_HEADER || at + size > volumeSize) header.fail(`a store of ${size} bytes`, at + 16)
  const [format, state] = [header.u8('format'), header.u8('state')]
  if (format !== 0x5a || state !== 0xfe) header.fail('the store is not formatted, or not healthy', at + 20)
  return { from: align4(at + STORE_HEADER), to: at + size }
}

interface Record extends EfiVariable {
  readonly state: number
}

function readRecords(bytes: Uint8Array, from: number, to: number): Record[] {
  const reader = new ByteReader(bytes.subarray(0, to), 'EFI variable store', from)
  const records: Record[] = []
  while (reader.remaining >= VARIABLE_HEADER && reader.u16('start of a variable') === START) {
    const at = reader.offset - 2
    const state = reader.u8('state')
    reader.skip(1, 'reserved')
    const attributes = reader.u32('attributes')
    reader.skip(8, 'monotonic count')
    const time = reader.take(16, 'time')
    reader.skip(4, 'public key')
    const nameSize = reader.u32('size of the name')
    const dataSize = reader.u32('size of the data')
    const vendor = readGuid(reader.take(16, 'vendor'))
    // A record whose header was never finished has no sizes; its successor follows at once.
    if (state === ERASED || nameSize === 0xffff_ffff || dataSize === 0xffff_ffff) {
      reader.offset = align4(reader.offset)
      continue
    }
    if (nameSize < 2 || nameSize % 2 !== 0) reader.fail(`a name of ${nameSize} bytes`, at + 36)
    const name = textOf(reader.take(nameSize, 'name'))
    const data = reader.take(dataSize, `data of ${name}`)
    records.push({ name, vendor, attributes, data, time, state })
    reader.offset = Math.min(align4(reader.offset), to)
  }
  return records
}

/** A variable that is about to be replaced counts until its successor is there. */
function inForce(records: readonly Record[]): EfiVariable[] {
  const isSame = (a: EfiVariable, b: EfiVariable) => a.name === b.name && a.vendor === b.vendor
  const added = new Set(records.filter(({ state }) => state === STATE.added).map(keyOf))
  return records
    .filter(({ state, ...record }, i) => {
      if (state === STATE.added) return true
      if (state !== STATE.inTransition || added.has(keyOf(record))) return false
      return !records.slice(i + 1, i + 1 + MOST_COPIES).some((later) => later.state === state && isSame(later, record))
    })
    .map(({ state: _, ...record }) => record)
}

const MOST_COPIES = 64

function keyOf({ name, vendor }: Pick<EfiVariable, 'name' | 'vendor'>): string {
  return `${vendor} ${name}`
}

function printRecord({ name, vendor, attributes, data, time }: EfiVariable): Uint8Array {
  const nameBytes = Buffer.from(`${name}\0`, 'utf16le')
  const header = Buffer.alloc(VARIABLE_HEADER)
  header.writeUInt16LE(START, 0)
  header.writeUInt8(STATE.added, 2)
  header.writeUInt32LE(attributes, 4)
  if (time !== undefined) header.set(time, 16)
  header.writeUInt32LE(nameBytes.length, 36)
  header.writeUInt32LE(data.length, 40)
  header.set(writeGuid(vendor), 44)
  return Buffer.concat([header, nameBytes, data])
}

function textOf(utf16: Uint8Array): string {
  const text = Buffer.from(utf16).toString('utf16le')
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}

function wordSum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i + 1 < bytes.length; i += 2) sum = (sum + bytes[i]! + (bytes[i + 1]! << 8)) & 0xffff
  return sum
}

function align4(offset: number): number {
  return (offset + 3) & ~3
}
