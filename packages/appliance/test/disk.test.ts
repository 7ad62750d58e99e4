import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { generateKey, parsePublicKey, pemSigner } from '@firn/attest'
import { bytesSource } from '@firn/binary/source'
import { diskVolumes, explainBoot, inspectUki, parseOsRelease, parsePolicyKey } from '@firn/boot'
import { layoutSource, readGpt, verifyVerity, writeCpio } from '@firn/image'
import { bootloader, FAT_STUB, makeKernel } from '../../boot/test/esp-fixture.ts'
import { certs, lists } from '../../boot/test/explain-fixture.ts'
import {
  buildDisk,
  buildSystem,
  folderPayloads,
  hashAreaSize,
  imageEsp,
  MANIFEST_FILE,
  openManifest,
  readSlots,
  readSystem,
  type SystemWords,
  signManifest,
  update,
  writeBundle,
} from '../src/index.ts'
import { initScript } from '../src/init/script.ts'
import { memoryDisk, memoryEsp, owner } from './update-fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-disk-'))
after(() => rmSync(folder, { recursive: true }))
const signing = { signer: owner.signer, options: { certificates: [owner.certificate] } } as const
const updates = pemSigner(generateKey().privatePem)
const updateKey = { id: updates.keyId, key: updates.publicKey }
const TIME = new Date('2026-01-01T00:00:00Z')

function wordsOf(counter: number, more: Partial<SystemWords> = {}): SystemWords {
  return {
    name: 'router',
    counter,
    version: `26.${counter}`,
    store: bytesSource(Buffer.alloc(700 * 4096, `store ${counter} `)),
    fileSystem: 'erofs',
    mismatch: 'stop',
    init: '/nix/store/abc-system/init',
    kernelParams: ['quiet'],
    kernel: bytesSource(makeKernel('6.12.1')),
    initrds: [bytesSource(Buffer.alloc(9000, counter))],
    stub: FAT_STUB,
    signing,
    ...more,
  }
}

/** An initrd that firn packed, with these programs. */
function initrdWith(...programs: readonly string[]) {
  const file = (name: string, content: string) =>
    ({ kind: 'file', name, mode: 0o755, content: Buffer.from(content) }) as const
  const entries = [file('init', initScript()), ...programs.map((name) => file(`bin/${name}`, ''))]
  return bytesSource(zstdCompressSync(writeCpio(entries)))
}

async function diskOf(counter: number, more: Partial<SystemWords> = {}) {
  const system = await buildSystem(wordsOf(counter, more))
  const words = { system, bootloader: bootloader('257'), signing, dataSize: 3 << 20, espSize: 4 << 20, time: TIME }
  const { layout } = await buildDisk(words)
  return { system, image: layoutSource(layout) }
}

const VARIABLES = ['PK', 'KEK', 'db'].map((name) => lists(name, certs(owner), 0x27))

test('a disk boots by its own keys, and its partitions are found by the root hash', async () => {
  const { system, image } = await diskOf(1)
  const explained = explainBoot({ variables: VARIABLES, volumes: diskVolumes(image), architecture: 'x64' })
  assert.equal(explained.taken?.verdict, 'boots', explained.taken?.reason ?? 'nothing is started')
  assert.equal(explained.taken?.program?.next?.path, '\\EFI\\Linux\\router-1.efi')

  const { partitions } = readGpt(image)!
  assert.deepEqual(
    partitions.map(({ name }) => name),
    ['ESP', 'router 1', 'router 1', '_empty', '_empty', 'data'],
  )
  assert.equal(`${partitions[1]!.id}${partitions[2]!.id}`.replaceAll('-', ''), system.root)
  assert.equal(hashAreaSize(700 * 4096), system.hashArea.size)
  const { said, data, hash, kernel } = await readSystem(image)
  assert.deepEqual([said.counter, said.root], [1, system.root])
  assert.equal((await verifyVerity({ data, hash, rootHash: system.root })).count, 0)
  const { cmdline, osRelease } = inspectUki(kernel)
  const [first, second] = [partitions[1]!.id, partitions[2]!.id]
  assert.equal(
    cmdline,
    `firn.store=verity firn.store.root=${system.root} firn.store.part=${first},${second} firn.store.fs=erofs ` +
      'firn.mismatch=stop init=/nix/store/abc-system/init gpt quiet',
  )
  assert.deepEqual(
    osRelease,
    parseOsRelease('ID=firn\nIMAGE_ID=router\nIMAGE_VERSION=1\nVERSION="26.1"\nPRETTY_NAME="router 26.1 (1)"'),
  )
})

test('the same words give the same disk', async () => {
  const whole = async () => {
    const { image } = await diskOf(1)
    return image.read(0, image.size)
  }
  assert.equal(Buffer.compare(await whole(), await whole()), 0)
})

test('policies for the TPM are of PCR 11 before any phase, signed by their own key, and change nothing that is measured', async () => {
  const pcrSigner = pemSigner(generateKey('rsa-2048').privatePem)
  const { kernel } = await buildSystem(wordsOf(1, { pcrSigner, data: 'data' }))
  const { sections, cmdline } = inspectUki(kernel)
  assert.match(cmdline ?? '', / firn\.data=data init=/)
  const policies = sections.find(({ section }) => section.name === '.pcrsig')
  assert.ok(policies !== undefined && sections.some(({ section }) => section.name === '.pcrpkey'))
  const told = kernel.read(policies.section.rawOffset, policies.size)
  const { sha256 } = JSON.parse(Buffer.from(told).toString())
  assert.equal(sha256.length, 1)
  assert.deepEqual(sha256[0].pcrs, [11])
})

test('a bundle says which data its system opens, and is not made of one that the TPM would not open it to', async () => {
  const pcrSigner = pemSigner(generateKey('rsa-2048').privatePem)
  const { image } = await diskOf(2, { pcrSigner, data: 'data' })
  const bundled = await writeBundle(join(folder, 'opening'), await readSystem(image), '26.2', updates)
  const pem = pcrSigner.publicKey.export({ type: 'spki', format: 'pem' }) as string
  assert.deepEqual(bundled.opens, { partition: 'data', pcrKey: parsePolicyKey(pem).fingerprint })
  assert.deepEqual(openManifest(readFileSync(join(folder, 'opening', MANIFEST_FILE), 'utf8'), [updateKey]), bundled)
  assert.equal(
    'opens' in (await writeBundle(join(folder, 'bare'), await readSystem((await diskOf(2)).image), '2', updates)),
    false,
  )

  // A policy that is not of what will be measured: somebody changed the initrd after it was signed.
  const bytes = Buffer.from(image.read(0, image.size))
  const initrd = bytes.indexOf(Buffer.alloc(9000, 2))
  assert.ok(initrd > 0)
  bytes[initrd + 100]! ^= 1
  await assert.rejects(
    readSystem(bytesSource(bytes)),
    /system 2 opens the partition data, but carries no signature of its own/,
  )
})

test('words that would change the check are not taken', async () => {
  for (const word of ['firn.store=sha256', 'init=/bin/sh', 'two words', 'firn.mismatch=error']) {
    await assert.rejects(buildSystem(wordsOf(1, { kernelParams: [word] })), /cannot be a word for the kernel/, word)
  }
  await assert.rejects(buildSystem(wordsOf(1, { name: 'a-b' })), /no name of an appliance/)
  await assert.rejects(buildSystem(wordsOf(1, { store: bytesSource(Buffer.alloc(5000)) })), /blocks/)
})

test('from disk to disk: an update made of one image brings another to the same system', async () => {
  const [old, fresh] = [await diskOf(1), await diskOf(2)]
  const bundle = join(folder, 'updates')
  const manifest = await writeBundle(bundle, await readSystem(fresh.image), '26.2', updates)
  assert.deepEqual(readdirSync(bundle).sort(), ['router-2.efi', 'router-2.store', 'router-2.verity', MANIFEST_FILE])
  const text = readFileSync(join(bundle, MANIFEST_FILE), 'utf8')
  assert.deepEqual(openManifest(text, [updateKey]), manifest)

  const state = { disk: Buffer.from(old.image.read(0, old.image.size)), esp: new Map<string, Buffer>() }
  const mounted = imageEsp(old.image)
  for (const { path } of mounted.list([])) {
    const source = mounted.open(path)
    state.esp.set(path, Buffer.from(source.read(0, source.size)))
  }
  const target = { disk: memoryDisk(state), esp: memoryEsp(state) }
  const done = await update(target, manifest, folderPayloads(bundle), { running: old.system.root })
  assert.equal(done.done && done.slot, 'B')
  const { slots, entries } = readSlots(target.disk, target.esp)
  assert.deepEqual(entries.map(({ slot, counter, root, tries }) => [slot, counter, root, tries?.left]).sort(), [
    ['A', 1, old.system.root, undefined],
    ['B', 2, fresh.system.root, 3],
  ])
  const data = { ...bytesSource(state.disk.subarray(slots[1].data.offset)), size: 700 * 4096 }
  const hash = bytesSource(state.disk.subarray(slots[1].hash.offset, slots[1].hash.offset + slots[1].hash.size))
  assert.equal((await verifyVerity({ data, hash, rootHash: fresh.system.root })).count, 0)
})

test('a damaged image makes no update, and a manifest counts only with the right signature', async () => {
  const { image } = await diskOf(2)
  const bytes = Buffer.from(image.read(0, image.size))
  bytes[readGpt(image)!.partitions[1]!.offset + 5000]! ^= 1
  await assert.rejects(readSystem(bytesSource(bytes)), /1 blocks are not what root hash/)
  await assert.rejects(readSystem(image, 3), /no slot holds system 3/)

  const manifest = await writeBundle(join(folder, 'signed'), await readSystem(image), '26.2', updates)
  const text = readFileSync(join(folder, 'signed', MANIFEST_FILE), 'utf8')
  const stranger = parsePublicKey(generateKey().publicPem)
  assert.throws(() => openManifest(text, [stranger]), /no signature by a trusted key/)
  const envelope = JSON.parse(text)
  const payload = Buffer.from(envelope.payload, 'base64').toString()
  const changed = Buffer.from(payload.replace('"counter":2', '"counter":9')).toString('base64')
  assert.throws(() => openManifest(JSON.stringify({ ...envelope, payload: changed }), [updateKey]), /no signature/)
  assert.throws(() => openManifest(text.slice(0, -40), [updateKey]), /not a DSSE envelope/)
  await assert.rejects(signManifest({ ...manifest, counter: 0 }, updates), /its counter/)
  await assert.rejects(
    signManifest({ ...manifest, data: { ...manifest.data, file: '../x' } }, updates),
    /the file of data/,
  )
})

test('an initrd of ours that would not find the store, or not open the data, is refused', async () => {
  const opening = { data: 'data', pcrSigner: pemSigner(generateKey('rsa-2048').privatePem) }
  const refused = (initrds: SystemWords['initrds'], pattern: RegExp, more: Partial<SystemWords> = {}) =>
    assert.rejects(buildSystem(wordsOf(1, { ...more, initrds })), pattern)
  await refused([initrdWith('busybox', 'veritysetup')], /no findfs/)
  await refused([initrdWith('findfs')], /made without --data/, opening)
  for (const initrds of [
    [initrdWith('findfs')],
    [initrdWith(), initrdWith('findfs')],
    // Nothing is known of what others packed.
    [initrdWith(), bytesSource(Buffer.from('070701 of another form'))],
    [bytesSource(zstdCompressSync(Buffer.from('no archive')))],
    [bytesSource(Buffer.from('28b52ffd00112233', 'hex'))],
  ]) {
    await buildSystem(wordsOf(1, { initrds }))
  }
})
