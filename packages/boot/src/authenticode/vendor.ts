import { parseCertificate } from '@firn/attest/verify'
import { parsePe, sectionRange } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { ByteReader, UserError } from '@firn/core'
import { parseSignatureLists, SIGNATURE_TYPE, type SignatureList } from '../efivars/signature-list.ts'
import { VENDOR } from '../efivars/variable.ts'

/** What a shim was built to trust and to forbid: its `.vendor_cert` section, as lists. */
export interface VendorLists {
  readonly allowed: readonly SignatureList[]
  readonly forbidden: readonly SignatureList[]
  /** What is allowed is one bare certificate, and not lists (vendor_db). */
  readonly isCertificate: boolean
}

const MAX_SECTION = 1 << 20

/**
 * Read a shim's vendor certificate (or vendor_db) and vendor_dbx. The section begins with four little-endian numbers
 * (shim's cert.S): size of what is allowed, size of what is forbidden, and where each begins, counted from the section.
 */
export function readVendorLists(shim: ByteSource): VendorLists {
  const section = parsePe(shim).sections.find(({ name }) => name === '.vendor_cert')
  if (section === undefined) throw new UserError('not a shim: it has no .vendor_cert section', 'give shimx64.efi')
  const { from, to } = sectionRange(section)
  if (to - from > MAX_SECTION) throw new UserError(`a vendor certificate of ${to - from} bytes`, 'give a real shim')
  return parseVendorSection(shim.read(from, to - from))
}

export function parseVendorSection(bytes: Uint8Array): VendorLists {
  const reader = new ByteReader(bytes, 'vendor certificate')
  const sizes = [reader.u32('size'), reader.u32('size')] as const
  const offsets = [reader.u32('offset'), reader.u32('offset')] as const
  const [allowed, forbidden] = [0, 1].map((i) => {
    reader.offset = Math.min(offsets[i]!, bytes.length)
    return reader.take(sizes[i]!, 'content')
  }) as [Uint8Array, Uint8Array]
  return { allowed: asLists(allowed), forbidden: asLists(forbidden), isCertificate: isCertificate(allowed) }
}

/** DER begins with a SEQUENCE. */
function isCertificate(bytes: Uint8Array): boolean {
  return bytes[0] === 0x30
}

/** Shim itself makes a list of a bare certificate, and puts it before those of MokList. */
function asLists(bytes: Uint8Array): readonly SignatureList[] {
  if (!isCertificate(bytes)) return parseSignatureLists(bytes)
  const data = parseCertificate(bytes).encoded
  return [{ type: SIGNATURE_TYPE.x509, header: new Uint8Array(), entries: [{ owner: VENDOR.shim, data }] }]
}
