/** A PE image that is no longer what it was, and how. */
export interface Mutant {
  readonly name: string
  readonly bytes: Buffer
}

/** A field of the headers that loaders, hashers or both look at. */
interface Field {
  readonly name: string
  readonly offset: number
  readonly size: 2 | 4
}

/** Every change that changes nothing is left out. */
export function mutantsOf(image: Buffer, what: string): Mutant[] {
  const mutants = [
    ...fieldsOf(image).flatMap((field) => valuesFor(field).map((value) => withField(image, field, value))),
    ...contentFlips(image),
    ...sizes(image),
  ]
  return mutants
    .filter(({ bytes }) => !bytes.equals(image))
    .map(({ name, bytes }) => ({ name: `${what}: ${name}`, bytes }))
}

/** Changes of the certificate table and of its entry: what stands there is not covered by the hash. */
export function certificateMutants(image: Buffer): Mutant[] {
  const entry = securityEntry(image)
  const [at, length] = [image.readUInt32LE(entry), image.readUInt32LE(entry + 4)]
  const head: Field[] = [
    { name: 'length of the signature', offset: at, size: 4 },
    { name: 'revision of the signature', offset: at + 4, size: 2 },
    { name: 'type of the signature', offset: at + 6, size: 2 },
    { name: 'offset of the table', offset: entry, size: 4 },
    { name: 'size of the table', offset: entry + 4, size: 4 },
  ]
  const flips = spread(at + 8, at + length - 1, 70).map((offset) => flipped(image, offset, 'a bit of the signature'))
  const table = image.subarray(at)
  const twice = withTable(image, at, Buffer.concat([table, table]))
  const brokenFirst = Buffer.from(twice)
  brokenFirst[at + 8 + Math.floor(length / 2)]! ^= 1
  const brokenSecond = Buffer.from(twice)
  brokenSecond[at + length + 8 + Math.floor(length / 2)]! ^= 1
  const mutants = [
    ...head.flatMap((field) => valuesFor(field).map((value) => withField(image, field, value))),
    ...flips,
    { name: 'no table', bytes: withTable(image, at, Buffer.alloc(0)) },
    { name: 'two signatures', bytes: twice },
    { name: 'two signatures, the first broken', bytes: brokenFirst },
    { name: 'two signatures, the second broken', bytes: brokenSecond },
    { name: 'eight zeros behind the signature', bytes: withTable(image, at, Buffer.concat([table, Buffer.alloc(8)])) },
    { name: 'eight bytes behind the table', bytes: Buffer.concat([image, Buffer.from('evildata')]) },
    { name: 'the table eight bytes further', bytes: withTable(image, at + 8, table, Buffer.alloc(8, 0x90)) },
  ]
  return mutants
    .filter(({ bytes }) => !bytes.equals(image))
    .map(({ name, bytes }) => ({ name: `signed: ${name}`, bytes }))
}

function fieldsOf(image: Buffer): Field[] {
  const pe = image.readUInt32LE(0x3c)
  const optional = pe + 24
  const sections = optional + image.readUInt16LE(pe + 20)
  const field = (name: string, offset: number, size: 2 | 4): Field => ({ name, offset, size })
  const section = (number: number, name: string, offset: number) =>
    field(`${name} of section ${number}`, sections + 40 * number + offset, 4)
  return [
    field('MZ', 0, 2),
    field('offset of the PE header', 0x3c, 4),
    field('PE', pe, 4),
    field('machine', pe + 4, 2),
    field('number of sections', pe + 6, 2),
    field('symbol table', pe + 8, 4),
    field('size of the optional header', pe + 20, 2),
    field('characteristics', pe + 22, 2),
    field('magic', optional, 2),
    field('entry point', optional + 16, 4),
    field('section alignment', optional + 32, 4),
    field('file alignment', optional + 36, 4),
    field('size of the image', optional + 56, 4),
    field('size of the headers', optional + 60, 4),
    field('checksum', optional + 64, 4),
    field('subsystem', optional + 68, 2),
    field('directories', optional + 108, 4),
    field('relocations', optional + 112 + 40, 4),
    ...[0, 3].flatMap((number) => [
      section(number, 'size in memory', 8),
      section(number, 'address', 12),
      section(number, 'size in the file', 16),
      section(number, 'offset in the file', 20),
    ]),
  ]
}

/** Nothing, almost nothing, far too much; and a little more or less than what is there (given as a difference). */
function valuesFor({ size }: Field): ((old: number) => number)[] {
  const most = size === 2 ? 0xffff : 0xffff_ffff
  return [() => 0, () => most, (old) => (old + 1) % (most + 1), (old) => (old + 0x200) % (most + 1), (old) => old ^ 8]
}

function withField(image: Buffer, { name, offset, size }: Field, change: (old: number) => number): Mutant {
  const bytes = Buffer.from(image)
  const value = change(bytes.readUIntLE(offset, size)) >>> 0
  bytes.writeUIntLE(value, offset, size)
  return { name: `${name} 0x${value.toString(16)}`, bytes }
}

/** Bits in the sections and between them. */
function contentFlips(image: Buffer): Mutant[] {
  const entry = securityEntry(image)
  const end = image.readUInt32LE(entry) || image.length
  return spread(0x400, end - 1, 12).map((offset) => flipped(image, offset, 'a bit'))
}

function flipped(image: Buffer, offset: number, what: string): Mutant {
  const bytes = Buffer.from(image)
  bytes[offset]! ^= 1 << (offset & 7)
  return { name: `${what} at ${offset}`, bytes }
}

/** Cut off, or with more behind. */
function sizes(image: Buffer): Mutant[] {
  const cut = [0, 1, 63, 100, 0x3ff, 0x400, image.length - 0x200, image.length - 8, image.length - 1]
  return [
    ...cut.map((length) => ({ name: `cut to ${length}`, bytes: image.subarray(0, length) })),
    ...[1, 7, 8, 512].map((length) => ({
      name: `${length} more`,
      bytes: Buffer.concat([image, Buffer.alloc(length, 0x5a)]),
    })),
  ]
}

function withTable(image: Buffer, at: number, table: Buffer, before = Buffer.alloc(0)): Buffer {
  const entry = securityEntry(image)
  const bytes = Buffer.concat([image.subarray(0, at - before.length), before, table])
  bytes.writeUInt32LE(table.length === 0 ? 0 : at, entry)
  bytes.writeUInt32LE(table.length, entry + 4)
  return bytes
}

function securityEntry(image: Buffer): number {
  return image.readUInt32LE(0x3c) + 24 + 112 + 32
}

/** Whole numbers from `from` to `to`, evenly apart. */
function spread(from: number, to: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + Math.floor((i * (to - from)) / (count - 1)))
}
