import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { readCpio } from '@firn/image'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { makeElf } from '../../binary/test/elf-fixture.ts'
import { buildInitrd } from '../src/index.ts'
import { dataScript, initScript } from '../src/init/script.ts'
import { elfClosure } from '../src/initrd/elf-closure.ts'
import { readModule } from '../src/initrd/kernel-modules.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-initrd-'))
after(() => rmSync(folder, { recursive: true }))

function put(path: string, content: Uint8Array | string): string {
  const whole = join(folder, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, content)
  return whole
}

const MODULE = makeElf({ type: 1, sections: { '.modinfo': Buffer.from('name=x\0') } })

const FOR_DATA = ['dm-crypt', 'dm-integrity', 'authenc', 'xts', 'aes', 'hmac', 'ext4', 'efivarfs', 'tpm_crb']

/** A kernel with just the modules that are always taken, and erofs. */
function kernel(): string {
  const dep = [
    'kernel/loop.ko:',
    'kernel/md/dm-verity.ko.zst: kernel/md/dm-mod.ko.gz',
    'kernel/md/dm-mod.ko.gz:',
    'kernel/erofs.ko.xz:',
    ...FOR_DATA.map((name) => `kernel/${name}.ko:`),
  ]
  const modules = put('lib/modules/6/modules.dep', dep.join('\n'))
  put('lib/modules/6/modules.builtin', 'kernel/crypto/crypto_sha256.ko\n')
  put('lib/modules/6/modules.alias', 'alias crypto-aes aes\nalias crypto-hmac hmac\n')
  for (const name of ['loop', ...FOR_DATA]) put(`lib/modules/6/kernel/${name}.ko`, MODULE)
  put('lib/modules/6/kernel/md/dm-verity.ko.zst', zstdCompressSync(MODULE))
  put('lib/modules/6/kernel/md/dm-mod.ko.gz', gzipSync(MODULE))
  put('lib/modules/6/kernel/erofs.ko.xz', execFileSync('xz', ['-c'], { input: MODULE }))
  return dirname(modules)
}

const busybox = () => put('p/busybox', makeElf({ type: 2 }))

test(
  'an initrd has modules unpacked and in order, programs with their libraries, and the first process',
  needs('xz'),
  () => {
    const loader = put('p/ld.so', makeElf())
    const lib = put('p/lib/liba.so.1', makeElf({ needed: ['libb.so.1'], runpath: '$ORIGIN/deeper' }))
    const deeper = put('p/lib/deeper/libb.so.1', makeElf())
    const veritysetup = put(
      'p/veritysetup',
      makeElf({ interpreter: loader, needed: ['liba.so.1', 'ld.so'], runpath: dirname(lib) }),
    )
    const words = {
      kernelModules: kernel(),
      modules: ['erofs'],
      wantedModules: ['nvme'],
      programs: [veritysetup, busybox()],
      files: { 'etc/motd': Buffer.from('hello') },
      fast: true,
    }
    const initrd = buildInitrd(words)
    const entries = readCpio(zstdDecompressSync(initrd))
    const text = (name: string) => {
      const entry = entries.find((one) => one.name === name)
      assert.ok(entry?.kind === 'file', name)
      return Buffer.from(entry.content)
    }
    assert.equal(text('modules/order').toString(), 'need loop\nneed dm_mod\nneed dm_verity\nneed erofs\n')
    for (const name of ['loop', 'dm_mod', 'dm_verity', 'erofs']) assert.deepEqual(text(`modules/${name}.ko`), MODULE)
    for (const path of [loader, lib, deeper]) assert.deepEqual(text(path.slice(1)), readFileSync(path))
    assert.equal(text('etc/motd').toString(), 'hello')
    assert.match(text('init').toString(), /^#!\/bin\/sh\n/)
    assert.ok(
      entries.some((entry) => entry.kind === 'symlink' && entry.name === 'bin/sh' && entry.target === 'busybox'),
    )
    const names = entries.map(({ name }) => name)
    for (const name of names.filter((one) => one.includes('/'))) {
      assert.ok(names.indexOf(dirname(name)) < names.indexOf(name), `${name} stands behind its folder`)
    }
    assert.deepEqual(
      buildInitrd({ ...words, programs: words.programs.toReversed() }),
      initrd,
      'the same words in another order',
    )
  },
)

test('what is missing is named', needs('xz'), () => {
  const words = { kernelModules: kernel(), modules: [], programs: [busybox()] }
  assert.throws(() => buildInitrd(words), /needs the program veritysetup/)
  const lost = put('q/veritysetup', makeElf({ interpreter: put('q/ld.so', makeElf()), needed: ['libgone.so'] }))
  assert.throws(() => buildInitrd({ ...words, programs: [busybox(), lost] }), /libgone\.so is in no folder/)
  const static_ = put('r/veritysetup', makeElf({ type: 2 }))
  const both = { ...words, programs: [busybox(), static_] }
  assert.throws(() => buildInitrd({ ...both, kernelModules: folder }), /no modules.dep/)
  assert.throws(() => buildInitrd({ ...both, modules: ['xfs'] }), /no module xfs/)
  assert.throws(() => buildInitrd({ ...both, files: { init: Buffer.from('') } }), /two files want to be init/)
  assert.throws(() => elfClosure(put('script', '#!/bin/sh\n')), /script: not an ELF file/)
})

test('each script of the first process is small enough to be read', () => {
  for (const script of [initScript(), dataScript()]) assert.ok(script.trimEnd().split('\n').length <= 80)
})

test('with data, it has what opens a partition for data, and what that opens while it runs', needs('xz'), () => {
  const loader = put('d/ld.so', makeElf())
  const program = (name: string) => put(`d/${name}`, makeElf({ interpreter: loader }))
  const programs = [busybox(), ...['veritysetup', 'cryptsetup', 'systemd-cryptenroll', 'mkfs.ext4'].map(program)]
  const esys = put('d/libtss2-esys.so.0', makeElf({ needed: ['libsys.so'], runpath: '$ORIGIN/deep' }))
  const sys = put('d/deep/libsys.so', makeElf())
  const tss = ['libtss2-mu.so.0', 'libtss2-rc.so.0', 'libtss2-tcti-device.so.0', 'libcryptsetup-token-systemd-tpm2.so']
  const libraries = [esys, ...tss.map((name) => put(`d/${name}`, makeElf()))]
  const words = { kernelModules: kernel(), modules: ['erofs'], programs, libraries, data: true, fast: true }
  const entries = readCpio(zstdDecompressSync(buildInitrd(words)))
  const names = entries.map(({ name }) => name)
  for (const path of [...libraries, sys, loader]) assert.ok(names.includes(path.slice(1)), path)
  for (const name of ['data.sh', 'bin/systemd-cryptenroll', ...['dm_crypt', 'hmac', 'tpm_crb'].map(moduleFile)])
    assert.ok(names.includes(name), name)
  assert.throws(
    () => buildInitrd({ ...words, libraries: libraries.slice(1) }),
    /for data needs the library libtss2-esys\.so\.0/,
  )
  assert.throws(
    () => buildInitrd({ ...words, programs: programs.slice(0, -1) }),
    /for data needs the program mkfs\.ext4/,
  )
  const without = readCpio(zstdDecompressSync(buildInitrd({ ...words, data: false }))).map(({ name }) => name)
  assert.ok(!without.includes(moduleFile('dm_crypt')))
})

const moduleFile = (name: string) => `modules/${name}.ko`

test('a module that does not unpack, or is none, is named', needs('xz'), () => {
  for (const suffix of ['gz', 'zst', 'xz']) {
    assert.throws(() => readModule(put(`bad.ko.${suffix}`, 'no')), new RegExp(`bad\\.ko\\.${suffix}: .*unpack`))
  }
  assert.throws(() => readModule(put('text.ko', 'no module')), /text\.ko: not a kernel module/)
})

test('RPATH holds for the libraries below, RUNPATH does not, and libraries of another machine are passed over', () => {
  const loader = put('s/ld.so', makeElf())
  const wrong = put('s/wrong/libzz.so', makeElf({ is64: false }))
  const right = put('s/right/libzz.so', makeElf())
  const middle = put('s/right/libmm.so', makeElf({ needed: ['libzz.so'] }))
  const words = { interpreter: loader, needed: ['libmm.so'] }
  const places = [wrong, right].map(dirname).join(':')
  assert.deepEqual(elfClosure(put('s/a', makeElf({ ...words, rpath: places }))), [loader, middle, right])
  assert.throws(() => elfClosure(put('s/b', makeElf({ ...words, runpath: places }))), /libzz\.so is in no folder/)
})

test('a program copied with what it needs, and nothing else, starts', needs('unshare', 'veritysetup'), () => {
  const root = join(folder, 'root')
  const program = findProgram('veritysetup')!
  for (const path of [program, ...elfClosure(program)]) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(path, join(root, path))
  }
  const said = execFileSync(findProgram('unshare')!, ['--root', root, program, '--version'], { encoding: 'utf8' })
  assert.match(said, /^veritysetup \d/)
})
