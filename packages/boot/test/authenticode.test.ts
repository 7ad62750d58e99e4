import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { derWrite, detachedSigner, OID, publicKeyOf, signData } from '@firn/attest'
import { bytesSource, fileSource } from '@firn/binary/source'
import fc from 'fast-check'
import { needsParts, type PartName, part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { CA, identity } from '../../attest/test/authority.ts'
import { namedTwice } from '../../attest/test/two-signers.ts'
import { DATA, FIELD, makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import {
  admit,
  attachSignature,
  authenticodeHash,
  hashToSign,
  requestSignature,
  signImage,
  stripSignatures,
} from '../src/index.ts'
import { checksumOf } from '../src/pe/checksum.ts'
import { bytesOf, certPem, inspectBytes, trustIn, workFolder } from './fixture.ts'

const { path: folder, put } = workFolder()
const db = await identity('firn test db', { extendedKeyUsage: [OID.codeSigning] })
const other = await identity('another key', { extendedKeyUsage: [OID.codeSigning] })
const dbPem = put('db.pem', certPem(db))
const dbKey = put('db.key', db.privatePem)
const signed = async (bytes: Uint8Array, by = db, options = {}) =>
  bytesOf(await signImage(bytesSource(bytes), by.signer, { certificates: [by.certificate], ...options }))
const run = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: 'utf8' })
const admitted = (bytes: Uint8Array, ...by: (typeof db)[]) => admit(inspectBytes(bytes), trustIn(...by))

const REAL: readonly PartName[] = ['stub', 'bootloader', 'shim', 'kernel', 'stub-aarch64', 'bootloader-aarch64']
const IMAGES = () =>
  [
    ['64 bits', makePe()],
    ['32 bits', makePe({ is64: false, machine: 0x14c })],
    ['aarch64', makePe({ machine: 0xaa64 })],
    ['of odd length', makePe({ tail: Buffer.alloc(13, 7) })],
    [
      'with a section without bytes',
      makePe({ sections: [TEXT, { name: '.bss', content: Buffer.alloc(0), virtualSize: 5000 }, DATA] }),
    ],
  ] as const

test('a signature is admitted by its certificate and by no other', async () => {
  for (const [what, image] of IMAGES()) {
    const bytes = await signed(image)
    assert.ok(admitted(bytes, db).admitted, what)
    assert.ok(admitted(bytes, other, db).admitted, what)
    assert.equal(admitted(bytes, other).admitted, false, what)
    assert.equal(admitted(bytes).admitted, false, what)
    assert.equal(admitted(image, db).admitted, false, what)
    assert.deepEqual(bytes, await signed(image), 'the same bytes each time')
  }
})

test(
  'sbverify and osslsigncode admit what is signed here, and refuse another certificate',
  needs('sbverify', 'osslsigncode'),
  async () => {
    const strange = put('other.pem', certPem(other))
    for (const [what, image] of IMAGES()) {
      const file = put('signed.efi', await signed(image, db, { signingTime: new Date('2026-03-04T05:06:07Z') }))
      assert.equal(run('sbverify', '--cert', dbPem, file).status, 0, `${what}: sbverify`)
      assert.notEqual(run('sbverify', '--cert', strange, file).status, 0, `${what}: sbverify, another certificate`)
      const told = run('osslsigncode', 'verify', '-CAfile', dbPem, '-in', file)
      assert.equal(told.status, 0, `${what}: osslsigncode: ${told.stdout}`)
      assert.doesNotMatch(told.stdout, /invalid PE checksum/, what)
      const ours = Buffer.from(inspectBytes(readFileSync(file)).sha256)
        .toString('hex')
        .toUpperCase()
      assert.match(told.stdout, new RegExp(`Calculated message digest : ${ours}`), what)
    }
  },
)

test('what sbsign and osslsigncode sign is admitted here', needs('sbsign', 'osslsigncode'), () => {
  for (const [what, image] of IMAGES()) {
    const file = put('plain.efi', image)
    const [sb, ossl] = [join(folder, 'sb.efi'), join(folder, `ossl-${what}.efi`)]
    execFileSync('sbsign', ['--key', dbKey, '--cert', dbPem, '--output', sb, file], { stdio: 'ignore' })
    execFileSync('osslsigncode', ['sign', '-certs', dbPem, '-key', dbKey, '-h', 'sha256', '-in', file, '-out', ossl], {
      stdio: 'ignore',
    })
    for (const name of [sb, ossl]) {
      const bytes = readFileSync(name)
      assert.ok(admitted(bytes, db).admitted, `${what}: ${name}`)
      assert.equal(admitted(bytes, other).admitted, false, `${what}: ${name}`)
    }
  }
})

test('osslsigncode with SHA-384 and SHA-512 is admitted; with SHA-1 it is not', needs('osslsigncode'), () => {
  const file = put('plain.efi', makePe())
  for (const hash of ['sha384', 'sha512', 'sha1']) {
    const out = join(folder, `${hash}.efi`)
    execFileSync('osslsigncode', ['sign', '-certs', dbPem, '-key', dbKey, '-h', hash, '-in', file, '-out', out], {
      stdio: 'ignore',
    })
    const admission = admitted(readFileSync(out), db)
    assert.equal(admission.admitted, hash !== 'sha1', hash)
    if (hash === 'sha1') assert.match(admission.reason, /SHA-1/)
  }
})

for (const name of REAL) {
  test(`the real ${name}: signed, signed twice, stripped; others agree`, {
    ...needsParts(name),
    ...needs('sbverify', 'pesign'),
  }, async () => {
    const source = fileSource(part(name))
    const image = bytesOf(source)
    const before = inspectBytes(image)
    assert.deepEqual(before.warnings, [])
    const file = put('real.efi', image)
    const ours = authenticodeHash(source, before.pe).toString('hex')
    assert.match(run('pesign', '-h', '-i', file).stdout, new RegExp(ours))
    const once = await signed(image)
    const twice = await signed(once, other)
    assert.equal(inspectBytes(twice).signatures.length, before.signatures.length + 2)
    for (const [by, bytes] of [
      [db, once],
      [db, twice],
      [other, twice],
    ] as const) {
      assert.ok(admitted(bytes, by).admitted)
      assert.equal(run('sbverify', '--cert', put('by.pem', certPem(by)), put('real.efi', bytes)).status, 0)
    }
    assert.equal(hashToSign(source, before.pe).toString('hex'), Buffer.from(inspectBytes(twice).sha256).toString('hex'))
    const stripped = bytesOf(stripSignatures(bytesSource(once)))
    assert.equal(inspectBytes(stripped).signatures.length, 0)
    assert.equal(Buffer.compare(inspectBytes(stripped).sha256, inspectBytes(once).sha256), 0)
    const replaced = await signed(twice, db, { replace: true })
    assert.equal(inspectBytes(replaced).signatures.length, 1)
    source.close()
  })
}

test('Microsoft’s two signatures on shim are intact and tell their time', needsParts('shim'), () => {
  const { signatures } = inspectBytes(readFileSync(part('shim')))
  assert.deepEqual(
    signatures.map(({ problem, hash, timestamps }) => [
      problem,
      hash,
      timestamps.map((stamp) => [stamp.authority, stamp.problem]),
    ]),
    [
      [undefined, 'sha256', [['Microsoft Time-Stamp Service', undefined]]],
      [undefined, 'sha256', [['Microsoft Time-Stamp Service', undefined]]],
    ],
  )
})

test('one changed bit anywhere in the file is seen, but in the checksum and the padding behind signatures', async () => {
  const bytes = await signed(makePe())
  const table = inspectBytes(bytes).pe.certificateTable!
  const free = (at: number) => at >= FIELD.checksum && at < FIELD.checksum + 4
  const length = bytes.readUInt32LE(table.offset)
  for (let at = 0; at < table.offset; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1 << (at % 8)
    const admission = verdict(changed)
    assert.equal(admission, free(at) ? 'admitted' : 'refused', `byte ${at}`)
  }
  let kept = 0
  for (let at = table.offset; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1 << (at % 8)
    if (verdict(changed) === 'admitted') kept++
  }
  // The revision, NULL parameters and what names no file in the SPC: some bytes of some 1,500.
  assert.ok(kept < 40, `${kept} bytes of the table may change`)
  assert.ok(length < table.size)
})

function verdict(bytes: Uint8Array): 'admitted' | 'refused' {
  try {
    return admitted(bytes, db).admitted ? 'admitted' : 'refused'
  } catch (error) {
    assert.equal((error as Error).name, 'UserError', String((error as Error).stack))
    return 'refused'
  }
}

test('images whose hash leaves bytes out are not signed, and a warning says so', async () => {
  for (const [what, image, why] of [
    ['gap', makePe({ sections: [TEXT, { ...DATA, gap: 16 }] }), /16 bytes before section \.data/],
    ['gap before the first', makePe({ sections: [{ ...TEXT, gap: 512 }, DATA] }), /512 bytes before section \.text/],
  ] as const) {
    await assert.rejects(signed(image), why, what)
    assert.match(inspectBytes(image).warnings.join(), why, what)
  }
  const overlapping = makePe()
  overlapping.writeUInt32LE(0x400, FIELD.sections + 40 + 20)
  await assert.rejects(signed(overlapping), /\.data overlaps/)
  await assert.rejects(signed(makePe({ directories: 4 })), /no room for a certificate table/)
})

test('a gap is in nobody’s hash: what is in it may change, and sbsign warns as well', needs('sbsign'), () => {
  const image = makePe({ sections: [TEXT, { ...DATA, gap: 16 }] })
  const file = put('gap.efi', image)
  const told = run('sbsign', '--key', dbKey, '--cert', dbPem, '--output', join(folder, 'gap.signed'), file)
  assert.match(told.stderr, /gaps between PE\/COFF sections/)
  const changed = Buffer.from(image)
  changed[0x605]! ^= 0xff
  assert.deepEqual(inspectBytes(changed).sha256, inspectBytes(image).sha256)
})

test('a damaged table refuses the image, whoever signed it', async () => {
  const bytes = await signed(makePe())
  const { offset, size } = inspectBytes(bytes).pe.certificateTable!
  for (const length of [0, 8, size + 1, size - 8, 0xffff_ffff]) {
    const changed = Buffer.from(bytes)
    changed.writeUInt32LE(length, offset)
    const admission = admitted(changed, db)
    assert.equal(admission.admitted, false, `length ${length}`)
    assert.match(admission.reason, /damaged/)
  }
  const damaged = Buffer.from(bytes)
  damaged.writeUInt32LE(size + 1, offset)
  await assert.rejects(signed(damaged), /the certificate table is damaged/)
  assert.ok(admitted(await signed(damaged, db, { replace: true }), db).admitted)
  const longer = Buffer.concat([bytes, Buffer.alloc(8)])
  assert.equal(admitted(longer, db).admitted, false, 'bytes behind the table are hashed, so the hash changes')
  assert.match(inspectBytes(longer).warnings.join(), /8 bytes stand behind the certificate table/)
})

test('a signature made elsewhere: the bytes out, the signature in', async () => {
  const image = makePe()
  const options = { certificates: [db.certificate] } as const
  const request = requestSignature(bytesSource(image), options)
  const signature = await db.signer.sign(request)
  const away = detachedSigner(publicKeyOf(db.certificate), signature)
  const bytes = bytesOf(await signImage(bytesSource(image), away, options))
  assert.deepEqual(bytes, await signed(image))
  await assert.rejects(signImage(bytesSource(makePe({ sections: [TEXT] })), away, options), /does not fit/)
})

test('signatures that sign something else prove nothing', async () => {
  const image = makePe()
  const content = derWrite.octetString(Buffer.from('x'))
  const plain = await signData(
    { contentType: OID.data, content, hashed: Buffer.from('x'), certificates: [db.certificate], attributes: true },
    db.signer,
  )
  const attached = bytesOf(attachSignature(bytesSource(image), plain))
  assert.match(inspectBytes(attached).signatures[0]!.problem!, /does not sign a PE image/)
  const elsewhere = inspectBytes(await signed(makePe({ sections: [TEXT] })))
  assert.equal(elsewhere.signatures[0]!.problem, undefined)
  const moved = await signed(makePe({ sections: [TEXT] }))
  const table = elsewhere.pe.certificateTable!
  const der = moved.subarray(table.offset + 8, table.offset + moved.readUInt32LE(table.offset))
  const transplanted = bytesOf(attachSignature(bytesSource(image), der))
  assert.match(inspectBytes(transplanted).signatures[0]!.problem!, /changed since/)
  assert.equal(admitted(transplanted, db).admitted, false)
  // A good signature beside a worthless one counts.
  assert.ok(admitted(await signed(transplanted), db).admitted)
})

test('a chain over an intermediate that is sent along', async () => {
  const root = await identity('root', CA)
  const middle = await identity('middle', { ...CA, pathLength: 0 }, root)
  const leaf = await identity('leaf', { extendedKeyUsage: [OID.codeSigning] }, middle)
  const bytes = await signed(makePe(), leaf, { certificates: [leaf.certificate, middle.certificate] })
  for (const anchor of [leaf, middle, root])
    assert.ok(admitted(bytes, anchor).admitted, anchor.certificate.subject.text)
  const alone = await signed(makePe(), leaf)
  assert.equal(admitted(alone, root).admitted, false)
  assert.ok(admitted(alone, middle).admitted)
})

test('the checksum is right after any edit, as binutils and osslsigncode count it', needs('osslsigncode'), async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 1, maxLength: 3000 }),
      fc.uint8Array({ maxLength: 9 }),
      async (content, tail) => {
        const image = makePe({ sections: [TEXT, { name: '.data', content }], tail: Buffer.from(tail) })
        const [once, twice] = [await signed(image), await signed(await signed(image), other)]
        for (const bytes of [once, twice, bytesOf(stripSignatures(bytesSource(twice)))]) {
          assert.equal(bytes.readUInt32LE(FIELD.checksum), slowChecksum(bytes))
        }
      },
    ),
    { numRuns: 15 },
  )
  const file = put('sum.efi', await signed(makePe()))
  assert.doesNotMatch(run('osslsigncode', 'verify', '-CAfile', dbPem, '-in', file).stdout, /invalid PE checksum/)
})

/** The checksum word by word, as ImageHlp documents it. */
function slowChecksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) {
    if (at === FIELD.checksum || at === FIELD.checksum + 2) continue
    sum += bytes[at]! | ((bytes[at + 1] ?? 0) << 8)
    sum = (sum & 0xffff) + (sum >>> 16)
  }
  return sum + bytes.length
}

test(
  'osslsigncode strips to the same bytes; what sbattach takes out or puts in is what stands here',
  needs('osslsigncode', 'sbattach'),
  async () => {
    for (const [what, image] of IMAGES()) {
      const file = put('once.efi', await signed(image))
      const [bare, signature] = [join(folder, `bare-${what}.efi`), join(folder, 'signature.p7')]
      execFileSync('osslsigncode', ['remove-signature', '-in', file, '-out', bare], { stdio: 'ignore' })
      assert.deepEqual(readFileSync(bare), bytesOf(stripSignatures(fileSource(file))), `${what}: stripped`)
      execFileSync('sbattach', ['--detach', signature, file], { stdio: 'ignore' })
      const back = bytesOf(attachSignature(bytesSource(image), readFileSync(signature)))
      assert.deepEqual(back, readFileSync(file), `${what}: attached here`)
      const theirs = put('theirs.efi', readFileSync(bare))
      execFileSync('sbattach', ['--attach', signature, theirs], { stdio: 'ignore' })
      assert.ok(admitted(readFileSync(theirs), db).admitted, `${what}: attached there`)
    }
  },
)

test('two hash algorithms in one signature: edk2 would compute the outer one, so it proves nothing', async () => {
  const bytes = await signed(makePe())
  const sha256 = Buffer.from('608648016503040201', 'hex')
  const outer = bytes.indexOf(sha256, inspectBytes(bytes).pe.certificateTable!.offset)
  bytes[outer + sha256.length - 1] = 2
  assert.match(inspectBytes(bytes).signatures[0]!.problem!, /two different hash algorithms/)
  assert.equal(admitted(bytes, db).admitted, false)
})

test('an image of which a signature names two signers is not believed for the first', async () => {
  const image = makePe()
  const bytes = await signed(image)
  const { offset } = inspectBytes(bytes).pe.certificateTable!
  const der = bytes.subarray(offset + 8, offset + bytes.readUInt32LE(offset))
  const twice = bytesOf(attachSignature(bytesSource(image), namedTwice(der)))
  assert.match(inspectBytes(twice).signatures[0]!.problem!, /it has 2 signers/)
  assert.equal(admitted(twice, db).admitted, false)
})

test('a certificate table that only wants to be held in memory is refused', () => {
  const bytes = bytesOf(attachSignature(bytesSource(makePe()), new Uint8Array(5 * 2 ** 20)))
  assert.match(inspectBytes(bytes).refusal!, /the certificate table has 52\d+ bytes/)
})

test('a sum of words that folds to nothing is 65535, not 0', () => {
  const image = makePe()
  image.writeUInt16LE(0xffff - ((slowChecksum(image) - image.length) % 0xffff), 0x5fe)
  assert.equal(slowChecksum(image) - image.length, 0xffff)
  assert.equal(checksumOf(bytesSource(image), FIELD.checksum), slowChecksum(image))
})
