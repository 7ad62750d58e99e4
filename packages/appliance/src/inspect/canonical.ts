import { type ByteSource, UserError } from '@firn/core'
import {
  buildFat,
  buildGpt,
  buildIso,
  type Fat,
  type FatEntry,
  type FatFile,
  type Gpt,
  type GptPartition,
  type Iso,
  type Layout,
  layoutOf,
  openFat,
  PARTITION_TYPE,
  type PartitionWords,
  readGpt,
  readIso,
  stretches,
} from '@firn/image'

/**
 * An image, read, and laid out anew around the same contents as firn lays images out. Where the two are the same, nothing
 * can hide between the contents: every byte that no signature covers follows from them.
 */
export interface Canonical {
  readonly gpt: Gpt
  readonly iso?: Iso
  readonly esp: GptPartition
  /** The files of the EFI system partition. */
  readonly files: readonly FatFile[]
  /** What is not content has its bytes at hand; content is opened from the image. A medium may be larger. */
  readonly layout: Layout
}

const MOST_FILES = 2000
const MOST_DEPTH = 16
const HINT = 'it is no image of firn appliance, or it was changed: take it from where it was made'

/** Errors: no partition table, not exactly one EFI system partition, or what firn would not write. */
export function readCanonical(image: ByteSource): Canonical {
  const gpt = readGpt(image)
  if (gpt === undefined) throw new UserError('no GUID partition table', HINT)
  if (gpt.size > image.size) throw new UserError(`the image has ${image.size} bytes, not ${gpt.size}`, HINT)
  const esps = gpt.partitions.filter(({ type }) => type === PARTITION_TYPE.esp)
  const [esp] = esps
  if (esp === undefined || esps.length > 1) {
    throw new UserError(`${esps.length} EFI system partitions: which one is started, nobody can say`, HINT)
  }
  const iso = readIso(image)
  const fat = openFat(stretches(image, [esp]))
  const files = filesOf(fat)
  const partitions = gpt.partitions.map((partition): PartitionWords & { readonly number: number } => {
    const content = partition === esp ? espLayout(fat, files, gpt) : wholePartition(image, partition)
    return { ...partition, content }
  })
  if (partitions.some(({ number }, i) => number !== i + 1))
    throw new UserError('partitions with gaps in their numbers', HINT)
  const words = { diskId: gpt.diskId, sectorSize: gpt.sectorSize, size: gpt.size, partitions }
  const layout = iso === undefined ? buildGpt(words).layout : isoLayout(image, iso, words, esp)
  if (layout.size > image.size) throw new UserError(`the image has ${image.size} bytes, not ${layout.size}`, HINT)
  return { gpt, ...(iso !== undefined && { iso }), esp, files, layout }
}

/** All files, by their paths. */
function filesOf(fat: Fat): FatFile[] {
  const files: FatFile[] = []
  const visit = (folder: string, depth: number): void => {
    for (const entry of fat.list(folder) ?? []) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (depth > MOST_DEPTH || files.length > MOST_FILES) throw new UserError('FAT: too many files', HINT)
      if (entry.isDirectory) visit(path, depth + 1)
      else files.push({ path: spelt(path), size: entry.size, content: () => fat.open(entry) })
    }
  }
  visit('', 0)
  return files
}

/** Firmware does not tell large letters from small ones: a name that firn writes counts as it writes it. */
function spelt(path: string): string {
  const folded = path.toLowerCase()
  const folder = FOLDERS.find((name) => folded.startsWith(`${name.toLowerCase()}/`))
  if (folder === undefined) return path
  const name = path.slice(folder.length + 1)
  if (/^boot(x64|aa64)\.efi$/i.test(name)) return `${folder}/${name.toUpperCase()}`
  return `${folder}/${OWN_NAMES.test(name) ? name.toLowerCase() : name}`
}

const FOLDERS = ['EFI/BOOT', 'EFI/systemd', 'EFI/Linux', 'EFI/firn', 'loader']
const OWN_NAMES = /^(?:(?:grub|mm|systemd-boot)(?:x64|aa64)\.efi|loader\.conf|linux\.efi|initrd-\d+)$/i

/** Its number is the start of the disk's id, its time that of any of its files. */
function espLayout(fat: Fat, files: readonly FatFile[], { diskId }: Gpt): Layout {
  const volumeId = Number.parseInt(diskId.slice(0, 8), 16)
  const time = firstFile(fat)?.modified ?? new Date(Date.UTC(1980, 0, 1))
  return buildFat({ files, volumeId, label: fat.label, time, size: fat.size })
}

function firstFile(fat: Fat): FatEntry | undefined {
  return fat.list('')?.[0]
}

function wholePartition(image: ByteSource, { number, name, size, offset }: GptPartition): Layout {
  const content = () => stretches(image, [{ offset, size }])
  return layoutOf(size, [{ offset: 0, size, what: `partition ${number} (${name})`, content }])
}

interface DiskWords {
  readonly diskId: string
  readonly size: number
  readonly partitions: readonly PartitionWords[]
}

/** As buildIso makes it: texts lie in front of the partitions, the other files are partitions. */
function isoLayout(image: ByteSource, iso: Iso, words: DiskWords, esp: GptPartition): Layout {
  const files = iso.files.map(({ name, extents }) => {
    const [first] = extents
    const size = extents.reduce((sum, extent) => sum + extent.size, 0)
    const partition = words.partitions.findIndex((one) => one.offset === first?.offset && one.size === size)
    if (partition >= 0) return { name, content: { partition: partition + 1 } }
    if (size > 1 << 20 || first === undefined || first.offset + size > image.size) {
      throw new UserError(`ISO 9660: ${name} is no partition and no short text`, HINT)
    }
    return { name, content: image.read(first.offset, size) }
  })
  const { volumeId, time } = iso
  return buildIso({ volumeId, time, diskId: words.diskId, partitions: words.partitions, efi: esp.number, files }).layout
}
