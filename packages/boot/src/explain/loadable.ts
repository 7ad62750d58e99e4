import type { Pe } from '@firn/binary/pe'
import { ByteReader, type ByteSource, UserError } from '@firn/core'

const CHARACTERISTICS = 22
const RELOCATIONS_STRIPPED = 1
const RELOCATIONS_DIRECTORY = 5
/** Kinds of relocations that edk2 knows beside those of Itanium: nothing, high, low, 32 bits, 64 bits. */
const KNOWN_RELOCATIONS: ReadonlySet<number> = new Set([0, 1, 2, 3, 10])
/** No firmware has so much memory in one piece to give. */
const MOST_MEMORY = 0xc000_0000
const MOST_RELOCATIONS = 1 << 20
/** Never free: the vectors of the processor, and what firmware of old keeps there. */
const LOW_MEMORY = 0x1000

/**
 * Why the image cannot be loaded, whoever signed it: what edk2 does with an image after it was admitted
 * (BasePeCoffLib's PeCoffLoaderLoadImage and PeCoffLoaderRelocateImage, and CoreLoadPeImage).
 */
export function whyNotLoadable(source: ByteSource, pe: Pe): string | undefined {
  const { sectionAlignment, sizeOfImage } = pe
  if (sectionAlignment === 0 || (sectionAlignment & (sectionAlignment - 1)) !== 0) {
    return `it cannot be loaded: sections aligned to ${sectionAlignment} bytes`
  }
  if (sizeOfImage + sectionAlignment > MOST_MEMORY)
    return `it cannot be loaded: it wants ${sizeOfImage} bytes of memory`
  const characteristics = new ByteReader(source.read(pe.peOffset + CHARACTERISTICS, 2), 'PE').u16('characteristics')
  if ((characteristics & RELOCATIONS_STRIPPED) !== 0) {
    return imageBase(source, pe) < LOW_MEMORY
      ? 'it cannot be loaded: it runs only at an address that is taken'
      : undefined
  }
  const problem = relocationProblem(source, pe)
  return problem === undefined ? undefined : `it cannot be loaded: ${problem}`
}

function imageBase(source: ByteSource, pe: Pe): number {
  const at = pe.optionalHeaderOffset + (pe.is64 ? 24 : 28)
  const reader = new ByteReader(source.read(at, pe.is64 ? 8 : 4), 'PE')
  const low = reader.u32('image base')
  return pe.is64 ? reader.u32('image base') * 2 ** 32 + low : low
}

function relocationProblem(source: ByteSource, pe: Pe): string | undefined {
  const fixed = pe.is64 ? 112 : 96
  const count = new ByteReader(source.read(pe.optionalHeaderOffset + fixed - 4, 4), 'PE').u32('directories')
  if (count <= RELOCATIONS_DIRECTORY) return undefined
  const entry = source.read(pe.optionalHeaderOffset + fixed + 8 * RELOCATIONS_DIRECTORY, 8)
  const directory = new ByteReader(entry, 'PE')
  const [start, size] = [directory.u32('relocations'), directory.u32('relocations')]
  if (size === 0) return undefined
  if (start + size > pe.sizeOfImage) return 'its relocations lie behind its end'
  if (size > MOST_RELOCATIONS) return `${size} bytes of relocations`
  const blocks = new ByteReader(inMemory(source, pe, start, size), 'relocations')
  try {
    return blockProblem(blocks, pe.sizeOfImage)
  } catch (error) {
    if (error instanceof UserError) return 'its relocations are cut off'
    throw error
  }
}

/** Each block is of a page: its address, its own size, then words of four bits of kind and twelve of place. */
function blockProblem(blocks: ByteReader, sizeOfImage: number): string | undefined {
  while (blocks.remaining > 0) {
    const from = blocks.offset
    const page = blocks.u32('page')
    const size = blocks.u32('size of a block')
    const isWhole = size >= 8 && from + size <= blocks.offset + blocks.remaining
    if (!isWhole || page >= sizeOfImage) return 'its relocations are damaged'
    while (blocks.offset + 1 < from + size) {
      const word = blocks.u16('relocation')
      if (!KNOWN_RELOCATIONS.has(word >> 12)) return `a relocation of the unknown kind ${word >> 12}`
      if (page + (word & 0xfff) >= sizeOfImage) return 'a relocation outside of it'
    }
    blocks.offset = from + size
  }
  return undefined
}

/** Bytes of the image as they lie in memory: headers, sections, zeros between them. */
function inMemory(source: ByteSource, pe: Pe, address: number, length: number): Uint8Array {
  const memory = Buffer.alloc(length)
  const copy = (at: number, from: number, to: number) => {
    const [low, high] = [Math.max(at, address), Math.min(at + to - from, address + length)]
    if (high > low) memory.set(source.read(from + low - at, high - low), low - address)
  }
  copy(0, 0, pe.sizeOfHeaders)
  for (const { virtualAddress, virtualSize, rawOffset, rawSize } of pe.sections) {
    // A size in memory of 0 stands for that in the file.
    copy(virtualAddress, rawOffset, rawOffset + (virtualSize === 0 ? rawSize : Math.min(virtualSize, rawSize)))
  }
  return memory
}
