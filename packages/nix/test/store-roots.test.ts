import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { EXIT, UserError } from '@firn/core'
import {
  gcRoots,
  parseProfileManifest,
  profileRoots,
  resolveStorePath,
  type StorePlace,
  storePlace,
  systemRoot,
} from '../src/index.ts'
import { storePath } from './store-database.ts'

const bash = storePath('b', 'bash-5.2')
const system = storePath('s', 'nixos-system-host')
const profile = storePath('p', 'profile')
let root: string
let place: StorePlace

before(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'firn-roots-')))
  for (const path of [bash, system, profile]) mkdirSync(join(root, path), { recursive: true })
  for (const folder of ['run', 'nix/var/nix/gcroots/auto', 'nix/var/nix/profiles/per-user/ada']) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  place = storePlace({}, root)
})
after(() => rmSync(root, { recursive: true }))

test('a store path, something in it, and where its files really are', () => {
  assert.equal(resolveStorePath(bash, place), bash)
  assert.equal(resolveStorePath(`${bash}/bin/bash`, place), bash)
  assert.equal(resolveStorePath(join(root, bash, 'bin'), place), bash)
})

test('links are followed though their targets are not there outside of the chroot store', () => {
  symlinkSync(bash, join(root, 'result'))
  symlinkSync('result', join(root, 'result-2'))
  symlinkSync(root, join(root, 'folder'))
  assert.equal(resolveStorePath(join(root, 'result'), place), bash)
  assert.equal(resolveStorePath(join(root, 'result-2/bin'), place), bash)
  assert.equal(resolveStorePath(join(root, 'folder/result'), place), bash)
})

test('circles, dangling links and other files are refused by name', () => {
  symlinkSync('circle', join(root, 'circle'))
  symlinkSync('nowhere', join(root, 'dangling'))
  writeFileSync(join(root, 'file'), '')
  for (const name of ['circle', 'dangling', 'file']) {
    assert.throws(() => resolveStorePath(join(root, name), place), /neither a path in \/nix\/store nor a link/, name)
  }
  assert.throws(() => resolveStorePath(join(root, 'missing'), place), /no such file/)
  assert.throws(() => resolveStorePath('/nix/store/short-hash', place), UserError)
  assert.throws(() => resolveStorePath(`${bash}.drv^out`, place), /outputs are not chosen here/)
})

test('the system: running, else its profile, within the chroot store', () => {
  assert.throws(
    () => systemRoot(place),
    (error) => error instanceof UserError && error.exit === EXIT.store,
  )
  symlinkSync(system, join(root, 'nix/var/nix/profiles/system-42-link'))
  symlinkSync('system-42-link', join(root, 'nix/var/nix/profiles/system'))
  assert.equal(systemRoot(place), system)
  symlinkSync('/nix/var/nix/profiles/system', join(root, 'run/current-system'))
  assert.equal(systemRoot(place), system, 'an absolute link starts at the chroot store')
})

test('garbage collector roots: direct, indirect and profiles; what is gone keeps nothing', () => {
  symlinkSync(join(root, 'result'), join(root, 'nix/var/nix/gcroots/auto/x'))
  symlinkSync(storePath('g', 'gone'), join(root, 'nix/var/nix/gcroots/auto/gone'))
  symlinkSync('../profiles', join(root, 'nix/var/nix/gcroots/profiles'))
  symlinkSync(profile, join(root, 'nix/var/nix/profiles/per-user/ada/profile-1-link'))
  assert.deepEqual(gcRoots(place), [bash, profile, system])
  assert.throws(() => gcRoots({ ...place, stateDir: join(root, 'none') }), /no such folder/)
})

test('profiles: the elements of all manifest versions, or the one path', () => {
  const link = join(root, 'nix/var/nix/profiles/per-user/ada/profile-1-link')
  assert.deepEqual(profileRoots(link, place), [profile])
  const element = (storePaths: string[], active = true) => ({ storePaths, active })
  const lists = { version: 2, elements: [element([bash]), element([system], false)] }
  writeFileSync(join(root, profile, 'manifest.json'), JSON.stringify(lists))
  assert.deepEqual(profileRoots(link, place), [bash])
  assert.deepEqual(parseProfileManifest(JSON.stringify({ ...lists, version: 1 }), 'm'), [bash])
  const named = { version: 3, elements: { bash: element([bash]), system: element([system, bash]) } }
  assert.deepEqual(parseProfileManifest(JSON.stringify(named), 'm'), [bash, system])
  for (const text of [
    '',
    '[]',
    'null',
    '{"version":4,"elements":[]}',
    '{"version":3,"elements":[1]}',
    '{"version":2,"elements":[{"storePaths":[1]}]}',
  ]) {
    assert.throws(() => parseProfileManifest(text, 'm'), /m: this is no profile manifest/, text)
  }
})

test('where the store is', () => {
  assert.deepEqual(storePlace({}), {
    storeDir: '/nix/store',
    realStoreDir: '/nix/store',
    stateDir: '/nix/var/nix',
    root: '',
  })
  assert.deepEqual(storePlace({ NIX_STORE_DIR: '/s/', NIX_STATE_DIR: '/v' }, 'daemon'), {
    storeDir: '/s',
    realStoreDir: '/s',
    stateDir: '/v',
    root: '',
  })
  assert.equal(storePlace({}, `local?root=${root}`).realStoreDir, `${root}/nix/store`)
  assert.equal(storePlace({ NIX_STORE_DIR: '/s' }, root).storeDir, '/s', 'the name of the store stays')
  assert.throws(() => storePlace({}, 'ssh://host'), /only stores on this machine/)
  assert.throws(() => storePlace({}, '/no/such/root'), /no such folder/)
})
