import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import {
  decodeBase32,
  encodeBase32,
  formatContentAddress,
  formatHash,
  type HashFormat,
  isStorePath,
  isStorePathName,
  parseContentAddress,
  parseHash,
  parseStorePath,
  printStorePath,
  storePathOfBaseName,
} from '../src/index.ts'
import { realNix } from './nix.ts'

const FORMATS: readonly HashFormat[] = ['base16', 'base32', 'base64', 'sri']
const ALGORITHMS = ['md5', 'sha1', 'sha256', 'sha512'] as const

test('base32 comes back as it went in', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      assert.deepEqual(decodeBase32(encodeBase32(bytes)), bytes)
    }),
  )
})

test('text that is taken for base32 is the only text of its bytes', () => {
  const text = fc.string({ unit: fc.constantFrom(...'0123456789abcdfghijklmnpqrsvwxyzeZ-é'), maxLength: 12 })
  fc.assert(
    fc.property(text, (candidate) => {
      try {
        assert.equal(encodeBase32(decodeBase32(candidate)), candidate)
      } catch (error) {
        assert(error instanceof UserError)
      }
    }),
  )
  // Two characters are ten bits: two of them have no byte to go to.
  assert.throws(() => decodeBase32('zz'), { message: /beyond the last byte/ })
  assert.throws(() => decodeBase32('0'), { message: /no whole bytes/ })
  assert.throws(() => decodeBase32('0e'), { message: /alphabet/ })
})

test('hashes are printed and read as the real Nix does', needs('nix'), () => {
  const nix = realNix()
  try {
    for (const algorithm of ALGORITHMS) {
      const bytes = createHash(algorithm).update('firn').digest()
      for (const format of FORMATS) {
        const ours = formatHash({ algorithm, bytes }, format)
        const digest = format === 'sri' ? ours : ours.slice(algorithm.length + 1)
        const words = ['hash', `to-${format}`, '--type', algorithm, `${algorithm}:${bytes.toString('hex')}`]
        assert.equal(nix.run('nix', words).toString().trim(), digest)
        assert.deepEqual(Buffer.from(parseHash(ours).bytes), bytes)
        assert.deepEqual(Buffer.from(parseHash(digest, algorithm).bytes), bytes)
      }
    }
  } finally {
    nix.remove()
  }
})

test('a hash that is cut, padded wrong, of another kind or of none is refused', () => {
  const sri = formatHash({ algorithm: 'sha256', bytes: createHash('sha256').digest() }, 'sri')
  for (const bad of [
    '',
    'sha256',
    'sha256:',
    sri.slice(0, -1),
    `${sri}=`,
    sri.replace('sha256', 'sha512'),
    sri.replace('sha256', 'sha257'),
    sri.replace('sha256', '__proto__'),
    sri.replace('-4', '-*'),
    // The last character of 32 bytes in base64 has two bits that mean nothing: they must be zero.
    sri.replace(/.=$/, 'V='),
    `sha256:${'g'.repeat(64)}`,
    `sha256:${'z'.repeat(52)}`,
  ]) {
    assert.throws(() => parseHash(bad), UserError, bad)
  }
  assert.throws(() => parseHash(sri, 'sha1'), { message: /it is sha256, not sha1/ })
})

test('content addresses come back as they went in', () => {
  const hash = { algorithm: 'sha256', bytes: createHash('sha256').digest() } as const
  for (const method of ['flat', 'nar', 'git', 'text'] as const) {
    const text = formatContentAddress({ method, hash })
    assert.equal(formatContentAddress(parseContentAddress(text)), text)
    assert.equal(parseContentAddress(text).method, method)
  }
  for (const bad of ['', 'fixed', 'fixed:r:', 'text:', 'other:sha256:1', `fixed:${formatHash(hash, 'sri')}`]) {
    assert.throws(() => parseContentAddress(bad), UserError, bad)
  }
})

test('whether something is a store path is said as taking it apart says it', () => {
  const piece = fc.constantFrom(
    '/',
    '/nix/store',
    '/',
    '7h7qgvs4kgzsn8a6rb273saxyqh4jxlz',
    '-',
    '-',
    'a',
    '.',
    '..',
    '\n',
  )
  const texts = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(texts, fc.constantFrom('/nix/store', '', '/', 'a', undefined), (path, storeDir) => {
      let isTaken = true
      try {
        parseStorePath(path, storeDir)
      } catch {
        isTaken = false
      }
      assert.equal(isStorePath(path, storeDir), isTaken, path)
    }),
    { numRuns: 2000 },
  )
})

test('store paths: the form Nix gives them, and nothing beside it', () => {
  const hash = '7h7qgvs4kgzsn8a6rb273saxyqh4jxlz'
  const good = `/nix/store/${hash}-konsole-18.12.3`
  assert.deepEqual(parseStorePath(good, '/nix/store'), { storeDir: '/nix/store', hash, name: 'konsole-18.12.3' })
  assert.equal(printStorePath(parseStorePath(good)), good)
  assert.equal(storePathOfBaseName(`${hash}-a`, '/s'), `/s/${hash}-a`)
  for (const name of ['a', '.a', '..a', '...', '.+', '0?=_', 'x'.repeat(211)]) {
    assert(isStorePath(`/nix/store/${hash}-${name}`, '/nix/store'), name)
    assert(isStorePathName(name), name)
  }
  for (const name of ['', '.', '..', '.-a', '..-a', 'a b', 'a/b', 'a\n', 'é', 'a\0', 'x'.repeat(212)]) {
    assert(!isStorePath(`/nix/store/${hash}-${name}`, '/nix/store'), name)
    assert(!isStorePathName(name), name)
  }
  for (const path of [
    '',
    '/',
    good.slice(1),
    `/nix/store/${hash}`,
    `/nix/store/${hash.replace('7', 'e')}-a`,
    `/nix/store/../store/${hash}-a`,
    `/nix/store//${hash}-a`,
    `/other/${hash}-a`,
    `${good}/bin`,
    `${good}\n`,
  ]) {
    assert(!isStorePath(path, '/nix/store'), path)
  }
})
