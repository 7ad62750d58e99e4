import { type ByteSource, UserError } from '@firn/core'
import { type DirectoryChild, directoryBytes, fatNames } from './fat-directory-write.ts'
import { type Extent, type Layout, layoutOf } from './layout.ts'

/** A file to put into a FAT file system; its folders are made. */
export interface FatFile {
  /** `EFI/BOOT/BOOTX64.EFI`. */
  readonly path: string
  readonly size: number
  readonly content: Uint8Array | (() => ByteSource)
}

export interface FatWords {
  readonly files: readonly FatFile[]
  /** 32 bits that tell volumes apart. */
  readonly volumeId: number
  /** At most 11 characters of upper-case ASCII; none when empty. */
  readonly label: string
  /** Of all files, in UTC; FAT keeps steps of two seconds, from 1980 on. */
  readonly time: Date
  /** Bytes; by default as few as hold the files, 1 MiB more, in whole MiB. */
  readonly size?: number | undefined
  /** By default FAT16 where it fits, which every firmware reads; below 2 MiB FAT12, from 512 MiB on FAT32. */
  readonly kind?: 12 | 16 | 32 | undefined
}

const SECTOR = 512
const MiB = 1 << 20
/** The kind of a FAT is told by its number of clusters (Microsoft's FAT specification 1.03, page 14). */
const MOST_CLUSTERS = { 12: 4084, 16: 65_524, 32: 0x0fff_fff4 } as const
const END = { 12: 0xfff, 16: 0xffff, 32: 0x0fff_ffff } as const

/**
 * A FAT file system, deterministic: files lie whole and in the order of their paths, what is free is zero. Errors: names
 * that FAT cannot hold or that differ in case only, files of 4 GiB, what does not fit.
 */
export function buildFat(words: FatWords): Layout {
  const root = treeOf(words.files)
  checkLabel(words.label)
  const size = words.size ?? sizeFor(words.files, root)
  const shape = shapeOf(size, words.kind, root.children.length + 1)
  const chains = new Map<Folder | FatFile, Chain>()
  const used = allocate(root, shape, chains)
  if (used > shape.clusters) {
    const missing = Math.ceil(((used - shape.clusters) * shape.clusterSize) / 1024)
    throw new UserError(
      `FAT: the files need ${missing} KiB more than the ${size} bytes of the volume`,
      'make it larger',
    )
  }
  const table = tableOf(shape, chains.values())
  const tables = Array.from({ length: FATS }, (_, i) => {
    return extent((shape.reserved + i * shape.fatSectors) * SECTOR, table, `FAT: table ${i + 1}`)
  })
  return layoutOf(size, [...bootExtents(words, shape, used), ...tables, ...contentExtents(words, root, shape, chains)])
}

interface Folder {
  /** '' for the root. */
  readonly path: string
  readonly children: { readonly name: string; readonly node: Folder | FatFile }[]
}

function isFolder(node: Folder | FatFile): node is Folder {
  return 'children' in node
}

/** Folders and files by path; the order of names is that of their bytes in upper case. */
function treeOf(files: readonly FatFile[]): Folder {
  const root: Folder = { path: '', children: [] }
  const key = (name: string) => name.toUpperCase()
  for (const file of files) {
    if (file.size >= 2 ** 32)
      throw new UserError(`FAT: ${file.path} has ${file.size} bytes`, 'FAT takes up to 4 GiB - 1')
    const parts = file.path.split('/')
    let folder = root
    for (const [i, name] of parts.entries()) {
      const found = folder.children.find((child) => key(child.name) === key(name))
      const isLast = i === parts.length - 1
      if (found !== undefined && (isLast || !isFolder(found.node) || found.name !== name)) {
        throw new UserError(`FAT: ${file.path} and ${found.node.path} are one name`, 'FAT does not tell cases apart')
      }
      if (found !== undefined && isFolder(found.node)) folder = found.node
      else {
        const next: Folder = { path: parts.slice(0, i + 1).join('/'), children: [] }
        folder.children.push({ name, node: isLast ? file : next })
        folder = next
      }
    }
  }
  const sort = ({ children }: Folder): void => {
    children.sort((a, b) => (key(a.name) < key(b.name) ? -1 : 1))
    for (const { node } of children) if (isFolder(node)) sort(node)
  }
  sort(root)
  return root
}

function checkLabel(label: string): void {
  if (!/^[A-Z0-9 _-]{0,11}$/.test(label)) {
    throw new UserError(`FAT: the label "${label}"`, 'up to 11 of A-Z, 0-9, space, - and _')
  }
}

/** Room for all files and folders at the largest clusters we choose below 512 MiB, and for the tables. */
function sizeFor(files: readonly FatFile[], root: Folder): number {
  const cluster = 8192
  let bytes = MiB
  for (const { size } of files) bytes += Math.ceil(size / cluster) * cluster
  const folders = (folder: Folder): number =>
    folder.children.reduce((sum, { node }) => sum + (isFolder(node) ? folders(node) : 0), entriesSize(folder) + cluster)
  bytes += folders(root)
  return Math.ceil((bytes * 1.01) / MiB) * MiB
}

interface Shape {
  readonly kind: 12 | 16 | 32
  readonly sectors: number
  readonly clusterSize: number
  readonly clusters: number
  readonly reserved: number
  readonly fatSectors: number
  /** Of the root folder; 0 for FAT32, whose root is a chain. */
  readonly rootEntries: number
  readonly dataOffset: number
}

const FATS = 2

function shapeOf(size: number, wanted: FatWords['kind'], rootEntries: number): Shape {
  if (size % SECTOR !== 0 || size / SECTOR > 0xffff_ffff) {
    throw new UserError(`FAT: a volume of ${size} bytes`, `give a multiple of ${SECTOR}, below 2 TiB`)
  }
  const kinds = wanted === undefined ? ([16, 12, 32] as const) : [wanted]
  for (const kind of size >= 512 * MiB && wanted === undefined ? ([32] as const) : kinds) {
    // Clusters of 4 KiB are what disks and page caches like; smaller ones only where FAT16 would have too few.
    const sizes = [4096, 2048, 1024, 512, 8192, 16_384, 32_768]
    for (const clusterSize of sizes) {
      const shape = shapeWith(size, kind, clusterSize, rootEntries)
      const least = { 12: 1, 16: MOST_CLUSTERS[12] + 1, 32: MOST_CLUSTERS[16] + 1 }[kind]
      if (shape.clusters >= least && shape.clusters <= MOST_CLUSTERS[kind]) return shape
    }
  }
  throw new UserError(`FAT: ${size} bytes are no size for FAT${wanted ?? ''}`, 'choose another size or kind')
}

function shapeWith(size: number, kind: 12 | 16 | 32, clusterSize: number, wantedEntries: number): Shape {
  const sectors = size / SECTOR
  const reserved = kind === 32 ? 32 : 1
  // Long names take several entries; more than 512 are needed for some 100 files in the root only.
  const rootEntries = kind === 32 ? 0 : Math.max(512, Math.ceil((wantedEntries * 21) / 16) * 16)
  const perCluster = clusterSize / SECTOR
  const rootSectors = (rootEntries * 32) / SECTOR
  const left = sectors - reserved - rootSectors
  // Each cluster costs its sectors and `kind` bits in each table; the two first entries of a table have no cluster.
  const fatSectors = Math.max(
    1,
    Math.ceil(((left / perCluster + 2) * kind) / 8 / (SECTOR + (FATS * kind) / 8 / perCluster)),
  )
  const dataOffset = (reserved + FATS * fatSectors + rootSectors) * SECTOR
  const clusters = Math.floor((size - dataOffset) / clusterSize)
  return { kind, sectors, clusterSize, clusters, reserved, fatSectors, rootEntries, dataOffset }
}

interface Chain {
  readonly first: number
  readonly count: number
}

/** Give each folder and file its clusters, one after another, folders before what they hold; the number of all. */
function allocate(root: Folder, { kind, clusterSize }: Shape, chains: Map<Folder | FatFile, Chain>): number {
  let next = 2
  const take = (node: Folder | FatFile, bytes: number): void => {
    const count = Math.ceil(bytes / clusterSize)
    chains.set(node, { first: count === 0 ? 0 : next, count })
    next += count
  }
  const folders: Folder[] = [root]
  if (kind === 32) take(root, entriesSize(root))
  else chains.set(root, { first: 0, count: 0 })
  for (const folder of folders) {
    for (const { node } of folder.children) {
      if (!isFolder(node)) continue
      take(node, entriesSize(node))
      folders.push(node)
    }
  }
  for (const folder of folders) {
    for (const { node } of folder.children) if (!isFolder(node)) take(node, node.size)
  }
  return next - 2
}

/** Bytes of the entries of a folder: of the root a label, of the others `.` and `..`, and one that ends it. */
function entriesSize(folder: Folder): number {
  const names = fatNames(folder.children.map(({ name }) => name))
  return (names.reduce((sum, { parts }) => sum + parts + 1, 0) + 3) * 32
}

function tableOf({ kind, fatSectors }: Shape, chains: Iterable<Chain>): Uint8Array {
  const bytes = Buffer.alloc(fatSectors * SECTOR)
  const put = (cluster: number, value: number): void => {
    if (kind === 16) bytes.writeUInt16LE(value, cluster * 2)
    else if (kind === 32) bytes.writeUInt32LE(value, cluster * 4)
    else {
      const at = cluster + (cluster >> 1)
      const both = bytes.readUInt16LE(at)
      bytes.writeUInt16LE(cluster % 2 === 0 ? (both & 0xf000) | value : (both & 0x000f) | (value << 4), at)
    }
  }
  put(0, END[kind] - 7)
  put(1, END[kind])
  for (const { first, count } of chains) {
    for (let i = 0; i < count; i++) put(first + i, i === count - 1 ? END[kind] : first + i + 1)
  }
  return bytes
}

/** The boot sector with its parameters; for FAT32 also what counts the free clusters, and the copies of both. */
function bootExtents({ volumeId, label }: FatWords, shape: Shape, used: number): Extent[] {
  const { kind, sectors, clusterSize, reserved, fatSectors, rootEntries, clusters } = shape
  const boot = Buffer.alloc(SECTOR)
  boot.set([0xeb, kind === 32 ? 0x58 : 0x3c, 0x90])
  boot.write('firn    ', 3, 'latin1')
  boot.writeUInt16LE(SECTOR, 11)
  boot.writeUInt8(clusterSize / SECTOR, 13)
  boot.writeUInt16LE(reserved, 14)
  boot.writeUInt8(FATS, 16)
  boot.writeUInt16LE(rootEntries, 17)
  if (sectors < 0x1_0000 && kind !== 32) boot.writeUInt16LE(sectors, 19)
  else boot.writeUInt32LE(sectors, 32)
  boot.writeUInt8(0xf8, 21)
  if (kind !== 32) boot.writeUInt16LE(fatSectors, 22)
  // mtools wants whole tracks, though nobody counts in tracks any more.
  boot.writeUInt16LE([32, 16, 8, 4, 2, 1].find((track) => sectors % track === 0)!, 24)
  boot.writeUInt16LE(2, 26)
  const tail = kind === 32 ? 64 : 36
  if (kind === 32) {
    boot.writeUInt32LE(fatSectors, 36)
    boot.writeUInt32LE(2, 44)
    boot.writeUInt16LE(1, 48)
    boot.writeUInt16LE(6, 50)
  }
  boot.writeUInt8(0x80, tail)
  boot.writeUInt8(0x29, tail + 2)
  boot.writeUInt32LE(volumeId >>> 0, tail + 3)
  boot.write((label || 'NO NAME').padEnd(11), tail + 7, 'latin1')
  boot.write(`FAT${kind}`.padEnd(8), tail + 18, 'latin1')
  // Should a BIOS start it: wait for ever.
  boot.set([0xeb, 0xfe], tail + 26)
  boot.writeUInt16LE(0xaa55, 510)
  if (kind !== 32) return [extent(0, boot, 'FAT: boot sector')]
  const info = Buffer.alloc(SECTOR)
  info.write('RRaA', 0, 'latin1')
  info.write('rrAa', 484, 'latin1')
  info.writeUInt32LE(clusters - used, 488)
  info.writeUInt32LE(used + 2 < clusters + 2 ? used + 2 : 0xffff_ffff, 492)
  info.writeUInt32LE(0xaa55_0000, 508)
  return [
    extent(0, Buffer.concat([boot, info]), 'FAT: boot sector'),
    extent(6 * SECTOR, Buffer.concat([boot, info]), 'FAT: boot sector, copy'),
  ]
}

function contentExtents(
  { label, time }: FatWords,
  root: Folder,
  shape: Shape,
  chains: ReadonlyMap<Folder | FatFile, Chain>,
): Extent[] {
  const extents: Extent[] = []
  const placeOf = (node: Folder | FatFile) => shape.dataOffset + (chains.get(node)!.first - 2) * shape.clusterSize
  const visit = (folder: Folder, parent: Folder | undefined): void => {
    const children = folder.children.map(({ name, node }): DirectoryChild => {
      return { name, cluster: chains.get(node)!.first, size: isFolder(node) ? undefined : node.size }
    })
    const own = chains.get(folder)!.first
    const above = parent === undefined || parent === root ? 0 : chains.get(parent)!.first
    const bytes = directoryBytes(children, time, parent === undefined ? { label } : { own, above })
    const isFixed = parent === undefined && shape.kind !== 32
    const at = isFixed ? shape.dataOffset - shape.rootEntries * 32 : placeOf(folder)
    extents.push(extent(at, bytes, `FAT: folder ${folder.path || '/'}`))
    for (const { node } of folder.children) {
      if (isFolder(node)) visit(node, folder)
      else extents.push({ offset: placeOf(node), size: node.size, what: node.path, content: node.content })
    }
  }
  visit(root, undefined)
  return extents
}

function extent(offset: number, content: Uint8Array, what: string): Extent {
  return { offset, size: content.length, what, content }
}
