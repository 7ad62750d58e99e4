import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { needs } from '../../../scripts/needs.ts'
import {
  chainTo,
  createCertificate,
  describeKey,
  encodePem,
  fingerprint,
  generateKey,
  isSignedBy,
  OID,
  parseCertificate,
  pemSigner,
  publicKeyOf,
  readCertificates,
  shortName,
} from '../src/index.ts'
import { CA, identity, YEARS } from './authority.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-x509-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}
const pem = (der: Uint8Array) => encodePem(der, 'CERTIFICATE')

test('a certificate that is written says what it was told to, to Node as well', async () => {
  const { certificate } = await identity('firn test, "db"', {
    organization: 'Example',
    extendedKeyUsage: [OID.codeSigning],
    serial: 0x1234n,
  })
  const node = new X509Certificate(certificate.encoded)
  assert.equal(node.subject, 'O=Example\nCN=firn test\\, \\"db\\"')
  assert.equal(node.serialNumber, '1234')
  assert.equal(new Date(node.validFrom).getTime(), YEARS.notBefore.getTime())
  assert.equal(new Date(node.validTo).getTime(), YEARS.notAfter.getTime())
  assert.equal(node.ca, false)
  assert.deepEqual(node.keyUsage, [OID.codeSigning])
  assert.ok(node.verify(node.publicKey))
  assert.equal(node.fingerprint256.replaceAll(':', '').toLowerCase(), fingerprint(certificate))
  assert.equal(certificate.subject.text, 'CN=firn test\\, "db", O=Example')
  assert.equal(shortName(certificate.subject), 'firn test\\, "db"')
  assert.deepEqual(certificate.keyUsage, ['digitalSignature'])
  assert.equal(describeKey(publicKeyOf(certificate)), 'RSA 2048')
})

test('the same key and words give the same bytes', async () => {
  const { privatePem } = generateKey('rsa-2048')
  const make = async () => {
    const signer = pemSigner(privatePem)
    const words = { commonName: 'a', publicKey: signer.publicKey, ...YEARS, ...CA }
    return fingerprint(await createCertificate(words, signer))
  }
  assert.equal(await make(), await make())
})

for (const kind of ['rsa-2048', 'rsa-4096', 'ec-p256', 'ec-p384', 'ed25519'] as const) {
  test(`openssl believes a path of ${kind} keys that was written here`, needs('openssl'), async () => {
    const root = await identity('root', CA, undefined, kind)
    const middle = await identity('middle', { ...CA, pathLength: 0 }, root, kind)
    const leaf = await identity('leaf', { extendedKeyUsage: [OID.codeSigning] }, middle, kind)
    const args = ['verify', '-x509_strict', '-CAfile', file('root.pem', pem(root.certificate.encoded))]
    args.push('-untrusted', file('middle.pem', pem(middle.certificate.encoded)))
    args.push(file('leaf.pem', pem(leaf.certificate.encoded)))
    assert.match(execFileSync('openssl', args, { encoding: 'utf8' }), /OK/)
    const chain = chainTo(leaf.certificate, [middle.certificate], [root.certificate])
    const flawed = { ...root.certificate, flaw: 'extension 2.5.29.15 stands twice' }
    assert.ok('anchor' in chainTo(flawed, [], [root.certificate]), 'it is trusted itself')
    assert.match(
      JSON.stringify(chainTo(leaf.certificate, [middle.certificate], [flawed])),
      /may not issue .*stands twice/,
    )
    assert.ok(!('reason' in chain))
    assert.deepEqual(
      chain.certificates.map(({ subject }) => subject.text),
      ['CN=leaf', 'CN=middle', 'CN=root'],
    )
  })
}

/** A path made by openssl: what each certificate may do is a line of its extensions. */
function opensslPath(name: string, lines: readonly string[]) {
  const made = lines.map((extensions, i) => {
    const base = join(folder, `${name}${i}`)
    execFileSync(
      'openssl',
      ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', `${base}.key`],
      {
        stdio: 'ignore',
      },
    )
    const ext = file(`${name}${i}.ext`, extensions)
    const issuer =
      i === 0
        ? ['-signkey', `${base}.key`]
        : [
            '-CA',
            join(folder, `${name}${i - 1}.pem`),
            '-CAkey',
            join(folder, `${name}${i - 1}.key`),
            '-set_serial',
            String(i),
          ]
    execFileSync('openssl', [
      'req',
      '-new',
      '-key',
      `${base}.key`,
      '-subj',
      `/O=x/CN=${name}${i}`,
      '-out',
      `${base}.csr`,
    ])
    execFileSync(
      'openssl',
      ['x509', '-req', '-in', `${base}.csr`, '-days', '3650', '-extfile', ext, ...issuer, '-out', `${base}.pem`],
      {
        stdio: 'ignore',
      },
    )
    return `${base}.pem`
  })
  return made
}

const MAY = 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign'
for (const [what, lines] of [
  ['sound', [MAY, MAY, 'basicConstraints=CA:FALSE']],
  ['longer', [MAY, MAY, MAY, MAY, 'keyUsage=digitalSignature']],
  ['nocaflag', [MAY, 'basicConstraints=CA:FALSE', 'keyUsage=digitalSignature']],
  ['nousage', [MAY, 'basicConstraints=CA:TRUE\nkeyUsage=digitalSignature', 'keyUsage=digitalSignature']],
  ['bare', [MAY, 'subjectAltName=DNS:x', 'keyUsage=digitalSignature']],
  ['tooshort', [`${MAY.replace('TRUE', 'TRUE,pathlen:0')}`, MAY, 'keyUsage=digitalSignature']],
  ['longenough', [`${MAY.replace('TRUE', 'TRUE,pathlen:1')}`, MAY, 'keyUsage=digitalSignature']],
  ['critical', [MAY, `${MAY}\n1.2.3.4=critical,ASN1:NULL`, 'keyUsage=digitalSignature']],
] as const) {
  test(`a path is judged as openssl judges it: ${what}`, needs('openssl'), () => {
    const paths = opensslPath(what, lines)
    const certificates = paths.flatMap((path) => readCertificates(execFileSync('cat', [path])))
    const untrusted = paths.slice(1, -1).flatMap((path) => ['-untrusted', path])
    const args = ['verify', '-partial_chain', '-trusted', paths[0]!, ...untrusted, paths.at(-1)!]
    const openssl = spawnSync('openssl', args).status === 0
    const chain = chainTo(certificates.at(-1)!, certificates.slice(1, -1), [certificates[0]!])
    assert.equal(!('reason' in chain), openssl, JSON.stringify('reason' in chain ? chain.reason : 'a path'))
  })
}

test('a certificate signed over SHA-1 leads nowhere', needs('openssl'), async () => {
  const root = await identity('root', CA)
  const key = file('sha1.key', root.privatePem)
  const pemFile = file('sha1.pem', pem(root.certificate.encoded))
  const request = ['req', '-new', '-key', key, '-subj', '/CN=leaf', '-out', join(folder, 'sha1.csr')]
  execFileSync('openssl', request, { stdio: 'ignore' })
  for (const hash of ['sha256', 'sha1']) {
    const args = ['x509', '-req', `-${hash}`, '-in', join(folder, 'sha1.csr'), '-CA', pemFile, '-CAkey', key]
    const leaf = execFileSync('openssl', [...args, '-set_serial', '2'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const chain = chainTo(readCertificates(leaf)[0]!, [], [root.certificate])
    assert.equal('reason' in chain, hash === 'sha1', hash)
  }
})

test('an RSA key below 2048 bits signs nothing that is believed', async () => {
  for (const modulusLength of [1024, 2040, 2048]) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength })
    const signer = { publicKey, keyId: 'weak', sign: async (bytes: Uint8Array) => sign('sha256', bytes, privateKey) }
    const root = await createCertificate({ commonName: 'weak', publicKey, ...YEARS, ...CA }, signer)
    assert.equal(isSignedBy(root, root), modulusLength === 2048, `${modulusLength}`)
    const key = (await identity('leaf')).signer.publicKey
    const words = { commonName: 'leaf', publicKey: key, ...YEARS, isCa: false, keyUsage: ['digitalSignature'] } as const
    assert.equal('anchor' in chainTo(await createCertificate(words, signer, root), [], [root]), modulusLength === 2048)
  }
})

test('a leaf that is trusted itself needs no issuer; a stranger of the same name is none', async () => {
  const [one, two] = [await identity('same', CA), await identity('same', CA)]
  assert.ok('anchor' in chainTo(one.certificate, [], [one.certificate]))
  assert.match(
    (chainTo(one.certificate, [], [two.certificate]) as { reason: string }).reason,
    /not issued by a trusted/,
  )
  assert.equal(isSignedBy(one.certificate, two.certificate), false)
})

test('a path made to cost time ends', async () => {
  const root = await identity('root', CA)
  // All of one name, each issued by the one before: each step tries all of them, some 350 signatures to the longest path.
  const ladder = [await identity('loop', CA, undefined, 'ec-p256')]
  while (ladder.length < 40) ladder.push(await identity('loop', CA, ladder.at(-1), 'ec-p256'))
  const rungs = ladder.map(({ certificate }) => certificate)
  assert.deepEqual(chainTo(rungs.at(-1)!, rungs, [root.certificate]), {
    reason: 'too many certificates to look through',
  })
})

test('changed and contradictory certificates are refused', async () => {
  const { certificate } = await identity('x', CA)
  for (let at = 0; at < certificate.encoded.length; at += 7) {
    const changed = Uint8Array.from(certificate.encoded)
    changed[at]! ^= 1
    try {
      assert.equal(isSignedBy(parseCertificate(changed), certificate), false, `byte ${at}`)
    } catch (error) {
      assert.equal((error as Error).name, 'UserError')
    }
  }
  assert.throws(() => parseCertificate(Buffer.concat([certificate.encoded, Buffer.of(0)])), /1 bytes too many/)
  assert.throws(() => readCertificates(Buffer.from('hello')), /no certificate/)
  assert.throws(() => parseCertificate(Buffer.alloc(64 * 1024 + 1)), /a certificate of 65537 bytes/)
})
