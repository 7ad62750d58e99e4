import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileSource } from '@firn/binary'
import { erofsTree, openErofs, readGpt, stretches } from '@firn/image'
import { needsParts, part } from '../../scripts/boot-parts.ts'
import { findProgram, needs } from '../../scripts/needs.ts'
import { CLOSURE, makeSystemStore, STRANGER, SYSTEM } from './store-fixture.ts'

const firn = new URL('../../firn', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-closure-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const skip = { ...needs('nix', 'fsck.erofs'), ...needsParts('stub', 'kernel') }

function run(...words: readonly string[]) {
  return spawnSync(firn, words, { cwd: folder, encoding: 'utf8' })
}

test('a system of a Nix store becomes an image, the same from two stores of the same content', skip, () => {
  run('boot', 'keys', 'create', '-o', 'keys', '--only', 'db')
  writeFileSync(at('initrd'), Buffer.alloc(50_000, 'initrd'))
  const images = ['one', 'two'].map((name) => {
    mkdirSync(at(name))
    makeSystemStore(at(`${name}/root`), part('kernel'))
    utimesSync(join(at(`${name}/root`), SYSTEM, 'boot.json'), 1, name === 'one' ? 1 : 1_000_000)
    const words = ['--from', at(`${name}/root`), '--initrd', 'initrd', '--stub', part('stub')]
    const made = run(
      'appliance',
      'iso',
      SYSTEM,
      ...words,
      '--cert',
      'keys/db.pem',
      '--key',
      'keys/db.key',
      '-o',
      `${name}.iso`,
    )
    assert.equal(made.status, 0, made.stderr)
    assert.match(made.stdout, new RegExp(`init=${SYSTEM}/init loglevel=4 lsm=landlock`))
    return readFileSync(at(`${name}.iso`))
  })
  assert.ok(images[0]!.equals(images[1]!))

  const image = fileSource(at('one.iso'))
  const [store] = readGpt(image)!.partitions
  const content = stretches(image, [store!])
  const names = [...erofsTree(openErofs(content), content.size).entries.keys()]
  assert.deepEqual(names.sort(), CLOSURE.toSorted())
  assert.ok(!names.includes(STRANGER.slice('/nix/store/'.length)))
  writeFileSync(at('store.img'), content.read(0, content.size))
  image.close()
  const checked = spawnSync(findProgram('fsck.erofs')!, [`--extract=${at('out')}`, at('store.img')], {
    encoding: 'utf8',
  })
  assert.equal(checked.status, 0, checked.stderr)
  for (const name of ['2'.repeat(32).concat('-tools/data'), SYSTEM.slice(11).concat('/boot.json')]) {
    assert.deepEqual(readFileSync(at(`out/${name}`)), readFileSync(join(at('one/root/nix/store'), name)))
  }
  const verified = run('appliance', 'verify', 'one.iso', '--cert', 'keys/db.pem')
  assert.equal(verified.status, 0, verified.stdout)
})

test('a path that is no system, or not valid', skip, () => {
  makeSystemStore(at('root'), part('kernel'))
  const iso = (system: string) => {
    const words = ['--from', at('root'), '--initrd', 'initrd', '--stub', part('stub'), '-o', 'no.iso']
    return run('appliance', 'iso', system, ...words, '--cert', 'keys/db.pem', '--key', 'keys/db.key')
  }
  const stranger = iso(STRANGER)
  assert.equal(stranger.status, 2)
  assert.match(stranger.stderr, /boot.json: no such file/)
  const missing = iso('/nix/store/44444444444444444444444444444444-nothing')
  assert.notEqual(missing.status, 0)
  assert.equal(missing.stderr.trim().split('\n').length, 2, missing.stderr)
})
