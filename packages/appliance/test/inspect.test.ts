import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { buildFat, editGpt, layoutSource, openFat, readGpt, stretches } from '@firn/image'
import fc from 'fast-check'
import { identity } from '../../attest/test/authority.ts'
import { FAT_STUB } from '../../boot/test/esp-fixture.ts'
import { certs, lists, signedBy, uki } from '../../boot/test/explain-fixture.ts'
import { buildDisk, buildSystem, type Claim, coverAt, type Inspection, inspectAppliance } from '../src/index.ts'
import { mapOf } from '../src/inspect/map.ts'
import {
  isoImage,
  isoWords,
  LOADER,
  OWN_TRUST,
  owner,
  SIGNING,
  STORE,
  source,
  TIME,
  TRUST,
  vendor,
} from './iso-fixture.ts'

const look = (bytes: Uint8Array, trust = TRUST) => inspectAppliance(source(bytes), trust, 'x.iso')
const rules = ({ findings }: Inspection) => findings.map(({ rule }) => rule)
const messages = ({ findings }: Inspection) => findings.map(({ message }) => message).join('\n')

const { bytes: WHOLE } = await isoImage({ check: 'both' })
const ESP = readGpt(source(WHOLE))!.partitions.at(-1)!

/** The image with another set of files on its EFI system partition, laid out as firn does. */
function withFiles(change: (files: { path: string; size: number; content: Uint8Array }[]) => void): Buffer {
  const fat = openFat(stretches(source(WHOLE), [ESP]))
  const files = ['EFI/BOOT/BOOTX64.EFI', 'EFI/BOOT/grubx64.efi'].map((path) => {
    const entry = fat.find(path)!
    return { path, size: entry.size, content: Uint8Array.from(fat.open(entry).read(0, entry.size)) }
  })
  change(files)
  const time = fat.list('')![0]!.modified
  const esp = buildFat({ files, volumeId: fat.volumeId, label: fat.label, time, size: fat.size })
  const changed = Buffer.from(WHOLE)
  changed.set(layoutSource(esp).read(0, esp.size), ESP.offset)
  return changed
}

test('a whole image: every link holds, every byte is mapped once', async () => {
  for (const check of ['verity', 'sha256', 'both'] as const) {
    const { bytes, made } = await isoImage({ check })
    const inspection = await look(bytes)
    assert.deepEqual(inspection.findings, [], messages(inspection))
    assert.ok(inspection.links.every(({ holds }) => holds))
    let end = 0
    for (const { offset, size } of inspection.map) {
      assert.equal(offset, end)
      end = offset + size
    }
    assert.equal(end, bytes.length)
    const sum = (by: Claim['by']) =>
      inspection.map.filter((one) => one.by === by).reduce((all, { size }) => all + size, 0)
    assert.equal(sum('sha256'), check === 'verity' ? 0 : STORE.length)
    assert.ok(sum('signature') > 10_000)
    assert.ok(sum('nothing') < 16_000, `${sum('nothing')}`)
    assert.deepEqual(inspection.stores, [
      made.rootHash === undefined ? `sha256:${made.sha256}` : `root hash ${made.rootHash}`,
    ])
    assert.equal(
      inspection.parts.reduce((all, { size }) => all + size, 0),
      bytes.length,
    )
  }
})

test('without shim, by a machine that knows the owner; and with another owner, by none', async () => {
  const { bytes } = await isoImage({ shim: undefined })
  assert.deepEqual(rules(await look(bytes, OWN_TRUST)), [])
  const other = await look(bytes, TRUST)
  assert.ok(rules(other).includes('appliance/broken-chain'), messages(other))
  const nobody = await look(WHOLE, { variables: [], architecture: 'x64' })
  assert.match(messages(nobody), /Secure Boot: it is off/)
})

test('where the chain breaks is told', async () => {
  const change = (at: number, bit = 0) => {
    const bytes = Buffer.from(WHOLE)
    bytes[at]! ^= 1 << bit
    return look(bytes)
  }
  const [store, hashes] = readGpt(source(WHOLE))!.partitions
  assert.match(
    messages(await change(store!.offset + 5 * 4096)),
    /first of the store is block 5, at byte 20480[\s\S]*SHA-256: store/,
  )
  assert.match(messages(await change(hashes!.offset + 4096)), /level 2/)
  assert.match(messages(await change(hashes!.offset + 100)), /padding|superblock|salt|blocks/)
  assert.match(messages(await change(hashes!.offset + 20)), /what the initrd knows the medium by/)
  assert.match(messages(await change(hashes!.offset + hashes!.size - 1)), /room that is zero|bad/)
  const fat = openFat(stretches(source(WHOLE), [ESP]))
  const place = WHOLE.indexOf(fat.open(fat.find('EFI/BOOT/grubx64.efi')!).read(0, 512))
  assert.match(messages(await change(place + 0x500)), /shim: .*grubx64.efi/)
  assert.match(messages(await change(512 + 60)), /GPT|table/)
  assert.match(messages(await change(20_000)), /room that is zero \(byte 20000\)/)
  assert.match(messages(await change(WHOLE.length - 5)), /copy at the end/)
})

test('on a stick that is larger than its image: what lies behind is on the list of what nothing covers', async () => {
  const system = await buildSystem({ ...isoWords(), counter: 3, stub: FAT_STUB })
  const { layout } = await buildDisk({ system, bootloader: LOADER, signing: SIGNING, time: TIME })
  const disk = Buffer.from(layoutSource(layout).read(0, layout.size))
  for (const [image, trust] of [
    [WHOLE, TRUST],
    [disk, OWN_TRUST],
  ] as const) {
    const stick = Buffer.concat([image, Buffer.alloc(3_000_000, 'what was on the stick before')])
    const found = await look(stick, trust)
    assert.deepEqual(found.findings, [], messages(found))
    const last = found.map.at(-1)!
    assert.deepEqual([last.offset, last.size, last.by], [image.length, 3_000_000, 'nothing'])
    assert.deepEqual(found.map.slice(0, -1), (await look(image, trust)).map)
    stick[512 + 60]! ^= 1
    assert.match(messages(await look(stick, trust)), /checksum of the header/)
  }
})

test('what is put beside the programs is found', async () => {
  const extra = (path: string) => {
    return look(withFiles((files) => files.push({ path, size: 4, content: Buffer.from('evil') })))
  }
  assert.deepEqual(rules(await look(withFiles(() => {}))), [])
  for (const path of ['EFI/BOOT/grubx64.efi.extra.d/evil.cred', 'loader/credentials/evil.cred', 'EFI/BOOT/fbx64.efi']) {
    const found = await extra(path)
    const [finding] = found.findings.filter(({ rule }) => rule === 'appliance/unknown-file')
    assert.ok(finding?.level === 'error' || rules(found).includes('appliance/broken-chain'), path)
  }
  const other = await extra('EFI/other.txt')
  assert.deepEqual(
    other.findings.map(({ rule, level }) => [rule, level]),
    [['appliance/unknown-file', 'warning']],
  )
})

test('a kernel of another owner, an unsigned one, one of the owner that binds nothing', async () => {
  const replace = (content: Uint8Array) => {
    return look(
      withFiles((files) => {
        files[1] = { ...files[1]!, size: content.length, content }
      }),
    )
  }
  const plain = uki()
  assert.match(messages(await replace(plain)), /shim: .*grubx64.efi .*no signature|not signed|unsigned/)
  assert.match(messages(await replace(await signedBy(vendor, plain))), /does not bind a store: firn.store is missing/)
  assert.match(messages(await replace(await signedBy(owner, plain))), /does not bind a store: firn.store is missing/)
  const stranger = await identity('stranger')
  assert.match(messages(await replace(await signedBy(stranger, plain))), /stranger was not issued by a trusted/)
})

test('the kernel signed by itself: the chain ends before initrd and command line', async () => {
  const { bytes } = await isoImage({ start: { by: 'kernel', bootloader: LOADER }, shim: undefined })
  const found = await look(bytes, OWN_TRUST)
  assert.match(messages(found), /no signature covers its initrd/)
})

test('the disk of an appliance: through systemd-boot to the partitions of the store', async () => {
  const system = await buildSystem({ ...isoWords(), counter: 3, stub: FAT_STUB })
  const { layout } = await buildDisk({ system, bootloader: LOADER, signing: SIGNING, dataSize: 3 << 20, time: TIME })
  const bytes = Buffer.from(layoutSource(layout).read(0, layout.size))
  const found = await look(bytes, OWN_TRUST)
  assert.deepEqual(found.findings, [], messages(found))
  assert.deepEqual(found.stores, [`root hash ${system.root}`])
  assert.match(found.links.map(({ name }) => name).join(), /systemd-boot: .*router-3.efi \(uki\).*hash tree: store/)
  const { partitions } = readGpt(source(bytes))!
  bytes[partitions[1]!.offset + 9000]! ^= 4
  assert.match(messages(await look(bytes, OWN_TRUST)), /first of the store is block 2/)
  // Another id: no partition is the one that the kernel looks for.
  const [change] = editGpt(source(bytes), [{ number: 2, id: partitions[3]!.id.replace(/^./, '0'), name: 'x' }]).slice(1)
  bytes.set(change!.bytes, change!.offset)
  assert.match(messages(await look(bytes, OWN_TRUST)), /there is no partition/)
})

test('one bit of a counter: the signed one is refused, and so is a name that says another', async () => {
  const system = await buildSystem({ ...isoWords(), counter: 3, stub: FAT_STUB })
  const { layout } = await buildDisk({ system, bootloader: LOADER, signing: SIGNING, time: TIME })
  const bytes = Buffer.from(layoutSource(layout).read(0, layout.size))
  const after = (words: Uint8Array) => {
    const at = bytes.indexOf(words)
    assert.ok(at > 0)
    return at + words.length
  }
  const flipped = async (at: number) => {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    return messages(await look(changed, OWN_TRUST))
  }
  assert.match(await flipped(after(Buffer.from('IMAGE_VERSION='))), /it was changed since/)
  // FAT keeps long names in pieces of 5, 6 and 2 letters.
  assert.match(await flipped(after(Buffer.from('r-', 'utf16le'))), /router-2\.efi/)
})

test('a second EFI system partition, a table that is none, an empty file', async () => {
  const bytes = Buffer.from(WHOLE)
  // The store's partition becomes an EFI system partition too, with checksums that fit.
  bytes.copy(bytes, 1024, 1024 + 2 * 128, 1024 + 2 * 128 + 16)
  bytes.writeUInt32LE(crc32(bytes.subarray(1024, 1024 + 128 * 128)), 512 + 88)
  bytes.writeUInt32LE(0, 512 + 16)
  bytes.writeUInt32LE(crc32(bytes.subarray(512, 512 + 92)), 512 + 16)
  assert.match(messages(await look(bytes)), /2 EFI system partitions/)
  assert.match(messages(await look(Buffer.alloc(100_000))), /no GUID partition table/)
  assert.match(messages(await look(Buffer.alloc(0))), /no GUID partition table/)
  const cut = await look(WHOLE.subarray(0, WHOLE.length - 100_000))
  assert.notDeepEqual(cut.findings, [])
})

test('a revoked kernel', async () => {
  const variables = [...TRUST.variables, lists('MokListX', certs(owner))]
  assert.match(messages(await look(WHOLE, { ...TRUST, variables })), /MokListX|forbid/i)
  const dbx = [...TRUST.variables, lists('dbx', certs(vendor), 0x27)]
  assert.match(messages(await look(WHOLE, { ...TRUST, variables: dbx })), /dbx|forbid/i)
})

test('of claims that overlap the later one counts, and each byte has one', () => {
  const claims = fc.array(fc.record({ offset: fc.nat(50), size: fc.nat(30), what: fc.constantFrom('a', 'b', 'c') }))
  fc.assert(
    fc.property(claims, (list) => {
      const all: Claim[] = [
        { offset: 0, size: 60, what: 'base', by: 'checked' },
        ...list.map((one) => ({ ...one, by: 'nothing' }) as const),
      ]
      const map = mapOf(60, all)
      for (let at = 0; at < 60; at++) {
        const expected = all.findLast(({ offset, size }) => offset <= at && at < offset + size)
        assert.equal(coverAt(map, at)?.what, expected?.what)
      }
    }),
  )
})
