/** A file or folder of a FAT file system. */
export interface FatEntry {
  /** The long name when there is one, else the short. */
  readonly name: string
  /** The 8.3 name. */
  readonly shortName: string
  readonly isDirectory: boolean
  /** Where its content begins; 0 for an empty file and for the root. */
  readonly cluster: number
  readonly size: number
  /** In UTC, for what wrote it as UTC; whole seconds of two. */
  readonly modified: Date
}

const ENTRY = 32
export const ATTRIBUTE = { volume: 0x08, directory: 0x10, archive: 0x20, longName: 0x0f } as const
const DELETED = 0xe5
/** Thirteen UTF-16 characters of a long name lie in each entry, at these offsets. */
export const NAME_PARTS = [
  [1, 11],
  [14, 26],
  [28, 32],
] as const
const MOST_PARTS = 20

/**
 * The entries of a folder, `.` and `..`, volume labels and what was deleted left out. A long name counts only when its
 * parts are all there, in order, and its checksum fits the short name behind it.
 */
export function childEntries(bytes: Uint8Array): FatEntry[] {
  const found: FatEntry[] = []
  let parts: Uint8Array[] = []
  for (let at = 0; at + ENTRY <= bytes.length && bytes[at] !== 0; at += ENTRY) {
    const entry = bytes.subarray(at, at + ENTRY)
    const attributes = entry[11]! & 0x3f
    if (entry[0] === DELETED) {
      parts = []
    } else if (attributes === ATTRIBUTE.longName) {
      parts = (entry[0]! & 0x40) !== 0 ? [entry] : [...parts.slice(0, MOST_PARTS), entry]
    } else {
      const isLabel = (attributes & ATTRIBUTE.volume) !== 0
      if (!isLabel && entry[0] !== 0x2e) found.push(readEntry(entry, longNameOf(parts, entry)))
      parts = []
    }
  }
  return found
}

function readEntry(entry: Uint8Array, longName: string | undefined): FatEntry {
  const view = new DataView(entry.buffer, entry.byteOffset, ENTRY)
  const shortName = shortNameOf(entry)
  return {
    name: longName ?? shortName,
    shortName,
    isDirectory: (entry[11]! & ATTRIBUTE.directory) !== 0,
    cluster: ((view.getUint16(20, true) << 16) >>> 0) + view.getUint16(26, true),
    size: view.getUint32(28, true),
    modified: readTime(view.getUint16(24, true), view.getUint16(22, true)),
  }
}

function readTime(date: number, time: number): Date {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 0xf, date & 0x1f]
  return new Date(Date.UTC(year, month - 1, day, time >> 11, (time >> 5) & 0x3f, (time & 0x1f) * 2))
}

/** `GRUBX64.EFI`. Windows tells by two bits that a part is meant in lower case. */
function shortNameOf(entry: Uint8Array): string {
  const raw = Uint8Array.from(entry.subarray(0, 11))
  if (raw[0] === 0x05) raw[0] = DELETED
  const part = (from: number, to: number, lowerBit: number) => {
    const text = Buffer.from(raw.subarray(from, to)).toString('latin1').trimEnd()
    return (entry[12]! & lowerBit) !== 0 ? text.toLowerCase() : text
  }
  const [base, extension] = [part(0, 8, 0x08), part(8, 11, 0x10)]
  return extension === '' ? base : `${base}.${extension}`
}

/** The parts stand in front of the short name, the last one first. */
function longNameOf(parts: readonly Uint8Array[], entry: Uint8Array): string | undefined {
  if (parts.length === 0 || parts.length > MOST_PARTS) return undefined
  const sum = checksumOf(entry)
  const inOrder = parts.every((part, i) => (part[0]! & 0x3f) === parts.length - i && part[13] === sum)
  if (!inOrder) return undefined
  const bytes = parts.toReversed().flatMap((part) => NAME_PARTS.map(([from, to]) => part.subarray(from, to)))
  const name = Buffer.concat(bytes).toString('utf16le')
  const end = name.indexOf('\0')
  return end < 0 ? name : name.slice(0, end)
}

/** Of the short name, which the parts of a long one carry. */
export function checksumOf(entry: Uint8Array): number {
  return entry.subarray(0, 11).reduce((sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff, 0)
}
