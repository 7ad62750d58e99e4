import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { contentOf, inspectUki } from '@firn/boot'
import { formatVerity, openFat, readGpt, readIso, stretches, verifyVerity } from '@firn/image'
import { buildApplianceIso, storeCommandLine } from '../src/index.ts'
import { parseStoreWords } from '../src/init/parse-words.ts'
import { isoImage, isoWords, LOADER, SHIM, STORE, source } from './iso-fixture.ts'

test('shim, kernel, store and hashes lie where the signed command line says', async () => {
  const { made, bytes } = await isoImage({ check: 'both' })
  const image = source(bytes)
  const { partitions } = readGpt(image)!
  assert.deepEqual(
    partitions.map(({ name }) => name),
    ['store', 'store hashes', 'ESP'],
  )
  const [store, hashes, esp] = partitions
  const iso = readIso(image)!
  assert.deepEqual(
    iso.boot.map(({ offset, platform }) => [offset, platform]),
    [[esp!.offset, 0xef]],
  )
  const fat = openFat(stretches(image, [esp!]))
  const file = (path: string) => fat.open(fat.find(path)!)
  assert.deepEqual(Buffer.from(file('EFI/BOOT/BOOTX64.EFI').read(0, SHIM.length)), SHIM)
  const uki = file('EFI/BOOT/GRUBX64.EFI')
  const report = inspectUki(uki)
  assert.equal(report.cmdline, made.commandLine)
  assert.match(made.commandLine, / quiet$/)
  const initrd = contentOf(uki, report.image.pe.sections.find(({ name }) => name === '.initrd')!)
  assert.deepEqual(Buffer.from(initrd.read(0, initrd.size)), Buffer.alloc(9000, 'initrd'))
  const { check, place } = parseStoreWords(made.commandLine)
  assert.ok(check.by === 'both' && 'at' in place)
  assert.deepEqual([place.at, place.hashAt], [store!.offset, hashes!.offset])
  assert.deepEqual(place.mark, {
    at: hashes!.offset,
    bytes: Buffer.from(bytes.subarray(hashes!.offset, hashes!.offset + 32)),
  })
  assert.equal(
    check.sha256,
    createHash('sha256')
      .update(bytes.subarray(place.at, place.at + STORE.length))
      .digest('hex'),
  )
  const data = stretches(image, [{ offset: place.at, size: STORE.length }])
  const hash = stretches(image, [{ offset: place.hashAt!, size: hashes!.size }])
  assert.equal((await verifyVerity({ data, hash, rootHash: check.root })).count, 0)
  assert.equal(
    made.parts.reduce((sum, { size }) => sum + size, 0),
    bytes.length,
  )
  assert.deepEqual(made.unverified, [])
})

test('with SHA-256 alone there is no tree, and the medium is known by the identity of the disk', async () => {
  const { made, bytes } = await isoImage({ check: 'sha256' })
  const { check, place } = parseStoreWords(made.commandLine)
  assert.deepEqual(check, {
    by: 'sha256',
    sha256: createHash('sha256').update(STORE).digest('hex'),
    size: STORE.length,
  })
  assert.ok('mark' in place)
  assert.deepEqual(Buffer.from(bytes.subarray(place.mark.at, place.mark.at + 32)), place.mark.bytes)
  assert.equal(made.rootHash, undefined)
  const { diskId } = readGpt(source(bytes))!
  assert.equal(
    Buffer.from(place.mark.bytes).toString('hex', 0, 4),
    Buffer.from(diskId.slice(0, 8), 'hex').reverse().toString('hex'),
  )
})

test('the same words give the same bytes, whatever the clock says; another store, another disk', async (t) => {
  const first = await isoImage()
  t.mock.timers.enable({ apis: ['Date'], now: new Date('2031-05-06') })
  const second = await isoImage()
  t.mock.timers.reset()
  assert.ok(first.bytes.equals(second.bytes))
  const other = await isoImage({ store: source(Buffer.alloc(4096)) })
  const id = ({ bytes }: { bytes: Buffer }) => readGpt(source(bytes))!.diskId
  assert.notEqual(id(other), id(first))
})

test('a kernel that is signed by itself says what is not verified', async () => {
  const { made, bytes } = await isoImage({ start: { by: 'kernel', bootloader: LOADER }, shim: undefined })
  assert.equal(made.unverified.length, 3)
  assert.match(made.unverified.join(), /initrd.*command line/s)
  const image = source(bytes)
  const fat = openFat(stretches(image, [readGpt(image)!.partitions.at(-1)!]))
  assert.deepEqual(
    fat.list('EFI/firn')?.map(({ name }) => name),
    ['initrd-1', 'linux.efi'],
  )
})

test('what the words say is read back as it was; what is odd is refused', () => {
  const place = { mark: { at: 7, bytes: Buffer.alloc(32, 1) }, at: 4096, hashAt: 8192 }
  const words = {
    check: { by: 'both', root: 'a'.repeat(64), sha256: 'b'.repeat(64) },
    place,
    fileSystem: 'squashfs',
    mismatch: 'restart',
    init: '/nix/store/abc/init',
  } as const
  const line = storeCommandLine(words)
  assert.deepEqual(parseStoreWords(`quiet ${line} console=ttyS0`), words)
  const parts = { ...words, check: { by: 'verity', root: 'c'.repeat(64) }, place: { data: UUID, hash: UUID } } as const
  assert.deepEqual(parseStoreWords(storeCommandLine(parts)), parts)
  const refused = (text: string, message: RegExp) => {
    assert.throws(() => parseStoreWords(text), { name: 'UserError', message })
  }
  refused(`${line} init=/nix/store/evil/init`, /init stands twice/)
  refused(`${line} firn.store=both`, /stands twice/)
  refused(`${line} firn.debug=1`, /firn.debug is not known/)
  refused(line.replace('firn.store.root=a', 'firn.store.root=g'), /root=g/)
  refused('quiet', /firn.store is missing/)
  refused(line.replace('=restart', '=shell'), /mismatch/)
})

const UUID = '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60'

test('what cannot be an image is said', async () => {
  const fails = (more: Parameters<typeof isoWords>[0], message: RegExp) => {
    return assert.rejects(buildApplianceIso(isoWords(more)), { name: 'UserError', message })
  }
  await fails({ store: source(Buffer.alloc(5000)) }, /5000 bytes/)
  await fails({ name: 'two words' }, /no name/)
  await fails({ kernelParams: ['firn.store=verity'] }, /cannot be a word/)
  await fails({ version: 'a"b' }, /no version/)
  await fails({ init: '/bin/sh' }, /no path in a store/)
})

test('the hashes of the image are those of the store alone', async () => {
  const { made } = await isoImage()
  const salt = createHash('sha256').update('firn store router').digest()
  assert.equal(made.rootHash, (await formatVerity({ data: source(STORE), salt })).rootHash)
})
