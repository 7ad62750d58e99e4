import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { compareVersions, parseDrvName } from '../src/index.ts'
import { nixString, realNix } from './nix.ts'

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1', '2', '10', '007', 'pre', 'a', 'rc', 'p', '.', '-', '+', '_') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('2147483647', '2147483648', '0002147483647', '99999999999', 'é', '😀', '豈'),
  },
)
const version = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''))
const name = fc
  .array(fc.constantFrom('a', 'Z', '-', '-', '1', '.', 'é', 'lib', '--', '_'), { maxLength: 8 })
  .map((pieces) => pieces.join(''))

test('versions are ordered exactly as the real Nix orders them', needs('nix'), () => {
  const pairs = [
    ...fc.sample(fc.tuple(version, version), 1500),
    ...fc.sample(version, 300).map((same) => [same, same] as const),
    ['1.0', '2.3'],
    ['2.1', '2.3'],
    ['2.3', '2.3'],
    ['2.5', '2.3'],
    ['2.3.1', '2.3'],
    ['2.3.1', '2.3a'],
    ['2.3pre1', '2.3'],
    ['2.3pre3', '2.3pre12'],
    ['2.3a', '2.3c'],
    ['2.3pre1', '2.3c'],
    ['2.3pre1', '2.3q'],
    // In UTF-16 the first comes first, in bytes the second.
    ['😀', 'ﬀ'],
  ] as const
  const nix = realNix()
  try {
    const list = pairs.map(([a, b]) => `(builtins.compareVersions ${nixString(a)} ${nixString(b)})`).join('\n')
    const said = nix.evaluate(`[ ${list} ]`) as number[]
    assert.deepEqual(
      pairs.map(([a, b]) => `${a} ${compareVersions(a, b)} ${b}`),
      pairs.map(([a, b], at) => `${a} ${said[at]} ${b}`),
    )
  } finally {
    nix.remove()
  }
})

test('names are taken apart exactly as the real Nix does it', needs('nix'), () => {
  const names = [...fc.sample(name, 1500), 'openssl-3.0.14', 'apache-httpd-2.0.48', 'a-', '-1', '-', '', 'x-é']
  const nix = realNix()
  try {
    const list = names.map((text) => `(builtins.parseDrvName ${nixString(text)})`).join('\n')
    const said = nix.evaluate(`[ ${list} ]`) as { name: string; version: string }[]
    assert.deepEqual(names.map(parseDrvName), said)
  } finally {
    nix.remove()
  }
})

test('comparing the other way round gives the opposite', () => {
  fc.assert(fc.property(version, version, (a, b) => compareVersions(a, b) === 0 - compareVersions(b, a)))
})
