import { ByteReader, type ByteSource, UserError } from '@firn/core'

/**
 * What an ELF file (System V ABI, gABI 4.1; elf(5)) says of what it needs to be started: its interpreter and its
 * libraries. Only program headers are followed for that, as the kernel and the dynamic loader do; sections may be
 * missing. Little-endian files of 32 and 64 bits.
 */
export interface Elf {
  readonly is64: boolean
  /** 62: x86-64, 183: AArch64. */
  readonly machine: number
  /** `relocatable` is an object or a kernel module; `shared` is a library or a position-independent program. */
  readonly kind: 'relocatable' | 'executable' | 'shared' | 'core'
  /** The dynamic loader that the kernel starts for it (PT_INTERP). */
  readonly interpreter?: string
  /** The libraries that it wants (DT_NEEDED), in order. */
  readonly needed: readonly string[]
  readonly soname?: string
  /** Where to look for them, split at the colons; RPATH counts only without RUNPATH. */
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  /** It needs no loader. */
  readonly isStatic: boolean
  readonly sections: readonly ElfSection[]
}

export interface ElfSection {
  readonly name: string
  readonly offset: number
  /** In the file; 0 when the file holds none of it. */
  readonly size: number
}

const KINDS = ['relocatable', 'executable', 'shared', 'core'] as const
const PT_LOAD = 1
const PT_DYNAMIC = 2
const PT_INTERP = 3
const SHT_NOBITS = 8
const DT = { needed: 1, strtab: 5, strsz: 10, soname: 14, rpath: 15, runpath: 29 } as const
const HINT = 'this is no ELF file, or it is damaged or cut off: fetch or build it again'
/** Far above what real files have. */
const MOST_PATH = 4096
const MOST_DYNAMIC = 1 << 18
const MOST_NAME = 256
const MOST_STRINGS = 64 << 20

/** Whether the file begins like an ELF file. */
export function isElf(start: Uint8Array): boolean {
  return start[0] === 0x7f && start[1] === 0x45 && start[2] === 0x4c && start[3] === 0x46
}

/** Parse the headers and the dynamic section. Errors: not an ELF file, big-endian, cut off, or contradictory. */
export function readElf(source: ByteSource): Elf {
  const header = readHeader(source)
  const segments = readSegments(source, header)
  const interpreter = segments.find(({ type }) => type === PT_INTERP)
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  const said = dynamic === undefined ? NOTHING : readDynamic(source, header.is64, segments, dynamic)
  return {
    is64: header.is64,
    machine: header.machine,
    kind: header.kind,
    ...(interpreter !== undefined && { interpreter: readInterpreter(source, interpreter) }),
    ...said,
    isStatic: interpreter === undefined && said.needed.length === 0,
    sections: readSections(source, header),
  }
}

interface Header {
  readonly is64: boolean
  readonly machine: number
  readonly kind: Elf['kind']
  readonly programHeaders: Table
  readonly sectionHeaders: Table
  readonly namesIndex: number
}

interface Table {
  readonly offset: number
  readonly entrySize: number
  readonly count: number
}

function readHeader(source: ByteSource): Header {
  const identity = source.read(0, Math.min(16, source.size))
  if (!isElf(identity) || identity.length < 16)
    throw new UserError('not an ELF file (no 7f 45 4c 46 at its start)', HINT)
  const [wordSize, byteOrder] = identity.subarray(4)
  if (wordSize !== 1 && wordSize !== 2) throw bad(`a word size of kind ${wordSize}`)
  if (byteOrder !== 1) throw bad('big-endian numbers')
  const is64 = wordSize === 2
  const at = reader(source, 16, is64 ? 48 : 36)
  const kind = KINDS[at.u16('type') - 1]
  if (kind === undefined) throw bad('a type that is none of relocatable, executable, shared, core')
  const machine = at.u16('machine')
  at.skip(4, 'version')
  address(at, is64, 'entry point')
  const programOffset = address(at, is64, 'program headers')
  const sectionOffset = address(at, is64, 'section headers')
  at.skip(6, 'flags')
  const [programSize, programCount] = [at.u16('entry size'), at.u16('program headers')]
  const [sectionSize, sectionCount] = [at.u16('entry size'), at.u16('section headers')]
  return {
    is64,
    machine,
    kind,
    programHeaders: table(source, programOffset, programSize, programCount, is64 ? 56 : 32),
    sectionHeaders: table(source, sectionOffset, sectionSize, sectionCount, is64 ? 64 : 40),
    namesIndex: at.u16('names of sections'),
  }
}

function table(source: ByteSource, offset: number, entrySize: number, count: number, least: number): Table {
  if (count > 0 && (entrySize !== least || offset + entrySize * count > source.size)) {
    throw bad('headers that are cut off or of another size')
  }
  return { offset, entrySize, count }
}

interface Segment {
  readonly type: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
}

function readSegments(source: ByteSource, { is64, programHeaders: { offset, entrySize, count } }: Header): Segment[] {
  const at = reader(source, offset, entrySize * count)
  return Array.from({ length: count }, () => {
    const type = at.u32('segment type')
    if (is64) at.skip(4, 'flags')
    const segment = { type, offset: address(at, is64, 'offset'), address: address(at, is64, 'address') }
    address(at, is64, 'physical address')
    const fileSize = address(at, is64, 'size')
    at.skip(is64 ? 16 : 12, 'size in memory, alignment')
    return { ...segment, fileSize }
  })
}

function readInterpreter(source: ByteSource, { offset, fileSize }: Segment): string {
  if (fileSize < 2 || fileSize > MOST_PATH) throw bad(`an interpreter's path of ${fileSize} bytes`)
  return cString(bytesAt(source, offset, fileSize, 'the interpreter'), 0)
}

type Said = Pick<Elf, 'needed' | 'rpath' | 'runpath'> & { readonly soname?: string }
const NOTHING: Said = { needed: [], rpath: [], runpath: [] }

/** The dynamic section is pairs of a tag and a value, ended by the tag 0; names are offsets into a table of strings. */
function readDynamic(source: ByteSource, is64: boolean, segments: readonly Segment[], dynamic: Segment): Said {
  if (dynamic.fileSize > MOST_DYNAMIC) throw bad(`a dynamic section of ${dynamic.fileSize} bytes`)
  const bytes = bytesAt(source, dynamic.offset, dynamic.fileSize, 'the dynamic section')
  const at = new ByteReader(bytes, 'ELF')
  const entries: { readonly tag: number; readonly value: number }[] = []
  while (at.remaining >= (is64 ? 16 : 8)) {
    const tag = address(at, is64, 'tag')
    const value = address(at, is64, 'value')
    if (tag === 0) break
    entries.push({ tag, value })
  }
  const valuesOf = (tag: number) => entries.filter((entry) => entry.tag === tag).map(({ value }) => value)
  const strings = stringTable(source, segments, valuesOf(DT.strtab)[0], valuesOf(DT.strsz)[0])
  // Names may share their ends, but a file whose names all share one long string is made to cost memory.
  let left = 2 * strings.length
  const text = (offset: number) => {
    if (offset >= strings.length) throw bad('a name outside of its strings')
    const name = cString(strings, offset)
    left -= name.length
    if (left < 0) throw bad('names that are longer than all its strings')
    return name
  }
  const paths = (tag: number) =>
    valuesOf(tag).flatMap((offset) =>
      text(offset)
        .split(':')
        .filter((path) => path !== ''),
    )
  const [soname] = valuesOf(DT.soname)
  return {
    needed: valuesOf(DT.needed).map(text),
    rpath: paths(DT.rpath),
    runpath: paths(DT.runpath),
    ...(soname !== undefined && { soname: text(soname) }),
  }
}

/** It is named by its address in memory; the segments say where that is in the file. */
function stringTable(source: ByteSource, segments: readonly Segment[], at?: number, size = 0): Uint8Array {
  if (at === undefined) return new Uint8Array()
  if (size > MOST_STRINGS) throw bad(`${size} bytes of names`)
  const holds = (segment: Segment) =>
    segment.type === PT_LOAD && at >= segment.address && at + size <= segment.address + segment.fileSize
  const segment = segments.find(holds)
  if (segment === undefined) throw bad('names that are in no segment of the file')
  return bytesAt(source, segment.offset + at - segment.address, size, 'the names')
}

function readSections(source: ByteSource, header: Header): ElfSection[] {
  const { is64, namesIndex } = header
  const { offset, entrySize, count } = header.sectionHeaders
  const at = reader(source, offset, entrySize * count)
  const raw = Array.from({ length: count }, () => {
    const name = at.u32('section name')
    const type = at.u32('section type')
    at.skip(is64 ? 16 : 8, 'flags, address')
    const place = { offset: address(at, is64, 'offset'), size: address(at, is64, 'size') }
    at.skip(is64 ? 24 : 16, 'links, alignment')
    return { name, offset: place.offset, size: type === SHT_NOBITS ? 0 : place.size }
  })
  for (const section of raw) {
    if (section.size > 0 && section.offset + section.size > source.size) throw bad('a section that is cut off')
  }
  const table = raw[namesIndex]
  if (table === undefined || table.size > MOST_STRINGS) return []
  const names = bytesAt(source, table.offset, table.size, 'the names of sections')
  return raw.map(({ name, offset, size }) => ({
    name: name < names.length ? cString(names.subarray(name, name + MOST_NAME), 0) : '',
    offset,
    size,
  }))
}

function address(at: ByteReader, is64: boolean, what: string): number {
  if (!is64) return at.u32(what)
  const [low, high] = [at.u32(what), at.u32(what)]
  // Values above 2^53 (tags of vendors, addresses of kernels) are rounded; as offsets they lie outside of every file.
  return high * 2 ** 32 + low
}

function bytesAt(source: ByteSource, offset: number, length: number, what: string): Uint8Array {
  if (offset + length > source.size) throw bad(`that ${what} is cut off`)
  return source.read(offset, length)
}

function reader(source: ByteSource, offset: number, length: number): ByteReader {
  if (length === 0) return new ByteReader(new Uint8Array(), 'ELF')
  return new ByteReader(bytesAt(source, offset, length, 'a header'), 'ELF')
}

function cString(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at)
  return Buffer.from(bytes.subarray(at, end < 0 ? bytes.length : end)).toString('utf8')
}

function bad(what: string): UserError {
  return new UserError(`ELF: the file has ${what}`, HINT)
}
