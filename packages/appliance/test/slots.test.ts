import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { program } from '../../boot/test/explain-fixture.ts'
import {
  afterBoot,
  type Bootable,
  decideUpdate,
  entryFile,
  markGood,
  nextBoot,
  parseEntryFile,
  partitionIds,
  readEntry,
  readSlots,
  TRIES,
} from '../src/index.ts'
import { bootOf, copyOf, installed, memoryDisk, memoryEsp, system, ukiOf } from './update-fixture.ts'

const entry = (slot: 'A' | 'B', counter: number, left?: number): Bootable => ({
  slot,
  counter,
  root: String(counter).padStart(64, '0'),
  ...(left !== undefined && { tries: { left, failed: TRIES - left } }),
})
const offer = (counter: number) => ({ counter, root: String(counter).padStart(64, '0') })

/** What an update leaves behind. */
function updated(entries: readonly Bootable[], slot: 'A' | 'B', counter: number): Bootable[] {
  return [...entries.filter((one) => one.slot !== slot), entry(slot, counter, TRIES)]
}

test('the newest that may be tried is started; what failed at every try is started last', () => {
  assert.equal(nextBoot([entry('A', 1), entry('B', 2, 3)])?.slot, 'B')
  assert.equal(nextBoot([entry('A', 1), entry('B', 2, 0)])?.slot, 'A')
  assert.equal(nextBoot([entry('A', 9, 0), entry('B', 2, 0)])?.slot, 'A')
  assert.equal(nextBoot([entry('A', 9, 2), entry('A', 9)])?.tries, undefined)
  assert.equal(nextBoot([]), undefined)
})

test('whatever is updated and whatever fails: a good system stays, and comes up within a few boots', () => {
  const event = fc.oneof(
    fc.record({ do: fc.constant('boot' as const), good: fc.boolean() }),
    fc.record({ do: fc.constant('update' as const), counter: fc.integer({ min: 1, max: 12 }), again: fc.boolean() }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let entries = [entry('A', 1)]
      let inUse: 'A' | 'B' | undefined = 'A'
      let newest = 1
      for (const happened of events) {
        if (happened.do === 'boot') {
          const started = nextBoot(entries)!
          // A system that was found good before comes up again.
          const isGood = happened.good || started.tries === undefined
          entries = afterBoot(entries, isGood)
          inUse = isGood ? started.slot : undefined
          if (isGood) newest = Math.max(newest, started.counter)
          continue
        }
        try {
          const words = { again: happened.again, ...(inUse !== undefined && { inUse }) }
          const decision = decideUpdate(entries, offer(happened.counter), words)
          if (decision.do === 'nothing') continue
          assert.notEqual(decision.slot, inUse, 'the system in use is not written over')
          assert.ok(happened.counter > newest, 'nothing goes back')
          assert.ok(entries.some(({ slot, tries }) => slot === decision.keep && tries === undefined))
          entries = updated(entries, decision.slot, happened.counter)
        } catch (error) {
          assert.ok(error instanceof UserError, String(error))
        }
      }
      assert.ok(
        entries.some(({ tries }) => tries === undefined),
        'a good system is there',
      )
      // Nothing new comes up any more: the good one does.
      for (let boots = 0; boots < TRIES; boots++) entries = afterBoot(entries, false)
      assert.equal(nextBoot(entries)?.tries, undefined)
    }),
    { numRuns: 500 },
  )
})

test('an update is refused that is older, another of the same number, or has failed before', () => {
  const refuses = (entries: Bootable[], counter: number, pattern: RegExp, words = {}) =>
    assert.throws(() => decideUpdate(entries, offer(counter), words), pattern)
  refuses([entry('A', 5)], 4, /update 4 is older than system 5/)
  refuses([entry('A', 5), entry('B', 4)], 4.5, /older than system 5/, { inUse: 'B' })
  refuses([entry('A', 4), entry('B', 5)], 4, /update 4 is older than system 5/)
  refuses([entry('A', 5), entry('B', 6, 0)], 6, /failed at every try/)
  refuses([entry('A', 5, 1)], 6, /no system on this disk was found good/)
  refuses([entry('A', 5), entry('B', 6, 2)], 7, /that runs is on trial/, { inUse: 'B' })
  const other = { counter: 5, root: 'f'.repeat(64) }
  assert.throws(() => decideUpdate([entry('A', 5)], other), /holds another system than the 5/)
  assert.equal(decideUpdate([entry('A', 5)], offer(5)).do, 'nothing')
  assert.equal(decideUpdate([entry('A', 5), entry('B', 6, 2)], offer(6)).do, 'nothing')
  const again = decideUpdate([entry('A', 5), entry('B', 6, 0)], offer(6), { again: true })
  assert.deepEqual(again, { do: 'write', slot: 'B', keep: 'A' })
})

test('names of entries are read as they are written', () => {
  const tries = fc.option(fc.record({ left: fc.nat(99), failed: fc.nat(99) }, { noNullPrototype: true }), {
    nil: undefined,
  })
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z][a-z0-9._]{0,20}$/),
      fc.integer({ min: 1, max: 99999 }),
      tries,
      (name, counter, counted) => {
        const words = { name, counter, ...(counted !== undefined && { tries: counted }) }
        assert.deepEqual(parseEntryFile(entryFile(words)), words)
      },
    ),
  )
  for (const file of ['router.efi', 'router-0.efi', 'router-7+x.efi', 'nixos-generation-7.efi', 'router-7.conf']) {
    assert.equal(parseEntryFile(file), undefined, file)
  }
})

test('a kernel says whose it is and which store it opens', () => {
  const root = 'ab'.repeat(32)
  const said = readEntry(bytesSource(ukiOf(7, root)))
  assert.deepEqual(said, { name: 'router', counter: 7, title: 'router 26.7 (7)', root, partitions: partitionIds(root) })
  assert.equal(said.partitions[0], 'abababab-abab-abab-abab-abababababab')
})

test('a kernel that does not say all of it is no system of an appliance', () => {
  const root = 'ab'.repeat(32)
  const osrel = 'IMAGE_ID=router\nIMAGE_VERSION=7\n'
  const cmdline = `firn.store.root=${root} firn.store.part=${partitionIds(root).join()}`
  const text = (name: string, content: string) => ({ name, content: Buffer.from(content) })
  const read = (...sections: ReturnType<typeof text>[]) => readEntry(bytesSource(program(sections, 'systemd-stub,1')))
  assert.equal(read(text('.osrel', osrel), text('.cmdline', cmdline)).counter, 7)
  const os = text('.osrel', osrel)
  for (const [why, ...sections] of [
    [/0 sections \.cmdline/, os],
    [/2 sections \.cmdline/, os, text('.cmdline', cmdline), text('.cmdline', cmdline)],
    [/cmdline of 70000 bytes/, os, text('.cmdline', cmdline.padEnd(70_000))],
    [/names no appliance/, text('.osrel', osrel.replace('router', '../x')), text('.cmdline', cmdline)],
    [/names no appliance/, text('.osrel', osrel.replace('7', '07')), text('.cmdline', cmdline)],
    [/no root hash/, os, text('.cmdline', cmdline.replace(root, root.slice(1)))],
    [/no partitions/, os, text('.cmdline', cmdline.replace(',', ' '))],
    [/no partitions/, os, text('.cmdline', `${cmdline},more`)],
  ] as const) {
    assert.throws(() => read(...sections), { name: 'UserError', message: why }, String(why))
  }
  assert.throws(() => partitionIds('AB'.repeat(32)), { name: 'UserError', message: /no root hash/ })
})

test('slots are read off the disk, and a system is found good by its root hash', needs('sgdisk'), async () => {
  const first = await system(1)
  const state = await installed(first)
  const esp = memoryEsp(state)
  state.esp.set('EFI/Linux/router-2+3.efi', ukiOf(2, 'cd'.repeat(32)))
  state.esp.set('EFI/Linux/nixos-generation-7.efi', Buffer.from('of somebody else'))
  const { slots, entries, stray } = readSlots(memoryDisk(state), esp, 'router')
  assert.deepEqual(
    slots.map(({ data, hash }) => [data.number, hash.number]),
    [
      [2, 3],
      [4, 5],
    ],
  )
  assert.deepEqual(
    entries.map(({ slot, path, counter }) => [slot, path, counter]),
    [['A', 'EFI/Linux/router-1.efi', 1]],
  )
  assert.match(stray[0]!.why, /no slot holds the store/)

  const counted = copyOf(state)
  counted.esp.delete('EFI/Linux/router-2+3.efi')
  memoryEsp(counted).rename('EFI/Linux/router-1.efi', 'EFI/Linux/router-1+2-1.efi')
  const good = (root: string) =>
    markGood(memoryEsp(counted), readSlots(memoryDisk(counted), memoryEsp(counted)).entries, root)
  assert.equal(good(first.manifest.root), true)
  assert.equal(good(first.manifest.root), false, 'it is good already')
  assert.equal(bootOf(counted)?.program?.next?.path, '\\EFI\\Linux\\router-1.efi')
  assert.throws(() => good('cd'.repeat(32)), /no boot entry opens/)
})
