import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { buildGpt, type GptWords, layoutOf, layoutSource, PARTITION_TYPE, readGpt, writeLayout } from '../src/index.ts'
import { workFolder } from './fixture.ts'
import { memory } from './memory.ts'

const work = workFolder()
const DISK = '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60'
const id = (number: number) => `11111111-2222-3333-4444-${String(number).padStart(12, '0')}`
const content = (size: number) => {
  return layoutOf(size, [{ offset: 0, size, what: 'x', content: new Uint8Array(size).fill(7) }])
}

test('sgdisk finds nothing wrong with it', needs('sgdisk'), async () => {
  const { layout } = buildGpt({
    diskId: DISK,
    partitions: [
      { type: PARTITION_TYPE.esp, id: id(1), name: 'EFI system partition', content: content(3 << 20) },
      { type: PARTITION_TYPE.xbootldr, id: id(2), name: 'ü漢', size: 1 << 20, attributes: 1n << 60n },
    ],
  })
  const path = join(work, 'disk.img')
  await writeLayout(path, layout)
  const told = execFileSync(findProgram('sgdisk')!, ['--verify', '-p', '-i', '1', '-i', '2', path], {
    encoding: 'utf8',
  })
  assert.match(told, /No problems found/)
  assert.match(told, /Disk identifier \(GUID\): 6A0A1B8E-8C3E-4D0A-9F0E-2B1C3D4E5F60/)
  assert.match(told, /Partition unique GUID: 11111111-2222-3333-4444-000000000002/)
  assert.match(told, /Attribute flags: 1000000000000000/)
  assert.doesNotMatch(told, /caution|warning/i)
})

const disks: fc.Arbitrary<GptWords> = fc.record({
  diskId: fc.uuid(),
  sectorSize: fc.constantFrom(512, 4096),
  partitions: fc.uniqueArray(
    fc.record({
      type: fc.uuid(),
      id: fc.uuid(),
      name: fc.string({ maxLength: 36, unit: fc.constantFrom(...'aZ ü9') }),
      size: fc.integer({ min: 1, max: 100_000 }),
      attributes: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    }),
    { selector: (partition) => partition.id, maxLength: 128 },
  ),
  alignment: fc.constantFrom(4096, 1 << 20, undefined),
})

test('our reader finds what our writer wrote, and so in the copy', () => {
  fc.assert(
    fc.property(disks, (words) => {
      const { layout, partitions } = buildGpt(words)
      const source = layoutSource(layout)
      const gpt = readGpt(source)!
      const { sectorSize, diskId } = words
      assert.deepEqual(gpt, { sectorSize, size: layout.size, diskId, partitions, fromBackup: false })
      assert.deepEqual(
        partitions.map(({ type, id: own, name }) => ({ type, id: own, name })),
        words.partitions.map(({ type, id: own, name }) => ({ type, id: own, name })),
      )
      if (layout.size > 1 << 20) return
      const torn = Buffer.from(source.read(0, layout.size))
      torn.fill(0, 0, 16_384)
      const last = (layout.size / words.sectorSize! - 1) * words.sectorSize!
      assert.equal(torn.toString('latin1', last, last + 8), 'EFI PART')
      assert.deepEqual(readGpt(memory(torn)), { ...gpt, fromBackup: true })
    }),
    { numRuns: 60 },
  )
})

test('what does not fit is said', () => {
  const build = (partitions: GptWords['partitions'], more: Partial<GptWords> = {}) => {
    return () => buildGpt({ diskId: DISK, partitions, ...more })
  }
  const one = { type: PARTITION_TYPE.esp, id: id(1), name: 'x', size: 1 << 20 }
  const other = { ...one, id: id(2), name: 'y' }
  assert.throws(build([one, { ...other, id: id(1) }]), { name: 'UserError', message: /the id/ })
  assert.throws(build([one], { size: 2 << 20 }), /bytes more/)
  assert.throws(build([one], { size: 3_000_000 }), /disk of 3000000 bytes/)
  assert.throws(build([{ ...one, content: content(2 << 20) }]), /has 1048576 bytes for 2097152/)
  assert.throws(build([one, { ...other, offset: 1 << 20 }]), /overlap/)
  assert.throws(build([{ ...one, offset: 512 }]), /cannot begin/)
  assert.throws(build([{ ...one, name: 'n'.repeat(37) }]), /name for a partition/)
  assert.throws(build([one], { alignment: 700 }), /alignment/)
})
