import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { UserError } from '@firn/core'
import { needs } from '../../../scripts/needs.ts'
import {
  commandSigner,
  detachedSigner,
  generateKey,
  parsePkcs11Uri,
  parsePublicKey,
  pemSigner,
  pkcs11Signer,
  verifySignature,
} from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-signer-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array, mode = 0o600) => {
  writeFileSync(join(folder, name), content, { mode })
  return join(folder, name)
}

const BYTES = Buffer.from('to be signed')
const rsa = generateKey('rsa-2048')
const ec = generateKey('ec-p256')
const keyOf = (pem: string) => parsePublicKey(pem).key

test('each kind of key signs, and its signature is believed by that key alone', async () => {
  for (const kind of ['ed25519', 'rsa-2048', 'ec-p256', 'ec-p384'] as const) {
    const { privatePem, publicPem } = generateKey(kind)
    const signature = await pemSigner(privatePem).sign(BYTES)
    assert.ok(verifySignature(parsePublicKey(publicPem), BYTES, signature), kind)
    assert.ok(!verifySignature(parsePublicKey(publicPem), Buffer.from('other'), signature), kind)
    assert.ok(!verifySignature(parsePublicKey(generateKey(kind).publicPem), BYTES, signature), kind)
  }
})

test('keys that are weak, encrypted or of a useless kind are refused', needs('openssl'), () => {
  const make = (...args: string[]) =>
    execFileSync(
      'openssl',
      ['genpkey', '-quiet', ...args].filter((a) => a !== '-quiet'),
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
  assert.throws(() => pemSigner(make('-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024')), /RSA key of 1024 bits/)
  assert.throws(() => pemSigner(make('-algorithm', 'X25519')), /x25519 key is of no use/)
  assert.throws(
    () => pemSigner(make('-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-aes256', '-pass', 'pass:x')),
    /is encrypted/,
  )
})

test('a signature from elsewhere is taken when it fits, and refused when it does not', async () => {
  const signature = await pemSigner(rsa.privatePem).sign(BYTES)
  assert.deepEqual(await detachedSigner(keyOf(rsa.publicPem), signature).sign(BYTES), signature)
  await assert.rejects(detachedSigner(keyOf(rsa.publicPem), signature).sign(Buffer.from('x')), /does not fit/)
  await assert.rejects(detachedSigner(keyOf(ec.publicPem), signature).sign(BYTES), /does not fit/)
})

test('a program signs: bytes in, signature out, and no shell between', needs('openssl'), async () => {
  const key = file('rsa.pem', rsa.privatePem)
  const words = ['openssl', 'dgst', '-sha256', '-sign', key] as const
  const signature = await commandSigner([...words], keyOf(rsa.publicPem)).sign(BYTES)
  assert.ok(verifySignature(parsePublicKey(rsa.publicPem), BYTES, signature))
  const hostile = join(folder, 'touched')
  await assert.rejects(
    commandSigner(['openssl', `; touch ${hostile}`], keyOf(rsa.publicPem)).sign(BYTES),
    /openssl: failed/,
  )
  assert.ok(!existsSync(hostile))
  await assert.rejects(commandSigner([...words], keyOf(ec.publicPem)).sign(BYTES), /does not fit/)
  await assert.rejects(commandSigner(['no-such-program'], keyOf(rsa.publicPem)).sign(BYTES), /there is no such program/)
  await assert.rejects(commandSigner(['false'], keyOf(rsa.publicPem)).sign(BYTES), /failed \(1\)/)
  await assert.rejects(commandSigner(['cat', '/dev/zero'], keyOf(rsa.publicPem)).sign(BYTES), /sent more than/)
})

test(
  'a token signs: RSA and EC keys of SoftHSM, by label and by id, with the PIN in a file',
  needs('softhsm2-util', 'pkcs11-tool', 'openssl'),
  async () => {
    const modulePath = [
      '/usr/lib/softhsm/libsofthsm2.so',
      '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
      '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
    ].find(existsSync)
    assert.ok(modulePath !== undefined, 'SoftHSM’s library')
    mkdirSync(join(folder, 'tokens'))
    const configured = process.env.SOFTHSM2_CONF
    process.env.SOFTHSM2_CONF = file(
      'softhsm2.conf',
      `directories.tokendir = ${folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n`,
    )
    try {
      const run = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'ignore' })
      run('softhsm2-util', '--init-token', '--free', '--label', 'firn test', '--so-pin', '123456', '--pin', '4711')
      for (const [label, id, pair] of [
        ['rsa key', '01', rsa],
        ['ec key', '02', ec],
      ] as const) {
        run(
          'softhsm2-util',
          '--import',
          file(`${id}.pem`, pair.privatePem),
          '--token',
          'firn test',
          '--label',
          label,
          '--id',
          id,
          '--pin',
          '4711',
        )
      }
      const pin = file('pin', '4711\n')
      const query = `?module-path=${modulePath}&pin-source=${pin}`
      for (const [which, pair] of [
        ['object=rsa%20key', rsa],
        ['id=%01', rsa],
        ['object=ec%20key', ec],
      ] as const) {
        const uri = parsePkcs11Uri(`pkcs11:token=firn%20test;${which}${query}`)
        const signature = await pkcs11Signer(uri, keyOf(pair.publicPem)).sign(BYTES)
        assert.ok(verifySignature(parsePublicKey(pair.publicPem), BYTES, signature), which)
        await assert.rejects(
          pkcs11Signer(uri, keyOf(generateKey('rsa-2048').publicPem)).sign(BYTES),
          /failed|does not fit/,
        )
      }
      const missing = parsePkcs11Uri(`pkcs11:token=firn%20test;object=none${query}`)
      await assert.rejects(pkcs11Signer(missing, keyOf(rsa.publicPem)).sign(BYTES), /no private key none/)
      const wrong = parsePkcs11Uri(`pkcs11:token=firn%20test;object=rsa%20key?module-path=${modulePath}`)
      await assert.rejects(pkcs11Signer(wrong, keyOf(rsa.publicPem)).sign(BYTES), /needs a PIN/)
      await assert.rejects(
        pkcs11Signer(wrong, keyOf(rsa.publicPem), '0000').sign(BYTES),
        (error: UserError) =>
          /^[^\n]*failed/.test(error.message) && !error.message.includes('0000') && /the PIN is wrong/.test(error.hint),
      )
      for (const [uri, why] of [
        [`pkcs11:token=another;id=%01${query}`, /is it plugged in/],
        [`pkcs11:token=firn%20test;id=%01?module-path=/none.so&pin-source=${pin}`, /module-path is the library/],
      ] as const) {
        await assert.rejects(
          pkcs11Signer(parsePkcs11Uri(uri), keyOf(rsa.publicPem)).sign(BYTES),
          (error: UserError) => why.test(error.hint) && !error.message.includes('\n'),
        )
      }
      assert.ok((await pkcs11Signer(wrong, keyOf(rsa.publicPem), '4711').sign(BYTES)).length === 256)
    } finally {
      if (configured === undefined) delete process.env.SOFTHSM2_CONF
      else process.env.SOFTHSM2_CONF = configured
    }
  },
)

test('PKCS#11 URIs', () => {
  assert.deepEqual(parsePkcs11Uri('pkcs11:token=a%3Bb;id=%00%ff;object=k?module-path=/m.so&pin-source=file:/p'), {
    modulePath: '/m.so',
    token: 'a;b',
    object: 'k',
    id: '00ff',
    pinSource: '/p',
  })
  for (const [uri, why] of [
    ['pkcs12:x', /not a PKCS#11 URI/],
    ['pkcs11:object=k', /which library/],
    ['pkcs11:token=t?module-path=/m', /names no key/],
    ['pkcs11:object=k?module-path=/m&pin-value=1', /show the PIN/],
    ['pkcs11:object=%zz?module-path=/m', /two hex digits/],
    ['pkcs11:objekt=k?module-path=/m', /not known: objekt/],
  ] as const) {
    assert.throws(() => parsePkcs11Uri(uri), why)
  }
})
