/** A small PE image, made for tests: what a linker would write, with faults on demand. */
export interface PeWords {
  readonly sections?: readonly {
    readonly name: string
    readonly content: Uint8Array
    readonly virtualSize?: number
    /** Bytes between what stands before and this section that belong to neither. */
    readonly gap?: number
  }[]
  readonly is64?: boolean
  readonly machine?: number
  readonly directories?: number
  readonly fileAlignment?: number
  readonly sectionAlignment?: number
  readonly sizeOfHeaders?: number
  /** What stands behind the last section. */
  readonly tail?: Uint8Array
}

const PE_OFFSET = 0x40

export const TEXT = { name: '.text', content: Buffer.from('code'.repeat(100)) }
export const DATA = { name: '.data', content: Buffer.from('data'.repeat(30)) }

export function makePe({
  sections = [TEXT, DATA],
  is64 = true,
  machine = 0x8664,
  directories = 16,
  fileAlignment = 0x200,
  sectionAlignment = 0x1000,
  sizeOfHeaders = 0x400,
  tail = new Uint8Array(),
}: PeWords = {}): Buffer {
  const headers = Buffer.alloc(sizeOfHeaders)
  const optional = PE_OFFSET + 24
  const fixed = is64 ? 112 : 96
  headers.write('MZ', 0, 'latin1')
  headers.writeUInt32LE(PE_OFFSET, 0x3c)
  headers.write('PE\0\0', PE_OFFSET, 'latin1')
  headers.writeUInt16LE(machine, PE_OFFSET + 4)
  headers.writeUInt16LE(sections.length, PE_OFFSET + 6)
  headers.writeUInt16LE(fixed + 8 * directories, PE_OFFSET + 20)
  headers.writeUInt16LE(is64 ? 0x20b : 0x10b, optional)
  headers.writeUInt32LE(sectionAlignment, optional + 32)
  headers.writeUInt32LE(fileAlignment, optional + 36)
  headers.writeUInt32LE(sizeOfHeaders, optional + 60)
  headers.writeUInt16LE(10, optional + 68)
  headers.writeUInt32LE(directories, optional + fixed - 4)
  const names = new LongNames()
  const pieces: Buffer[] = [headers]
  let offset = sizeOfHeaders
  let address = 0x1000
  for (const [i, { name, content, virtualSize, gap = 0 }] of sections.entries()) {
    const raw = Buffer.alloc(Math.ceil(content.length / fileAlignment) * fileAlignment)
    raw.set(content)
    const at = optional + fixed + 8 * directories + 40 * i
    offset += gap
    headers.write(names.inHeader(name), at, 'latin1')
    headers.writeUInt32LE(virtualSize ?? content.length, at + 8)
    headers.writeUInt32LE(address, at + 12)
    headers.writeUInt32LE(raw.length, at + 16)
    headers.writeUInt32LE(raw.length === 0 ? 0 : offset, at + 20)
    headers.writeUInt32LE(0x6000_0020, at + 36)
    pieces.push(Buffer.alloc(gap, 0xcc), raw)
    offset += raw.length
    const end = address + Math.max(virtualSize ?? content.length, 1)
    address = Math.ceil(end / sectionAlignment) * sectionAlignment
  }
  headers.writeUInt32LE(address, optional + 56)
  if (names.table.length > 4) headers.writeUInt32LE(offset, PE_OFFSET + 12)
  return Buffer.concat([...pieces, ...(names.table.length > 4 ? [names.bytes()] : []), tail])
}

/** Names of more than eight letters stand behind the sections, in a table that begins with its own size. */
class LongNames {
  table = '\0\0\0\0'

  inHeader(name: string): string {
    if (name.length <= 8) return name
    const at = this.table.length
    this.table += `${name}\0`
    return `/${at}`
  }

  bytes(): Buffer {
    const bytes = Buffer.from(this.table, 'latin1')
    bytes.writeUInt32LE(bytes.length, 0)
    return bytes
  }
}

/** Where the fields of the optional header stand in what `makePe` makes. */
export const FIELD = {
  sectionCount: PE_OFFSET + 6,
  optionalSize: PE_OFFSET + 20,
  sizeOfImage: PE_OFFSET + 24 + 56,
  sizeOfHeaders: PE_OFFSET + 24 + 60,
  checksum: PE_OFFSET + 24 + 64,
  directories: PE_OFFSET + 24 + 108,
  security: PE_OFFSET + 24 + 112 + 32,
  sections: PE_OFFSET + 24 + 112 + 128,
} as const
