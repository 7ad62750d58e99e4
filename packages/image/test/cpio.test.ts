import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { type CpioEntry, readCpio, writeCpio } from '../src/index.ts'

const bytes = (text: string) => new Uint8Array(Buffer.from(text))

const ENTRIES: readonly CpioEntry[] = [
  { kind: 'directory', name: 'bin', mode: 0o755 },
  { kind: 'file', name: 'bin/busybox', mode: 0o755, content: bytes('program') },
  { kind: 'symlink', name: 'bin/sh', target: 'busybox' },
  { kind: 'device', name: 'console', mode: 0o600, major: 5, minor: 1 },
  { kind: 'file', name: 'empty', mode: 0o644, content: bytes('') },
]

test('what is written is read again', () => {
  assert.deepEqual(readCpio(new Uint8Array(writeCpio(ENTRIES))), ENTRIES)
  const name = fc.stringMatching(/^[a-z]{1,9}(\/[a-zäß]{1,9}){0,2}$/)
  const content = fc.uint8Array({ maxLength: 9 })
  const file = fc.record(
    { kind: fc.constant('file' as const), name, mode: fc.nat(0o7777), content },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.uniqueArray(file, { selector: (entry) => entry.name }), (entries) =>
      assert.deepEqual(readCpio(new Uint8Array(writeCpio(entries))), entries),
    ),
  )
})

test('cpio unpacks it', needs('cpio'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-cpio-'))
  try {
    const withoutDevice = writeCpio(ENTRIES.filter(({ kind }) => kind !== 'device'))
    execFileSync('cpio', ['-i', '--quiet'], { cwd: folder, input: withoutDevice })
    assert.equal(readFileSync(join(folder, 'bin/busybox'), 'utf8'), 'program')
    assert.equal(readlinkSync(join(folder, 'bin/sh')), 'busybox')
    assert.equal(statSync(join(folder, 'bin/busybox')).mode & 0o7777, 0o755)
    assert.equal(statSync(join(folder, 'empty')).size, 0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('names that the kernel would take for another are refused', () => {
  for (const name of ['/etc', 'a/../b', 'a//b', '', 'a\0b', './a', 'x'.repeat(5000)]) {
    assert.throws(() => writeCpio([{ kind: 'directory', name, mode: 0o755 }]), UserError, name)
  }
  const twice = { kind: 'directory', name: 'a', mode: 0o755 } as const
  assert.throws(() => writeCpio([twice, twice]), /names are relative|no file named 'a'/)
})

test('what is not such an archive is refused', () => {
  const whole = Buffer.from(writeCpio(ENTRIES))
  for (const length of [0, 5, 50, 111, 120, whole.length - 12]) {
    assert.throws(() => readCpio(whole.subarray(0, length)), UserError, String(length))
  }
  const owned = Buffer.from(whole)
  owned.write('000003e8', 6 + 2 * 8)
  assert.throws(() => readCpio(owned), /not owned by root/)
  const linked = Buffer.from(writeCpio(ENTRIES.slice(1, 2)))
  linked.write('00000002', 6 + 4 * 8)
  assert.throws(() => readCpio(linked), /a hard link, bin\/busybox/)
  assert.throws(() => readCpio(Buffer.from('070702')), /at byte 0/)
})

test('an archive of somebody else with names that lead out of it, or what is no file, is refused', () => {
  const one = (change: (bytes: Buffer) => unknown) => {
    const bytes = Buffer.from(writeCpio([{ kind: 'file', name: 'aa/bb', mode: 0o644, content: new Uint8Array() }]))
    change(bytes)
    return () => readCpio(bytes)
  }
  const [mode, nameLength, name] = [6 + 8, 6 + 11 * 8, 110]
  for (const hostile of ['../bb', '/a/bb', 'a//bb', 'a/./b', 'aaa/.', './aaa']) {
    assert.throws(
      one((bytes) => bytes.write(hostile, name)),
      { name: 'UserError', message: /a file named/ },
      hostile,
    )
  }
  for (const [why, change] of [
    [/a name with a NUL/, (bytes: Buffer) => bytes.write('\0', name + 2)],
    [/a name of 1 bytes/, (bytes: Buffer) => bytes.write('00000001', nameLength)],
    [/a name of 65535 bytes/, (bytes: Buffer) => bytes.write('0000ffff', nameLength)],
    [/no entry in the "newc" form/, (bytes: Buffer) => bytes.write('0000000g', nameLength)],
    [/aa\/bb, of mode 140644/, (bytes: Buffer) => bytes.write('0000c1a4', mode)],
  ] as const) {
    assert.throws(one(change), { name: 'UserError', message: why }, String(why))
  }
})
