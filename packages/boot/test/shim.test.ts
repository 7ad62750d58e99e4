import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type ByteSource, bytesSource } from '@firn/binary/source'
import { writeGuid } from '@firn/core'
import { identity } from '../../attest/test/authority.ts'
import { makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import {
  buildUki,
  type EfiVariable,
  expectBoot,
  explainBoot,
  hashLists,
  inspectImage,
  isRefusedInside,
  kernelForShim,
  lastOf,
  printSignatureLists,
  SIGNATURE_TYPE,
  type SignatureList,
  signImage,
  VENDOR,
  variableData,
} from '../src/index.ts'
import {
  bootEntry,
  bootloader,
  certs,
  lists,
  memoryVolume,
  numbers,
  OWNER,
  set,
  shim,
  signedBy,
  uki,
} from './explain-fixture.ts'
import { bytesOf, inspectBytes } from './fixture.ts'

/** What shim does with the kernel inside of a unified image, and what it tells a TPM: by version. */
const [pk, db, mok, vendor, other] = await Promise.all(
  (['PK', 'db', 'MOK', 'vendor', 'other'] as const).map((name) => identity(name)),
)
const ON = [lists('PK', certs(pk!)), lists('db', certs(db!))]
const MOK = lists('MokList', certs(mok!))
const LEVEL = 'sbat,1,2025021800\nshim,4\ngrub,5\n'
const FALLBACK = '\\EFI\\BOOT\\BOOTX64.EFI'
const SECOND = '\\EFI\\BOOT\\grubx64.efi'
const sha256 = (...parts: readonly Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest('hex')
const SIGNED = await signedBy(mok!, uki())
const shimOfVersion = (version: string | undefined, level = LEVEL) =>
  signedBy(db!, shim(vendor!.certificate.encoded, level, version))

/** A kernel that takes more memory than its file is long, and that a stub starts like any program. */
function kernelImage(sbat?: string): Buffer {
  const data = { name: '.data', content: Buffer.from('data'), virtualSize: 50_000 }
  const lines = sbat === undefined ? [] : [{ name: '.sbat', content: Buffer.from(`sbat,1,a,b,1,c\n${sbat},a,b,1,c\n`) }]
  const bytes = makePe({ sections: [TEXT, ...lines, data] })
  bytes.writeUInt16LE(1, 0x40 + 24 + 44)
  return bytes
}

/** Given as any other section, the SBAT of the kernel does not come into that of the whole. */
function ukiWith(linux: ByteSource, stub = 'systemd-stub 252', asOther = false): Promise<Buffer> {
  const magic = { name: '.sdmagic', content: Buffer.from(`#### LoaderInfo: ${stub} ####`) }
  const sbat = { name: '.sbat', content: Buffer.from('sbat,1,a,b,1,c\nstub,1,a,b,1,c\n') }
  const parts = asOther ? { others: [{ name: '.linux', content: linux }] } : { linux }
  const image = buildUki({ stub: bytesSource(makePe({ sections: [TEXT, magic, sbat] })), ...parts, cmdline: 'quiet' })
  return signedBy(mok!, bytesOf(image))
}

function machineWith(variables: readonly EfiVariable[], files: Readonly<Record<string, Uint8Array>>) {
  return { variables: [...ON, ...variables], volumes: [memoryVolume(files)], architecture: 'x64' } as const
}

async function started(version: string | undefined, program: Uint8Array, ...variables: readonly EfiVariable[]) {
  const explanation = explainBoot(
    machineWith([MOK, ...variables], { [FALLBACK]: await shimOfVersion(version), [SECOND]: program }),
  )
  const entry = explanation.entries.at(-1)!
  return { verdict: entry.verdict, last: lastOf(entry.program!), reason: entry.reason }
}

const plain = bytesSource(kernelImage())
const theirs = await signImage(plain, other!.signer, { certificates: [other!.certificate] })
const ours = await kernelForShim(theirs, { signer: mok!.signer, options: { certificates: [mok!.certificate] } })

test('whether a kernel will be refused inside can be told before', () => {
  assert.deepEqual([plain, theirs, ours, bytesSource(Buffer.from('no program'))].map(isRefusedInside), [
    false,
    true,
    false,
    false,
  ])
})

for (const [what, kernel, verdicts] of [
  ['not signed', plain, { '15.8': 'boots', '16.0': 'refused', '16.1': 'boots' }],
  ['signed by somebody, longer in memory', theirs, { '15.8': 'boots', '16.0': 'refused', '16.1': 'refused' }],
  ['made for shim', ours, { '15.8': 'boots', '16.0': 'boots', '16.1': 'boots' }],
] as const) {
  test(`the kernel inside, ${what}`, async () => {
    const image = await ukiWith(kernel)
    for (const [version, verdict] of Object.entries(verdicts)) {
      assert.equal((await started(version, image)).verdict, verdict, version)
    }
    assert.equal((await started(undefined, image)).verdict, 'boots', 'a version that is not known')
    assert.equal((await started('16.1', await ukiWith(kernel, 'systemd-stub 251'))).verdict, 'boots', 'no LoadImage')
  })
}

test('the kernel inside: who refuses it and why, and that 16.0 admits it by itself', async () => {
  const refused = await started('16.1', await ukiWith(theirs))
  assert.match(refused.reason, /grubx64\.efi, \.linux: it is signed, and in memory \d+ bytes follow its signature/)
  assert.deepEqual([refused.last.by, refused.last.kind], ['shim', 'kernel'])
  const { last } = await started('16.0', await ukiWith(ours))
  assert.deepEqual([last.kind, last.decision.by?.from], ['kernel', 'MokList'])
  assert.equal((await started('16.1', await ukiWith(ours))).last.kind, 'uki', 'it is part of what was admitted')
})

test('the kernel inside may be forbidden by hash, or revoked by its own SBAT', async () => {
  const image = await ukiWith(ours)
  const forbidden = lists('dbx', hashLists([inspectImage(ours).sha256], OWNER))
  assert.match((await started('16.1', image, forbidden)).reason, /\.linux: its hash is forbidden/)
  assert.equal((await started('15.8', image, forbidden)).verdict, 'boots')
  const old = await ukiWith(bytesSource(kernelImage('grub,4')), 'systemd-stub 252', true)
  assert.match((await started('16.1', old)).reason, /\.linux: revoked by SBAT: it has grub 4/)
  const off = set('MokSBState', Uint8Array.of(1))
  assert.equal((await started('16.1', old, off)).verdict, 'boots', 'switched off, shim leaves loading to the firmware')
})

test('since 16 the firmware is not asked any more what shim does not know', async () => {
  const files = async (version: string) => ({
    [FALLBACK]: await shimOfVersion(version),
    [SECOND]: await signedBy(vendor!, bootloader()),
    '\\EFI\\Linux\\a.efi': await signedBy(db!, uki()),
  })
  const ignoresDb = set('MokDBState', Uint8Array.of(1))
  const verdict = async (version: string) =>
    explainBoot(machineWith([ignoresDb], await files(version))).entries.at(-1)!.verdict
  assert.deepEqual([await verdict('15.8'), await verdict('16.1')], ['boots', 'refused'])
})

test('since 16 a file beside shim may name what it starts; a boot entry comes before it', async () => {
  const files = { '\\EFI\\BOOT\\mine.efi': await signedBy(mok!, uki()), [SECOND]: await signedBy(other!, uki()) }
  const path = async (version: string, csv: string, ...more: readonly EfiVariable[]) => {
    const options = {
      [FALLBACK]: await shimOfVersion(version),
      '\\EFI\\BOOT\\options.csv': Buffer.from(csv, 'utf16le'),
    }
    return explainBoot(machineWith([MOK, ...more], { ...files, ...options })).entries[0]!.program!.next!.path
  }
  assert.equal(await path('16.1', '\ufeffmine.efi,a label\n'), '\\EFI\\BOOT\\mine.efi')
  assert.equal(await path('16.1', 'mine.efi'), '\\EFI\\BOOT\\mine.efi')
  assert.equal(await path('16.1', ',x'), SECOND)
  assert.equal(await path('15.8', 'mine.efi,x'), SECOND)
  const data = Buffer.from('grubx64.efi\0', 'utf16le')
  const entry = [bootEntry(1, 'x', FALLBACK, { data }), numbers('BootOrder', 1)]
  assert.equal(await path('16.1', 'mine.efi,x', ...entry), SECOND)
})

test('shim looks at the first certificate of a list alone, and at no hashes of certificates', async () => {
  const second = await started('16.1', await signedBy(other!, uki()))
  assert.equal(second.verdict, 'refused')
  const both: SignatureList[] = [
    { type: SIGNATURE_TYPE.x509, header: new Uint8Array(), entries: [mok!, other!].map(entryOf) },
  ]
  // Only certificates of one length share a list.
  const padded = both.map((list) => ({ ...list, entries: padAlike(list.entries) }))
  const verdict = async (who: typeof mok, ...more: readonly EfiVariable[]) => {
    const files = { [FALLBACK]: await shimOfVersion('16.1'), [SECOND]: await signedBy(who!, uki()) }
    return explainBoot(machineWith([lists('MokList', padded), ...more], files)).entries.at(-1)!.verdict
  }
  assert.equal(await verdict(other), 'refused')
  const tbs = Buffer.concat([createHash('sha256').update(mok!.certificate.tbs).digest(), Buffer.alloc(16)])
  const byHash = [{ type: SIGNATURE_TYPE.x509Sha256, header: new Uint8Array(), entries: [{ owner: OWNER, data: tbs }] }]
  assert.equal((await started('16.1', await signedBy(mok!, uki()), lists('dbx', byHash))).verdict, 'boots')
})

const entryOf = (who: NonNullable<typeof mok>) => ({ owner: OWNER, data: who.certificate.encoded })
function padAlike<T extends { readonly data: Uint8Array }>(entries: readonly T[]): T[] {
  const length = Math.max(...entries.map(({ data }) => data.length))
  return entries.map((entry) => ({
    ...entry,
    data: Buffer.concat([entry.data, Buffer.alloc(length - entry.data.length)]),
  }))
}

/** What is expected of registers, as `what sha256`. */
async function expected(
  version: string | undefined,
  variables: readonly EfiVariable[],
  more: Readonly<Record<string, Uint8Array>> = {},
  isOn = true,
) {
  const files = {
    [FALLBACK]: await shimOfVersion(version),
    [SECOND]: await signedBy(mok!, bootloader()),
    '\\EFI\\Linux\\a.efi': await signedBy(mok!, uki()),
    ...more,
  }
  const base = machineWith(variables, files)
  const machine = isOn ? base : { ...base, variables: base.variables.filter(({ name }) => name !== 'PK') }
  const explanation = explainBoot(machine)
  const { events, pcrs, notes } = expectBoot(machine, explanation, explanation.taken!)
  const of = (pcr: number) =>
    events
      .filter((event) => event.pcr === pcr)
      .map(({ what, digest }) => `${what} ${Buffer.from(digest).toString('hex')}`)
  return { pcrs, notes, pcr7: of(7).slice(6), pcr14: of(14) }
}

const owned = (owner: string, who: NonNullable<typeof mok>) =>
  Buffer.concat([writeGuid(owner), who.certificate.encoded])
const authority = (name: string, guid: string, entry: Uint8Array) =>
  `authority: ${name} ${sha256(variableData(name, entry, guid))}`
const ownList = printSignatureLists([
  {
    type: SIGNATURE_TYPE.x509,
    header: new Uint8Array(),
    entries: [{ owner: VENDOR.shim, data: vendor!.certificate.encoded }],
  },
])
const NOBODY = Buffer.concat([
  writeGuid(SIGNATURE_TYPE.sha256),
  Buffer.from([76, 0, 0, 0, 0, 0, 0, 0, 48, 0, 0, 0]),
  writeGuid(VENDOR.shim),
  Buffer.alloc(32),
])

test('what shim measures: its lists, its level, and once each who let something pass', async () => {
  const { pcrs, notes, pcr7, pcr14 } = await expected('16.1', [MOK])
  assert.deepEqual([pcrs, notes], [[4, 7, 14], []])
  assert.deepEqual(pcr7, [
    authority('db', VENDOR.imageSecurity, owned(OWNER, db!)),
    `variable: SbatLevel ${sha256(variableData('SbatLevel', Buffer.from(LEVEL), VENDOR.shim))}`,
    authority('MokListRT', VENDOR.shim, owned(OWNER, mok!)),
  ])
  assert.deepEqual(pcr14, [
    `MokList ${sha256(ownList, MOK.data)}`,
    `MokListX ${sha256(NOBODY)}`,
    `MokListTrusted ${sha256(Buffer.from([1]))}`,
  ])
})

test('a running system sees only what shim shows of its variables: the same is found, by volatile ones alone', async () => {
  const level = Buffer.from('sbat,1,2030010100\nshim,4\n\0')
  const stored = [MOK, set('SbatLevel', level), set('MokPolicy', Uint8Array.of(1))]
  const mirror = (name: string, data: Uint8Array, attributes = 6) => ({ ...set(name, data), attributes })
  const shown = [
    mirror('MokListRT', Buffer.concat([ownList, MOK.data])),
    mirror('MokListXRT', NOBODY),
    mirror('SbatLevelRT', level),
    mirror('MokPolicyRT', Uint8Array.of(1)),
  ]
  const told = await expected('16.1', stored)
  assert.equal(told.pcr7.length, 3)
  assert.deepEqual(await expected('16.1', shown), told)

  const files = { [FALLBACK]: await shimOfVersion('16.1'), [SECOND]: await signedBy(mok!, bootloader()) }
  const verdict = (variables: readonly EfiVariable[]) =>
    explainBoot(machineWith(variables, { ...files, '\\EFI\\Linux\\a.efi': SIGNED })).taken
  const taken = verdict(shown)!
  assert.equal(taken.verdict, 'boots')
  assert.match(
    JSON.stringify(taken),
    /as shim left it at the last start: MokListRT, MokListXRT, MokPolicyRT, SbatLevelRT/,
  )
  const lasting = shown.map((one) => ({ ...one, attributes: 7 }))
  assert.equal(verdict(lasting)!.verdict, 'refused', 'anybody can have written one that outlives a restart')
  const off = [...shown, set('MokList', new Uint8Array())]
  assert.equal(verdict(off)!.verdict, 'refused', 'the variable itself goes before its mirror')
})

test('what the vendor signed is let pass by the list that shim makes of its own certificate', async () => {
  const files = { [SECOND]: await signedBy(vendor!, bootloader()), '\\EFI\\Linux\\a.efi': await signedBy(db!, uki()) }
  const { pcr7 } = await expected('16.1', [], files)
  // Shim does not know that the firmware has told of the same entry before.
  assert.deepEqual(pcr7.slice(2), [
    authority('MokListRT', VENDOR.shim, owned(VENDOR.shim, vendor!)),
    authority('db', VENDOR.imageSecurity, owned(OWNER, db!)),
  ])
})

test('every signature that is good is told; a hash is told in their place', async () => {
  const twice = await signedBy(db!, await signedBy(mok!, bootloader()))
  const { pcr7 } = await expected('16.1', [MOK], { [SECOND]: twice, '\\EFI\\Linux\\a.efi': await signedBy(db!, uki()) })
  assert.deepEqual(
    pcr7.slice(2).map((line) => line.split(' ')[1]),
    ['MokListRT', 'db'],
  )
  const hash = inspectBytes(twice).sha256
  const byHash = await expected('16.1', [lists('MokList', hashLists([hash], OWNER))], {
    [SECOND]: twice,
    '\\EFI\\Linux\\a.efi': await signedBy(db!, uki()),
  })
  assert.equal(byHash.pcr7[2], authority('MokListRT', VENDOR.shim, Buffer.concat([writeGuid(OWNER), hash])))
})

test('switches and levels of the machine are told, and that Secure Boot is off', async () => {
  const later = Buffer.from('sbat,1,2030010100\nshim,4\n\0')
  const policy = set('MokPolicy', Uint8Array.of(1))
  const off = set('MokSBState', Uint8Array.of(1))
  const told = await expected('16.1', [set('SbatLevel', later), policy, off, set('MokListTrusted', Uint8Array.of(1))])
  assert.deepEqual(told.pcr7.slice(1), [
    `variable: MokSBState ${sha256(variableData('MokSBState', Uint8Array.of(1)))}`,
    `variable: SbatLevel ${sha256(variableData('SbatLevel', later))}`,
  ])
  assert.deepEqual(
    told.pcr14.map((line) => line.split(' ')[0]),
    ['MokList', 'MokListX', 'MokSBState', 'MokPolicy'],
  )
  const oldest = Buffer.from('sbat,1,2021030218\n')
  const insecure = await expected('16.1', [set('SbatLevel', later)], {}, false)
  assert.deepEqual(insecure.pcr7, [`variable: SbatLevel ${sha256(variableData('SbatLevel', oldest))}`])
  const kept = await expected('16.1', [set('SbatLevel', later), set('SbatPolicy', Uint8Array.of(2))], {}, false)
  assert.deepEqual(kept.pcr7, [`variable: SbatLevel ${sha256(variableData('SbatLevel', later))}`])
  const wrong = await expected('16.1', [{ ...set('SbatLevel', later), attributes: 7 }, { ...off, attributes: 7 }, MOK])
  assert.equal(wrong.pcr7[1], `variable: SbatLevel ${sha256(variableData('SbatLevel', Buffer.from(LEVEL)))}`)
})

test('what cannot be predicted is said', async () => {
  for (const version of [undefined, '15.7']) {
    const { pcrs, notes } = await expected(version, [MOK])
    assert.deepEqual(pcrs, [4])
    assert.match(notes.join(), /of that version/)
  }
  const beside = await expected('16.1', [MOK], { '\\EFI\\BOOT\\shim_certificate_0.efi': Buffer.from('x') })
  assert.deepEqual([beside.pcrs, beside.notes], [[], ['shim may take up \\EFI\\BOOT\\shim_certificate_0.efi']])
  const waiting = { ...set('MokList', Uint8Array.of(1)), name: 'MokNew' }
  assert.deepEqual((await expected('16.1', [MOK, waiting])).pcrs, [])
})
