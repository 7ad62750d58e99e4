import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { preAuthEncoding } from '../src/dsse.ts'
import {
  addSignature,
  generateKey,
  openEnvelope,
  parseEnvelope,
  parsePublicKey,
  pemSigner,
  printEnvelope,
  signEnvelope,
  signersOf,
} from '../src/index.ts'

const TYPE = 'application/vnd.firn.test+json'
const { privatePem, publicPem } = generateKey()
const key = parsePublicKey(publicPem)
const other = parsePublicKey(generateKey().publicPem)
const signer = pemSigner(privatePem)

test("the bytes signed are those of the protocol's own example", () => {
  const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'))
  assert.equal(Buffer.from(encoded).toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world')
})

test('RFC 8032 test 2: the key and signature are plain ed25519', async () => {
  const secret = '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(secret, 'hex')])
  const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`
  const signature = await pemSigner(pem).sign(Buffer.from('72', 'hex'))
  assert.equal(
    Buffer.from(signature).toString('hex'),
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
})

test('what is signed opens with its key and type, and with no other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), async (payload) => {
      const envelope = parseEnvelope(await signEnvelope(TYPE, payload, signer))
      const opened = openEnvelope(envelope, TYPE, [other, key])
      assert.deepEqual(Buffer.from(opened.payload), Buffer.from(payload))
      assert.equal(opened.key.id, signer.keyId)
      assert.throws(() => openEnvelope(envelope, TYPE, [other]), /no signature by a trusted key/)
      assert.throws(() => openEnvelope(envelope, TYPE, []), { hint: 'trusted are: none' })
      assert.throws(() => openEnvelope(envelope, 'text/plain', [key]), /not text\/plain/)
    }),
    { numRuns: 20 },
  )
})

test('any change to payload, type or signature is seen', async () => {
  const envelope = parseEnvelope(await signEnvelope(TYPE, Buffer.from('{"a":1}'), signer))
  const flip = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
  for (let at = 0; at < envelope.payload.length; at++) {
    assert.throws(() => openEnvelope({ ...envelope, payload: flip(envelope.payload, at) }, TYPE, [key]), /no signature/)
  }
  const [first] = envelope.signatures
  for (let at = 0; at < 64; at++) {
    const signatures = [{ signature: flip(first!.signature, at) }]
    assert.throws(() => openEnvelope({ ...envelope, signatures }, TYPE, [key]), /no signature/)
  }
  assert.throws(() => openEnvelope({ ...envelope, payloadType: `${TYPE}x` }, `${TYPE}x`, [key]), /no signature/)
})

test('what is no envelope is told', () => {
  const envelope = { payloadType: 't', payload: '', signatures: [{ sig: '' }] }
  assert.equal(parseEnvelope(JSON.stringify(envelope)).signatures.length, 1)
  for (const broken of [
    null,
    [],
    { ...envelope, payloadType: 1 },
    { ...envelope, payload: 1 },
    { ...envelope, payload: 'a b' },
    { ...envelope, signatures: {} },
    { ...envelope, signatures: [null] },
    { ...envelope, signatures: [{ sig: 1 }] },
    { ...envelope, signatures: [{ sig: '', keyid: 1 }] },
    { ...envelope, signatures: [{ sig: '!' }] },
  ]) {
    assert.throws(() => parseEnvelope(JSON.stringify(broken)), { name: 'UserError' }, JSON.stringify(broken))
  }
  assert.throws(() => parseEnvelope('{'), { name: 'UserError' })
})

test('keys: a private one is refused where a public one belongs, and no error repeats it', () => {
  assert.throws(() => parsePublicKey(privatePem), /this is a private key/)
  assert.throws(
    () => pemSigner('-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----'),
    (error: Error) => !error.message.includes('c2VjcmV0'),
  )
  assert.throws(() => pemSigner(publicPem), /not a private key/)
})

test('several keys sign one envelope; who signed twice stands there once', async () => {
  const pairs = [generateKey(), generateKey(), generateKey()] as const
  const [a, b, c] = pairs.map(({ publicPem }) => parsePublicKey(publicPem))
  let envelope = parseEnvelope(await signEnvelope('t', Buffer.from('p'), pemSigner(pairs[0].privatePem)))
  for (const pair of [pairs[1], pairs[0]]) envelope = await addSignature(envelope, pemSigner(pair.privatePem))
  envelope = parseEnvelope(printEnvelope(envelope))
  assert.equal(envelope.signatures.length, 2)
  assert.deepEqual(signersOf(envelope, [a!, b!, c!]), [a, b])
  assert.deepEqual(signersOf({ ...envelope, payload: Buffer.from('q') }, [a!, b!, c!]), [])
})
