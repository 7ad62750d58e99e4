import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { type DiskWrite, editGpt, readGpt } from '../src/index.ts'
import { workFolder } from './fixture.ts'
import { memory } from './memory.ts'

const path = join(workFolder(), 'disk.img')
const CHANGE = { number: 3, id: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee', name: 'system 7' }

function disk(): Buffer {
  writeFileSync(path, Buffer.alloc(20_480 * 512))
  const words = ['-n', '1:2048:+4M', '-t', '1:ef00', '-c', '1:ESP', '-n', '3:12288:0', '-c', '3:system 6']
  execFileSync('/sbin/sgdisk', [...words, path], { stdio: 'ignore' })
  return readFileSync(path)
}

function apply(bytes: Buffer, writes: readonly DiskWrite[]): Buffer {
  for (const write of writes) bytes.set(write.bytes, write.offset)
  return bytes
}

const names = (bytes: Buffer) => readGpt(memory(bytes))!.partitions.map(({ name }) => name)

test('a partition gets another identity, and sgdisk finds both copies whole', needs('sgdisk'), () => {
  const before = disk()
  const after = apply(Buffer.from(before), editGpt(memory(before), [CHANGE]))
  const [esp, system] = readGpt(memory(after))!.partitions
  assert.deepEqual(esp, readGpt(memory(before))!.partitions[0])
  assert.deepEqual({ ...system, ...CHANGE }, system)
  assert.equal(system!.offset, 12_288 * 512)
  writeFileSync(path, after)
  assert.match(execFileSync('/sbin/sgdisk', ['--verify', path], { encoding: 'utf8' }), /No problems found/)
  assert.match(execFileSync('/sbin/sgdisk', ['-i', '3', path], { encoding: 'utf8' }), /AAAAAAAA-BBBB[\s\S]*'system 7'/)
  assert.deepEqual(editGpt(memory(after), [CHANGE]), [], 'nothing is left to do')
})

test('torn anywhere, the table reads as before or as after, and the next run completes it', needs('sgdisk'), () => {
  const before = disk()
  const writes = editGpt(memory(before), [CHANGE])
  const whole = apply(Buffer.from(before), writes)
  assert.equal(writes.length, 2)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1 }), fc.nat(40), fc.boolean(), (which, sectors, fromEnd) => {
      const torn = apply(Buffer.from(before), writes.slice(0, which))
      const { offset, bytes } = writes[which]!
      const size = Math.min(sectors * 512, bytes.length)
      const part = fromEnd ? { at: bytes.length - size, to: bytes.length } : { at: 0, to: size }
      torn.set(bytes.subarray(part.at, part.to), offset + part.at)
      assert.ok([names(before), names(whole)].some((list) => list.join() === names(torn).join()))
      assert.deepEqual(apply(torn, editGpt(memory(torn), [CHANGE])), whole)
    }),
    { numRuns: 60 },
  )
})

test('what is not there is not renamed', needs('sgdisk'), () => {
  assert.throws(() => editGpt(memory(Buffer.alloc(100_000)), []), /no GUID partition table/)
  const bytes = disk()
  assert.throws(() => editGpt(memory(bytes), [{ ...CHANGE, number: 2 }]), /no partition 2/)
  assert.throws(() => editGpt(memory(bytes), [{ ...CHANGE, name: 'x'.repeat(37) }]), /no name for a partition/)
})
