import assert from 'node:assert/strict'
import { test } from 'node:test'
import { composeSnapshot, nameAndVersion } from '../src/collect/components.ts'
import { otherKind } from '../src/collect/kinds.ts'
import { referenceChains } from '../src/collect/why.ts'
import { aDerivation, aPath, aSnapshot, storePath } from './snapshots.ts'

test('the outputs of one derivation are one component, its out first', () => {
  const deriver = storePath('d', 'openssl-3.0.14.drv')
  const out = aPath('z', 'openssl-3.0.14', { deriver })
  const snapshot = aSnapshot({
    paths: [aPath('b', 'openssl-3.0.14-bin', { deriver }), aPath('c', 'openssl-3.0.14-dev', { deriver }), out],
    derivations: [
      aDerivation('d', 'openssl-3.0.14', {
        pname: 'openssl',
        version: '3.0.14',
        outputs: { out: out.path },
        patches: ['CVE-2024-6119.patch'],
        sources: ['https://example.org/openssl-3.0.14.tar.gz'],
      }),
    ],
  })
  const { components, others } = composeSnapshot(snapshot)
  assert.deepEqual(others, {})
  assert.equal(components.length, 1)
  assert.deepEqual(components[0], {
    name: 'openssl-3.0.14',
    pname: 'openssl',
    version: '3.0.14',
    system: 'x86_64-linux',
    patches: ['CVE-2024-6119.patch'],
    sources: ['https://example.org/openssl-3.0.14.tar.gz'],
    paths: [out.path, storePath('b', 'openssl-3.0.14-bin'), storePath('c', 'openssl-3.0.14-dev')],
    derivation: deriver,
  })
})

test('without the .drv file the names speak, and patches are unknown', () => {
  const deriver = storePath('d', 'curl-8.8.0.drv')
  const snapshot = aSnapshot({
    paths: [aPath('b', 'curl-8.8.0-bin', { deriver }), aPath('c', 'zlib-1.3.1-dev'), aPath('e', 'util-linux-2.40')],
  })
  const { components } = composeSnapshot(snapshot)
  assert.deepEqual(
    components.map((component) => [component.name, nameAndVersion(component), component.patches]),
    [
      ['curl-8.8.0', { pname: 'curl', version: '8.8.0' }, undefined],
      ['util-linux-2.40', { pname: 'util-linux', version: '2.40' }, undefined],
      ['zlib-1.3.1', { pname: 'zlib', version: '1.3.1' }, undefined],
    ],
  )
})

test('a wrapper is counted, what it wraps is the component', () => {
  const inner = aPath('b', 'firefox-unwrapped-128.3.1esr')
  const snapshot = aSnapshot({
    paths: [
      inner,
      aPath('c', 'firefox-128.3.1esr', { references: [inner.path] }),
      aPath('e', 'firefox-esr-128.3.1esr', { references: [inner.path] }),
      aPath('f', 'firefox-131.0', { references: [inner.path] }),
    ],
  })
  const { components, others } = composeSnapshot(snapshot)
  assert.deepEqual(
    components.map((component) => component.name),
    ['firefox-131.0', 'firefox-unwrapped-128.3.1esr'],
  )
  assert.deepEqual(others, { wrapper: 2 })
})

test('what is no package is told apart by kind', () => {
  const kinds: [name: string, kind: string | undefined][] = [
    ['unit-sshd.service', 'configuration'],
    ['etc-os-release', 'configuration'],
    ['nixos-system-host-24.05.1', 'environment'],
    ['user-environment', 'environment'],
    ['python3-3.12.5-env', 'environment'],
    ['initrd-linux-6.6.32', 'environment'],
    ['wrap-gapps-hook', 'hook'],
    ['gcc-wrapper-13.2.0', 'wrapper'],
    ['source', 'source'],
    ['openssl-3.0.14.tar.gz', 'source'],
    ['CVE-2024-1.patch', 'source'],
    ['ripgrep-14.1.0-vendor.tar.gz', 'source'],
    ['bootstrap-stage1-gcc-13', 'bootstrap'],
    ['system-path', 'unversioned'],
    ['bash-5.2p32', undefined],
    ['chart.js-4.4.0', undefined],
    ['etcd-3.5.0', undefined],
  ]
  for (const [name, kind] of kinds) assert.equal(otherKind({ name }), kind, name)
  assert.equal(otherKind({ name: 'openssl-3.0.14', content: 'fixed' }), 'source')
  assert.equal(otherKind({ name: 'linux-firmware-2024', content: 'fixed', pname: 'linux-firmware' }), undefined)
  assert.equal(otherKind({ name: 'hosts-1.0', content: 'text' }), 'configuration')
})

test('all paths are accounted for', () => {
  const snapshot = aSnapshot({
    paths: [aPath('a', 'toplevel'), aPath('b', 'openssl-3.0.14'), aPath('c', 'source'), aPath('d', 'x.conf')],
  })
  const { components, others } = composeSnapshot(snapshot)
  const counted = components.flatMap((component) => component.paths).length
  assert.equal(counted + Object.values(others).reduce((sum, n) => sum + n, 0), snapshot.paths.length)
})

test('the chain is the shortest one, and ends where nothing leads', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => storePath(letter, 'x'))
  const snapshot = aSnapshot({
    roots: [a!],
    paths: [
      aPath('a', 'x', { references: [b!, c!] }),
      aPath('b', 'x', { references: [c!] }),
      aPath('c', 'x', { references: [d!, c!] }),
      aPath('d', 'x', { references: [a!] }),
      aPath('e', 'x'),
    ],
  })
  const chain = referenceChains(snapshot)
  assert.deepEqual(chain(d!), [a, c, d])
  assert.deepEqual(chain(a!), [a])
  assert.deepEqual(chain(storePath('e', 'x')), [])
})
