import { UserError } from '@firn/core'

/** EFI_TIME (UEFI 2.10, section 8.3) in UTC, to the second, as authenticated variables have it: the rest is zero. */
export function writeEfiTime(date: Date): Uint8Array {
  const year = date.getUTCFullYear()
  if (!(year >= 1900 && year <= 9999))
    throw new UserError(`${date}: no time that EFI knows`, 'give a year from 1900 on')
  const bytes = Buffer.alloc(16)
  bytes.writeUInt16LE(year, 0)
  const parts = [
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ]
  bytes.set(parts, 2)
  return bytes
}

/** The time, or undefined when the bytes are none (all zero: never set). */
export function readEfiTime(bytes: Uint8Array): Date | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  const [year, month, day] = [view.getUint16(0, true), bytes[2]!, bytes[3]!]
  const [hour, minute, second] = [bytes[4]!, bytes[5]!, bytes[6]!]
  if (year < 1900 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}
