import { type ByteSource, UserError } from '@firn/core'
import { type Layout, layoutOf } from './layout.ts'
import { type DigestOptions, digestBlocks } from './verity-digests.ts'
import { DIGEST_SIZE, parseVeritySuperblock, type VerityShape, verityHeader } from './verity-superblock.ts'

export interface VerityWords {
  /** The device; its size is a multiple of the size of a data block. */
  readonly data: ByteSource
  readonly salt: Uint8Array
  /** By default the first half of the root hash: what depends on nothing else can be checked by whoever has the hash. */
  readonly uuid?: string | undefined
  readonly algorithm?: VerityShape['algorithm'] | undefined
  /** 512, 1024, 2048 or 4096; by default 4096. */
  readonly dataBlockSize?: number | undefined
  readonly hashBlockSize?: number | undefined
}

export interface Verity {
  /** Hex. With the salt it stands for every byte of the device. */
  readonly rootHash: string
  readonly uuid: string
  /** What `veritysetup format` writes: the superblock, then the tree, its root first. */
  readonly hashArea: Layout
}

/**
 * The hash tree of a device, byte for byte what veritysetup makes. The tree is held in memory: 1/128 of the device for
 * SHA-256. Errors: a size that is not made of whole blocks; those of the source.
 */
export async function formatVerity(words: VerityWords, options: DigestOptions = {}): Promise<Verity> {
  const { data, salt, algorithm = 'sha256', dataBlockSize = 4096, hashBlockSize = 4096 } = words
  const dataBlocks = data.size / dataBlockSize
  if (!Number.isInteger(dataBlocks) || dataBlocks === 0) {
    throw new UserError(
      `dm-verity: ${data.size} bytes are not made of blocks of ${dataBlockSize}`,
      'fill the last block up with zeros',
    )
  }
  const shape: VerityShape = { algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt }
  const levels = levelsOf(shape)
  const size = levels.length === 0 ? hashBlockSize : levels[0]!.offset + levels[0]!.blocks * hashBlockSize
  const tree = Buffer.alloc(size)
  let rootHash = await digestLevel(shape, data, levels[0], tree, options)
  for (const [i, { offset, blocks }] of levels.entries()) {
    const below = { ...shape, dataBlockSize: hashBlockSize, dataBlocks: blocks }
    const source = memorySource(tree.subarray(offset, offset + blocks * hashBlockSize))
    rootHash = await digestLevel(below, source, levels[i + 1], tree, { signal: options.signal })
  }
  const uuid = words.uuid ?? uuidOfRoot(rootHash)
  tree.set(verityHeader({ ...shape, uuid }))
  return {
    rootHash,
    uuid,
    hashArea: layoutOf(size, [{ offset: 0, size, what: 'dm-verity superblock and hash tree', content: tree }]),
  }
}

/** The UUID that `formatVerity` gives by default. */
export function uuidOfRoot(rootHash: string): string {
  return rootHash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
}

/** Put the digests of all blocks into the level above them; the digest of the last row's first block is the root's. */
async function digestLevel(
  shape: VerityShape,
  source: ByteSource,
  above: Level | undefined,
  tree: Buffer,
  options: DigestOptions,
): Promise<string> {
  const { algorithm, salt, dataBlockSize: blockSize, dataBlocks: blocks } = shape
  const digestSize = DIGEST_SIZE[algorithm]
  let last = ''
  await digestBlocks(
    { source, algorithm, salt, blockSize, offset: 0, blocks },
    (first, digests) => {
      if (above === undefined) last = Buffer.from(digests).toString('hex')
      else
        for (let i = 0; i < digests.length / digestSize; i++) {
          tree.set(digests.subarray(i * digestSize, (i + 1) * digestSize), placeOf(shape, above, first + i))
        }
    },
    options,
  )
  return last
}

/** A block whose digest is not the one that stands for it. */
export interface BadBlock {
  /** `data` or the level of the tree, counted from 1 above the data. */
  readonly level: 'data' | number
  /** Its number within its level. */
  readonly block: number
  /** Where it lies in bytes, from the start of the data or of the hash area. */
  readonly offset: number
}

export interface VerityCheck {
  readonly shape: VerityShape
  readonly uuid: string
  /** Bytes of the tree behind the block of the superblock; 0 for a device of one block. */
  readonly treeSize: number
  /** How many blocks are bad; the first `most` of them are in `bad`, from the root down. */
  readonly count: number
  readonly bad: readonly BadBlock[]
}

/**
 * Check every block of a device and of its tree against the root hash. A bad block of the tree says nothing of what lies
 * below it: that is compared with what the tree holds. Errors: a superblock that is none, one that does not fit the data.
 */
export async function verifyVerity(
  { data, hash, rootHash }: { readonly data: ByteSource; readonly hash: ByteSource; readonly rootHash: string },
  { most = 20, ...options }: DigestOptions & { readonly most?: number } = {},
): Promise<VerityCheck> {
  const { uuid, ...shape } = parseVeritySuperblock(hash.read(0, Math.min(512, hash.size)))
  const levels = levelsOf(shape)
  const end = levels.length === 0 ? 512 : levels[0]!.offset + levels[0]!.blocks * shape.hashBlockSize
  if (shape.dataBlocks * shape.dataBlockSize > data.size || end > hash.size) {
    throw new UserError('dm-verity: the superblock tells of more blocks than there are', 'the image is cut off')
  }
  const bad: BadBlock[] = []
  let count = 0
  for (let level = levels.length; level >= 0; level--) {
    const own = level === 0 ? undefined : levels[level - 1]!
    const blockSize = own === undefined ? shape.dataBlockSize : shape.hashBlockSize
    const found = await badBlocks(shape, { source: own ? hash : data, own, blockSize }, levels[level], {
      ...(level === 0 ? options : { signal: options.signal }),
      hash,
      rootHash,
    })
    count += found.length
    for (const block of found.slice(0, most - bad.length)) {
      bad.push({ level: level === 0 ? 'data' : level, block, offset: (own?.offset ?? 0) + block * blockSize })
    }
  }
  const treeSize = levels.reduce((sum, { blocks }) => sum + blocks * shape.hashBlockSize, 0)
  return { shape, uuid, treeSize, count, bad }
}

async function badBlocks(
  shape: VerityShape,
  {
    source,
    own,
    blockSize,
  }: { readonly source: ByteSource; readonly own: Level | undefined; readonly blockSize: number },
  above: Level | undefined,
  { hash, rootHash, ...options }: DigestOptions & { readonly hash: ByteSource; readonly rootHash: string },
): Promise<number[]> {
  const { algorithm, salt } = shape
  const size = DIGEST_SIZE[algorithm]
  const bad: number[] = []
  await digestBlocks(
    { source, algorithm, salt, blockSize, offset: own?.offset ?? 0, blocks: own?.blocks ?? shape.dataBlocks },
    (first, digests) => {
      const count = digests.length / size
      if (above === undefined) {
        if (Buffer.from(digests).toString('hex') !== rootHash.toLowerCase()) bad.push(first)
        return
      }
      const from = placeOf(shape, above, first)
      const stored = hash.read(from, placeOf(shape, above, first + count - 1) + size - from)
      for (let i = 0; i < count; i++) {
        const at = placeOf(shape, above, first + i) - from
        const digest = digests.subarray(i * size, (i + 1) * size)
        if (Buffer.compare(digest, stored.subarray(at, at + size)) !== 0) bad.push(first + i)
      }
    },
    options,
  )
  return bad.sort((a, b) => a - b)
}

interface Level {
  /** From the start of the hash area, behind the superblock. */
  readonly offset: number
  readonly blocks: number
}

/** The levels of the tree from the one above the data up; on the disk the top one comes first. None for one block. */
function levelsOf(shape: VerityShape): Level[] {
  const { dataBlocks, hashBlockSize } = shape
  const perBlock = hashBlockSize / slotSize(shape)
  const counts: number[] = []
  for (let blocks = dataBlocks; blocks > 1; ) {
    blocks = Math.ceil(blocks / perBlock)
    counts.push(blocks)
  }
  let offset = hashBlockSize
  const levels: Level[] = []
  for (const blocks of counts.reverse()) {
    levels.unshift({ offset, blocks })
    offset += blocks * hashBlockSize
  }
  return levels
}

/** A digest takes a power of two, so that as many of them fill a block. */
function slotSize({ algorithm }: VerityShape): number {
  return 2 ** Math.ceil(Math.log2(DIGEST_SIZE[algorithm]))
}

function placeOf(shape: VerityShape, above: Level, block: number): number {
  const slot = slotSize(shape)
  return above.offset + block * slot
}

function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    *chunks(from, to) {
      yield bytes.subarray(from, to)
    },
    close() {},
  }
}
