import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identity } from '../../attest/test/authority.ts'
import { hashLists, lastOf, type SignatureList } from '../src/index.ts'
import {
  bootEntry,
  bootloader,
  certs,
  explain,
  kernel,
  lists,
  loaderText,
  memoryVolume,
  numbers,
  OWNER,
  set,
  shim,
  signedBy,
  thinStub,
  uki,
} from './explain-fixture.ts'
import { inspectBytes } from './fixture.ts'

const [pk, db, mok, vendor, other] = (await Promise.all(
  ['PK', 'db', 'MOK', 'vendor', 'other'].map((name) => identity(name)),
)) as [Id, Id, Id, Id, Id]
type Id = Awaited<ReturnType<typeof identity>>
const modules = await identity('modules', { extendedKeyUsage: ['1.3.6.1.4.1.2312.16.1.2'] })
const ON = [lists('PK', certs(pk)), lists('db', certs(db))]
const FALLBACK = '\\EFI\\BOOT\\BOOTX64.EFI'
const SECOND = '\\EFI\\BOOT\\grubx64.efi'
const hashes = (...images: readonly Uint8Array[]): SignatureList[] =>
  hashLists(
    images.map((image) => inspectBytes(image).sha256),
    OWNER,
  )
const fallbackOf = (explanation: ReturnType<typeof explain>) => explanation.entries.at(-1)!

const signed = await signedBy(db, uki())
const foreign = await signedBy(other, uki())
const flipped = Buffer.from(signed)
flipped[signed.indexOf('quiet')]! ^= 1

const told = (value: number) => set('SecureBoot', Uint8Array.of(value), 6)

for (const [what, image, variables, verdict, reason] of [
  ['of a running system with Secure Boot', uki(), [...ON, told(1)], 'refused', /not signed/],
  ['of a running system that just got its keys', uki(), [...ON, told(0)], 'refused', /not signed/],
  ['of a running system in setup mode', uki(), [ON[1]!, told(0)], 'boots', /setup mode/],
  ['signed', signed, ON, 'boots', /^signed by db \(db/],
  ['unsigned', uki(), ON, 'refused', /not signed/],
  ['signed by another key', foreign, ON, 'refused', /other was not issued by a trusted/],
  ['one bit of the command line flipped', flipped, ON, 'refused', /changed since/],
  ['unsigned, its hash in db', uki(), [ON[0]!, lists('db', hashes(uki()))], 'boots', /its hash stands in db/],
  ['its hash in dbx', signed, [...ON, lists('dbx', hashes(signed))], 'refused', /its hash is forbidden/],
  ['its certificate in dbx', signed, [...ON, lists('dbx', certs(db))], 'refused', /a certificate is forbidden: db/],
  ['another certificate in dbx', signed, [...ON, lists('dbx', certs(other))], 'boots', /^signed by db/],
  ['unsigned, in setup mode', uki(), [ON[1]!], 'boots', /Secure Boot is off: there is no platform key/],
  ['unsigned, switched off', uki(), [...ON, set('SecureBootEnable', Uint8Array.of(0))], 'boots', /switched off/],
  ['a dbx that cannot be read', signed, [...ON, set('dbx', Uint8Array.of(1, 2, 3))], 'refused', /dbx cannot be read/],
  ['a db that cannot be read', signed, [ON[0]!, set('db', Uint8Array.of(1, 2, 3))], 'refused', /not|trust/],
  ['cut off', signed.subarray(0, 700), ON, 'refused', /cut off/],
  ['no program at all', Buffer.from('hello'), [], 'refused', /not a PE image/],
] as const) {
  test(`firmware: ${what}: ${verdict}`, () => {
    const explanation = explain(variables, { [FALLBACK]: image })
    const entry = fallbackOf(explanation)
    assert.deepEqual([entry.verdict, explanation.taken === entry], [verdict, verdict === 'boots'])
    assert.match(entry.reason, reason)
  })
}

const vendorShim = await signedBy(db, shim(vendor.certificate.encoded))
const mokUki = await signedBy(mok, uki())
const mokList = lists('MokList', certs(mok))
const level = (text: string) => set('SbatLevel', Buffer.from(text))
const LATER = 'sbat,1,2030010100\nsystemd-stub,2\n'

for (const [what, second, variables, verdict, reason] of [
  ['signed by a MOK', mokUki, [mokList], 'boots', /signed by mok|signed by MOK \(MokList/],
  ['no MOK', mokUki, [], 'refused', /MOK was not issued by a trusted/],
  ['its hash in MokList', uki(), [lists('MokList', hashes(uki()))], 'boots', /its hash stands in MokList/],
  ['signed by the vendor', await signedBy(vendor, uki()), [], 'boots', /the vendor certificate of shim/],
  ['signed by a db key', signed, [], 'boots', /signed by db \(db/],
  ['db is not looked at', signed, [set('MokDBState', Uint8Array.of(1))], 'refused', /db was not issued/],
  ['no SBAT', await signedBy(mok, kernel()), [mokList], 'refused', /it has no SBAT/],
  ['revoked by SbatLevel', mokUki, [mokList, level(LATER)], 'refused', /systemd-stub 1, the machine wants 2/],
  [
    'an older SbatLevel than shim’s own',
    mokUki,
    [mokList, level('sbat,1,2020010100\nsystemd-stub,2\n')],
    'boots',
    /MOK/,
  ],
  [
    'revoked by shim’s own level',
    await signedBy(mok, uki('grub,4')),
    [mokList],
    'refused',
    /grub 4, the machine wants 5/,
  ],
  ['MokList that a system could write', mokUki, [lists('MokList', certs(mok), 7)], 'refused', /MOK was not issued/],
  ['its certificate in MokListX', mokUki, [mokList, lists('MokListX', certs(mok))], 'refused', /forbidden/],
  ['its hash in MokListX', mokUki, [mokList, lists('MokListX', hashes(mokUki))], 'refused', /hash is forbidden/],
  ['its hash in dbx', mokUki, [mokList, lists('dbx', hashes(mokUki))], 'refused', /hash is forbidden/],
  [
    'an allowed hash beats a forbidden certificate',
    mokUki,
    [lists('MokList', hashes(mokUki)), lists('MokListX', certs(mok))],
    'boots',
    /hash stands in MokList/,
  ],
  [
    'a key for modules only',
    await signedBy(modules, uki()),
    [lists('MokList', certs(modules))],
    'refused',
    /modules was not/,
  ],
  ['shim’s checks off', uki(), [set('MokSBState', Uint8Array.of(1))], 'boots', /switched off/],
] as const) {
  test(`shim: ${what}: ${verdict}`, () => {
    const explanation = explain([...ON, ...variables], { [FALLBACK]: vendorShim, [SECOND]: second })
    const entry = fallbackOf(explanation)
    assert.equal(entry.verdict, verdict)
    assert.match(entry.reason, reason)
    assert.equal(explanation.taken, entry, 'what firmware has started does not come back')
    assert.deepEqual([entry.program!.kind, lastOf(entry.program!).by], ['shim', 'shim'])
  })
}

test('shim: no second stage, itself revoked, or not trusted itself', () => {
  const reasonOf = (variables: Parameters<typeof explain>[0], files: Parameters<typeof explain>[1]) =>
    fallbackOf(explain(variables, files)).reason
  assert.match(reasonOf(ON, { [FALLBACK]: vendorShim }), /there is no \\EFI\\BOOT\\grubx64\.efi/)
  const revoked = [...ON, level('sbat,1,2030010100\nshim,5\n')]
  assert.match(reasonOf(revoked, { [FALLBACK]: vendorShim, [SECOND]: signed }), /refuses to go on: .*shim 4/)
  const untrusted = [lists('PK', certs(pk)), lists('db', certs(other)), mokList]
  assert.match(reasonOf(untrusted, { [FALLBACK]: vendorShim, [SECOND]: mokUki }), /^db was not issued/)
})

test('shim: fallback comes before grub in EFI\\BOOT, and only there; an entry may name what is started', async () => {
  const files = { [FALLBACK]: vendorShim, [SECOND]: signed, '\\EFI\\BOOT\\fbx64.efi': await signedBy(vendor, uki()) }
  assert.equal(fallbackOf(explain(ON, files)).program!.next!.path, '\\EFI\\BOOT\\fbx64.efi')
  const data = Buffer.from('\\mine.efi and words\0', 'utf16le')
  const own = { '\\EFI\\os\\shimx64.efi': vendorShim, '\\EFI\\os\\mine.efi': signed, '\\EFI\\os\\fbx64.efi': signed }
  const entries = [bootEntry(1, 'OS', '\\EFI\\os\\shimx64.efi', { data }), numbers('BootOrder', 1)]
  assert.equal(explain([...ON, ...entries], own).entries[0]!.program!.next!.path, '\\EFI\\os\\mine.efi')
})

test('boot entries: their order, what is off, elsewhere or missing, and BootNext', () => {
  const entries = [
    bootEntry(1, 'off', '\\a.efi', { active: false }),
    bootEntry(2, 'other disk', '\\a.efi', { id: OWNER }),
    bootEntry(3, 'unsigned', '\\b.efi'),
    bootEntry(0xa, 'good', '\\A.efi'),
    bootEntry(5, 'partition', undefined),
    set('Boot0007', Uint8Array.of(1, 2)),
    bootEntry(8, 'diagnosis', '\\A.efi', { category: 0x100 }),
    bootEntry(9, 'off', '\\A.efi', { active: false }),
  ]
  const files = { '\\a.efi': signed, '\\b.efi': uki(), [FALLBACK]: signed }
  const tell = (...more: Parameters<typeof explain>[0]) => {
    const { entries: told, taken } = explain([...ON, ...entries, ...more], files)
    return { told: told.map(({ name, verdict }) => `${name} ${verdict}`), taken: taken?.name }
  }
  assert.deepEqual(tell(numbers('BootOrder', 1, 8, 2, 3, 0xa, 5, 6, 7)), {
    told: [
      'Boot0001 elsewhere',
      'Boot0008 elsewhere',
      'Boot0002 elsewhere',
      'Boot0003 refused',
      'Boot000A boots',
      'Boot0005 boots',
      'Boot0006 missing',
      'Boot0007 missing',
      'fallback boots',
    ],
    taken: 'Boot000A',
  })
  assert.equal(tell(numbers('BootOrder', 3, 0xa), numbers('BootNext', 5)).taken, 'Boot0005 (BootNext)')
  for (const next of [8, 9]) {
    assert.equal(tell(numbers('BootOrder', 0xa), numbers('BootNext', next)).taken, `Boot000${next} (BootNext)`)
  }
  assert.equal(tell().taken, 'fallback')
})

const loader = await signedBy(db, bootloader())

test('systemd-boot: the newest first, counted out ones last; names, variables and loader.conf choose another', async () => {
  const files = {
    [FALLBACK]: loader,
    '\\EFI\\Linux\\test-9.efi': await signedBy(db, uki('x,1', 'nine', '9')),
    '\\EFI\\Linux\\test-10.efi': await signedBy(db, uki('x,1', 'ten', '10')),
    '\\EFI\\Linux\\test-11+0-3.efi': await signedBy(db, uki('x,1', 'eleven', '11')),
  }
  const pick = (variables: Parameters<typeof explain>[0], more: Parameters<typeof explain>[1] = {}) => {
    const { next, others } = fallbackOf(explain([...ON, ...variables], { ...files, ...more })).program!
    return [next, ...others].map((step) => step!.title!.split(' ')[0])
  }
  assert.deepEqual(pick([]), ['ten', 'nine', 'eleven'])
  assert.equal(pick([], { '\\loader\\loader.conf': '# x\ntimeout 3\ndefault test-9*\n' })[0], 'nine')
  assert.equal(pick([loaderText('LoaderEntryDefault', 'test-9.efi')])[0], 'nine')
  assert.equal(pick([loaderText('LoaderEntryOneShot', 'TEST-11.EFI')])[0], 'eleven')
  assert.equal(pick([loaderText('LoaderEntryDefault', 'gone.efi')])[0], 'ten')
  // What a power cut left of a file is no entry: systemd-boot passes over it.
  assert.equal(pick([], { '\\EFI\\Linux\\test-12.efi': '', '\\loader\\loader.conf': 'default test-12*\n' })[0], 'ten')
})

test('systemd-boot: kernels of text entries are verified, their initrd is not; another partition is read too', async () => {
  const conf = 'title  A kernel\nlinux /k.efi\ninitrd /initrd\noptions quiet\n'
  const run = (image: Uint8Array, more: Record<string, string> = { '\\initrd': 'x' }) =>
    fallbackOf(explain(ON, { [FALLBACK]: loader, '\\loader\\entries\\a.conf': conf, '\\k.efi': image, ...more }))
  const good = run(await signedBy(db, kernel()))
  assert.equal(good.verdict, 'boots')
  assert.match(good.program!.next!.notes.join(), /no signature covers its initrd \(\\initrd\)/)
  assert.match(run(await signedBy(other, kernel())).reason, /other was not issued/)
  assert.match(run(await signedBy(db, kernel()), {}).reason, /there is no \\initrd/)
  const boot = memoryVolume({ '\\EFI\\Linux\\x.efi': signed }, 'xbootldr', { number: 2 })
  assert.equal(fallbackOf(explain(ON, { [FALLBACK]: loader }, [boot])).program!.next!.path, '\\EFI\\Linux\\x.efi')
  assert.match(fallbackOf(explain(ON, { [FALLBACK]: loader })).reason, /there is no \\loader\\entries/)
})

test('under shim, what systemd-boot starts may be admitted by shim or by the firmware, and needs no SBAT', async () => {
  const files = {
    [FALLBACK]: vendorShim,
    [SECOND]: await signedBy(vendor, bootloader()),
    '\\loader\\entries\\a.conf': 'linux /k.efi\n',
  }
  const run = async (who: Id) =>
    fallbackOf(explain([...ON, mokList], { ...files, '\\k.efi': await signedBy(who, kernel()) }))
  assert.deepEqual(
    (await Promise.all([mok, db, other].map(run))).map(({ verdict }) => verdict),
    ['boots', 'boots', 'refused'],
  )
})

test('under a shim that does not look at db, the firmware still does', async () => {
  const files = {
    [FALLBACK]: vendorShim,
    [SECOND]: await signedBy(vendor, bootloader()),
    '\\loader\\entries\\a.conf': 'linux /k.efi\n',
    '\\k.efi': await signedBy(db, kernel()),
  }
  const entry = fallbackOf(explain([...ON, set('MokDBState', Uint8Array.of(1))], files))
  assert.deepEqual([entry.verdict, lastOf(entry.program!).decision.by?.from], ['boots', 'db'])
})

test('a thin stub starts only the kernel and initrd whose hashes it holds', async () => {
  const [linux, initrd] = [Buffer.from('a kernel'), Buffer.from('an initrd')]
  const stub = await signedBy(
    db,
    thinStub({ linux: ['\\EFI\\nixos\\k.efi', linux], initrd: ['\\EFI\\nixos\\i.efi', initrd] }),
  )
  const run = (files: Record<string, Uint8Array>) => fallbackOf(explain(ON, { [FALLBACK]: stub, ...files }))
  assert.equal(run({ '\\EFI\\nixos\\k.efi': linux, '\\EFI\\nixos\\i.efi': initrd }).verdict, 'boots')
  assert.match(
    run({ '\\EFI\\nixos\\k.efi': linux, '\\EFI\\nixos\\i.efi': linux }).reason,
    /i\.efi: its hash is .* the stub wants/,
  )
  assert.match(run({ '\\EFI\\nixos\\i.efi': initrd }).reason, /there is no \\EFI\\nixos\\k\.efi/)
})

test('addons are decided one by one, and stop nothing', async () => {
  const addon = uki()
  const files = {
    [FALLBACK]: signed,
    [`${FALLBACK}.extra.d\\a.addon.efi`]: addon,
    '\\loader\\addons\\b.addon.efi': signed,
  }
  const entry = fallbackOf(explain(ON, files))
  assert.equal(entry.verdict, 'boots')
  assert.deepEqual(
    entry.program!.others.map(({ path, decision }) => [path.split('\\').at(-1), decision.runs]),
    [
      ['a.addon.efi', false],
      ['b.addon.efi', true],
    ],
  )
})

test('loaders that start each other are followed once', () => {
  const files = { [FALLBACK]: vendorShim, [SECOND]: vendorShim }
  assert.equal(fallbackOf(explain(ON, files)).program!.next!.notes.at(-1), 'what it starts is not followed further')
  const conf = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`\\loader\\entries\\${i}.conf`, `efi ${FALLBACK}\n`]),
  )
  const { next, others } = fallbackOf(explain(ON, { [FALLBACK]: loader, ...conf })).program!
  assert.deepEqual([next!.next, others.length, others[0]!.others], [undefined, 29, []])
})
