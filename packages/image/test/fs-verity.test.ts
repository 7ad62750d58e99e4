import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { FsVerityHasher, fsVerityDigest } from '../src/index.ts'
import { memory } from './memory.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-fs-verity-'))
after(() => rmSync(folder, { recursive: true }))

/** Bytes that differ from block to block, the same each time. */
function content(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 12) * 7) & 0xff
  return bytes
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('an empty file has a root of zeros, and the digest that the kernel gives it', () => {
  const { root, digest } = fsVerityDigest(memory(new Uint8Array()))
  assert.deepEqual(root, new Uint8Array(32))
  assert.equal(hex(digest), '3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95')
})

// One block of hashes is 128, so a file of 128 blocks has one level, of 129 two, of 16,385 three.
const SIZES = [0, 1, 4095, 4096, 4097, 8192, 128 * 4096 - 1, 128 * 4096, 128 * 4096 + 1, 129 * 4096, 300_000]
const SALTS = ['', '00', 'deadbeef', '11'.repeat(32)]

test('digests are those of fsverity, for all sizes at an edge, with and without salt', needs('fsverity'), () => {
  const file = join(folder, 'file')
  for (const size of [...SIZES, 128 * 128 * 4096, 128 * 128 * 4096 + 1]) {
    const bytes = content(size)
    writeFileSync(file, bytes)
    for (const salt of size > 1_000_000 ? SALTS.slice(0, 1) : SALTS) {
      const theirs = execFileSync('fsverity', ['digest', file, '--compact', ...(salt === '' ? [] : [`--salt=${salt}`])])
      const ours = fsVerityDigest(memory(bytes), Buffer.from(salt, 'hex'))
      assert.equal(hex(ours.digest), theirs.toString().trim(), `size ${size}, salt ${salt}`)
      assert.equal(ours.size, size)
    }
  }
})

test('it does not matter in which pieces the bytes come', () => {
  const bytes = content(140 * 4096 + 5)
  const whole = hex(fsVerityDigest(memory(bytes)).digest)
  const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 })
  fc.assert(
    fc.property(cuts, fc.constantFrom('', 'aabb'), (places, salt) => {
      const hasher = new FsVerityHasher(Buffer.from(salt, 'hex'))
      let from = 0
      for (const to of [...places.sort((a, b) => a - b), bytes.length]) {
        hasher.update(bytes.subarray(from, to))
        from = to
      }
      const digest = hex(hasher.digest().digest)
      assert.equal(digest === whole, salt === '')
    }),
    { numRuns: 40 },
  )
})

test('one hasher for file after file gives what a new one for each gives, large ones before small ones too', () => {
  const hasher = new FsVerityHasher()
  for (const size of [...SIZES, ...SIZES.toReversed(), 128 * 128 * 4096 + 1, 0, 1, 5000, 129 * 4096]) {
    const bytes = content(size)
    hasher.reset()
    hasher.update(bytes)
    assert.equal(hex(hasher.digest().digest), hex(fsVerityDigest(memory(bytes)).digest), `size ${size}`)
  }
  // Left in the middle of a file.
  hasher.reset()
  hasher.update(content(200 * 4096 + 3))
  hasher.reset()
  hasher.update(content(5000))
  assert.equal(hex(hasher.digest().digest), hex(fsVerityDigest(memory(content(5000))).digest))
})

test('a longer salt than fsverity has is refused', () => {
  assert.throws(() => new FsVerityHasher(new Uint8Array(33)), RangeError)
})
