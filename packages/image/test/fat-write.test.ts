import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { buildFat, type FatFile, type FatWords, layoutSource, openFat, writeLayout } from '../src/index.ts'
import { workFolder } from './fixture.ts'

const work = workFolder()
const TIME = new Date('2026-01-02T03:04:06Z')
const LOCALE = { ...process.env, LC_ALL: 'C.UTF-8' }

function file(path: string, content: Uint8Array): FatFile {
  return { path, size: content.length, content }
}

const NAMES: readonly FatFile[] = [
  file('EFI/BOOT/BOOTX64.EFI', Buffer.alloc(70_001, 'boot')),
  file('EFI/BOOT/grubx64.efi', Buffer.alloc(4096, 'grub')),
  file('EFI/Linux/a long name with ümlauts and 漢字.efi', Buffer.from('long')),
  file('loader/entries/exactly13.txt', Buffer.from('1')),
  file('loader/entries/exactly-26-characters.conf', Buffer.from('2')),
  file('empty.txt', Buffer.alloc(0)),
  ...Array.from({ length: 200 }, (_, i) => file(`many/a file of number ${i}`, Buffer.from(`${i}`))),
]

const CASES: readonly (Partial<FatWords> & { readonly expected: 12 | 16 | 32 })[] = [
  { expected: 12, size: 1 << 20 },
  { expected: 12, kind: 12, size: 4 << 20 },
  { expected: 12, size: 2_000_896 },
  { expected: 16 },
  { expected: 16, size: 64 << 20 },
  { expected: 16, size: 2000 << 20, kind: 16 },
  { expected: 32, size: 600 << 20 },
  { expected: 32, size: 40 << 20, kind: 32 },
]

for (const { expected, ...words } of CASES) {
  test(
    `FAT${expected}: ${JSON.stringify(words)}, as fsck.fat and mtools see it`,
    needs('fsck.fat', 'mcopy'),
    async () => {
      const layout = buildFat({ files: NAMES, volumeId: 0x1234abcd, label: 'FIRN', time: TIME, ...words })
      const path = join(work, 'fat.img')
      await writeLayout(path, layout)
      const fsck = spawnSync(findProgram('fsck.fat')!, ['-n', '-v', path], { encoding: 'utf8' })
      assert.equal(fsck.status, 0, fsck.stdout)
      assert.match(
        fsck.stdout,
        new RegExp(`${expected === 32 ? '4' : expected === 12 ? '1.5' : '2'} bytes per FAT|${expected} bit entries`),
      )
      assert.doesNotMatch(fsck.stdout, /wrong|differ|mismatch|should be/i)
      const out = join(work, 'out')
      rmSync(out, { recursive: true, force: true })
      mkdirSync(out)
      execFileSync('mcopy', ['-s', '-i', path, '::*', out], { env: LOCALE })
      for (const { path: name, content } of NAMES) assert.deepEqual(readFileSync(join(out, name)), content, name)
      assert.deepEqual(readdirSync(out).sort(), ['EFI', 'empty.txt', 'loader', 'many'])
      const listed = execFileSync('mdir', ['-i', path, '::EFI/BOOT'], { encoding: 'utf8', env: LOCALE })
      assert.match(listed, /Volume in drive : is FIRN/)
      assert.match(listed, /Volume Serial Number is 1234-ABCD/)
      assert.match(listed, /BOOTX64 +EFI +70001 2026-01-02 +3:04/)
      const fat = openFat(layoutSource(layout))
      assert.equal(fat.kind, expected)
    },
  )
}

const part = fc.string({ unit: fc.constantFrom(...'aB3_é~+'), minLength: 1, maxLength: 30 })
const trees = fc
  .uniqueArray(
    fc.tuple(
      fc.array(fc.constantFrom('Sub', 'other folder'), { maxLength: 2 }),
      part,
      fc.uint8Array({ maxLength: 3000 }),
    ),
    { selector: ([folders, name]) => [...folders, name].join('/').toUpperCase(), maxLength: 40 },
  )
  .map((entries) => entries.map(([folders, name, content]) => file([...folders, name].join('/'), content)))

test('our reader finds what our writer wrote, whatever the kind', () => {
  fc.assert(
    fc.property(trees, fc.constantFrom(12, 16, 32, undefined), (files, kind) => {
      const size = kind === undefined ? undefined : { 12: 1 << 20, 16: 8 << 20, 32: 40 << 20 }[kind]
      const fat = openFat(layoutSource(buildFat({ files, volumeId: 1, label: '', time: TIME, kind, size })))
      for (const { path, content } of files) {
        const entry = fat.find(path)!
        const source = fat.open(entry)
        assert.equal(entry.name, path.split('/').at(-1))
        assert.deepEqual(Buffer.from(source.read(0, source.size)), Buffer.from(content as Uint8Array))
      }
    }),
    { numRuns: 60 },
  )
})

test('the order of the files changes nothing', () => {
  const bytes = (files: readonly FatFile[]) => {
    const layout = buildFat({ files, volumeId: 1, label: 'X', time: TIME })
    return Buffer.from(layoutSource(layout).read(0, layout.size))
  }
  assert.ok(bytes(NAMES).equals(bytes(NAMES.toReversed())))
})

test('what FAT cannot hold is said', () => {
  const build = (files: readonly FatFile[], more: Partial<FatWords> = {}) => {
    return () => buildFat({ files, volumeId: 1, label: 'X', time: TIME, ...more })
  }
  const one = (path: string) => [file(path, Buffer.from('x'))]
  assert.throws(build([...one('a/b'), ...one('A/B')]), { name: 'UserError', message: /one name/ })
  assert.throws(build([...one('a'), ...one('a/b')]), /one name/)
  for (const name of ['a:b', 'a/', '..', 'a/../b', 'x '.trimStart(), 'dot.', 'n'.repeat(256), 'a\0']) {
    assert.throws(build(one(name)), { name: 'UserError' }, name)
  }
  assert.throws(build([{ path: 'x', size: 2 ** 32, content: new Uint8Array() }]), /4294967296 bytes/)
  assert.throws(build([file('x', new Uint8Array(3 << 20))], { size: 2 << 20 }), /KiB more/)
  assert.throws(build(one('x'), { label: 'lower' }), /label/)
  assert.throws(build(one('x'), { time: new Date('1979-12-31') }), /1980/)
  assert.throws(build(one('x'), { size: 1000 }), /volume of 1000 bytes/)
  assert.throws(build(one('x'), { kind: 32, size: 1 << 20 }), /no size for FAT32/)
})
