import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import { type StoreWords, storeCommandLine } from '../src/index.ts'
import { parseStoreWords } from '../src/init/parse-words.ts'

const ROOT = 'a1'.repeat(32)
const SHA256 = 'b2'.repeat(32)
const MARK = Buffer.from('verity\0\0'.padEnd(32, 'u'), 'latin1')
const MEDIUM = { mark: { at: 9000, bytes: MARK }, at: 4096, hashAt: 9000 }
const WORDS: StoreWords = {
  check: { by: 'verity', root: ROOT },
  place: MEDIUM,
  fileSystem: 'erofs',
  mismatch: 'stop',
  init: '/nix/store/1111-system/init',
}
const PARTITIONS = { data: '00000000-0000-4000-8000-00000000000a', hash: '00000000-0000-4000-8000-00000000000b' }

test('the words of each check and each place', () => {
  const end = 'firn.store.fs=erofs firn.mismatch=stop init=/nix/store/1111-system/init'
  const mark = `firn.store.mark=9000:${MARK.toString('hex')}`
  assert.equal(
    storeCommandLine(WORDS),
    `firn.store=verity firn.store.root=${ROOT} ${mark} firn.store.at=4096,9000 ${end}`,
  )
  assert.equal(
    storeCommandLine({ ...WORDS, check: { by: 'sha256', sha256: SHA256, size: 8192 } }),
    `firn.store=sha256 firn.store.sha256=${SHA256} firn.store.size=8192 ${mark} firn.store.at=4096 ${end}`,
  )
  assert.equal(
    storeCommandLine({ ...WORDS, check: { by: 'both', root: ROOT, sha256: SHA256 }, place: PARTITIONS }),
    `firn.store=both firn.store.root=${ROOT} firn.store.sha256=${SHA256} firn.store.part=${PARTITIONS.data},${PARTITIONS.hash} ${end}`,
  )
})

test('a partition for data is a word of the command line, and read back from it', () => {
  const line = storeCommandLine({ ...WORDS, data: 'data' })
  assert.match(line, / firn\.mismatch=stop firn\.data=data init=/)
  assert.deepEqual(parseStoreWords(line), { ...WORDS, data: 'data' })
  assert.throws(() => parseStoreWords(line.replace('firn.data=data', 'firn.data=.*')), /firn\.data=\.\*/)
})

test('a word that would mean something else to the kernel or the initrd is refused', () => {
  const wrong: Partial<StoreWords>[] = [
    { init: '/nix/store/1111-system/init firn.store=sha256' },
    { init: '/nix/store/1111-system/../../../init' },
    { init: '/sbin/init' },
    { check: { by: 'verity', root: ROOT.toUpperCase() } },
    { check: { by: 'verity', root: 'ab' } },
    { check: { by: 'sha256', sha256: SHA256, size: 5000 } },
    { check: { by: 'sha256', sha256: SHA256, size: 0 } },
    { place: { ...MEDIUM, mark: { at: 0, bytes: MARK.subarray(1) } } },
    { place: { mark: MEDIUM.mark, at: 0 } },
    { place: { data: PARTITIONS.data } },
    { data: 'a b' },
    { data: 'data$(reboot)' },
    { data: '' },
    { place: { data: 'sda1', hash: PARTITIONS.hash } },
  ]
  for (const words of wrong)
    assert.throws(() => storeCommandLine({ ...WORDS, ...words }), UserError, JSON.stringify(words))
})
