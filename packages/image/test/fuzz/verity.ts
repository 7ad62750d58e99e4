import { parseVeritySuperblock, verifyVerity, verityHeader } from '../../src/index.ts'
import { memory } from '../memory.ts'

const shape = { algorithm: 'sha256', dataBlockSize: 512, hashBlockSize: 512, dataBlocks: 3 } as const
const header = verityHeader({ ...shape, salt: Buffer.from('salt'), uuid: '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60' })

/** A hash area of one level, and the data behind it. */
export const corpus = [Buffer.concat([header, Buffer.alloc(512 * 4, 7)])]

export async function target(bytes: Uint8Array): Promise<void> {
  parseVeritySuperblock(bytes)
  const [hash, data] = [memory(bytes.subarray(0, 1024)), memory(bytes.subarray(1024))]
  await verifyVerity({ data, hash, rootHash: '00'.repeat(32) }, { workers: 0 })
}
