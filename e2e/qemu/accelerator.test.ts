import assert from 'node:assert/strict'
import { test } from 'node:test'
import { needsParts } from '../../scripts/boot-parts.ts'
import { needs } from '../../scripts/needs.ts'
import { acceleratorArgs, works } from './accelerator.ts'

/** A trial decides, whatever the host claims. */
const OPTIONS = { ...needs('qemu-system-x86_64'), ...needsParts('firmware', 'vars') }

test('emulation comes through the firmware', OPTIONS, async () => {
  assert.equal(await works(acceleratorArgs('tcg'), 300), true)
})

test('what QEMU does not start with, and what runs no instruction, does not work', OPTIONS, async () => {
  assert.equal(await works(['-accel', 'none-such'], 60), false)
  // Started, and stopped before its first instruction, as a broken virtualisation may be.
  const began = performance.now()
  assert.equal(await works([...acceleratorArgs('tcg'), '-S'], 1), false)
  assert.ok(performance.now() - began >= 1000, 'it was waited for')
})
