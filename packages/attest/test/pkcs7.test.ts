import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { needs } from '../../../scripts/needs.ts'
import {
  derWrite,
  encodePem,
  OID,
  parseSignedData,
  publicKeyOf,
  readTimestamp,
  type Signing,
  signData,
  TAG,
  verifySigner,
} from '../src/index.ts'
import { CA, identity } from './authority.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-pkcs7-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] })

const TEXT = Buffer.from('what is signed')
const { der, integer, NULL, octetString, oid, sequence } = derWrite
const signer = await identity('signer', CA)
const other = await identity('other', CA)
const base = {
  contentType: OID.data,
  hashed: TEXT,
  content: octetString(TEXT),
  certificates: [signer.certificate],
  attributes: true,
} as const satisfies Signing

for (const [what, signing] of [
  ['with attributes and a time', { ...base, signingTime: new Date('2026-02-03T04:05:06Z') }],
  ['with attributes', base],
  ['without attributes', { ...base, attributes: false }],
  ['bare', { ...base, bare: true }],
] as const) {
  test(`what is signed ${what} is believed here and by openssl`, needs('openssl'), async () => {
    const bytes = await signData(signing, signer.signer)
    const parsed = parseSignedData(bytes)
    assert.equal(parsed.contentType, OID.data)
    assert.ok('certificate' in verifySigner(parsed, parsed.signers[0]!, TEXT))
    assert.match(reason(bytes, Buffer.from('other')), /content is not the one|not made by the key/)
    if ('bare' in signing) return
    const pem = file('ca.pem', encodePem(signer.certificate.encoded, 'CERTIFICATE'))
    const args = [
      'cms',
      '-verify',
      '-binary',
      '-inform',
      'DER',
      '-in',
      file('sig.der', bytes),
      '-CAfile',
      pem,
      '-purpose',
      'any',
    ]
    assert.deepEqual(openssl(...args), TEXT)
    assert.deepEqual(
      Buffer.from(await signData(signing, signer.signer)),
      Buffer.from(bytes),
      'the same bytes each time',
    )
  })
}

function reason(bytes: Uint8Array, content: Uint8Array): string {
  const parsed = parseSignedData(bytes)
  const verified = verifySigner(parsed, parsed.signers[0]!, content)
  return 'reason' in verified ? verified.reason : 'believed'
}

test('a key that is not the certificate’s is refused before anything is signed', async () => {
  await assert.rejects(signData(base, other.signer), /does not belong to the certificate/)
})

test('more certificates than any real signature has are refused', async () => {
  const others = await Promise.all(Array.from({ length: 64 }, () => identity('extra', {}, undefined, 'ec-p256')))
  const all = others.map(({ certificate }) => certificate)
  const sized = async (count: number) =>
    parseSignedData(
      await signData({ ...base, certificates: [signer.certificate, ...all.slice(0, count)] }, signer.signer),
    )
  assert.equal((await sized(63)).certificates.length, 64)
  await assert.rejects(sized(64), /too many signers or certificates/)
})

test('a certificate that is swapped, or taken away, is seen', async () => {
  const bytes = await signData({ ...base, certificates: [signer.certificate, other.certificate] }, signer.signer)
  const parsed = parseSignedData(bytes)
  const without = { ...parsed, certificates: [other.certificate] }
  assert.match((verifySigner(without, parsed.signers[0]!, TEXT) as { reason: string }).reason, /not in the signature/)
  const claimed = { ...parsed.signers[0]!, issuer: other.certificate.issuer.encoded, serial: other.certificate.serial }
  assert.match((verifySigner(parsed, claimed, TEXT) as { reason: string }).reason, /not made by the key of other/)
})

test('attributes are what is signed: content type and hash in them must fit', async () => {
  const bytes = await signData({ ...base, contentType: OID.spcIndirectData }, signer.signer)
  const parsed = { ...parseSignedData(bytes), contentType: OID.data }
  assert.match((verifySigner(parsed, parsed.signers[0]!, TEXT) as { reason: string }).reason, /another type of content/)
  const noAttributes = await signData({ ...base, contentType: OID.spcIndirectData, attributes: false }, signer.signer)
  assert.match(reason(noAttributes, TEXT), /attributes are missing/)
})

test('one changed bit anywhere is seen', async () => {
  const bytes = await signData(base, signer.signer)
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes)
    changed[at]! ^= 1 << (at % 8)
    try {
      const parsed = parseSignedData(changed)
      const verified = verifySigner(parsed, parsed.signers[0]!, parsed.content?.content ?? new Uint8Array())
      // What the signature does not cover: NULL parameters, version numbers, the order of algorithms.
      if (!('certificate' in verified)) continue
      assert.deepEqual(Buffer.from(parsed.content!.content), TEXT, `byte ${at}`)
      assert.ok(publicKeyOf(verified.certificate).equals(signer.signer.publicKey), `byte ${at}`)
    } catch (error) {
      assert.equal((error as Error).name, 'UserError', `byte ${at}: ${(error as Error).stack}`)
    }
  }
})

test('what openssl signs is believed', needs('openssl'), () => {
  const key = file('key.pem', signer.privatePem)
  const pem = file('cert.pem', encodePem(signer.certificate.encoded, 'CERTIFICATE'))
  const input = file('input', TEXT)
  for (const hash of ['sha256', 'sha384', 'sha512']) {
    const args = ['cms', '-sign', '-binary', '-nodetach', '-md', hash, '-signer', pem, '-inkey', key, '-in', input]
    const parsed = parseSignedData(openssl(...args, '-outform', 'DER'))
    assert.ok('certificate' in verifySigner(parsed, parsed.signers[0]!, TEXT), hash)
  }
  const weak = openssl(
    'cms',
    '-sign',
    '-binary',
    '-nodetach',
    '-md',
    'sha1',
    '-signer',
    pem,
    '-inkey',
    key,
    '-in',
    input,
    '-outform',
    'DER',
  )
  assert.match(reason(weak, TEXT), /SHA-1/)
})

test('zero bytes behind a signature are padding, others are not', async () => {
  const bytes = await signData(base, signer.signer)
  assert.equal(parseSignedData(Buffer.concat([bytes, new Uint8Array(6)])).signers.length, 1)
  assert.throws(() => parseSignedData(Buffer.concat([bytes, Buffer.of(0, 1)])), /behind the end/)
})

test('a timestamp of openssl is read; one for something else proves nothing', needs('openssl'), async () => {
  const [tsaKey, tsaCert] = [join(folder, 'tsa.key'), join(folder, 'tsa.pem')]
  const words = [
    '-newkey',
    'rsa:2048',
    '-noenc',
    '-subj',
    '/CN=clock',
    '-addext',
    'extendedKeyUsage=critical,timeStamping',
  ]
  openssl('req', '-x509', ...words, '-keyout', tsaKey, '-out', tsaCert)
  const signature = Buffer.from('a signature')
  const conf = file(
    'tsa.cnf',
    `[tsa]\ndefault_tsa=t\n[t]\nserial=${join(folder, 'serial')}\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256\n`,
  )
  const query = join(folder, 'query')
  const token = join(folder, 'token')
  openssl('ts', '-query', '-data', file('signed', signature), '-sha256', '-cert', '-out', query)
  const args = ['ts', '-reply', '-config', conf, '-queryfile', query, '-signer', tsaCert, '-inkey', tsaKey]
  openssl(...args, '-token_out', '-out', token)
  const stamp = readTimestamp(readFileSync(token), signature)
  assert.deepEqual({ authority: stamp.authority, problem: stamp.problem }, { authority: 'clock', problem: undefined })
  assert.ok(Math.abs(stamp.time!.getTime() - Date.now()) < 600_000)
  assert.match(readTimestamp(readFileSync(token), Buffer.from('b')).problem!, /another signature/)
  assert.match(readTimestamp(Buffer.from('3000', 'hex'), signature).problem!, /PKCS#7/)
})

test('a timestamp counts only when its certificate is for timestamps', async () => {
  const signature = Buffer.from('a signature')
  const imprint = sequence(
    sequence(oid(OID.sha256), NULL),
    octetString(createHash('sha256').update(signature).digest()),
  )
  const time = der(TAG.generalizedTime, Buffer.from('20260102030405.678Z'))
  const info = sequence(integer(1), oid('1.2.3.4'), imprint, integer(7), time)
  const token = async (by: typeof signer) =>
    signData(
      {
        contentType: OID.tstInfo,
        hashed: info,
        content: octetString(info),
        certificates: [by.certificate],
        attributes: true,
      },
      by.signer,
    )
  const clock = await identity('clock', { extendedKeyUsage: [OID.timeStamping] })
  assert.deepEqual(readTimestamp(await token(clock), signature), {
    time: new Date('2026-01-02T03:04:05Z'),
    authority: 'clock',
  })
  assert.match(readTimestamp(await token(signer), signature).problem!, /not for timestamps/)
  const changed = Buffer.from(await token(clock))
  changed[changed.indexOf('20260102')] = '3'.charCodeAt(0)
  assert.match(readTimestamp(changed, signature).problem!, /the content is not the one that was signed/)
  assert.match(readTimestamp(await signData(base, signer.signer), signature).problem!, /not a timestamp token/)
})
