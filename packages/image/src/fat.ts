import { type ByteSource, UserError } from '@firn/core'
import { childEntries, type FatEntry } from './fat-directory.ts'
import { stretches } from './slice.ts'

/** A FAT file system, open for reading (Microsoft's FAT specification 1.03; what an EFI system partition is). */
export interface Fat {
  readonly kind: 12 | 16 | 32
  readonly clusterSize: number
  /** Bytes, as the file system itself says. */
  readonly size: number
  readonly volumeId: number
  /** As the boot sector has it. */
  readonly label: string
  /** What a folder holds; the root is '' or '/'. Undefined when there is no such folder. */
  list(path: string): readonly FatEntry[] | undefined
  /** The file or folder of that path, which is compared without regard to case, as UEFI does. */
  find(path: string): FatEntry | undefined
  /** The content of a file. */
  open(entry: FatEntry): ByteSource
}

interface Geometry {
  readonly kind: 12 | 16 | 32
  readonly size: number
  readonly volumeId: number
  readonly label: string
  readonly clusterSize: number
  readonly clusters: number
  readonly fatOffset: number
  readonly fatSize: number
  readonly rootOffset: number
  readonly rootSize: number
  readonly rootCluster: number
  readonly dataOffset: number
}

const HINT = 'this is no FAT file system, or it is damaged: fsck.fat -n tells more'
/** The specification allows a folder 65,536 entries of 32 bytes. */
const MOST_DIRECTORY = 65_536 * 32

/** Open the file system that begins at the first byte of `volume`. Errors: not FAT, or cut off. */
export function openFat(volume: ByteSource): Fat {
  const geometry = readGeometry(volume)
  const next = fatReader(volume, geometry)
  const listed = new Map<number, readonly FatEntry[]>()

  const content = (cluster: number, size: number): ByteSource => {
    const { clusterSize } = geometry
    const needed = Math.ceil(size / clusterSize)
    const chain = chainOf(cluster, needed, geometry, next)
    if (chain.length < needed) throw new UserError('FAT: a file is longer than its chain of clusters', HINT)
    return stretches(volume, extentsOf(chain, size, geometry))
  }
  const directory = (cluster: number): readonly FatEntry[] => {
    const known = listed.get(cluster)
    if (known !== undefined) return known
    const entries = childEntries(directoryBytes(cluster))
    listed.set(cluster, entries)
    return entries
  }
  const directoryBytes = (cluster: number): Uint8Array => {
    if (cluster === 0 && geometry.kind !== 32) return volume.read(geometry.rootOffset, geometry.rootSize)
    const first = cluster === 0 ? geometry.rootCluster : cluster
    const most = Math.max(1, Math.floor(MOST_DIRECTORY / geometry.clusterSize))
    const chain = chainOf(first, most, geometry, next)
    const bytes = stretches(volume, extentsOf(chain, chain.length * geometry.clusterSize, geometry))
    return bytes.read(0, bytes.size)
  }
  const find = (path: string): FatEntry | undefined => {
    let found: FatEntry | undefined
    for (const part of partsOf(path)) {
      if (found !== undefined && !found.isDirectory) return undefined
      found = directory(found?.cluster ?? 0).find((entry) => isNamed(entry, part))
      if (found === undefined) return undefined
    }
    return found
  }
  return {
    kind: geometry.kind,
    clusterSize: geometry.clusterSize,
    size: geometry.size,
    volumeId: geometry.volumeId,
    label: geometry.label,
    find,
    list: (path) => {
      if (partsOf(path).length === 0) return directory(0)
      const found = find(path)
      return found?.isDirectory ? directory(found.cluster) : undefined
    },
    open: ({ cluster, size, isDirectory }) => {
      if (isDirectory) throw new UserError('FAT: this is a folder, not a file', 'give a file')
      return content(cluster, size)
    },
  }
}

function partsOf(path: string): string[] {
  return path.split(/[/\\]+/).filter((part) => part !== '' && part !== '.')
}

function isNamed({ name, shortName }: FatEntry, wanted: string): boolean {
  const folded = wanted.toUpperCase()
  return name.toUpperCase() === folded || shortName.toUpperCase() === folded
}

function readGeometry(volume: ByteSource): Geometry {
  if (volume.size < 512) throw new UserError('not a FAT file system (too small)', HINT)
  const boot = Buffer.from(volume.read(0, 512))
  const sector = boot.readUInt16LE(11)
  const perCluster = boot.readUInt8(13)
  const reserved = boot.readUInt16LE(14)
  const fats = boot.readUInt8(16)
  const rootEntries = boot.readUInt16LE(17)
  const total = boot.readUInt16LE(19) || boot.readUInt32LE(32)
  const small = boot.readUInt16LE(22)
  const fatSectors = small || boot.readUInt32LE(36)
  const isPower = (value: number) => value > 0 && (value & (value - 1)) === 0
  if (!isPower(sector) || sector < 512 || sector > 4096 || !isPower(perCluster) || fats < 1 || fats > 4) {
    throw new UserError('not a FAT file system (no BIOS parameter block)', HINT)
  }
  if (reserved === 0 || fatSectors === 0 || total === 0) throw new UserError('FAT: the boot sector is damaged', HINT)
  const rootOffset = (reserved + fats * fatSectors) * sector
  const rootSize = Math.ceil((rootEntries * 32) / sector) * sector
  const dataOffset = rootOffset + rootSize
  const clusterSize = sector * perCluster
  const clusters = Math.floor((total * sector - dataOffset) / clusterSize)
  if (clusters < 1 || dataOffset + clusters * clusterSize > volume.size) {
    throw new UserError('FAT: the file system is cut off', HINT)
  }
  // As edk2 and Linux have it: FAT32 is what has no 16-bit size of its tables; the other two differ by their size.
  const kind = small === 0 ? 32 : clusters < 4085 ? 12 : 16
  const fatSize = fatSectors * sector
  if (fatSize * 8 < (clusters + 2) * kind) throw new UserError('FAT: the table is smaller than its clusters', HINT)
  const tail = kind === 32 ? 64 : 36
  return {
    kind,
    size: total * sector,
    volumeId: boot.readUInt32LE(tail + 3),
    label: boot.toString('latin1', tail + 7, tail + 18).trimEnd(),
    clusterSize,
    clusters,
    fatOffset: reserved * sector,
    fatSize,
    rootOffset,
    rootSize,
    rootCluster: kind === 32 ? boot.readUInt32LE(44) : 0,
    dataOffset,
  }
}

/** The entry of a cluster in the first table: the cluster that follows. One block of the table is held at a time. */
function fatReader(volume: ByteSource, { kind, fatOffset, fatSize }: Geometry): (cluster: number) => number {
  const block = 4096
  let held: { at: number; bytes: Uint8Array } = { at: -1, bytes: new Uint8Array() }
  const byte = (offset: number): number => {
    const at = offset - (offset % block)
    if (held.at !== at) held = { at, bytes: volume.read(fatOffset + at, Math.min(block, fatSize - at)) }
    return held.bytes[offset - at]!
  }
  const u16 = (offset: number) => byte(offset) | (byte(offset + 1) << 8)
  if (kind === 16) return (cluster) => u16(cluster * 2)
  if (kind === 32) return (cluster) => (u16(cluster * 4) | (u16(cluster * 4 + 2) << 16)) & 0x0fff_ffff
  return (cluster) => (u16(cluster + (cluster >> 1)) >> (cluster % 2 === 0 ? 0 : 4)) & 0xfff
}

/** The clusters of a file from its first on, `most` at most. A chain that leaves the volume or runs in a ring is refused. */
function chainOf(first: number, most: number, geometry: Geometry, next: (cluster: number) => number): number[] {
  const end = { 12: 0xff8, 16: 0xfff8, 32: 0x0fff_fff8 }[geometry.kind]
  const chain: number[] = []
  if (most === 0) return chain
  for (let cluster = first; cluster < end; cluster = next(cluster)) {
    if (cluster < 2 || cluster >= geometry.clusters + 2)
      throw new UserError(`FAT: a chain leads to cluster ${cluster}`, HINT)
    if (chain.length === most) return chain
    if (chain.length > geometry.clusters) throw new UserError('FAT: a chain of clusters runs in a ring', HINT)
    chain.push(cluster)
  }
  return chain
}

function extentsOf(chain: readonly number[], size: number, { clusterSize, dataOffset }: Geometry) {
  const extents: { offset: number; size: number }[] = []
  let left = size
  for (const cluster of chain) {
    if (left <= 0) break
    const offset = dataOffset + (cluster - 2) * clusterSize
    const length = Math.min(clusterSize, left)
    const last = extents.at(-1)
    if (last !== undefined && last.offset + last.size === offset) last.size += length
    else extents.push({ offset, size: length })
    left -= length
  }
  return extents
}
