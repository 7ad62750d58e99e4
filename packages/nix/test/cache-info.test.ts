import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCacheInfo } from '../src/cache-info.ts'

test('which store a binary cache is of', () => {
  assert.equal(parseCacheInfo('StoreDir: /gnu/store\nWantMassQuery: 1\nPriority: 40\n').storeDir, '/gnu/store')
  assert.equal(parseCacheInfo('WantMassQuery: 1\r\nStoreDir:/my/store//\r\n').storeDir, '/my/store')
  assert.equal(parseCacheInfo('NotStoreDir: /x\n').storeDir, '/nix/store')
  assert.equal(parseCacheInfo('').storeDir, '/nix/store')
})
