import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { mountedPartition } from '../src/boot/own-partition.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-partition-'))
after(() => rmSync(folder, { recursive: true }))

test('the partition that is mounted on a folder, and none for a folder that is only part of one', () => {
  const places = { devices: join(folder, 'devices'), ids: join(folder, 'ids') }
  const { dev } = statSync('/')
  const numbers = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`
  mkdirSync(join(places.devices, numbers), { recursive: true })
  mkdirSync(places.ids)
  const uevent = join(places.devices, numbers, 'uevent')
  writeFileSync(uevent, 'MAJOR=259\nDEVNAME=nvme0n1p3\nDEVTYPE=partition\nPARTN=3\n')
  const id = '99999999-2222-3333-4444-55555555abcd'
  symlinkSync('../../nvme0n1p1', join(places.ids, '11111111-2222-3333-4444-555555555555'))
  assert.equal(mountedPartition('/', places), undefined, 'nobody tells its id')
  symlinkSync('../../nvme0n1p3', join(places.ids, id.toUpperCase()))
  assert.deepEqual(mountedPartition('/', places), { number: 3, id })
  assert.equal(mountedPartition(folder, places), undefined)
  writeFileSync(uevent, 'DEVNAME=nvme0n1p3\nDEVTYPE=disk\n')
  assert.equal(mountedPartition('/', places), undefined, 'a disk without partitions')
  assert.equal(mountedPartition(join(folder, 'missing'), places), undefined)
})
