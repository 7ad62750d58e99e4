import { createHash } from 'node:crypto'
import { type ByteSource, UserError } from '@firn/core'
import {
  type DigestOptions,
  type Gpt,
  parseVeritySuperblock,
  stretches,
  uuidOfRoot,
  type VerityCheck,
  verifyVerity,
} from '@firn/image'
import type { StorePlace, StoreWords } from '../init/words.ts'
import type { Link } from './chain.ts'
import type { Claim } from './map.ts'

/** What was found of a store that a kernel binds. */
export interface StoreResult {
  readonly links: readonly Link[]
  /** Which bytes of the image the hashes stand for. */
  readonly claims: readonly Claim[]
}

interface Places {
  readonly at: number
  readonly room: number
  readonly hashAt?: number
  readonly hashRoom?: number
}

/** Read the whole store, and compare it with the hashes on the command line, as the initrd and the kernel do. */
export async function checkStore(
  image: ByteSource,
  gpt: Gpt,
  words: StoreWords,
  options: DigestOptions = {},
): Promise<StoreResult> {
  const { check } = words
  const links: Link[] = []
  const claims: Claim[] = []
  try {
    const places = placesOf(image, gpt, words.place)
    let size = check.by === 'sha256' ? check.size : 0
    if (check.by !== 'sha256') {
      const found = await checkTree(image, places, check.root, options)
      links.push(...found.links)
      claims.push(...found.claims)
      size = found.size
    }
    if (check.by !== 'verity') {
      links.push(await checkWhole(image, places, size, check.sha256, options))
      claims.push({ offset: places.at, size, what: 'store', by: 'sha256' })
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    links.push({ name: 'store', holds: false, text: error.message })
  }
  return { links, claims }
}

/** Where the store and its hashes lie in the image, and how much room is there for each. */
function placesOf(image: ByteSource, gpt: Gpt, place: StorePlace): Places {
  if ('data' in place) {
    const partition = (id: string) => {
      const found = gpt.partitions.find((one) => one.id === id)
      if (found === undefined) throw new UserError(`there is no partition ${id}`, 'the image holds another store')
      return found
    }
    const data = partition(place.data)
    const hash = place.hash === undefined ? undefined : partition(place.hash)
    const hashes = hash === undefined ? {} : { hashAt: hash.offset, hashRoom: hash.size }
    return { at: data.offset, room: data.size, ...hashes }
  }
  const { mark, at, hashAt } = place
  if (mark.at + 32 > image.size || Buffer.compare(image.read(mark.at, 32), mark.bytes) !== 0) {
    throw new UserError(
      `at byte ${mark.at} is not what the initrd knows the medium by: it finds no store`,
      'the image was changed',
    )
  }
  for (const offset of [at, hashAt ?? at]) {
    if (offset >= image.size) throw new UserError(`byte ${offset} is behind the end of the image`, 'it is cut off')
  }
  const hashes = hashAt === undefined ? {} : { hashAt, hashRoom: image.size - hashAt }
  return { at, room: image.size - at, ...hashes }
}

async function checkTree(
  image: ByteSource,
  { at, room, hashAt = 0, hashRoom = 0 }: Places,
  rootHash: string,
  options: DigestOptions,
): Promise<StoreResult & { readonly size: number }> {
  const shape = parseVeritySuperblock(image.read(hashAt, Math.min(512, hashRoom)))
  const size = shape.dataBlocks * shape.dataBlockSize
  if (size > room) throw new UserError(`the hash tree is over ${size} bytes, ${room} are there`, 'the image is cut off')
  const data = stretches(image, [{ offset: at, size }])
  const hash = stretches(image, [{ offset: hashAt, size: hashRoom }])
  const padding = image.read(hashAt + 512, Math.min(shape.hashBlockSize, hashRoom) - 512)
  if (padding.some((byte) => byte !== 0))
    throw new UserError('there is something behind the superblock', 'it was changed')
  const checked = await verifyVerity({ data, hash, rootHash }, options)
  const isDerived = shape.uuid === uuidOfRoot(rootHash)
  return {
    size,
    links: [treeLink(checked), dataLink(checked)],
    claims: [
      { offset: at, size, what: 'store', by: 'root hash' },
      { offset: hashAt, size: shape.hashBlockSize, what: 'superblock of the hash tree', by: 'checked' },
      ...(isDerived
        ? []
        : [
            {
              offset: hashAt + 16,
              size: 16,
              what: 'UUID of the hash tree',
              by: 'nothing',
              why: 'it tells stores apart, and decides nothing',
            } as const,
          ]),
      { offset: hashAt + shape.hashBlockSize, size: checked.treeSize, what: 'hash tree', by: 'root hash' },
    ],
  }
}

function treeLink({ bad, count }: VerityCheck): Link {
  const name = 'root hash: hash tree'
  const [first] = bad
  if (first === undefined || first.level === 'data')
    return { name, holds: true, text: 'every block of it leads to the root hash' }
  return {
    name,
    holds: false,
    text: `${badBlocks(count)}, the first at level ${first.level}, byte ${first.offset} of it`,
  }
}

function dataLink({ bad, count, shape }: VerityCheck): Link {
  const name = 'hash tree: store'
  const first = bad.find(({ level }) => level === 'data')
  if (first === undefined) {
    const holds = count <= bad.length
    return {
      name,
      holds,
      text: holds ? `all ${shape.dataBlocks} blocks are what was signed` : badBlocks(count),
    }
  }
  return {
    name,
    holds: false,
    text: `${badBlocks(count)}, the first of the store is block ${first.block}, at byte ${first.offset} of it`,
  }
}

function badBlocks(count: number): string {
  return count === 1 ? '1 block is bad' : `${count} blocks are bad`
}

async function checkWhole(
  image: ByteSource,
  { at, room }: Places,
  size: number,
  sha256: string,
  options: DigestOptions,
): Promise<Link> {
  const name = 'SHA-256: store'
  if (size > room) throw new UserError(`the store has ${size} bytes, ${room} are there`, 'the image is cut off')
  const hash = createHash('sha256')
  const step = 4 << 20
  for (let done = 0; done < size; done += step) {
    options.signal?.throwIfAborted()
    for (const chunk of image.chunks(at + done, at + Math.min(size, done + step))) hash.update(chunk)
    options.onProgress?.(Math.min(size, done + step))
    await new Promise((resolve) => setImmediate(resolve))
  }
  const found = hash.digest('hex')
  if (found === sha256) return { name, holds: true, text: 'all of it is what was signed' }
  return { name, holds: false, text: `it is ${found}, ${sha256} was signed` }
}
