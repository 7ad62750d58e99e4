import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import { generateKey, pemSigner } from '@firn/attest'
import { parsePe } from '@firn/binary/pe'
import { bytesSource } from '@firn/binary/source'
import { needs } from '../../../scripts/needs.ts'
import { makePe } from '../../binary/test/pe-fixture.ts'
import {
  type Bank,
  EVENT,
  hasPolicyFor,
  type PhaseValue,
  parseEventLog,
  parsePolicyKey,
  policyDigest,
  predictPcr11,
  replay,
  signPcrPolicies,
} from '../src/index.ts'
import { workFolder } from './fixture.ts'
import { type Event, printLog } from './log-fixture.ts'
import { startTpm } from './tpm.ts'

const { put } = workFolder()
const { privatePem, publicPem } = generateKey('rsa-2048')
const PARTS = { linux: 'a kernel', osrel: 'ID=x\n', cmdline: 'quiet', initrd: 'an initrd' }
const image = bytesSource(
  makePe({ sections: Object.entries(PARTS).map(([name, text]) => ({ name: `.${name}`, content: Buffer.from(text) })) }),
)
const valuesOf = (bank: Bank) => predictPcr11(image, parsePe(image).sections, 252, bank).values
const values = valuesOf('sha256')
const BANKS = ['sha1', 'sha256', 'sha384', 'sha512'] as const

type Signed = Partial<Record<Bank, { pol: string; pkfp: string; sig: string }[]>>

test(
  'the signed policies are those of systemd-measure, byte by byte, made without a TPM',
  needs('systemd-measure', 'swtpm'),
  async () => {
    const tcti = await startTpm()
    const theirs = execFileSync(
      '/usr/lib/systemd/systemd-measure',
      [
        'sign',
        `--tpm2-device=${tcti}`,
        '--bank=sha256',
        `--private-key=${put('policy.key', privatePem)}`,
        `--public-key=${put('policy.pub', publicPem)}`,
        ...Object.entries(PARTS).map(([name, text]) => `--${name}=${put(name, text)}`),
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    )
    assert.equal(await signPcrPolicies([{ bank: 'sha256', values }], pemSigner(privatePem)), theirs)
  },
)

test(
  'a TPM that measures the events of a log holds what the log is replayed to',
  needs('swtpm', 'tpm2_pcrextend'),
  async () => {
    const tcti = await startTpm()
    const env = { ...process.env, TPM2TOOLS_TCTI: tcti }
    const events: readonly Event[] = [
      { pcr: 4, type: EVENT.action, data: Buffer.from('one') },
      { pcr: 7, type: EVENT.separator, data: Buffer.alloc(4) },
      {
        pcr: 4,
        type: EVENT.application,
        data: Buffer.alloc(32),
        digest: createHash('sha256').update('image').digest(),
      },
    ]
    const log = parseEventLog(printLog(events))
    for (const { pcr, digests } of log.events) {
      const hex = Buffer.from(digests.get('sha256')!).toString('hex')
      execFileSync('tpm2_pcrextend', [`${pcr}:sha256=${hex}`], { env, stdio: 'ignore' })
    }
    const told = execFileSync('tpm2_pcrread', ['sha256:4,7'], { env, encoding: 'utf8' }).toLowerCase()
    for (const [pcr, value] of replay(log, 'sha256')) {
      assert.match(told, new RegExp(`${pcr} *: 0x${Buffer.from(value).toString('hex')}`))
    }
  },
)

test(
  'the policies of every bank are those of systemd-measure; each is signed over SHA-256',
  needs('systemd-measure', 'swtpm'),
  async () => {
    const tcti = await startTpm()
    const theirs = JSON.parse(
      execFileSync(
        '/usr/lib/systemd/systemd-measure',
        [
          'sign',
          `--tpm2-device=${tcti}`,
          ...BANKS.map((bank) => `--bank=${bank}`),
          `--private-key=${put('policy.key', privatePem)}`,
          `--public-key=${put('policy.pub', publicPem)}`,
          ...Object.entries(PARTS).map(([name, text]) => `--${name}=${put(name, text)}`),
        ],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
      ),
    ) as Signed
    const banks = BANKS.map((bank) => ({ bank, values: valuesOf(bank) }))
    const ours = JSON.parse(await signPcrPolicies(banks, pemSigner(privatePem))) as Signed
    const policies = (signed: Signed) => BANKS.map((bank) => signed[bank]!.map(({ pol, pkfp }) => ({ pol, pkfp })))
    assert.deepEqual(policies(ours), policies(theirs))
    for (const { pol, sig } of BANKS.flatMap((bank) => ours[bank]!)) {
      assert.ok(verify('sha256', Buffer.from(pol, 'hex'), createPublicKey(publicPem), Buffer.from(sig, 'base64')))
    }
  },
)

test('a TPM comes to the policy digest by itself', needs('swtpm', 'tpm2_pcrextend'), async () => {
  const env = { ...process.env, TPM2TOOLS_TCTI: await startTpm() }
  const run = (program: string, ...words: readonly string[]) => execFileSync(program, words, { env, encoding: 'utf8' })
  const extended = createHash('sha256').update('x').digest()
  run('tpm2_pcrextend', `11:sha256=${extended.toString('hex')}`)
  const value = createHash('sha256').update(Buffer.alloc(32)).update(extended).digest()
  const session = put('session', '')
  run('tpm2_startauthsession', '-S', session)
  const told = run('tpm2_policypcr', '-S', session, '-l', 'sha256:11')
  assert.match(told, new RegExp(Buffer.from(policyDigest('sha256', value)).toString('hex')))
})

test('a signed policy: its fields, and only with an RSA key', async () => {
  const { sha256 } = JSON.parse(await signPcrPolicies([{ bank: 'sha256', values }], pemSigner(privatePem))) as {
    sha256: { pcrs: number[]; pkfp: string; pol: string; sig: string }[]
  }
  assert.equal(sha256.length, 4)
  for (const [i, { pcrs, pol, sig, pkfp }] of sha256.entries()) {
    assert.deepEqual(pcrs, [11])
    assert.equal(pol, Buffer.from(policyDigest('sha256', values[i]!.value)).toString('hex'))
    assert.ok(verify('sha256', Buffer.from(pol, 'hex'), createPublicKey(publicPem), Buffer.from(sig, 'base64')))
    const pkcs1 = createPublicKey(publicPem).export({ type: 'pkcs1', format: 'der' })
    assert.equal(pkfp, createHash('sha256').update(pkcs1).digest('hex'))
  }
  const text = await signPcrPolicies([{ bank: 'sha256', values }], pemSigner(privatePem))
  const { key, fingerprint } = parsePolicyKey(publicPem)
  assert.equal(fingerprint, sha256[0]!.pkfp)
  const [{ value }] = values as [PhaseValue]
  assert.ok(hasPolicyFor(text, key, 'sha256', value))
  const strange = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const forged = text.replaceAll(
    fingerprint,
    parsePolicyKey(strange.export({ type: 'spki', format: 'pem' })).fingerprint,
  )
  for (const no of [
    hasPolicyFor(text, key, 'sha256', Buffer.alloc(32)),
    hasPolicyFor(text, key, 'sha1', value),
    hasPolicyFor(text, strange, 'sha256', value),
    hasPolicyFor(forged, strange, 'sha256', value),
    hasPolicyFor(text.replaceAll('[11]', '[12]'), key, 'sha256', value),
    ...['', 'null', '{"sha256":[null,1,{}]}', '{"sha256":{}}'].map((bad) => hasPolicyFor(bad, key, 'sha256', value)),
  ]) {
    assert.equal(no, false)
  }
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  await assert.rejects(signPcrPolicies([{ bank: 'sha256', values }], pemSigner(ec as string)), /must be RSA/)
  assert.throws(() => parsePolicyKey(ec as string), /no RSA key/)
})
