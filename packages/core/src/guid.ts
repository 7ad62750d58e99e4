import { UserError } from './error.ts'

/** A GUID in its text form, lower case. On disk (EFI, GPT) its first three fields are little-endian. */
export type Guid = string

/** The text of 16 bytes. */
export function readGuid(bytes: Uint8Array): Guid {
  const hex = (...at: readonly number[]) => at.map((i) => bytes[i]!.toString(16).padStart(2, '0')).join('')
  return [hex(3, 2, 1, 0), hex(5, 4), hex(7, 6), hex(8, 9), hex(10, 11, 12, 13, 14, 15)].join('-')
}

/** The 16 bytes of a text. */
export function writeGuid(guid: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(guid)) {
    throw new UserError(`not a GUID: ${guid}`, 'it looks like d719b2cb-3d3a-4596-a3bc-dad00e67656f')
  }
  const hex = guid.replaceAll('-', '')
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16))
  bytes.subarray(0, 4).reverse()
  bytes.subarray(4, 6).reverse()
  bytes.subarray(6, 8).reverse()
  return bytes
}
