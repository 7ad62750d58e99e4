import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { needs } from '../../../scripts/needs.ts'
import { PARTITION_TYPE, readGpt, readMbr } from '../src/index.ts'
import { workFolder } from './fixture.ts'
import { memory } from './memory.ts'

const folder = workFolder()
const SECTORS = 20_480

function disk(): Buffer {
  const path = join(folder, 'disk.img')
  writeFileSync(path, Buffer.alloc(SECTORS * 512))
  const words = ['-n', '1:2048:+4M', '-t', '1:ef00', '-c', '1:the ESP', '-n', '3:12288:0', '-t', '3:8300']
  execFileSync('/sbin/sgdisk', [...words, '-u', '1:11111111-2222-3333-4444-555555555555', path], { stdio: 'ignore' })
  return readFileSync(path)
}

test('a table as sgdisk writes it', needs('sgdisk'), () => {
  const gpt = readGpt(memory(disk()))!
  assert.equal(gpt.fromBackup, false)
  assert.equal(gpt.size, SECTORS * 512)
  const [esp, root] = gpt.partitions
  assert.deepEqual(
    { ...esp, attributes: Number(esp!.attributes) },
    {
      number: 1,
      type: PARTITION_TYPE.esp,
      id: '11111111-2222-3333-4444-555555555555',
      name: 'the ESP',
      attributes: 0,
      offset: 2048 * 512,
      size: 4 << 20,
    },
  )
  assert.deepEqual([root!.number, root!.offset], [3, 12_288 * 512])
  assert.deepEqual(
    readMbr(memory(disk())).map(({ type }) => type),
    [0xee],
  )
})

test('with the first copy damaged the second is read; with both, an error says so', needs('sgdisk'), () => {
  for (const at of [512 + 60, 1024 + 5]) {
    const bytes = disk()
    bytes[at]! ^= 1
    const gpt = readGpt(memory(bytes))!
    assert.equal(gpt.fromBackup, true, `byte ${at}`)
    assert.equal(gpt.partitions.length, 2)
    bytes[bytes.length - 512 + 60]! ^= 1
    assert.throws(() => readGpt(memory(bytes)), /checksum/)
  }
})

test('a header whose sum is right and whose words cannot be is passed over for the other copy', needs('sgdisk'), () => {
  const good = disk()
  for (const [why, at, value] of [
    [/a header of 91 bytes/, 12, 91],
    [/a header of 513 bytes/, 12, 513],
    [/belongs to another place/, 24, 2],
    [/entries of 64 bytes/, 84, 64],
    [/\d+ entries of 128 bytes/, 80, 1 << 20],
    [/the entries are cut off/, 72, SECTORS - 10],
    [/the checksum of the entries is wrong/, 88, 0],
  ] as const) {
    const bytes = Buffer.from(good)
    bytes.writeUInt32LE(value, 512 + at)
    const size = bytes.readUInt32LE(512 + 12)
    bytes.writeUInt32LE(0, 512 + 16)
    bytes.writeUInt32LE(crc32(bytes.subarray(512, 512 + size)), 512 + 16)
    assert.equal(readGpt(memory(bytes))?.fromBackup, true, String(why))
    bytes.fill(0, bytes.length - 512)
    assert.throws(() => readGpt(memory(bytes)), { name: 'UserError', message: why }, String(why))
  }
})

test('a disk without a table has none', () => {
  assert.equal(readGpt(memory(Buffer.alloc(100_000))), undefined)
  assert.equal(readGpt(memory(Buffer.alloc(10))), undefined)
  assert.deepEqual(readMbr(memory(Buffer.alloc(1000))), [])
})
