import type { Pe } from '@firn/binary/pe'

/** Bytes of a file from `from` to before `to`. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * What the Authenticode hash covers, in its order (Windows Authenticode Portable Executable Signature Format, "Calculating
 * the PE Image Hash", as edk2 does it): the headers without the checksum and the certificate table's entry, the sections by
 * their place in the file, and what is left behind them. The start of that rest is a SUM of sizes, not a place: with gaps
 * between the sections it starts too early, and the gaps are covered by nothing.
 */
export function hashedRanges(pe: Pe): Range[] {
  const sections = pe.sections.filter(({ rawSize }) => rawSize > 0).sort((a, b) => a.rawOffset - b.rawOffset)
  const summed = sections.reduce((sum, { rawSize }) => sum + rawSize, pe.sizeOfHeaders)
  const end = pe.fileSize - (pe.certificateTable?.size ?? 0)
  return [
    ...headerRanges(pe),
    ...sections.map(({ rawOffset, rawSize }) => ({ from: rawOffset, to: rawOffset + rawSize })),
    ...(end > summed ? [{ from: summed, to: end }] : []),
  ]
}

/**
 * Why the hash does not cover this file as a reader would think, in words; none for a sound file. Firmware takes such a
 * file all the same; it is not signed here.
 */
export function layoutProblems(pe: Pe): string[] {
  const problems: string[] = []
  const say = (text: string) => problems.push(text)
  const table = pe.certificateTable
  const sections = pe.sections.filter(({ rawSize }) => rawSize > 0).sort((a, b) => a.rawOffset - b.rawOffset)
  if (table !== undefined && table.offset + table.size !== pe.fileSize) {
    say(`${pe.fileSize - table.offset - table.size} bytes stand behind the certificate table`)
  }
  if (table !== undefined && table.offset % 8 !== 0) say('the certificate table does not begin at a multiple of 8')
  let covered = pe.sizeOfHeaders
  for (const { name, rawOffset, rawSize } of sections) {
    if (rawOffset < covered) say(`section ${name} overlaps what stands before it`)
    if (rawOffset > covered) {
      say(`${rawOffset - covered} bytes before section ${name} belong to no section, and the hash does not cover them`)
    }
    if (table !== undefined && rawOffset + rawSize > table.offset)
      say(`section ${name} reaches into the certificate table`)
    covered = Math.max(covered, rawOffset + rawSize)
  }
  return problems
}

function headerRanges({ checksumOffset, securityEntryOffset, sizeOfHeaders }: Pe): Range[] {
  const skipped = [checksumOffset, checksumOffset + 4]
  // The entry is 8 bytes. An image with too few directories for one has nothing to leave out.
  if (securityEntryOffset !== undefined) skipped.push(securityEntryOffset, securityEntryOffset + 8)
  const edges = [0, ...skipped, sizeOfHeaders]
  return edges.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: edges[i + 1]! }] : []))
}
