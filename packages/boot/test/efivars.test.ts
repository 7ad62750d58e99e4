import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OID, parseCertificate, parseSignedData, shortName, signData } from '@firn/attest'
import { writeGuid } from '@firn/core'
import fc from 'fast-check'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { identity } from '../../attest/test/authority.ts'
import { namedTwice } from '../../attest/test/two-signers.ts'
import { makePe } from '../../binary/test/pe-fixture.ts'
import {
  ATTRIBUTE,
  certificateLists,
  describeLists,
  diffVariables,
  type EfiVariable,
  enroll,
  hashLists,
  listsIn,
  parseAuth,
  parseSignatureLists,
  parseVariableStore,
  printAuth,
  printSignatureLists,
  printVariableStore,
  readEfiTime,
  SECURE_ATTRIBUTES,
  signUpdate,
  VENDOR,
  variable,
  vendorOf,
  verifyUpdate,
  writeEfiTime,
} from '../src/index.ts'
import { certPem, inspectBytes, workFolder } from './fixture.ts'
import { blankStore } from './vars-fixture.ts'

const { path: folder, put } = workFolder()
const OWNER = '11111111-2222-3333-4444-555555555555'
const TIME = new Date('2026-01-02T03:04:05Z')
const [pk, kek, db, mok] = await Promise.all(['PK', 'KEK', 'db', 'MOK'].map((name) => identity(`test ${name}`)))
const listOf = (who: typeof pk) => certificateLists([who!.certificate], OWNER)
const target = (name: string, attributes: number = SECURE_ATTRIBUTES) => ({ name, vendor: vendorOf(name), attributes })
const oneVariable = (name: string, data: Uint8Array): EfiVariable => ({
  name,
  vendor: VENDOR.shim,
  attributes: 3,
  data,
})

test('variables are read as they were written, and what lies behind them is kept', () => {
  const store = parseVariableStore(blankStore())
  const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).filter((name) => !name.includes('\0'))
  const entry = fc.record({
    name: text,
    vendor: fc.constantFrom(VENDOR.global, VENDOR.shim),
    attributes: fc.nat(0x7f),
    data: fc.uint8Array({ maxLength: 90 }),
    time: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  })
  const entries = fc.uniqueArray(entry, { maxLength: 9, selector: ({ name, vendor }) => `${name} ${vendor}` })
  fc.assert(
    fc.property(entries, (variables) => {
      const bytes = printVariableStore(store, variables)
      assert.equal(bytes.length, store.bytes.length)
      assert.deepEqual(bytes.subarray(store.to), store.bytes.subarray(store.to))
      const again = parseVariableStore(bytes).variables
      assert.deepEqual(
        again.map((one) => ({ ...one, data: Uint8Array.from(one.data), time: Uint8Array.from(one.time!) })),
        variables.map((one) => ({ ...one, data: Uint8Array.from(one.data), time: Uint8Array.from(one.time) })),
      )
    }),
  )
})

test('a variable that is about to be replaced counts until its successor is there; a deleted one does not', () => {
  const store = parseVariableStore(blankStore())
  const [a, b] = [oneVariable('x', Uint8Array.of(1)), oneVariable('x', Uint8Array.of(2))]
  const bytes = Buffer.from(printVariableStore(store, [a, b]))
  const second = bytes.indexOf(Uint8Array.of(0xaa, 0x55, 0x3f), store.from + 3)
  const states = (one: number, two: number) => {
    bytes[store.from + 2] = one
    bytes[second + 2] = two
    return parseVariableStore(bytes).variables.map(({ data }) => data[0])
  }
  assert.deepEqual(states(0x3e, 0x3f), [2])
  assert.deepEqual(states(0x3f, 0x3e), [1])
  assert.deepEqual(states(0x3e, 0x3e), [2])
  assert.deepEqual(states(0x3e, 0x7f), [1])
  assert.deepEqual(states(0x3c, 0x3f), [2])
  assert.deepEqual(states(0x3d, 0x3c), [])
})

test('what is no store, is damaged or full is refused in words', () => {
  const store = parseVariableStore(blankStore())
  assert.throws(() => parseVariableStore(Buffer.alloc(4096)), /not an EFI variable store/)
  const wrong = Buffer.from(store.bytes)
  wrong[0x30 + 5]! ^= 1
  assert.throws(() => parseVariableStore(wrong), /checksum/)
  assert.throws(() => parseVariableStore(store.bytes.subarray(0, 3000)), /the volume has/)
  const cut = Buffer.from(printVariableStore(store, [oneVariable('x', Buffer.alloc(100))]))
  cut.writeUInt32LE(0x7fff_0000, store.from + 40)
  assert.throws(() => parseVariableStore(cut), /data of x needs/)
  const header = store.from - 28
  for (const [why, at, value] of [
    [/a store of the unknown kind/, header, 0],
    [/a store of 5 bytes/, header + 16, 5],
    [/a store of \d+ bytes/, header + 16, store.bytes.length],
    [/not formatted, or not healthy/, header + 20, 0],
    [/a name of 0 bytes/, store.from + 36, 0],
    [/a name of 3 bytes/, store.from + 36, 3],
  ] as const) {
    const damaged = Buffer.from(printVariableStore(store, [oneVariable('x', Buffer.alloc(100))]))
    damaged.writeUInt32LE(value, at)
    assert.throws(() => parseVariableStore(damaged), { name: 'UserError', message: why }, String(why))
  }
  const large = oneVariable('x', Buffer.alloc(store.to - store.from))
  assert.throws(() => printVariableStore(store, [large]), { name: 'UserError', message: /room for/ })
})

test('keys are enrolled as their owner would, and Secure Boot is on', () => {
  const after = enroll(
    [],
    [
      { name: 'PK', lists: listOf(pk!), keep: false },
      { name: 'KEK', lists: listOf(kek!), keep: false },
      { name: 'db', lists: [...listOf(db!), ...hashLists([Buffer.alloc(32, 7)], OWNER)], keep: false },
      { name: 'MokList', lists: listOf(mok!), keep: false },
    ],
    TIME,
  )
  assert.deepEqual(
    after.map(({ name, vendor, attributes }) => [name, vendor.slice(0, 8), attributes]),
    [
      ['PK', '8be4df61', 0x27],
      ['KEK', '8be4df61', 0x27],
      ['db', 'd719b2cb', 0x27],
      ['MokList', '605dab50', 3],
      ['SecureBootEnable', 'f0a30bc7', 3],
      ['CustomMode', 'c076ec0c', 3],
    ],
  )
  assert.equal(readEfiTime(variable(after, 'PK')!.time!)?.getTime(), TIME.getTime())
  const added = enroll(after, [{ name: 'db', lists: [...listOf(mok!), ...listOf(db!)], keep: true }], TIME)
  assert.deepEqual(describeLists(listsIn(added, 'db')).length, 3)
  const replaced = enroll(added, [{ name: 'db', lists: listOf(mok!), keep: false }], TIME)
  assert.match(describeLists(listsIn(replaced, 'db')).join(), /^certificate test MOK/)
  assert.throws(
    () => enroll([], [{ name: 'PK', lists: [...listOf(pk!), ...listOf(kek!)], keep: false }], TIME),
    /exactly one/,
  )
})

test('a difference is told entry by entry', () => {
  const before = enroll([], [{ name: 'db', lists: listOf(db!), keep: false }], TIME)
  const after = enroll(
    before,
    [{ name: 'db', lists: [...listOf(mok!), ...hashLists([Buffer.alloc(32, 0xab)], OWNER)], keep: false }],
    TIME,
  )
  const [change, ...more] = diffVariables(before, after)
  assert.deepEqual(more, [])
  assert.equal(change!.kind, 'changed')
  assert.match(change!.lines[0]!, /^- certificate test db/)
  assert.match(change!.lines[1]!, /^\+ certificate test MOK/)
  assert.equal(change!.lines[2], `+ sha256 ${'ab'.repeat(32)}`)
  assert.deepEqual(diffVariables(after, after), [])
  assert.deepEqual(
    diffVariables([], [oneVariable('a', Uint8Array.of(1))]).map(({ kind, lines }) => [kind, lines]),
    [['added', ['+ 01']]],
  )
})

test('Debian’s variable stores: read, edited, and read again', needsParts('vars', 'vars-ms', 'vars-2m-ms'), () => {
  assert.deepEqual(parseVariableStore(readFileSync(part('vars'))).variables, [])
  for (const name of ['vars-ms', 'vars-2m-ms'] as const) {
    const store = parseVariableStore(readFileSync(part(name)))
    assert.deepEqual(
      describeLists(listsIn(store.variables, 'db')).map((line) => line.split(' (')[0]),
      [
        'certificate Microsoft Windows Production PCA 2011, issued by Microsoft Root Certificate Authority 2010',
        'certificate Microsoft Corporation UEFI CA 2011, issued by Microsoft Corporation Third Party Marketplace Root',
      ],
    )
    assert.equal(variable(store.variables, 'SecureBootEnable')!.data[0], 1)
    const after = enroll(store.variables, [{ name: 'MokList', lists: listOf(mok!), keep: true }], TIME)
    const again = parseVariableStore(printVariableStore(store, after))
    assert.deepEqual(
      diffVariables(store.variables, again.variables).map((change) => change.name),
      ['MokList'],
    )
  }
})

test('an update is taken from who may make it, for that variable, value, time and manner only', async () => {
  const data = printSignatureLists(listOf(db!))
  const update = await signUpdate(target('db'), data, TIME, kek!.signer, [kek!.certificate])
  const bytes = printAuth(update)
  const again = parseAuth(bytes)
  const by = (who: typeof pk, what = target('db'), changed = again) =>
    'chain' in verifyUpdate(what, changed, [who!.certificate])
  assert.ok(by(kek))
  assert.equal(by(pk), false)
  assert.equal(by(kek, target('dbx')), false)
  assert.equal(by(kek, target('db', SECURE_ATTRIBUTES | ATTRIBUTE.append)), false)
  assert.equal(by(kek, target('db'), { ...again, data: data.subarray(1) }), false)
  assert.equal(by(kek, target('db'), { ...again, time: writeEfiTime(new Date('2027-01-01T00:00:00Z')) }), false)
  assert.deepEqual(Buffer.from(printAuth(again)), Buffer.from(bytes))
  const same = await signUpdate(target('db'), data, TIME, kek!.signer, [kek!.certificate])
  assert.deepEqual(Buffer.from(printAuth(same)), Buffer.from(bytes), 'the same bytes each time')
  await assert.rejects(signUpdate(target('db'), data, TIME, kek!.signer, [pk!.certificate]), /does not belong/)
})

test('an update of another type of content, or with a second signer, is not taken', async () => {
  const [data, time] = [printSignatureLists(listOf(db!)), writeEfiTime(TIME)]
  const word = Buffer.alloc(4)
  word.writeUInt32LE(SECURE_ATTRIBUTES)
  const hashed = Buffer.concat([Buffer.from('db', 'utf16le'), writeGuid(vendorOf('db')), word, time, data])
  const judge = async (contentType: string, change = (signature: Uint8Array) => signature) => {
    const words = { contentType, hashed, certificates: [kek!.certificate], attributes: true, bare: true } as const
    const signature = change(await signData(words, kek!.signer))
    const verified = verifyUpdate(target('db'), { time, signature, data }, [kek!.certificate])
    return 'reason' in verified ? verified.reason : 'taken'
  }
  assert.equal(await judge(OID.data), 'taken')
  assert.match(await judge(OID.spcIndirectData), /content of another type/)
  assert.equal(await judge(OID.data, namedTwice), 'it has 2 signers')
  const nameless = { ...target('db'), name: '' }
  await assert.rejects(signUpdate(nameless, data, TIME, kek!.signer, [kek!.certificate]), /without a name/)
})

test('updates as Microsoft and the makers of machines sign them', () => {
  const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/efi-updates/${name}`, import.meta.url))
  const append = (name: string) => target(name, SECURE_ATTRIBUTES | ATTRIBUTE.append)
  const microsoft = parseCertificate(fixture('MicCorKEKCA2011.der'))
  const dbx = parseAuth(fixture('DBXUpdate_arm64.bin'))
  const taken = verifyUpdate(append('dbx'), dbx, [microsoft])
  assert.ok('chain' in taken)
  assert.equal(taken.chain.certificates.length, 2)
  assert.equal(parseSignatureLists(dbx.data).flatMap(({ entries }) => entries).length, 26)
  assert.deepEqual(verifyUpdate(target('dbx'), dbx, [microsoft]), { reason: 'it was signed to be appended' })
  assert.deepEqual(verifyUpdate(target('db'), dbx, [microsoft]), { reason: 'it was signed for dbx' })
  for (const name of ['KEKUpdate_ASRock_PK1.bin', 'KEKUpdate_Lenovo_PK264.bin']) {
    const update = parseAuth(fixture(name))
    const [own] = parseSignedData(update.signature).certificates
    assert.ok('chain' in verifyUpdate(append('KEK'), update, [own!]), name)
    assert.deepEqual(verifyUpdate(append('KEK'), update, [microsoft]), {
      reason: `${shortName(own!.subject)} was not issued by a trusted certificate`,
    })
    const changed = { ...update, data: update.data.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) }
    assert.ok('reason' in verifyUpdate(append('KEK'), changed, [own!]), name)
  }
})

test('what looks like a hash in dbx and is a least version of Windows’ boot programs', () => {
  const told = (hex: string) => describeLists(hashLists([Buffer.from(hex, 'hex')], OWNER))[0]
  const nine = '01612b139dd5598843ab1c185c3cb2eb92000009000000000000000000000000'
  assert.equal(told(nine), "least security version 9.0 of Windows' bootmgfw.efi")
  assert.equal(told(nine.replace(/^01/, '02')), `sha256 ${nine.replace(/^01/, '02')}`)
  assert.equal(told(nine.replace(/00$/, '01')), `sha256 ${nine.replace(/00$/, '01')}`)
})

test('an .auth that is cut, of another kind or with a time that firmware refuses is no .auth', async () => {
  const update = await signUpdate(target('db'), new Uint8Array(), TIME, kek!.signer, [kek!.certificate])
  const bytes = Buffer.from(printAuth(update))
  for (let length = 0; length < 40; length++) {
    assert.throws(() => parseAuth(bytes.subarray(0, length)), { name: 'UserError' }, `${length} bytes`)
  }
  for (const at of [2, 7, 8, 15, 20, 22, 30]) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 0x40
    assert.throws(() => parseAuth(changed), { name: 'UserError' }, `byte ${at}`)
  }
})

test(
  'sbvarsign and sign-efi-sig-list sign what is signed here',
  needs('sbvarsign', 'sign-efi-sig-list', 'cert-to-efi-sig-list'),
  async () => {
    const [cert, key] = [put('kek.pem', certPem(kek!)), put('kek.key', kek!.privatePem)]
    const esl = join(folder, 'theirs.esl')
    execFileSync('cert-to-efi-sig-list', ['-g', OWNER, put('db.pem', certPem(db!)), esl])
    const data = printSignatureLists(listOf(db!))
    assert.deepEqual(readFileSync(esl), Buffer.from(data), 'the same signature list')
    const ours = await signUpdate(target('db'), data, TIME, kek!.signer, [kek!.certificate])

    const efitools = join(folder, 'efitools.auth')
    const words = ['-g', vendorOf('db'), '-t', '2026-01-02 03:04:05', '-c', cert, '-k', key, 'db', esl, efitools]
    execFileSync('sign-efi-sig-list', words, { env: { ...process.env, TZ: 'UTC' }, stdio: 'ignore' })
    const theirs = parseAuth(readFileSync(efitools))
    assert.ok('chain' in verifyUpdate(target('db'), theirs, [kek!.certificate]), 'efitools')
    assert.deepEqual(theirs.time, ours.time)

    const sb = join(folder, 'sbvarsign.auth')
    const attributes = 'NON_VOLATILE,BOOTSERVICE_ACCESS,RUNTIME_ACCESS,TIME_BASED_AUTHENTICATED_WRITE_ACCESS'
    execFileSync(
      'sbvarsign',
      ['--key', key, '--cert', cert, '--guid', vendorOf('db'), '--attr', attributes, '--output', sb, 'db', esl],
      { stdio: 'ignore' },
    )
    assert.ok('chain' in verifyUpdate(target('db'), parseAuth(readFileSync(sb)), [kek!.certificate]), 'sbvarsign')
    assert.equal('chain' in verifyUpdate(target('db'), parseAuth(readFileSync(sb)), [db!.certificate]), false)
  },
)

test('hash-to-efi-sig-list writes the hash that stands for a program here', needs('hash-to-efi-sig-list'), () => {
  const image = makePe()
  const out = join(folder, 'hash.esl')
  execFileSync('hash-to-efi-sig-list', [put('image.efi', image), out], { stdio: 'ignore' })
  const [list] = parseSignatureLists(readFileSync(out))
  assert.deepEqual(Buffer.from(list!.entries[0]!.data), Buffer.from(inspectBytes(image).sha256))
})

test('times: what EFI can say comes back, the rest is refused', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('1900-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      assert.equal(readEfiTime(writeEfiTime(date))?.getTime(), Math.floor(date.getTime() / 1000) * 1000)
    }),
  )
  assert.equal(readEfiTime(new Uint8Array(16)), undefined)
  for (const [at, most] of [12, 31, 23, 59, 59].entries()) {
    const time = writeEfiTime(TIME)
    time[2 + at] = most
    assert.ok(readEfiTime(time) !== undefined, `byte ${2 + at}`)
    time[2 + at] = most + 1
    assert.equal(readEfiTime(time), undefined, `byte ${2 + at}`)
  }
  assert.throws(() => writeEfiTime(new Date('1899-01-01')), { name: 'UserError' })
})
