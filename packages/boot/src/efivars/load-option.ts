import { ByteReader, UserError } from '@firn/core'
import { type DeviceNode, parseDevicePath, utf16Text } from './device-path.ts'
import { type EfiVariable, VENDOR, variable } from './variable.ts'

/** EFI_LOAD_OPTION (UEFI 2.10, section 3.1.3): one entry of the firmware's boot menu, a Boot#### variable. */
export interface LoadOption {
  readonly isActive: boolean
  /** A program that is there to be chosen, such as a diagnosis: not what firmware tries one after another. */
  readonly isApplication: boolean
  readonly description: string
  readonly path: readonly DeviceNode[]
  /** Handed to the program. */
  readonly optionalData: Uint8Array
}

export function parseLoadOption(bytes: Uint8Array): LoadOption {
  const reader = new ByteReader(bytes, 'boot entry')
  const attributes = reader.u32('attributes')
  const pathLength = reader.u16('size of the device path')
  const description = utf16Text(bytes.subarray(reader.offset))
  reader.skip(description.length * 2 + 2, 'description')
  const path = parseDevicePath(reader.take(pathLength, 'device path'))
  const optionalData = reader.take(reader.remaining, 'data')
  return {
    isActive: (attributes & 1) !== 0,
    isApplication: (attributes & CATEGORY) !== 0,
    description,
    path,
    optionalData,
  }
}

/** LOAD_OPTION_CATEGORY: 0 is what boots. */
const CATEGORY = 0x1f00

/** A boot entry by the name of its variable; the reason in place of one that cannot be read. */
export type BootEntry = { readonly name: string; readonly isNext: boolean } & (
  | { readonly option: LoadOption }
  | { readonly problem: string }
)

/** The entries in the order in which firmware tries them: BootNext, then BootOrder. */
export function bootEntries(variables: readonly EfiVariable[]): BootEntry[] {
  const numbers = (name: string) => words16(variable(variables, name)?.data ?? new Uint8Array())
  const next = numbers('BootNext').slice(0, 1)
  const order = numbers('BootOrder')
  return [
    ...next.map((number) => readEntry(variables, number, true)),
    ...[...new Set(order)].map((number) => readEntry(variables, number, false)),
  ]
}

function readEntry(variables: readonly EfiVariable[], number: number, isNext: boolean): BootEntry {
  const name = `Boot${number.toString(16).toUpperCase().padStart(4, '0')}`
  const found = variables.find((candidate) => candidate.name === name && candidate.vendor === VENDOR.global)
  if (found === undefined) return { name, isNext, problem: 'the order names it, but there is no such entry' }
  try {
    return { name, isNext, option: parseLoadOption(found.data) }
  } catch (error) {
    if (error instanceof UserError) return { name, isNext, problem: error.message }
    throw error
  }
}

function words16(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length >> 1 }, (_, i) => bytes[2 * i]! | (bytes[2 * i + 1]! << 8))
}
