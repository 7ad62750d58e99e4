import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { bytesSource, fileSource, isElf, readElf } from '../src/index.ts'
import { makeElf } from './elf-fixture.ts'

const WORDS = {
  interpreter: '/lib/ld.so',
  needed: ['libb.so.1', 'liba.so.2'],
  soname: 'me.so',
  rpath: '/old',
  runpath: '$ORIGIN/../lib:/nix/store/x/lib',
  sections: { '.modinfo': Buffer.from('depends=a,b\0'), '.text': Buffer.alloc(9) },
}

for (const is64 of [true, false]) {
  test(`an ELF file of ${is64 ? 64 : 32} bits says what it needs`, () => {
    const bytes = makeElf({ ...WORDS, is64 })
    const elf = readElf(bytesSource(bytes))
    assert.equal(elf.is64, is64)
    assert.equal(elf.machine, 62)
    assert.equal(elf.kind, 'shared')
    assert.equal(elf.interpreter, '/lib/ld.so')
    assert.deepEqual(elf.needed, ['libb.so.1', 'liba.so.2'])
    assert.equal(elf.soname, 'me.so')
    assert.deepEqual(elf.rpath, ['/old'])
    assert.deepEqual(elf.runpath, ['$ORIGIN/../lib', '/nix/store/x/lib'])
    assert.equal(elf.isStatic, false)
    const section = elf.sections.find(({ name }) => name === '.modinfo')!
    assert.equal(bytes.toString('latin1', section.offset, section.offset + section.size), 'depends=a,b\0')
  })
}

test('what is static needs nothing', () => {
  const elf = readElf(bytesSource(makeElf({ type: 2 })))
  assert.equal(elf.isStatic, true)
  assert.equal(elf.kind, 'executable')
  assert.deepEqual(elf.needed, [])
})

test('readelf reads the same of a program of this machine', needs('readelf'), () => {
  for (const path of [findProgram('readelf')!, process.execPath]) {
    const said = execFileSync(findProgram('readelf')!, ['-dlSW', path], { encoding: 'utf8', env: { LC_ALL: 'C' } })
    const source = fileSource(path)
    const elf = readElf(source)
    source.close()
    assert.deepEqual(
      elf.needed,
      [...said.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((match) => match[1]),
    )
    assert.equal(elf.interpreter, /Requesting program interpreter: (.+)\]/.exec(said)?.[1])
    const text = / \.text +PROGBITS +\S+ (\S+) (\S+)/.exec(said)!
    const ours = elf.sections.find(({ name }) => name === '.text')!
    assert.deepEqual([ours.offset, ours.size], [Number.parseInt(text[1]!, 16), Number.parseInt(text[2]!, 16)])
  }
})

test('what is none, or cut off, is refused', () => {
  const whole = makeElf(WORDS)
  assert.equal(isElf(whole), true)
  assert.equal(isElf(readFileSync(new URL('../package.json', import.meta.url))), false)
  for (const length of [0, 3, 15, 40, 63, 100, whole.length - 1]) {
    assert.throws(() => readElf(bytesSource(whole.subarray(0, length))), UserError, String(length))
  }
  const bigEndian = Buffer.from(whole)
  bigEndian[5] = 2
  assert.throws(() => readElf(bytesSource(bigEndian)), /big-endian/)
})

test('names that share one long string are refused, not multiplied', () => {
  const long = 'x'.repeat(1000)
  const bytes = makeElf({ needed: [long, ...Array.from({ length: 5 }, () => 'y')] })
  const second = bytes.indexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 0xea, 3]))
  for (let i = 0; i < 5; i++) bytes.writeUInt32LE(1, second + 8 + 16 * i)
  assert.throws(() => readElf(bytesSource(bytes)), /longer than all its strings/)
})
