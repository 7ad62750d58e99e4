import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../../../scripts/needs.ts'
import { openFat, stretches } from '../src/index.ts'
import { makeFat, workFolder } from './fixture.ts'
import { memory } from './memory.ts'

const folder = workFolder()
const FILES = {
  'EFI/BOOT/BOOTX64.EFI': Buffer.alloc(70_001, 'boot'),
  'EFI/Linux/a long name with ümlauts and 漢字.efi': Buffer.from('long'),
  'loader/entries/lower.con': Buffer.from('title x\n'),
  'empty.txt': Buffer.alloc(0),
} as const
const MANY = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`many/file number ${i}`, Buffer.from(`${i}`)]))

for (const [kind, sectors, options] of [
  [12, 4096, ['-F', '12']],
  [16, 40_960, ['-F', '16', '-s', '2']],
  [16, 4500, ['-F', '16', '-s', '1']],
  [32, 140_000, ['-F', '32', '-s', '1']],
] as const) {
  test(`FAT${kind} of ${sectors} sectors, as mkfs.fat and mtools make it`, needs('mkfs.fat', 'mcopy'), () => {
    const fat = openFat(memory(readFileSync(makeFat(join(folder, 'fat.img'), sectors, options, FILES))))
    assert.equal(fat.kind, kind)
    for (const [path, content] of Object.entries(FILES)) {
      const entry = fat.find(path)!
      assert.equal(entry.size, content.length, path)
      const source = fat.open(entry)
      assert.deepEqual(Buffer.from(source.read(0, source.size)), content, path)
      assert.ok(
        fat
          .list(path.slice(0, Math.max(0, path.lastIndexOf('/'))))!
          .some(({ name }) => name === path.split('/').at(-1)),
      )
    }
    assert.ok(fat.find('\\efi\\boot\\bootx64.efi'))
    assert.ok(fat.find('/EFI/LINUX')!.isDirectory)
    assert.deepEqual(
      ['nothing', 'empty.txt/x', 'EFI/BOOT/x'].map((path) => fat.find(path)),
      [undefined, undefined, undefined],
    )
    assert.equal(fat.list('empty.txt'), undefined)
    assert.deepEqual(
      fat
        .list('')!
        .map(({ name }) => name)
        .sort(),
      ['EFI', 'empty.txt', 'loader'],
    )
  })
}

test('a folder of more clusters than one', needs('mkfs.fat', 'mcopy'), () => {
  const fat = openFat(memory(readFileSync(makeFat(join(folder, 'many.img'), 40_960, ['-F', '16', '-s', '2'], MANY))))
  assert.equal(fat.list('many')!.length, 60)
  const source = fat.open(fat.find('MANY/FILE NUMBER 59')!)
  assert.equal(Buffer.from(source.read(0, source.size)).toString(), '59')
})

test(
  'a long name whose checksum does not fit the short name behind it counts for nothing',
  needs('mkfs.fat', 'mcopy'),
  () => {
    const bytes = readFileSync(
      makeFat(join(folder, 'long.img'), 4096, ['-F', '12'], { 'a long name.txt': Buffer.of(1) }),
    )
    assert.deepEqual(
      openFat(memory(bytes))
        .list('')!
        .map(({ name }) => name),
      ['a long name.txt'],
    )
    const short = bytes.indexOf('ALONGN~1TXT')
    assert.equal(bytes[short - 32 + 11], 0x0f)
    bytes[short - 32 + 13]! ^= 1
    assert.deepEqual(
      openFat(memory(bytes))
        .list('')!
        .map(({ name }) => name),
      ['ALONGN~1.TXT'],
    )
  },
)

test('damage is an error in words, and no ring is walked for ever', needs('mkfs.fat', 'mcopy'), () => {
  const bytes = readFileSync(makeFat(join(folder, 'bad.img'), 40_960, ['-F', '16', '-s', '2'], FILES))
  const at = (offset: number, value: number) => {
    const changed = Buffer.from(bytes)
    changed.writeUInt16LE(value, offset)
    return memory(changed)
  }
  const entry = openFat(memory(bytes)).find('EFI/BOOT/BOOTX64.EFI')!
  const reserved = bytes.readUInt16LE(14) * 512
  const link = reserved + (entry.cluster + 3) * 2
  assert.throws(() => openFat(at(link, entry.cluster + 60_000)).open(entry), { name: 'UserError' })
  assert.throws(() => openFat(at(link, 1)).open(entry), /leads to cluster 1/)
  assert.throws(() => openFat(at(link, 0xffff)).open(entry), /longer than its chain/)
  const folderLink = reserved + openFat(memory(bytes)).find('EFI')!.cluster * 2
  const ring = openFat(at(folderLink, openFat(memory(bytes)).find('EFI')!.cluster))
  assert.ok(ring.list('EFI')!.length < 65_536)
  assert.throws(() => openFat(memory(bytes.subarray(0, 100_000))), /cut off/)
  assert.throws(() => openFat(memory(Buffer.alloc(5000))), /not a FAT/)
})

test('stretches are one after another', () => {
  const source = stretches(memory(Buffer.from('0123456789')), [
    { offset: 8, size: 2 },
    { offset: 0, size: 3 },
    { offset: 5, size: 1 },
  ])
  const text = (from: number, length: number) => Buffer.from(source.read(from, length)).toString()
  assert.equal(text(0, 6), '890125')
  for (let from = 0; from <= 6; from++) {
    for (let length = 0; from + length <= 6; length++)
      assert.equal(text(from, length), '890125'.slice(from, from + length))
  }
  assert.throws(() => source.read(5, 2), RangeError)
})
