import { UserError } from '@firn/core'

/**
 * What the kernel command line tells the initrd (docs/reference/appliance.md). It is part of what is signed, so it is
 * what binds the store to the signature.
 */
export interface StoreWords {
  readonly check: StoreCheck
  readonly place: StorePlace
  readonly fileSystem: 'erofs' | 'squashfs'
  readonly mismatch: Mismatch
  /** The name of the partition that the initrd opens for data, on the disk of the store. */
  readonly data?: string
  /** The path of the system's init, within the store. */
  readonly init: string
}

/** How the store is checked: block by block as it is read, whole before anything of it is used, or both. */
export type StoreCheck =
  | { readonly by: 'verity'; readonly root: string }
  | { readonly by: 'sha256'; readonly sha256: string; readonly size: number }
  | { readonly by: 'both'; readonly root: string; readonly sha256: string }

/** Where the store and the hashes of verity are: at places of a medium, or in partitions, by the UUIDs of these. */
export type StorePlace = Medium | { readonly data: string; readonly hash?: string }

/**
 * A medium is known by 32 bytes at a place of it (the start of the verity superblock: it has a UUID), so that no file
 * system and no partition table of it has to be trusted. All offsets count from its start, in bytes.
 */
export interface Medium {
  readonly mark: { readonly at: number; readonly bytes: Uint8Array }
  readonly at: number
  readonly hashAt?: number
}

const MARK_SIZE = 32
const BLOCK = 4096
/** No sign of it means something to the shell or to grep. */
export const DATA_PARTITION = /^[0-9A-Za-z_-]{1,36}$/

/**
 * What happens when the store is not what was signed. Each of them stops a boot; they differ in what comes then, and
 * when a block is found bad later: `stop` and `poweroff` let the kernel panic, `restart` restarts, `error` fails the read.
 */
export type Mismatch = (typeof MISMATCHES)[number]
export const MISMATCHES = ['stop', 'restart', 'poweroff', 'error'] as const

/** The words, in the order of the reference. Errors: one that the initrd would not understand. */
export function storeCommandLine({ check, place, fileSystem, mismatch, data, init }: StoreWords): string {
  const words = [`firn.store=${check.by}`]
  if (check.by !== 'sha256') words.push(`firn.store.root=${digest(check.root)}`)
  if (check.by !== 'verity') words.push(`firn.store.sha256=${digest(check.sha256)}`)
  if (check.by === 'sha256') words.push(`firn.store.size=${blocks(check.size)}`)
  words.push(...placeWords(place, check.by !== 'sha256'))
  words.push(`firn.store.fs=${fileSystem}`, `firn.mismatch=${mismatch}`)
  if (data !== undefined) words.push(`firn.data=${partitionName(data)}`)
  words.push(`init=${initPath(init)}`)
  return words.join(' ')
}

function placeWords(place: StorePlace, verity: boolean): string[] {
  const hash = 'mark' in place ? place.hashAt : place.hash
  if (verity && hash === undefined) {
    throw new UserError('the store is checked by verity, but no place of its hashes is given', 'say where they are')
  }
  if ('data' in place) return [`firn.store.part=${[place.data, ...(verity ? [place.hash!] : [])].map(uuid).join()}`]
  const { mark, at } = place
  if (mark.bytes.length !== MARK_SIZE) {
    throw new UserError(`a medium cannot be known by ${mark.bytes.length} bytes`, `give ${MARK_SIZE} of its bytes`)
  }
  const offsets = verity ? [at, place.hashAt!] : [at]
  return [`firn.store.mark=${mark.at}:${Buffer.from(mark.bytes).toString('hex')}`, `firn.store.at=${offsets.join()}`]
}

function blocks(size: number): number {
  if (Number.isSafeInteger(size) && size > 0 && size % BLOCK === 0) return size
  throw new UserError(`a store of ${size} bytes is not made of blocks of ${BLOCK}`, 'fill the last one up with zeros')
}

function digest(hex: string): string {
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  throw new UserError(`${hex} is no SHA-256`, 'give 64 hexadecimal digits, in lower case')
}

function uuid(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text
  throw new UserError(`${text} is no UUID of a partition`, 'write it in lower case, as blkid shows it')
}

function partitionName(name: string): string {
  if (DATA_PARTITION.test(name)) return name
  throw new UserError(`"${name}" is no name of a partition for data`, 'up to 36 letters, digits, - and _')
}

export function initPath(path: string): string {
  if (/^\/nix\/store\/[0-9A-Za-z+._?=-]+(\/[0-9A-Za-z+._?=-]+)*$/.test(path) && !path.split('/').includes('..'))
    return path
  throw new UserError(`init ${path} is no path in a store`, 'give /nix/store/…/init, as bootspec names it')
}
