import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { ByteSource } from '@firn/core'
import fc from 'fast-check'
import { findProgram, needs } from '../../../scripts/needs.ts'
import {
  formatVerity,
  layoutSource,
  parseVeritySuperblock,
  uuidOfRoot,
  verifyVerity,
  verityHeader,
} from '../src/index.ts'
import { workFolder } from './fixture.ts'
import { memory } from './memory.ts'

const work = workFolder()
const UUID = '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60'

/** Bytes that differ from block to block. */
function data(blocks: number, blockSize = 4096): Buffer {
  const bytes = Buffer.alloc(blocks * blockSize)
  for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(Math.imul(at + 1, 0x9e3779b1) >>> 0, at)
  return bytes
}

function area(layout: Parameters<typeof layoutSource>[0]): Buffer {
  return Buffer.from(layoutSource(layout).read(0, layout.size))
}

interface Case {
  readonly blocks: number
  readonly salt: string
  readonly algorithm?: 'sha256' | 'sha512'
  readonly dataBlockSize?: number
  readonly hashBlockSize?: number
  readonly workers?: number
}

const CASES: readonly Case[] = [
  { blocks: 1, salt: '' },
  { blocks: 1, salt: '00ff' },
  { blocks: 2, salt: 'aa' },
  { blocks: 128, salt: 'ab'.repeat(32) },
  { blocks: 129, salt: '' },
  { blocks: 300, salt: '01'.repeat(256), workers: 2 },
  { blocks: 128 * 128 + 1, salt: 'cd'.repeat(32), workers: 3 },
  { blocks: 700, salt: 'ef', algorithm: 'sha512' },
  { blocks: 700, salt: 'ef', dataBlockSize: 512, hashBlockSize: 1024 },
  { blocks: 33, salt: '', dataBlockSize: 4096, hashBlockSize: 512 },
]

for (const words of CASES) {
  test(`as veritysetup writes it: ${JSON.stringify(words).slice(0, 90)}`, needs('veritysetup'), async () => {
    const { blocks, algorithm = 'sha256', dataBlockSize = 4096, hashBlockSize = 4096, workers } = words
    const [image, hashes] = [join(work, 'data'), join(work, 'hash')]
    const bytes = data(blocks, dataBlockSize)
    writeFileSync(image, bytes)
    writeFileSync(hashes, '')
    const options = [`--salt=${words.salt === '' ? '-' : words.salt}`, `--uuid=${UUID}`, `--hash=${algorithm}`]
    options.push(`--data-block-size=${dataBlockSize}`, `--hash-block-size=${hashBlockSize}`)
    const veritysetup = findProgram('veritysetup')!
    const told = execFileSync(veritysetup, ['format', ...options, image, hashes], { encoding: 'utf8' })
    const salt = Buffer.from(words.salt, 'hex')
    const shape = { algorithm, dataBlockSize, hashBlockSize }
    const ours = await formatVerity({ data: memory(bytes), salt, uuid: UUID, ...shape }, { workers })
    assert.equal(ours.rootHash, /Root hash:\s+(\S+)/.exec(told)?.[1])
    const theirs = readFileSync(hashes)
    // Of a device of one block veritysetup writes the superblock only; the rest of that block is zero.
    assert.deepEqual(area(ours.hashArea), Buffer.concat([theirs, Buffer.alloc(ours.hashArea.size - theirs.length)]))
    const check = await verifyVerity({ data: memory(bytes), hash: memory(theirs), rootHash: ours.rootHash })
    assert.deepEqual({ count: check.count, uuid: check.uuid }, { count: 0, uuid: UUID })
    writeFileSync(hashes, area(ours.hashArea))
    const verify = spawnSync(veritysetup, ['verify', image, hashes, ours.rootHash], { encoding: 'utf8' })
    assert.equal(verify.status, 0, verify.stderr)
  })
}

test('each bad block is found where it is, and no other', async () => {
  const bytes = data(300)
  const salt = Buffer.from('salt')
  const { rootHash, hashArea } = await formatVerity({ data: memory(bytes), salt })
  const hashes = area(hashArea)
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), fc.boolean(), async (at, bit, inTree) => {
      const [badData, badTree] = [Buffer.from(bytes), Buffer.from(hashes)]
      const place = inTree ? 4096 + (at % (hashes.length - 4096)) : at
      const target = inTree ? badTree : badData
      target[place]! ^= 1 << bit
      const check = await verifyVerity({ data: memory(badData), hash: memory(badTree), rootHash })
      const offset = place - (place % 4096)
      // A digest that was changed says the block below it is bad too.
      const [first] = check.bad
      assert.equal(first?.offset, offset)
      assert.equal(first?.level === 'data', !inTree)
      assert.ok(check.count >= 1 && check.count <= 2)
    }),
    { numRuns: 60 },
  )
})

test('the wrong root hash, the wrong salt, a superblock of a larger device', async () => {
  const bytes = data(3)
  const { rootHash, hashArea, uuid } = await formatVerity({ data: memory(bytes), salt: Buffer.from('salt') })
  const hashes = area(hashArea)
  assert.equal(uuid, uuidOfRoot(rootHash))
  const check = async (change: (hashes: Buffer) => void, root = rootHash) => {
    const changed = Buffer.from(hashes)
    change(changed)
    return await verifyVerity({ data: memory(bytes), hash: memory(changed), rootHash: root })
  }
  assert.deepEqual((await check(() => {}, '0'.repeat(64))).bad, [{ level: 1, block: 0, offset: 4096 }])
  assert.equal((await check((changed) => changed.write('pepp', 88))).count, 4)
  await assert.rejects(
    check((changed) => changed.writeBigUInt64LE(4n, 72)),
    /more blocks than there are/,
  )
  await assert.rejects(
    check((changed) => changed.writeUInt8(1, 511)),
    /padding/,
  )
  await assert.rejects(
    check((changed) => changed.writeUInt8(1, 87)),
    /padding/,
  )
  await assert.rejects(
    check((changed) => changed.write('md5\0\0\0', 32)),
    /algorithm "md5"/,
  )
  await assert.rejects(
    formatVerity({ data: memory(bytes.subarray(1)), salt: new Uint8Array() }),
    /whole|blocks of 4096/,
  )
})

test('a superblock reads as it was written', () => {
  fc.assert(
    fc.property(
      fc.uuid(),
      fc.uint8Array({ maxLength: 256 }),
      fc.integer({ min: 1, max: 2 ** 40 }),
      (uuid, salt, dataBlocks) => {
        const words = { uuid, salt, dataBlocks, algorithm: 'sha256', dataBlockSize: 4096, hashBlockSize: 4096 } as const
        assert.deepEqual(parseVeritySuperblock(verityHeader(words)), words)
      },
    ),
  )
})

test('a superblock that Linux would not take is refused', () => {
  const words = {
    uuid: '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60',
    salt: new Uint8Array(4),
    dataBlocks: 9,
    algorithm: 'sha256',
  } as const
  const good = verityHeader({ ...words, dataBlockSize: 4096, hashBlockSize: 4096 })
  for (const [why, change] of [
    [/no superblock/, (bytes: Buffer) => bytes.write('Verity')],
    [/version 2, hash type 1/, (bytes: Buffer) => bytes.writeUInt32LE(2, 8)],
    [/version 1, hash type 0/, (bytes: Buffer) => bytes.writeUInt32LE(0, 12)],
    [/blocks of 8192 bytes/, (bytes: Buffer) => bytes.writeUInt32LE(8192, 64)],
    [/blocks of 0 bytes/, (bytes: Buffer) => bytes.writeUInt32LE(0, 68)],
    [/0 data blocks/, (bytes: Buffer) => bytes.writeUInt32LE(0, 72)],
    [/data blocks/, (bytes: Buffer) => bytes.writeUInt32LE(2 ** 16, 76)],
    [/a salt of 257 bytes/, (bytes: Buffer) => bytes.writeUInt16LE(257, 80)],
  ] as const) {
    const changed = Buffer.from(good)
    change(changed)
    assert.throws(() => parseVeritySuperblock(changed), { name: 'UserError', message: why }, String(why))
  }
})

test('hashing is stopped by a signal, and what a source says of itself comes through from the threads', async () => {
  const bytes = data(2000)
  const stop = new AbortController()
  const salt = new Uint8Array(8)
  const stopped = formatVerity(
    { data: memory(bytes), salt },
    { workers: 1, signal: stop.signal, onProgress: () => stop.abort() },
  )
  await assert.rejects(stopped, { name: 'AbortError' })
  const broken: ByteSource = {
    ...memory(bytes),
    chunks: () => {
      throw new Error('the disk is gone')
    },
  }
  await assert.rejects(formatVerity({ data: broken, salt }, { workers: 2 }), /the disk is gone/)
})

test('progress tells of all bytes', async () => {
  const seen: number[] = []
  await formatVerity({ data: memory(data(1000)), salt: new Uint8Array() }, { onProgress: (done) => seen.push(done) })
  assert.equal(seen.at(-1), 1000 * 4096)
})

test('memory stays small, whatever the size', async () => {
  const path = join(work, 'large')
  writeFileSync(path, '')
  const { truncateSync } = await import('node:fs')
  truncateSync(path, 256 << 20)
  const file = openSync(path, 'r')
  const before = process.memoryUsage().rss
  let most = 0
  const buffer = Buffer.alloc(1 << 18)
  const source: ByteSource = {
    size: statSync(path).size,
    read: (offset, length) => {
      const bytes = Buffer.alloc(length)
      readSync(file, bytes, 0, length, offset)
      return bytes
    },
    *chunks(from, to) {
      for (let at = from; at < to; at += buffer.length) {
        yield buffer.subarray(0, readSync(file, buffer, 0, Math.min(buffer.length, to - at), at))
      }
    },
    close: () => closeSync(file),
  }
  const onProgress = () => {
    most = Math.max(most, process.memoryUsage().rss)
  }
  await formatVerity({ data: source, salt: new Uint8Array(32) }, { workers: 2, onProgress })
  source.close()
  assert.ok(most - before < 150 << 20, `${((most - before) / 2 ** 20).toFixed()} MiB`)
})
