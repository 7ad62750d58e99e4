import { type Guid, readGuid } from '@firn/core'

/**
 * Windows' boot programs look into dbx themselves for the least version of theirs that may run. Such an entry is made like a
 * SHA-256, and is none: 1, the program's GUID, minor and major version of two bytes each, zeros
 * (https://github.com/microsoft/secureboot_objects, dbx_info_msft_latest.json, "svns").
 */
const PROGRAMS: Readonly<Record<Guid, string>> = {
  '9d132b61-59d5-4388-ab1c-185c3cb2eb92': 'bootmgfw.efi',
  'e8f82e9d-e127-4158-a488-4c18abe2f284': 'cdboot.efi',
  'c999cac2-7ffe-496f-8127-9e2a8a535976': 'wdsmgfw.efi',
}

export interface SecurityVersion {
  readonly program: string
  /** Such as 9.0. */
  readonly least: string
}

/** What an entry of the form of a SHA-256 says when it is no hash. */
export function securityVersion(data: Uint8Array): SecurityVersion | undefined {
  if (data.length !== 32 || data[0] !== 1 || data.subarray(21).some((byte) => byte !== 0)) return undefined
  const program = PROGRAMS[readGuid(data.subarray(1, 17))]
  if (program === undefined) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  return { program, least: `${view.getUint16(19, true)}.${view.getUint16(17, true)}` }
}
