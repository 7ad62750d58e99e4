import { type Pe, type PeSection, parsePe, SECTION_HEADER_SIZE } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { checksumOf } from '../pe/checksum.ts'
import { alignUp, type Piece, padding, piecesSource } from '../pe/pieces.ts'

/** A section that is to be. */
export interface NewSection {
  readonly name: string
  readonly content: ByteSource
  /** Default: the length of the content. More is zeros in memory. */
  readonly virtualSize?: number
  readonly characteristics: number
}

/** A section in its new place; `header` is its old header, when it has one. */
interface Placed extends NewSection {
  readonly header?: Uint8Array
  readonly virtualAddress: number
}

const PAGE = 4096
const MAX_OFFSET = 0xffff_ffff
const SIZE_OF_INITIALIZED_DATA = 8

/**
 * An image with more sections. `replacing` are put in the place of those of the same name, where they fit in memory. The
 * whole file is laid out anew: headers that grow, no gaps, no overlaps, nothing behind the last section. So symbols,
 * signatures and whatever else stood there are gone.
 */
export function appendSections(
  image: ByteSource,
  sections: readonly NewSection[],
  replacing: readonly NewSection[],
): ByteSource {
  const pe = parsePe(image)
  checkImage(pe)
  const replaced = replaceInPlace(image, pe, replacing)
  const placed = placeBehind(replaced.kept, [...replaced.moved, ...sections], Math.max(pe.sectionAlignment, PAGE))
  return layOut(image, pe, placed)
}

function checkImage(pe: Pe): void {
  if (pe.sections.length === 0) throw new UserError('PE: the stub has no sections', 'give linuxx64.efi.stub')
  // Their names would be lost with the string table that follows the symbols.
  if (pe.sections.some(({ name }) => name.length > 8 || /^\/\d/.test(name))) {
    throw new UserError(
      'PE: a section has a name of more than 8 characters',
      'strip the stub first: objcopy --strip-all',
    )
  }
  const ascending = pe.sections.every(
    ({ virtualAddress }, i) => virtualAddress > (pe.sections[i - 1]?.virtualAddress ?? 0),
  )
  if (!ascending) throw new UserError('PE: the sections are not in the order of memory', 'give another stub')
  if (pe.fileAlignment === 0 || pe.fileAlignment > 65536) {
    throw new UserError(`PE: a file alignment of ${pe.fileAlignment}`, 'give another stub')
  }
}

/** Sections as they are, but with new contents for those that fit where the old ones lay; the others must move. */
function replaceInPlace(image: ByteSource, pe: Pe, replacing: readonly NewSection[]) {
  const moved = [...replacing]
  const kept = pe.sections.flatMap((section, i): Placed[] => {
    const old = asPlaced(image, section)
    const at = moved.findIndex(({ name }) => name === section.name)
    if (at < 0) return [old]
    const fresh = moved[at]!
    const room = (pe.sections[i + 1]?.virtualAddress ?? Number.POSITIVE_INFINITY) - section.virtualAddress
    if (fresh.content.size > room) return []
    moved.splice(at, 1)
    return [{ ...old, content: fresh.content, virtualSize: fresh.content.size }]
  })
  return { kept, moved }
}

function asPlaced(image: ByteSource, section: PeSection): Placed {
  const { name, rawOffset, rawSize, virtualSize, virtualAddress, characteristics, headerOffset } = section
  const content = piecesSource([{ source: image, from: rawOffset, to: rawOffset + rawSize }])
  const header = image.read(headerOffset, SECTION_HEADER_SIZE)
  return { name, content, virtualSize, virtualAddress, characteristics, header }
}

function placeBehind(kept: readonly Placed[], added: readonly NewSection[], alignment: number): Placed[] {
  const placed = [...kept]
  for (const section of added) {
    const last = placed.at(-1)
    const end = last === undefined ? alignment : last.virtualAddress + Math.max(1, memorySize(last))
    placed.push({ ...section, virtualAddress: alignUp(end, alignment) })
  }
  return placed
}

function layOut(image: ByteSource, pe: Pe, sections: readonly Placed[]): ByteSource {
  const sizeOfHeaders = Math.max(
    pe.sizeOfHeaders,
    alignUp(pe.sectionTableOffset + SECTION_HEADER_SIZE * sections.length, pe.fileAlignment),
  )
  const first = sections[0]!
  if (sizeOfHeaders > first.virtualAddress) {
    throw new UserError(
      `PE: no room for ${sections.length} section headers before the code begins`,
      'leave sections out, or take a stub that was linked with more room',
    )
  }
  const headers = Buffer.alloc(sizeOfHeaders)
  headers.set(image.read(0, pe.sectionTableOffset))
  const pieces: Piece[] = [headers]
  let offset = sizeOfHeaders
  for (const [i, section] of sections.entries()) {
    const { content } = section
    const zeros = padding(content.size, pe.fileAlignment)
    const rawSize = content.size + zeros.length
    headers.set(sectionHeader(section, offset, rawSize), pe.sectionTableOffset + SECTION_HEADER_SIZE * i)
    pieces.push({ source: content, from: 0, to: content.size }, zeros)
    offset += rawSize
  }
  const last = sections.at(-1)!
  const sizeOfImage = alignUp(last.virtualAddress + memorySize(last), Math.max(pe.sectionAlignment, 1))
  if (offset > MAX_OFFSET || sizeOfImage > MAX_OFFSET)
    throw new UserError('PE: larger than 4 GB', 'make the initrd smaller')

  const optional = pe.optionalHeaderOffset
  headers.writeUInt16LE(sections.length, pe.peOffset + 6)
  headers.writeUInt32LE(0, pe.peOffset + 12)
  headers.writeUInt32LE(0, pe.peOffset + 16)
  const added = sections.filter(({ header }) => header === undefined)
  const data = added.reduce((sum, { content }) => sum + alignUp(content.size, pe.fileAlignment), 0)
  const before = headers.readUInt32LE(optional + SIZE_OF_INITIALIZED_DATA)
  headers.writeUInt32LE((before + data) % 2 ** 32, optional + SIZE_OF_INITIALIZED_DATA)
  headers.writeUInt32LE(sizeOfImage, optional + 56)
  headers.writeUInt32LE(sizeOfHeaders, optional + 60)
  if (pe.securityEntryOffset !== undefined) headers.fill(0, pe.securityEntryOffset, pe.securityEntryOffset + 8)
  const whole = piecesSource(pieces)
  headers.writeUInt32LE(checksumOf(whole, pe.checksumOffset), pe.checksumOffset)
  return whole
}

function sectionHeader(section: Placed, rawOffset: number, rawSize: number): Buffer {
  const header = Buffer.alloc(SECTION_HEADER_SIZE)
  if (section.header === undefined) header.write(section.name, 'latin1')
  else header.set(section.header)
  header.writeUInt32LE(memorySize(section), 8)
  header.writeUInt32LE(section.virtualAddress, 12)
  header.writeUInt32LE(rawSize, 16)
  header.writeUInt32LE(rawSize === 0 ? 0 : rawOffset, 20)
  header.writeUInt32LE(section.characteristics, 36)
  return header
}

function memorySize({ virtualSize, content }: NewSection): number {
  return virtualSize ?? content.size
}
