/** Words for an ELF file that has nothing but what `readElf` looks at. */
export interface ElfWords {
  readonly is64?: boolean
  /** 1 relocatable, 2 executable, 3 shared. */
  readonly type?: number
  readonly interpreter?: string
  readonly needed?: readonly string[]
  readonly soname?: string
  readonly rpath?: string
  readonly runpath?: string
  readonly sections?: Readonly<Record<string, Uint8Array>>
}

const BASE = 0x10000
const TAG = { needed: 1, strtab: 5, strsz: 10, soname: 14, rpath: 15, runpath: 29 }

/** An ELF file in memory: headers, then content, then section headers. One loaded segment holds all of it. */
export function makeElf({ is64 = true, type = 3, ...words }: ElfWords = {}): Buffer {
  const word = (value: number) => {
    const bytes = Buffer.alloc(is64 ? 8 : 4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const u32 = (value: number) => word(value).subarray(0, 4)
  const u16 = (value: number) => word(value).subarray(0, 2)
  const strings = new Strings()
  const tags: [number, number][] = (words.needed ?? []).map((name) => [TAG.needed, strings.add(name)])
  for (const name of ['soname', 'rpath', 'runpath'] as const) {
    const text = words[name]
    if (text !== undefined) tags.push([TAG[name], strings.add(text)])
  }
  const isDynamic = tags.length > 0
  const headerSize = is64 ? 64 : 52
  const programSize = is64 ? 56 : 32
  const sectionSize = is64 ? 64 : 40
  const interpreter = words.interpreter === undefined ? undefined : Buffer.from(`${words.interpreter}\0`)
  const segmentCount = 1 + (isDynamic ? 1 : 0) + (interpreter === undefined ? 0 : 1)

  const start = headerSize + programSize * segmentCount
  const table = strings.bytes()
  const dynamicAt = start + table.length
  const dynamic = Buffer.concat(
    [...tags, [TAG.strtab, BASE + start], [TAG.strsz, table.length], [0, 0]].flatMap((pair) =>
      pair.map((n) => word(n!)),
    ),
  )
  const interpreterAt = dynamicAt + dynamic.length
  const body = [table, dynamic, interpreter ?? Buffer.alloc(0)]
  let end = interpreterAt + (interpreter?.length ?? 0)

  const names = new Strings()
  const sections = Object.entries(words.sections ?? {}).map(([name, content]) => {
    body.push(Buffer.from(content))
    end += content.length
    return { name: names.add(name), offset: end - content.length, size: content.length }
  })
  const nameTable = names.bytes()
  body.push(nameTable)
  sections.push({ name: 0, offset: end, size: nameTable.length })
  end += nameTable.length
  const sectionHeaders = sections.map(({ name, offset, size }) => {
    const rest = Buffer.alloc(sectionSize - (is64 ? 40 : 24))
    return Buffer.concat([u32(name), u32(1), word(0), word(0), word(offset), word(size), rest])
  })

  const segment = (kind: number, offset: number, size: number) => {
    const flags = is64 ? u32(4) : Buffer.alloc(0)
    const rest = Buffer.alloc(is64 ? 16 : 12)
    return Buffer.concat([u32(kind), flags, word(offset), word(BASE + offset), word(BASE + offset), word(size), rest])
  }
  const segments = [segment(1, 0, end)]
  if (isDynamic) segments.push(segment(2, dynamicAt, dynamic.length))
  if (interpreter !== undefined) segments.push(segment(3, interpreterAt, interpreter.length))
  const identity = Buffer.from([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  const header = Buffer.concat([
    ...[identity, u16(type), u16(62), u32(1), word(BASE), word(headerSize), word(end), u32(0), u16(headerSize)],
    ...[u16(programSize), u16(segments.length), u16(sectionSize), u16(sections.length), u16(sections.length - 1)],
  ])
  return Buffer.concat([header, ...segments, ...body, ...sectionHeaders])
}

class Strings {
  #text = '\0'

  add(text: string): number {
    const at = Buffer.byteLength(this.#text)
    this.#text += `${text}\0`
    return at
  }

  bytes(): Buffer {
    return Buffer.from(this.#text)
  }
}
