import { ByteReader, UserError } from '@firn/core'
import { readUuid, writeUuid } from './uuid.ts'

/** How a device is hashed by dm-verity (Linux, Documentation/admin-guide/device-mapper/verity.rst, hash type 1). */
export interface VerityShape {
  readonly algorithm: VerityAlgorithm
  readonly dataBlockSize: number
  readonly hashBlockSize: number
  readonly dataBlocks: number
  /** Up to 256 bytes, hashed before each block. */
  readonly salt: Uint8Array
}

/** What stands before the tree, so that programs find the shape. The root hash does not cover it. */
export interface VeritySuperblock extends VerityShape {
  readonly uuid: string
}

export type VerityAlgorithm = keyof typeof DIGEST_SIZE
export const DIGEST_SIZE = { sha256: 32, sha512: 64 } as const

const SIZE = 512
const MOST_SALT = 256
const HINT = 'this is no hash device of dm-verity, or it is damaged: veritysetup dump tells more'

/** The superblock as veritysetup writes it (cryptsetup, lib/verity/verity.c): 512 bytes. */
export function verityHeader({ uuid, ...shape }: VeritySuperblock): Uint8Array {
  checkShape(shape)
  const bytes = Buffer.alloc(SIZE)
  bytes.write('verity\0\0', 'latin1')
  bytes.writeUInt32LE(1, 8)
  bytes.writeUInt32LE(1, 12)
  bytes.set(writeUuid(uuid), 16)
  bytes.write(shape.algorithm, 32, 'latin1')
  bytes.writeUInt32LE(shape.dataBlockSize, 64)
  bytes.writeUInt32LE(shape.hashBlockSize, 68)
  bytes.writeBigUInt64LE(BigInt(shape.dataBlocks), 72)
  bytes.writeUInt16LE(shape.salt.length, 80)
  bytes.set(shape.salt, 88)
  return bytes
}

/**
 * Read a superblock. Errors: none, another version, hash type or algorithm than we know, a size that cannot be, and
 * bytes that are not zero where zeros belong: nothing else covers them.
 */
export function parseVeritySuperblock(bytes: Uint8Array): VeritySuperblock {
  const reader = new ByteReader(bytes, 'dm-verity')
  if (latin1(reader.take(8, 'signature')) !== 'verity\0\0') throw new UserError('dm-verity: no superblock', HINT)
  const version = reader.u32('version')
  const type = reader.u32('hash type')
  if (version !== 1 || type !== 1) {
    throw new UserError(`dm-verity: version ${version}, hash type ${type}; only 1 and 1 are known`, HINT)
  }
  const uuid = readUuid(reader.take(16, 'UUID'))
  const name = latin1(reader.take(32, 'algorithm')).replace(/\0*$/, '')
  if (!Object.hasOwn(DIGEST_SIZE, name)) {
    throw new UserError(`dm-verity: algorithm ${JSON.stringify(name)}; sha256 and sha512 are known`, HINT)
  }
  const dataBlockSize = reader.u32('size of a data block')
  const hashBlockSize = reader.u32('size of a hash block')
  const dataBlocks = reader.u64('number of data blocks')
  const saltSize = reader.u16('size of the salt')
  const pad = reader.take(6, 'padding')
  const saltField = reader.take(MOST_SALT, 'salt')
  if (saltSize > MOST_SALT) reader.fail(`a salt of ${saltSize} bytes`, 80)
  const rest = reader.take(SIZE - reader.offset, 'padding')
  for (const zeros of [pad, saltField.subarray(saltSize), rest]) {
    if (zeros.some((byte) => byte !== 0)) throw new UserError('dm-verity: padding that is not zero', HINT)
  }
  const algorithm = name as VerityAlgorithm
  const shape = {
    algorithm,
    dataBlockSize,
    hashBlockSize,
    dataBlocks,
    salt: new Uint8Array(saltField.subarray(0, saltSize)),
  }
  checkShape(shape)
  return { ...shape, uuid }
}

function checkShape({ algorithm, dataBlockSize, hashBlockSize, dataBlocks, salt }: VerityShape): void {
  for (const size of [dataBlockSize, hashBlockSize]) {
    if (![512, 1024, 2048, 4096].includes(size)) {
      throw new UserError(`dm-verity: blocks of ${size} bytes`, 'Linux takes 512, 1024, 2048 or 4096')
    }
  }
  if (dataBlocks < 1 || !Number.isSafeInteger(dataBlocks * dataBlockSize)) {
    throw new UserError(`dm-verity: ${dataBlocks} data blocks`, 'a device has at least one, and at most 2^53 bytes')
  }
  if (salt.length > MOST_SALT) {
    throw new UserError(`dm-verity: a salt of ${salt.length} bytes`, `at most ${MOST_SALT}`)
  }
  if (!Object.hasOwn(DIGEST_SIZE, algorithm)) throw new UserError(`dm-verity: algorithm ${algorithm}`, 'take sha256')
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}
