import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { loadOrder } from '../src/initrd/load-order.ts'
import { type ModuleListTexts, parseModuleLists } from '../src/initrd/module-lists.ts'

const TEXTS: ModuleListTexts = {
  dep: [
    'kernel/fs/erofs/erofs.ko.xz: kernel/lib/libcrc32c.ko.xz',
    'kernel/lib/libcrc32c.ko.xz:',
    'kernel/crypto/crc32c_generic.ko.xz:',
    'kernel/arch/x86/crypto/crc32c-intel.ko.xz: kernel/crypto/helper.ko.xz',
    'kernel/crypto/helper.ko.xz:',
    'kernel/drivers/md/dm-verity.ko.xz: kernel/drivers/md/dm-bufio.ko.xz kernel/drivers/md/dm-mod.ko.xz',
    'kernel/drivers/md/dm-bufio.ko.xz: kernel/drivers/md/dm-mod.ko.xz',
    'kernel/drivers/md/dm-mod.ko.xz:',
    'kernel/a.ko: kernel/gone.ko',
    '',
  ].join('\n'),
  softdep: '# Soft dependencies\nsoftdep libcrc32c pre: crc32c\nsoftdep dm-mod pre: nothing post: erofs\n',
  alias: [
    'alias crc32c crc32c_generic',
    'alias crypto-crc32c crc32c_intel',
    'alias crc32c crc32c_intel',
    'alias fs-erofs erofs',
    'alias cpu:type:x86* crc32c_intel',
  ].join('\n'),
  builtin: 'kernel/fs/ext4/ext4.ko\n',
  builtinModinfo: 'ext4.license=GPL\0ext4.alias=fs-ext4\0sha256_generic.alias=crypto-sha256\0',
}
const lists = parseModuleLists(TEXTS)
const order = (required: string[], wanted: string[] = []) =>
  loadOrder(lists, required, wanted).map(({ kind, names }) => `${kind} ${names.join(' ')}`)

test('a soft dependency on an alias brings all that answer to it, of which one must load', () => {
  assert.deepEqual(order(['erofs']), [
    'may crc32c_generic',
    'may helper',
    'may crc32c_intel',
    'any crc32c_generic crc32c_intel',
    'need libcrc32c',
    'need erofs',
  ])
})

test('one that is needed after it was only wanted is needed, and so is all below it', () => {
  assert.deepEqual(order(['erofs', 'crc32c-intel']).slice(0, 3), [
    'may crc32c_generic',
    'need helper',
    'need crc32c_intel',
  ])
})

test('a soft dependency that needs what asks for it comes afterwards', () => {
  const circle = parseModuleLists({ ...TEXTS, softdep: 'softdep dm-mod pre: nothing dm-verity' })
  const steps = loadOrder(circle, ['dm-mod']).map(({ kind, names }) => `${kind} ${names.join(' ')}`)
  assert.deepEqual(steps, ['need dm_mod', 'may dm_bufio', 'may dm_verity'])
})

test('what is built in, by name or by alias, is there; what the kernel has not is left out or refused', () => {
  assert.deepEqual(order(['ext4', 'fs-ext4', 'crypto-sha256'], ['no-such']), [])
  assert.throws(() => order(['no-such']), /no module no-such/)
  assert.throws(() => order(['a']), /module gone is missing/)
  assert.deepEqual(order(['fs-erofs']), order(['erofs']))
  assert.throws(() => order(['cpu:type:x86*']), /no module/)
})

test('whatever depends on whatever, each stands behind what it needs', () => {
  const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 20 })
  fc.assert(
    fc.property(edges, fc.array(fc.nat(7), { maxLength: 4 }), (pairs, soft) => {
      const needs = (i: number) => [...new Set(pairs.filter(([from, to]) => from === i && to < i).map(([, to]) => to))]
      const dep = Array.from(
        { length: 8 },
        (_, i) =>
          `k/m${i}.ko: ${needs(i)
            .map((to) => `k/m${to}.ko`)
            .join(' ')}`,
      )
      const softdep = soft.map((to, from) => `softdep m${from} pre: m${to}`)
      const made = parseModuleLists({ ...TEXTS, dep: dep.join('\n'), softdep: softdep.join('\n') })
      const names = loadOrder(made, ['m7', 'm3']).map((step) => step.names[0]!)
      assert.equal(new Set(names).size, names.length)
      assert.ok(names.includes('m7') && names.includes('m3'))
      for (const name of names) {
        for (const to of needs(Number(name.slice(1)))) assert.ok(names.indexOf(`m${to}`) < names.indexOf(name))
      }
    }),
  )
})

test('what is to be loaded afterwards need not load', () => {
  assert.deepEqual(order(['dm-mod'])[0], 'need dm_mod')
  assert.deepEqual(order(['dm-mod']).at(-1), 'may erofs')
})
