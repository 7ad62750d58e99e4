import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { bytesSource } from '@firn/binary/source'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { identity } from '../../attest/test/authority.ts'
import { makeFat } from '../../image/test/fixture.ts'
import { compareVersions } from '../src/explain/version-order.ts'
import { architectureOf, diskVolumes, explainBoot, folderVolume } from '../src/index.ts'
import { bootEntry, bootloader, certs, lists, numbers, OWNER, PARTITION, signedBy, uki } from './explain-fixture.ts'
import { workFolder } from './fixture.ts'

const FIRN = new URL('../../../firn', import.meta.url).pathname
const { path: folder, put } = workFolder()
const db = await identity('db')
const ON = [lists('PK', certs(db)), lists('db', certs(db))]
const FILES = {
  'EFI/BOOT/BOOTX64.EFI': await signedBy(db, bootloader()),
  'EFI/Linux/good.efi': await signedBy(db, uki()),
  'loader/entries/a.conf': Buffer.from('title A\nefi /EFI/other/none.efi\n'),
}

test('a folder, a FAT image, and a disk with it tell the same', needs('mkfs.fat', 'mcopy', 'sgdisk'), () => {
  const tree = join(folder, 'tree')
  for (const [name, content] of Object.entries(FILES)) {
    mkdirSync(dirname(join(tree, name)), { recursive: true })
    writeFileSync(join(tree, name), content)
  }
  const fat = readFileSync(makeFat(join(folder, 'esp.img'), 65_536, ['-F', '16'], FILES))
  const disk = put('disk.img', Buffer.alloc(fat.length + (2 << 20)))
  const words = ['-n', `1:2048:${2047 + fat.length / 512}`, '-t', '1:ef00', '-u', `1:${PARTITION}`, disk]
  execFileSync('/sbin/sgdisk', words, { stdio: 'ignore' })
  const whole = readFileSync(disk)
  whole.set(fat, 2048 * 512)
  const mbr = Buffer.from(whole).fill(0, 512, 2048)
  mbr.fill(0, whole.length - 512 * 34)
  mbr[450] = 0xef
  mbr.writeUInt32LE(2048, 454)
  mbr.writeUInt32LE(fat.length / 512, 458)
  const explain = (volumes: ReturnType<typeof diskVolumes>) =>
    JSON.stringify(explainBoot({ variables: ON, volumes, architecture: architectureOf(volumes) }))
  const told = explain([folderVolume(tree)])
  assert.match(told, /"taken":\{"name":"fallback".*"verdict":"boots"/)
  assert.equal(explain(diskVolumes(bytesSource(fat))), told)
  assert.equal(explain(diskVolumes(bytesSource(whole))), told)
  assert.equal(explain(diskVolumes(bytesSource(mbr))), told)

  const entries = [
    ...ON,
    bootEntry(1, 'one', '\\EFI\\Linux\\good.efi'),
    bootEntry(2, 'two', '\\EFI\\Linux\\good.efi', { id: OWNER }),
  ]
  const { entries: judged } = explainBoot({
    variables: [...entries, numbers('BootOrder', 2, 1)],
    volumes: diskVolumes(bytesSource(whole)),
    architecture: 'x64',
  })
  assert.deepEqual(
    judged.map(({ verdict }) => verdict),
    ['elsewhere', 'boots', 'boots'],
  )
})

test('links in a folder are not followed: FAT has none', () => {
  const tree = join(folder, 'links')
  mkdirSync(join(tree, 'EFI'), { recursive: true })
  symlinkSync('/etc', join(tree, 'EFI/etc'))
  symlinkSync('/etc/passwd', join(tree, 'EFI/passwd'))
  const volume = folderVolume(tree)
  assert.equal(volume.open('\\EFI\\passwd'), undefined)
  assert.equal(volume.open('\\EFI\\etc\\passwd'), undefined)
  assert.equal(volume.list('\\EFI\\etc'), undefined)
  assert.equal(volume.open('\\..\\tree\\EFI\\BOOT\\BOOTX64.EFI'), undefined)
})

test('firn boot explain: exit code, words and JSON', () => {
  const esp = join(folder, 'cli')
  mkdirSync(join(esp, 'EFI/BOOT'), { recursive: true })
  writeFileSync(join(esp, 'EFI/BOOT/BOOTX64.EFI'), uki())
  const told = execFileSync(FIRN, ['boot', 'explain', esp], { encoding: 'utf8' })
  assert.match(told, /Secure Boot is off.*\n\n\* fallback .*: boots/)
  writeFileSync(join(esp, 'EFI/BOOT/BOOTX64.EFI'), 'no program')
  assert.throws(
    () => execFileSync(FIRN, ['boot', 'explain', esp, '--json'], { stdio: ['ignore', 'pipe', 'ignore'] }),
    (error) => {
      const { status, stdout } = error as unknown as { status: number; stdout: Buffer }
      const report = JSON.parse(stdout.toString()) as { findings: { rule: string }[]; schema: string }
      assert.deepEqual([status, report.schema], [1, 'firn/boot-explain/1'])
      assert.deepEqual(
        report.findings.map(({ rule }) => rule),
        ['boot/refused', 'boot/nothing-starts'],
      )
      return true
    },
  )
})

/** The example of the specification (UAPI.10), in order. */
const IN_ORDER = [
  '122.1',
  '123~rc1-1',
  '123',
  '123-a',
  '123-a.1',
  '123-1',
  '123-1.1',
  '123^post1',
  '123.a-1',
  '123.1-1',
  '123a-1',
  '124-1',
]

test('versions: the order of the specification, and an order at all', () => {
  for (const [i, a] of IN_ORDER.entries()) {
    for (const [j, b] of IN_ORDER.entries())
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} ${b}`)
  }
  const version = fc.string({ unit: fc.constantFrom(...'019abZ~-^._+ '), maxLength: 8 })
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareVersions(a, b)) + 0, 0 - Math.sign(compareVersions(b, a)))
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) assert.ok(compareVersions(a, c) <= 0)
    }),
  )
})

test('versions: systemd-analyze says the same', needs('systemd-analyze'), () => {
  const version = fc
    .string({ unit: fc.constantFrom(...'01a~-^.Z'), minLength: 1, maxLength: 6 })
    .filter((text) => !text.startsWith('-'))
  fc.assert(
    fc.property(version, version, (a, b) => {
      const told = spawnSync('systemd-analyze', ['compare-versions', a, b], { encoding: 'utf8' }).stdout
      assert.match(told, ['<', '==', '>'].map((sign) => new RegExp(` ${sign} `))[Math.sign(compareVersions(a, b)) + 1]!)
    }),
    { numRuns: 60 },
  )
})
