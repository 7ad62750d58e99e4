import { UserError } from '@firn/core'

/** A UUID as bytes in the order of its text, as libuuid has it (a GUID of EFI has other bytes for the same text). */
export function writeUuid(uuid: string): Uint8Array {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(uuid)) {
    throw new UserError(`not a UUID: ${uuid}`, 'it looks like 6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60')
  }
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

/** The text of 16 bytes. */
export function readUuid(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
