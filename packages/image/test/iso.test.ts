import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { findProgram, needs } from '../../../scripts/needs.ts'
import {
  buildFat,
  buildIso,
  type IsoWords,
  type Layout,
  layoutOf,
  layoutSource,
  openFat,
  PARTITION_TYPE,
  readGpt,
  readIso,
  stretches,
  writeLayout,
} from '../src/index.ts'
import { workFolder } from './fixture.ts'
import { memory } from './memory.ts'

const work = workFolder()
const TIME = new Date('2026-01-02T03:04:05Z')
const id = (number: number) => `11111111-2222-3333-4444-${String(number).padStart(12, '0')}`
const PROGRAM = Buffer.alloc(300_000, 'efi program ')
const README = Buffer.from('Read me.\n')

function esp(size?: number): Layout {
  const files = [{ path: 'EFI/BOOT/BOOTX64.EFI', size: PROGRAM.length, content: PROGRAM }]
  return buildFat({ files, volumeId: 7, label: 'ESP', time: TIME, size })
}

function words(more: Partial<IsoWords> = {}): IsoWords {
  const store = layoutOf(5_000_000, [{ offset: 4096, size: 3, what: 'x', content: Buffer.from('abc') }])
  return {
    volumeId: 'FIRN_TEST',
    time: TIME,
    diskId: id(9),
    efi: 1,
    partitions: [
      { type: PARTITION_TYPE.esp, id: id(1), name: 'esp', content: esp() },
      { type: PARTITION_TYPE.xbootldr, id: id(2), name: 'store', content: store },
    ],
    files: [
      { name: 'STORE.EROFS', content: { partition: 2 } },
      { name: 'README.TXT', content: README },
      { name: 'ESP.IMG', content: { partition: 1 } },
    ],
    ...more,
  }
}

test(
  'xorriso and sgdisk find a CD and a disk over one EFI system partition',
  needs('xorriso', 'sgdisk', 'mcopy'),
  async () => {
    const { layout, partitions } = buildIso(words())
    const path = join(work, 'image.iso')
    await writeLayout(path, layout)
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('xorriso', args, { encoding: 'utf8' })
      assert.equal(status, 0, stderr)
      assert.doesNotMatch(stderr, /FAILURE|SORRY|WARNING/, stderr)
      return stdout + stderr
    }
    const torito = run('-indev', path, '-report_el_torito', 'plain')
    assert.match(torito, /El Torito img path/)
    assert.match(
      torito,
      new RegExp(
        `El Torito boot img : +1 +UEFI +y +none +0x0000 +0x00 +${partitions[0]!.size / 512} +${partitions[0]!.offset / 2048}`,
      ),
    )
    assert.match(torito, /El Torito img path : +1 +\/ESP.IMG/)
    assert.match(torito, /Volume id +: 'FIRN_TEST'/)
    assert.match(run('-indev', path, '-report_system_area', 'plain'), /GPT/)
    const out = join(work, 'out')
    rmSync(out, { recursive: true, force: true })
    mkdirSync(out)
    run('-osirrox', 'on', '-indev', path, '-extract', '/', out)
    assert.deepEqual(readFileSync(join(out, 'README.TXT')), README)
    const source = layoutSource(layout)
    assert.ok(readFileSync(join(out, 'STORE.EROFS')).equals(source.read(partitions[1]!.offset, partitions[1]!.size)))
    assert.ok(readFileSync(join(out, 'ESP.IMG')).equals(source.read(partitions[0]!.offset, partitions[0]!.size)))
    execFileSync('mcopy', ['-i', `${path}@@${partitions[0]!.offset}`, '::EFI/BOOT/BOOTX64.EFI', join(out, 'boot')])
    assert.deepEqual(readFileSync(join(out, 'boot')), PROGRAM)
    assert.match(execFileSync(findProgram('sgdisk')!, ['--verify', path], { encoding: 'utf8' }), /No problems found/)
  },
)

test('our readers find what our writer wrote', () => {
  const { layout, partitions } = buildIso(words())
  const source = layoutSource(layout)
  const iso = readIso(source)!
  const [system, store] = partitions
  assert.deepEqual(iso.boot, [
    { platform: 0xef, bootable: true, emulation: 0, offset: system!.offset, size: system!.size },
  ])
  assert.equal(iso.size, layout.size)
  assert.equal(iso.volumeId, 'FIRN_TEST')
  assert.deepEqual(
    iso.files.map(({ name, isFolder }) => [name, isFolder]),
    [
      ['ESP.IMG', false],
      ['README.TXT', false],
      ['STORE.EROFS', false],
    ],
  )
  assert.deepEqual(iso.files[2]!.extents, [{ offset: store!.offset, size: store!.size }])
  const [readme] = iso.files[1]!.extents
  assert.deepEqual(Buffer.from(source.read(readme!.offset, readme!.size)), README)
  assert.deepEqual(readGpt(source)!.partitions, partitions)
  const fat = openFat(stretches(source, [{ offset: system!.offset, size: system!.size }]))
  assert.equal(fat.find('efi/boot/bootx64.efi')!.size, PROGRAM.length)
})

test(
  'an EFI system partition of more than 32 MiB reaches to the end of the medium; a file of more than 4 GiB has two extents',
  needs('xorriso'),
  async () => {
    const large = layoutOf(4 * 2 ** 30 + 8192, [
      { offset: 4 * 2 ** 30, size: 3, what: 'x', content: Buffer.from('end') },
    ])
    const { layout } = buildIso(
      words({
        partitions: [
          { type: PARTITION_TYPE.esp, id: id(1), name: 'esp', content: esp(40 << 20) },
          { type: PARTITION_TYPE.xbootldr, id: id(2), name: 'store', content: large },
        ],
      }),
    )
    const iso = readIso(layoutSource(layout))!
    assert.equal(iso.boot[0]!.size, undefined)
    assert.equal(iso.files[2]!.extents.length, 2)
    const path = join(work, 'large.iso')
    await writeLayout(path, layout)
    const told = spawnSync('xorriso', ['-indev', path, '-find', '/', '-name', 'STORE.EROFS', '-exec', 'lsdl'], {
      encoding: 'utf8',
    })
    assert.match(told.stdout, / 4294975488 /, told.stderr)
    rmSync(path)
  },
)

test('the same words give the same bytes', () => {
  const bytes = () => {
    const { layout } = buildIso(words())
    return Buffer.from(layoutSource(layout).read(0, layout.size))
  }
  assert.ok(bytes().equals(bytes()))
})

test('what a CD cannot hold is said; what is no CD is none', () => {
  const fails = (more: Partial<IsoWords>, message: RegExp) => {
    assert.throws(() => buildIso(words(more)), { name: 'UserError', message })
  }
  fails({ volumeId: 'lower' }, /volume id/)
  fails({ efi: 3 }, /partition 3/)
  fails({ files: [{ name: 'readme.txt', content: README }] }, /no name/)
  fails(
    {
      files: [
        { name: 'A.TXT', content: README },
        { name: 'A.TXT', content: README },
      ],
    },
    /two files/,
  )
  fails({ files: [{ name: 'A.TXT', content: { partition: 5 } }] }, /partition 5/)
  fails({ files: [{ name: 'A.TXT', content: new Uint8Array(1 << 20) }] }, /1048576 bytes before the first/)
  const at = (offset: number) => ({ type: PARTITION_TYPE.esp, id: id(1), name: 'esp', size: 4096, offset })
  fails({ partitions: [at(40_960)], files: [] }, /before the first partition/)
  fails({ partitions: [at((1 << 20) + 512)], files: [] }, /sector of a CD/)
  assert.equal(readIso(memory(new Uint8Array(100_000))), undefined)
  assert.equal(readIso(memory(new Uint8Array(10))), undefined)
})

test('many files, over several sectors of the root folder', needs('xorriso'), async () => {
  const files = Array.from({ length: 90 }, (_, i) => ({ name: `FILE_NUMBER_${i}.TXT`, content: Buffer.from(`${i}`) }))
  const { layout } = buildIso(words({ files }))
  const path = join(work, 'many.iso')
  await writeLayout(path, layout)
  const iso = readIso(layoutSource(layout))!
  assert.equal(iso.files.length, 90)
  const told = spawnSync('xorriso', ['-indev', path, '-ls', '/'], { encoding: 'utf8' })
  assert.equal(told.stdout.trim().split('\n').length, 90, told.stderr)
})
