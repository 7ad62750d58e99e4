import { ByteReader, type ByteSource, UserError } from '@firn/core'

/**
 * The headers of a PE/COFF image (Microsoft PE format, revision 8.3): what UEFI firmware starts. All offsets are from
 * the start of the file, all sizes in bytes. What parses here has its headers, its sections and its certificate table
 * within the file, and passes the checks that edk2's loader makes before it looks at any signature
 * (MdePkg/Library/BasePeCoffLib).
 */
export interface Pe {
  readonly fileSize: number
  readonly machine: number
  /** PE32+ (64 bits) or PE32. */
  readonly is64: boolean
  readonly peOffset: number
  readonly timestamp: number
  readonly symbolTable: { readonly offset: number; readonly count: number }
  readonly optionalHeaderOffset: number
  readonly entryPoint: number
  readonly sectionAlignment: number
  readonly fileAlignment: number
  readonly sizeOfImage: number
  readonly sizeOfHeaders: number
  readonly checksum: number
  readonly checksumOffset: number
  /** 10: EFI application, 11 and 12: drivers. */
  readonly subsystem: number
  /** 0x100: the image bears no-execute data (NX_COMPAT). */
  readonly dllCharacteristics: number
  /** Where the entry of the certificate table stands; absent when the image has too few directories for one. */
  readonly securityEntryOffset?: number
  /** The certificate table; absent when the image is unsigned. */
  readonly certificateTable?: { readonly offset: number; readonly size: number }
  readonly sectionTableOffset: number
  /** The end of the last section header. */
  readonly headersEnd: number
  /** In the order of the table. */
  readonly sections: readonly PeSection[]
}

export interface PeSection {
  readonly name: string
  /** Where its header stands. */
  readonly headerOffset: number
  readonly virtualAddress: number
  /** Its length in memory. What the file does not hold of it is zeros. */
  readonly virtualSize: number
  /** 0 when the file holds none of it, whatever the header says. */
  readonly rawOffset: number
  /** Its length in the file, padding included. */
  readonly rawSize: number
  readonly characteristics: number
}

export const SECTION_HEADER_SIZE = 40
const SECURITY_DIRECTORY = 4
const MAX_DIRECTORIES = 16
const HEAD = 4096
const HINT = 'this is no EFI program, or it is damaged or cut off: fetch or build it again'

/** Parse the headers. Errors: not a PE image, cut off, or made so that loaders disagree about it. */
export function parsePe(source: ByteSource): Pe {
  const head = new ByteReader(source.read(0, Math.min(HEAD, source.size)), 'PE')
  if (head.remaining < 64 || head.u16('signature') !== 0x5a4d)
    throw new UserError('not a PE image (no MZ at its start)', HINT)
  head.offset = 0x3c
  const peOffset = head.u32('offset of the PE header')
  if (peOffset + 24 > source.size) throw new UserError('not a PE image (its header lies behind its end)', HINT)
  const coff = reader(source, peOffset, 24)
  if (coff.u32('signature') !== 0x4550) throw new UserError('not a PE image (no PE header where one should be)', HINT)
  const machine = coff.u16('machine')
  const sectionCount = coff.u16('number of sections')
  const timestamp = coff.u32('timestamp')
  const symbolTable = { offset: coff.u32('symbol table'), count: coff.u32('number of symbols') }
  const sizeOfOptionalHeader = coff.u16('size of the optional header')
  const optionalHeaderOffset = peOffset + 24
  const optional = readOptionalHeader(source, optionalHeaderOffset, sizeOfOptionalHeader)

  const sectionTableOffset = optionalHeaderOffset + sizeOfOptionalHeader
  const headersEnd = sectionTableOffset + SECTION_HEADER_SIZE * sectionCount
  if (headersEnd > optional.sizeOfHeaders) throw new UserError('PE: the section table reaches out of the headers', HINT)
  if (optional.sizeOfHeaders > source.size) throw new UserError('PE: the headers are cut off', HINT)
  if (optional.sizeOfHeaders >= optional.sizeOfImage) throw new UserError('PE: the headers fill the whole image', HINT)
  const pe = {
    fileSize: source.size,
    machine,
    peOffset,
    timestamp,
    symbolTable,
    optionalHeaderOffset,
    ...optional,
    sectionTableOffset,
    headersEnd,
  }
  const sections = readSections(source, pe, sectionCount)
  for (const section of sections) checkSection(section, pe)
  // Overlapping sections may share bytes, but whoever hashes them all should not be kept busy for hours.
  const summed = sections.reduce((sum, { rawSize }) => sum + rawSize, pe.sizeOfHeaders)
  if (summed > source.size) throw new UserError('PE: the sections together are longer than the file', HINT)
  return { ...pe, sections }
}

/** The bytes of a section that the file holds, without the padding behind its length in memory. */
export function sectionRange(section: PeSection): { readonly from: number; readonly to: number } {
  return { from: section.rawOffset, to: section.rawOffset + Math.min(section.rawSize, section.virtualSize) }
}

function readOptionalHeader(source: ByteSource, offset: number, size: number) {
  const at = reader(source, offset, size)
  const magic = at.u16('magic')
  if (magic !== 0x10b && magic !== 0x20b) throw new UserError('PE: neither PE32 nor PE32+', HINT)
  const is64 = magic === 0x20b
  const fixed = is64 ? 112 : 96
  const field = (position: number, what: string) => {
    at.offset = position
    return at.u32(what)
  }
  const directories = field(fixed - 4, 'number of directories')
  if (directories > MAX_DIRECTORIES || size !== fixed + 8 * directories) {
    throw new UserError('PE: the optional header has another size than its directories need', HINT)
  }
  const has = directories > SECURITY_DIRECTORY
  const entry = fixed + 8 * SECURITY_DIRECTORY
  const table = has ? { offset: field(entry, 'certificates'), size: field(entry + 4, 'certificates') } : undefined
  if (table !== undefined && table.size > 0 && table.offset + table.size > source.size) {
    throw new UserError('PE: the certificate table is cut off', HINT)
  }
  at.offset = 68
  const subsystem = at.u16('subsystem')
  const dllCharacteristics = at.u16('characteristics')
  return {
    is64,
    entryPoint: field(16, 'entry point'),
    sectionAlignment: field(32, 'section alignment'),
    fileAlignment: field(36, 'file alignment'),
    sizeOfImage: field(56, 'size of the image'),
    sizeOfHeaders: field(60, 'size of the headers'),
    checksum: field(64, 'checksum'),
    checksumOffset: offset + 64,
    subsystem,
    dllCharacteristics,
    ...(has && { securityEntryOffset: offset + entry }),
    ...(table !== undefined && table.size > 0 && { certificateTable: table }),
  }
}

type Names = Pick<Pe, 'sectionTableOffset' | 'symbolTable' | 'fileSize'>

function readSections(source: ByteSource, pe: Names, count: number): PeSection[] {
  const at = reader(source, pe.sectionTableOffset, SECTION_HEADER_SIZE * count)
  return Array.from({ length: count }, (_, i) => {
    const headerOffset = pe.sectionTableOffset + SECTION_HEADER_SIZE * i
    const name = longName(source, pe, cString(at.take(8, 'section name')))
    const virtualSize = at.u32('virtual size')
    const virtualAddress = at.u32('virtual address')
    const rawSize = at.u32('raw size')
    const written = at.u32('raw offset')
    const rawOffset = rawSize === 0 ? 0 : written
    at.skip(12, 'relocations')
    const characteristics = at.u32('characteristics')
    return { name, headerOffset, virtualAddress, virtualSize, rawOffset, rawSize, characteristics }
  })
}

/** `/123` is an offset into the string table behind the symbols: GNU binutils' way to longer names, which shim uses. */
function longName(source: ByteSource, { symbolTable, fileSize }: Names, name: string): string {
  const [, offset] = /^\/(\d{1,7})$/.exec(name) ?? []
  if (offset === undefined || symbolTable.offset === 0) return name
  const start = symbolTable.offset + 18 * symbolTable.count + Number(offset)
  if (start >= fileSize) return name
  return cString(source.read(start, Math.min(64, fileSize - start)))
}

function checkSection(
  { name, virtualAddress, virtualSize, rawOffset, rawSize }: PeSection,
  pe: Omit<Pe, 'sections'>,
): void {
  if (rawSize > 0) {
    if (rawOffset + rawSize > pe.fileSize) throw new UserError(`PE: section ${name} is cut off`, HINT)
    if (rawOffset < pe.sizeOfHeaders) throw new UserError(`PE: section ${name} lies inside the headers`, HINT)
    if (virtualAddress < pe.sizeOfHeaders) throw new UserError(`PE: section ${name} is loaded over the headers`, HINT)
  }
  if (virtualSize > 0 && virtualAddress + virtualSize > pe.sizeOfImage) {
    throw new UserError(`PE: section ${name} is loaded behind the end of the image`, HINT)
  }
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('latin1')
}

function reader(source: ByteSource, offset: number, length: number): ByteReader {
  const available = Math.max(0, Math.min(length, source.size - offset))
  return new ByteReader(source.read(Math.min(offset, source.size), available), 'PE')
}
