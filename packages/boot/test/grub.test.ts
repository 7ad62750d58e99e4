import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { makePe } from '../../binary/test/pe-fixture.ts'
import { grubModules } from '../src/index.ts'
import { makeGrub } from './grub-fixture.ts'

test('the modules that a GRUB has built in, by name', () => {
  assert.deepEqual(grubModules(bytesSource(makeGrub(['linux', 'fat', 'part_gpt']))), ['fat', 'linux', 'part_gpt'])
  assert.deepEqual(grubModules(bytesSource(makeGrub([]))), [])
})

test('what is no GRUB, or a damaged one, is refused in words', () => {
  const whole = makeGrub(['linux'])
  const at = whole.indexOf('mimg')
  const refused = (change: (bytes: Buffer) => void, words: RegExp) => {
    const bytes = Buffer.from(whole)
    change(bytes)
    assert.throws(
      () => grubModules(bytesSource(bytes)),
      (error: unknown) => error instanceof UserError && words.test(error.message),
    )
  }
  assert.throws(() => grubModules(bytesSource(makePe())), /no section "mods"/)
  refused((bytes) => bytes.write('gmim', at, 'latin1'), /does not begin with "mimg"/)
  refused((bytes) => bytes.writeBigUInt64LE(2n ** 63n, at + 16), /reach out of their section/)
  refused((bytes) => bytes.writeUInt32LE(7, at + 24 + 4), /cut off/)
  refused((bytes) => bytes.writeUInt32LE(0, at + 24), /not an ELF file/)
})
