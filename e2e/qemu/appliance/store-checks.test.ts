import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type StoreWords, storeCommandLine } from '@firn/appliance'
import { bytesSource } from '@firn/core/fs'
import { buildGpt, formatVerity, layoutOf, layoutSource } from '@firn/image'
import { needsParts } from '../../../scripts/boot-parts.ts'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { boot } from '../machine.ts'
import { applianceInitrd, DONE, kernelFile, marker, QUICK, SYSTEM, storeImage, UP } from './system.ts'

/**
 * The first process of an appliance on a real kernel, for each way to check the store and for each thing to do when it
 * is not what was signed. QEMU starts the kernel itself here; matrix.test.ts goes through firmware and shim.
 */
const skip = {
  ...needs('qemu-system-x86_64', 'veritysetup', 'depmod', 'findfs'),
  ...needsParts('kernel', 'busybox', 'modules'),
}
const folder = mkdtempSync(join(tmpdir(), 'firn-store-checks-'))
after(() => rmSync(folder, { recursive: true }))

const DATA = { type: '8484680c-9521-48c6-9c11-b0720656f69e', id: 'aaaaaaaa-0000-4000-8000-000000000001', name: 'store' }
const HASH = { type: '77ff5f63-e7b6-4633-acf4-1565b864c0e6', id: 'aaaaaaaa-0000-4000-8000-000000000002', name: 'hash' }

interface Made {
  readonly disk: Buffer
  readonly words: Omit<StoreWords, 'check' | 'mismatch'>
  readonly root: string
  readonly sha256: string
  readonly size: number
  /** Where on the disk the store and its hashes begin. */
  readonly at: number
  readonly hashAt: number
}
let made: Made
/** A machine without its medium looks for it for half a minute, and does next to nothing meanwhile: it runs beside the others. */
let missing: Promise<string>

before(async () => {
  if (skip.skip !== undefined) return
  writeFileSync(join(folder, 'initrd'), applianceInitrd('cloud', { programs: [findProgram('findfs')!] }))
  const store = storeImage(folder)
  const { rootHash, hashArea } = await formatVerity({ data: bytesSource(store), salt: Buffer.from('salt') })
  const content = layoutOf(store.length, [{ offset: 0, size: store.length, what: 'store', content: store }])
  const { layout, partitions } = buildGpt({
    diskId: 'aaaaaaaa-0000-4000-8000-000000000000',
    partitions: [
      { ...DATA, content },
      { ...HASH, content: hashArea },
    ],
  })
  const source = layoutSource(layout)
  const disk = Buffer.from(source.read(0, source.size))
  source.close()
  const [at, hashAt] = partitions.map(({ offset }) => offset) as [number, number]
  const place = { mark: { at: hashAt, bytes: disk.subarray(hashAt, hashAt + 32) }, at, hashAt }
  const sha256 = createHash('sha256').update(store).digest('hex')
  const words = { place, fileSystem: 'erofs', init: `${SYSTEM}/init` } as const
  made = { disk, words, root: rootHash, sha256, size: store.length, at, hashAt }
  missing = start({}, /The machine stops here/, damageMark)
  // It is waited for in the last test; until then a failure is nobody's.
  missing.catch(() => {})
})

let disks = 0

/** Start it from a disk, changed by `change`, and wait for a word. */
async function start(words: Partial<StoreWords>, until: RegExp, change?: (disk: Buffer) => void): Promise<string> {
  const disk = Buffer.from(made.disk)
  change?.(disk)
  disks += 1
  const file = join(folder, `disk-${disks}.img`)
  writeFileSync(file, disk)
  const all: StoreWords = { ...made.words, check: { by: 'verity', root: made.root }, mismatch: 'stop', ...words }
  const cmdline = `console=ttyS0 quiet ${QUICK.join(' ')} ${storeCommandLine(all)}`
  const kernel = { file: kernelFile('cloud'), cmdline, initrd: join(folder, 'initrd') }
  const { serial } = await boot({ disks: [{ file, readOnly: true }], kernel, memory: 512 }, until)
  return serial
}

/** Flip a bit in a file that no boot needs. */
function damageFile(disk: Buffer): void {
  const at = disk.indexOf(marker(7))
  assert.ok(at > made.at && at < made.hashAt, 'the file is in the store')
  disk[at]! ^= 1
}

/** Flip a bit of the UUID by which the medium is known. */
function damageMark(disk: Buffer): void {
  disk[made.hashAt + 20]! ^= 1
}

test('sha256: the copy in memory that was hashed is what is mounted', skip, async () => {
  const check = { by: 'sha256', sha256: made.sha256, size: made.size } as const
  const serial = await start({ check }, new RegExp(DONE))
  assert.match(serial, new RegExp(UP))
  assert.doesNotMatch(serial, /cannot read/)
})

test('sha256: one bit anywhere, and nothing of it is started; the machine switches itself off', skip, async () => {
  const check = { by: 'sha256', sha256: made.sha256, size: made.size } as const
  const serial = await start({ check, mismatch: 'poweroff' }, /Power down/, damageFile)
  assert.match(
    serial,
    new RegExp(`The store on /dev/\\S+ is NOT what was signed: its SHA-256 is [0-9a-f]{64}, not ${made.sha256}`),
  )
  assert.match(serial, /switches itself off in 10 seconds/)
  assert.doesNotMatch(serial, new RegExp(UP))
})

test('both: one bit that no boot needs stops the boot, and the machine restarts', skip, async () => {
  const check = { by: 'both', root: made.root, sha256: made.sha256 } as const
  const serial = await start({ check, mismatch: 'restart' }, /reboot: (machine restart|Restarting)/i, damageFile)
  assert.match(serial, /device-mapper: verity: .* data block \d+ is corrupted/)
  assert.match(serial, /NOT what was signed: a block of it does not match the signed root hash/)
  assert.doesNotMatch(serial, new RegExp(UP))
})

test('verity: one bit that no boot needs is found when it is read, and the kernel panics', skip, async () => {
  const serial = await start({}, /Kernel panic - not syncing: dm-verity device corrupted/, damageFile)
  assert.match(serial, new RegExp(UP))
})

test('verity with mismatch=error: that read fails, and the rest goes on', skip, async () => {
  const serial = await start({ mismatch: 'error' }, new RegExp(DONE), damageFile)
  // A small file lies in one block with its inode: then it is `find` that meets the block.
  assert.match(serial, /(?:cannot read|find:) \/nix\/store\/0+3-data\/file-7\b/)
  assert.equal(serial.match(/cannot read|: Input\/output error/g)?.length, 1)
})

test('verity in partitions that are found by their UUIDs', skip, async () => {
  const serial = await start({ place: { data: DATA.id, hash: HASH.id } }, new RegExp(DONE))
  assert.doesNotMatch(serial, /cannot read/)
})

test('verity: another root hash than the signed one is told in words, and the machine stops', skip, async () => {
  const serial = await start({ check: { by: 'verity', root: 'ab'.repeat(32) } }, /The machine stops here/)
  assert.match(serial, /NOT what was signed: its first block does not match the signed root hash/)
  assert.match(serial, /Nothing of it was started/)
})

test('a store of a kind whose module is missing accuses nobody', skip, async () => {
  const serial = await start({ fileSystem: 'squashfs' }, /The machine stops here/)
  assert.match(serial, /The kernel knows no squashfs[\s\S]*The initrd takes --module squashfs/)
  assert.doesNotMatch(serial, /NOT what was signed/)
})

test('a medium that is not there, or no longer known, is told in words', skip, async () => {
  const serial = await missing
  assert.match(serial, /The store was not found on any disk, stick or CD/)
})
