import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesSource, fileSource } from '@firn/binary/source'
import { readGuid, writeGuid } from '@firn/core'
import fc from 'fast-check'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { CA, identity } from '../../attest/test/authority.ts'
import { FIELD, makePe } from '../../binary/test/pe-fixture.ts'
import {
  admit,
  forbiddenBy,
  parseSignatureLists,
  printSignatureLists,
  readVendorLists,
  SIGNATURE_TYPE,
  type SignatureList,
  signImage,
  trustOf,
} from '../src/index.ts'
import { bytesOf, certificateList, hashList, inspectBytes } from './fixture.ts'

const root = await identity('root', CA)
const leaf = await identity('leaf', {}, root)
const other = await identity('other', CA)
const image = makePe()
const signed = bytesOf(await signImage(bytesSource(image), leaf.signer, { certificates: [leaf.certificate] }))
const report = inspectBytes(signed)
const unsigned = inspectBytes(image)
const judge = (what: typeof report, db: readonly SignatureList[], dbx: readonly SignatureList[] = []) =>
  admit(what, { ...trustOf(db, 'db'), forbidden: forbiddenBy(dbx) })

test('db: the signer, who issued it, or the hash of the image', () => {
  assert.match(judge(report, [certificateList(root)]).reason, /signed by leaf, issued by root \(db/)
  assert.ok(judge(report, [certificateList(other), certificateList(leaf)]).admitted)
  assert.match(judge(unsigned, [hashList(unsigned.sha256)]).reason, /its hash stands in db/)
  assert.ok(judge(report, [hashList(new Uint8Array(32), report.sha256)]).admitted)
  assert.deepEqual(
    [judge(report, [certificateList(other)]).admitted, judge(unsigned, [certificateList(leaf)]).admitted],
    [false, false],
  )
  assert.match(judge(unsigned, []).reason, /not signed; nothing to trust was given/)
})

test('a hash in db does not help an image whose only signature firmware passes over', () => {
  const image = Buffer.from(signed)
  const table = image.readUInt32LE(FIELD.security)
  image.writeUInt16LE(3, table + 6)
  const strange = inspectBytes(image)
  assert.deepEqual(strange.sha256, report.sha256)
  assert.match(judge(strange, [hashList(report.sha256)]).reason, /does not look/)
  assert.ok(judge(report, [hashList(report.sha256)]).admitted)
})

test('dbx: the hash, the signer, who issued it, or the hash of its certificate; dbx is stronger than db', () => {
  const db = [certificateList(root), hashList(report.sha256)]
  const tbs = Buffer.concat([createHash('sha256').update(leaf.certificate.tbs).digest(), Buffer.alloc(16)])
  const byTbs: SignatureList = {
    type: SIGNATURE_TYPE.x509Sha256,
    header: new Uint8Array(),
    entries: [{ owner: '11111111-2222-3333-4444-555555555555', data: tbs }],
  }
  assert.ok(judge(report, db).admitted)
  for (const dbx of [hashList(report.sha256), certificateList(leaf), certificateList(root), byTbs]) {
    const admission = judge(report, db, [dbx])
    assert.equal(admission.admitted, false)
    assert.match(admission.reason, /forbidden/)
  }
  assert.ok(judge(report, db, [certificateList(other), hashList(new Uint8Array(32))]).admitted)
})

test('a forbidden signature refuses the image beside a good one', async () => {
  const both = bytesOf(await signImage(bytesSource(signed), other.signer, { certificates: [other.certificate] }))
  assert.ok(judge(inspectBytes(both), [certificateList(leaf)]).admitted)
  assert.equal(judge(inspectBytes(both), [certificateList(leaf)], [certificateList(other)]).admitted, false)
})

test('entries that cannot be read allow nothing and stop nothing', () => {
  const broken: SignatureList = {
    type: SIGNATURE_TYPE.x509,
    header: new Uint8Array(),
    entries: [{ owner: '11111111-2222-3333-4444-555555555555', data: Buffer.from('not a certificate') }],
  }
  assert.equal(judge(report, [broken]).admitted, false)
  assert.ok(judge(report, [broken, certificateList(leaf)]).admitted)
})

test(
  'shim’s vendor certificate admits Debian’s kernel, and its list of forbidden hashes is read',
  needsParts('shim', 'kernel'),
  () => {
    const source = fileSource(part('shim'))
    const { allowed, forbidden } = readVendorLists(source)
    assert.deepEqual([allowed.length, forbidden.length > 100], [1, true])
    const kernel = inspectBytes(readFileSync(part('kernel')))
    assert.match(judge(kernel, allowed, forbidden).reason, /issued by Debian Secure Boot CA/)
    assert.equal(judge(kernel, allowed, [...forbidden, hashList(kernel.sha256)]).admitted, false)
    source.close()
  },
)

test('signature lists are written as they were read', () => {
  const guid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(readGuid)
  const list = fc.tuple(guid, fc.integer({ min: 1, max: 60 })).chain(([type, size]) =>
    fc.record({
      type: fc.constant(type),
      header: fc.uint8Array({ maxLength: 9 }),
      entries: fc.array(fc.record({ owner: guid, data: fc.uint8Array({ minLength: size, maxLength: size }) }), {
        minLength: 1,
        maxLength: 5,
      }),
    }),
  )
  fc.assert(
    fc.property(fc.array(list, { maxLength: 4 }), (lists) => {
      const bytes = printSignatureLists(lists)
      assert.deepEqual(Buffer.from(printSignatureLists(parseSignatureLists(bytes))), Buffer.from(bytes))
      if (bytes.length > 0)
        assert.throws(() => parseSignatureLists(bytes.subarray(0, bytes.length - 1)), /EFI signature list/)
    }),
  )
})

test('a list of one hash, byte by byte', () => {
  const bytes = Buffer.from(printSignatureLists([hashList(Buffer.alloc(32, 0xab))]))
  const expected =
    `2616c4c14c509240aca941f936934328${'4c000000'}${'00000000'}${'30000000'}` +
    `11111111222233334444555555555555${'ab'.repeat(32)}`
  assert.equal(bytes.toString('hex'), expected)
  assert.equal(readGuid(writeGuid('d719b2cb-3d3a-4596-a3bc-dad00e67656f')), 'd719b2cb-3d3a-4596-a3bc-dad00e67656f')
  for (const [offset, value] of [
    [16, 27],
    [16, 0x4b],
    [24, 16],
    [24, 17],
    [20, 0xffff],
  ] as const) {
    const changed = Buffer.from(bytes)
    changed.writeUInt32LE(value, offset)
    assert.throws(() => parseSignatureLists(changed), { name: 'UserError' }, `${offset}: ${value}`)
  }
})
