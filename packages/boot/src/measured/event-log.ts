import { createHash } from 'node:crypto'
import { ByteReader, type Guid, readGuid, UserError } from '@firn/core'
import { parseDevicePath } from '../efivars/device-path.ts'
import { type Bank, extend } from './pcr11.ts'

/**
 * The log that firmware keeps of what it measured (TCG PC Client Platform Firmware Profile 1.06, chapter 10; the
 * crypto-agile form). Linux shows it as /sys/kernel/security/tpm0/binary_bios_measurements.
 */
export interface EventLog {
  /** The banks that the events have digests for, as far as they are known here. */
  readonly banks: readonly Bank[]
  readonly events: readonly LogEvent[]
}

export interface LogEvent {
  readonly pcr: number
  readonly type: number
  readonly digests: ReadonlyMap<Bank, Uint8Array>
  readonly data: Uint8Array
}

export const EVENT = {
  noAction: 0x03,
  separator: 0x04,
  ipl: 0x0d,
  variableDriverConfig: 0x8000_0001,
  variableBoot: 0x8000_0002,
  application: 0x8000_0003,
  bootServicesDriver: 0x8000_0004,
  runtimeDriver: 0x8000_0005,
  action: 0x8000_0007,
  variableAuthority: 0x8000_00e0,
} as const

const NAMES: Readonly<Record<number, string>> = {
  1: 'post code',
  3: 'no action',
  4: 'separator',
  5: 'action',
  6: 'event tag',
  7: 'version of the firmware',
  8: 'version of the firmware',
  10: 'platform configuration',
  13: 'program loader',
  [EVENT.variableDriverConfig]: 'variable',
  [EVENT.variableBoot]: 'boot variable',
  [EVENT.application]: 'program',
  [EVENT.bootServicesDriver]: 'driver',
  [EVENT.runtimeDriver]: 'runtime driver',
  2147483654: 'partition table',
  [EVENT.action]: 'action',
  2147483656: 'firmware',
  2147483657: 'tables',
  2147483658: 'firmware',
  2147483659: 'tables',
  2147483660: 'boot variable',
  [EVENT.variableAuthority]: 'authority',
}

const ALGORITHMS: Readonly<Record<number, Bank>> = { 4: 'sha1', 11: 'sha256', 12: 'sha384', 13: 'sha512' }
const PCRS = 24
const MOST_ALGORITHMS = 16
const MOST_EVENT = 16 * 2 ** 20

/** Parse a log. Errors: the old form with SHA-1 alone, cut off, damaged. */
export function parseEventLog(bytes: Uint8Array): EventLog {
  const reader = new ByteReader(bytes, 'TPM event log')
  const sizes = readHeader(reader)
  const events: LogEvent[] = []
  while (reader.remaining > 0) {
    const at = reader.offset
    const pcr = reader.u32('register')
    // Firmware keeps its log in a larger space that is erased.
    if (pcr === 0xffff_ffff) break
    const type = reader.u32('type')
    if (pcr >= PCRS) reader.fail(`register ${pcr}`, at)
    const digests = readDigests(reader, sizes)
    const size = reader.u32('size of the event')
    if (size > MOST_EVENT) reader.fail(`an event of ${size} bytes`, at)
    events.push({ pcr, type, digests, data: reader.take(size, 'event') })
  }
  return { banks: [...sizes.keys()].flatMap((id) => ALGORITHMS[id] ?? []), events }
}

/** What the registers hold when just this was measured, by register. Only those that the log speaks of. */
export function replay({ events }: Pick<EventLog, 'events'>, bank: Bank): ReadonlyMap<number, Uint8Array> {
  const values = new Map<number, Uint8Array>()
  const zeros = new Uint8Array(createHash(bank).digest().length)
  for (const event of events) {
    if (event.type === EVENT.noAction) {
      const locality = startupLocality(event)
      if (locality !== undefined) values.set(0, Uint8Array.from(zeros).fill(locality, zeros.length - 1))
      continue
    }
    const digest = event.digests.get(bank)
    if (digest !== undefined) values.set(event.pcr, extend(bank, values.get(event.pcr) ?? zeros, digest))
  }
  return values
}

/** An event in words, without control characters taken out: its maker chose them. */
export function describeEvent(event: LogEvent): string {
  const name = NAMES[event.type] ?? `event 0x${event.type.toString(16)}`
  const detail = detailOf(event)
  return detail === '' ? name : `${name}: ${detail}`
}

/** The variable that an event is about: UEFI_VARIABLE_DATA. */
export function variableOf({ data }: LogEvent): { name: string; vendor: Guid; data: Uint8Array } | undefined {
  return orUndefined(() => {
    const reader = new ByteReader(data, 'measured variable')
    const vendor = readGuid(reader.take(16, 'vendor'))
    const nameLength = reader.u64('length of the name')
    const dataLength = reader.u64('length of the data')
    const name = Buffer.from(reader.take(nameLength * 2, 'name')).toString('utf16le')
    return { name, vendor, data: reader.take(dataLength, 'data') }
  })
}

/**
 * Whether the digest is the hash of what the log shows, for events where it must be. A log is not signed: who can write it
 * may show one thing beside the digest of another.
 */
export function isHonest({ type, digests, data }: LogEvent): boolean {
  const { separator, action, variableDriverConfig, variableAuthority } = EVENT
  if (![separator, action, variableDriverConfig, variableAuthority].some((known) => known === type)) return true
  return [...digests].every(([bank, digest]) => createHash(bank).update(data).digest().equals(digest))
}

/** Drivers that came from cards: they stop to load when the key of who signed them is taken away. */
export function optionRoms({ events }: EventLog): readonly LogEvent[] {
  const drivers: readonly number[] = [EVENT.bootServicesDriver, EVENT.runtimeDriver]
  return events.filter(({ pcr, type }) => pcr === 2 && drivers.includes(type))
}

function readHeader(reader: ByteReader): Map<number, number> {
  reader.skip(8, 'register and type')
  reader.skip(20, 'digest')
  const size = reader.u32('size of the first event')
  const header = new ByteReader(reader.take(size, 'first event'), 'TPM event log')
  const signature = Buffer.from(header.take(16, 'signature')).toString('latin1')
  if (signature !== 'Spec ID Event03\0') {
    throw new UserError('not a TPM event log of TPM 2.0', 'logs of TPM 1.2, with SHA-1 alone, are not read')
  }
  header.skip(8, 'versions')
  const count = header.u32('number of algorithms')
  if (count === 0 || count > MOST_ALGORITHMS) header.fail(`${count} algorithms`)
  return new Map(
    Array.from({ length: count }, () => [header.u16('algorithm'), header.u16('size of a digest')] as const),
  )
}

function readDigests(reader: ByteReader, sizes: ReadonlyMap<number, number>): Map<Bank, Uint8Array> {
  const count = reader.u32('number of digests')
  if (count > MOST_ALGORITHMS) reader.fail(`${count} digests`)
  const digests = new Map<Bank, Uint8Array>()
  for (let i = 0; i < count; i++) {
    const id = reader.u16('algorithm')
    const size = sizes.get(id)
    if (size === undefined) reader.fail(`algorithm ${id}, which the log did not announce`)
    const digest = reader.take(size, 'digest')
    const bank = ALGORITHMS[id]
    if (bank !== undefined) digests.set(bank, digest)
  }
  return digests
}

function startupLocality({ pcr, data }: LogEvent): number | undefined {
  const isIt =
    pcr === 0 && data.length === 17 && Buffer.from(data.subarray(0, 16)).toString('latin1') === 'StartupLocality\0'
  return isIt ? data[16] : undefined
}

function detailOf(event: LogEvent): string {
  const { type, data } = event
  switch (type) {
    case EVENT.variableDriverConfig:
    case EVENT.variableBoot:
    case EVENT.variableAuthority:
      return variableOf(event)?.name ?? ''
    case EVENT.application:
    case EVENT.bootServicesDriver:
    case EVENT.runtimeDriver:
      return imagePath(data)
    case EVENT.action:
    case 5:
      return Buffer.from(data).toString('latin1')
    case EVENT.ipl:
      return loaderText(data)
    default:
      return ''
  }
}

/** UEFI_IMAGE_LOAD_EVENT: place, length, link address, then the device path. */
function imagePath(data: Uint8Array): string {
  const nodes = orUndefined(() => {
    const reader = new ByteReader(data, 'measured program', 24)
    const length = reader.u64('length of the path')
    return length === 0 ? [] : parseDevicePath(reader.take(length, 'path'))
  })
  return (nodes ?? []).flatMap((node) => (node.kind === 'file' ? [node.path] : [])).join('\\')
}

/** systemd writes UTF-16, GRUB and shim plain text. */
function loaderText(data: Uint8Array): string {
  const isWide = data.length >= 2 && data.length % 2 === 0 && data[1] === 0
  return Buffer.from(data)
    .toString(isWide ? 'utf16le' : 'latin1')
    .replace(/\0.*$/s, '')
}

function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
