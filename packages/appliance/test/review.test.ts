import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesSource } from '@firn/binary/source'
import { identity } from '../../attest/test/authority.ts'
import { makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import { makeGrub } from '../../boot/test/grub-fixture.ts'
import {
  compareRebuild,
  parseKernelConfig,
  QUESTION_IDS,
  readPatch,
  readReviewed,
  readShim,
  readSourceArchive,
  reviewShim,
} from '../src/index.ts'
import { authority, GOOD_UKI_SBAT, shimBytes, subjectOf, ukiBytes } from './review-fixture.ts'

const NOTHING = { written: new Map<string, string>() }
const rulesOf = (...words: Parameters<typeof subjectOf>) =>
  reviewShim(subjectOf(...words), NOTHING).findings.map(({ rule, level }) => `${level} ${rule}`)
const uki = (...words: Parameters<typeof ukiBytes>) => [readReviewed('linux.efi', bytesSource(ukiBytes(...words)))]
const answer = (id: string, ...words: Parameters<typeof subjectOf>) =>
  reviewShim(subjectOf(...words), NOTHING).answers.find(({ question }) => question.id === id)!.answer

test('an application without fault has no findings', () => {
  assert.deepEqual(rulesOf(), [])
})

test('a shim that is too old, or that trusts nobody for long enough, is found', async () => {
  assert.deepEqual(rulesOf({ shimWords: { version: '15.7' } }), ['error review/shim-version'])
  assert.deepEqual(rulesOf({ shimWords: { version: '15.8' } }), ['warning review/shim-version'])
  const leaf = await identity('Leaf', {})
  assert.deepEqual(rulesOf({ shimWords: { certificate: leaf } }), ['note review/certificate'])
  assert.deepEqual(rulesOf({ now: new Date('2050-01-01') }), ['error review/certificate'])
  assert.deepEqual(rulesOf({ organization: 'Somebody Else' }), ['warning review/certificate'])
})

test('what SBAT must say of every binary', () => {
  const shim = (sbat: string) => rulesOf({ shimWords: { sbat } })
  assert.deepEqual(shim('shim,3,U,shim,1,u\nshim.example,1,E,shim,1,u\n'), ['error review/sbat-revoked'])
  assert.deepEqual(shim('shim,4,U,shim,1,u\n'), ['error review/sbat-vendor'])
  assert.deepEqual(rulesOf({ launched: uki(undefined) }), ['error review/sbat-missing'])
  assert.deepEqual(rulesOf({ launched: uki(GOOD_UKI_SBAT.replaceAll('.example,', '.other,')) }), [
    'error review/sbat-vendor',
  ])
  assert.deepEqual(rulesOf({ launched: uki(GOOD_UKI_SBAT.replace('uki.example', 'x.example')) }), [
    'warning review/sbat-vendor',
  ])
  assert.deepEqual(rulesOf({ launched: uki(`grub,4,F,grub,2.06,u\n${GOOD_UKI_SBAT}`) }), ['error review/sbat-revoked'])
})

test('no-execute data: the whole chain or none of it', () => {
  assert.deepEqual(rulesOf({ launched: uki(GOOD_UKI_SBAT, undefined, false) }), ['error review/nx-off'])
  assert.deepEqual(rulesOf({ shimWords: { nx: false } }), ['warning review/nx-off'])
})

test('sections that share pages, or can be written and executed', () => {
  const image = shimBytes()
  image.writeUInt32LE(0xe000_0020, image.indexOf('.data') + 36)
  const shim = readShim('shimx64.efi', bytesSource(image))
  assert.deepEqual(rulesOf({ shim }), ['error review/layout'])
  const narrow = makePe({ sections: [TEXT, { name: '.sbat', content: Buffer.from('') }], sectionAlignment: 0x200 })
  assert.ok(rulesOf({ launched: [readReviewed('x.efi', bytesSource(narrow))] }).includes('error review/layout'))
})

test('a kernel that does not lock down, or of which nothing says so', () => {
  const quiet = uki(GOOD_UKI_SBAT, 'quiet')
  assert.deepEqual(rulesOf({ launched: quiet }), ['warning review/lockdown'])
  const of = (text: string, launched = quiet) => rulesOf({ launched, config: parseKernelConfig(text) })
  assert.deepEqual(of('CONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT=y\n'), [])
  assert.deepEqual(of('CONFIG_SECURITY_LOCKDOWN_LSM=y\n'), ['error review/lockdown'])
  assert.deepEqual(of('# CONFIG_SECURITY_LOCKDOWN_LSM is not set\nCONFIG_A=y\n'), ['error review/lockdown'])
  const asks = uki(GOOD_UKI_SBAT, 'lockdown=integrity')
  assert.deepEqual(of('CONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_LSM="yama"\n', asks), ['error review/lockdown'])
  assert.deepEqual(of('CONFIG_SECURITY_LOCKDOWN_LSM=y\nCONFIG_LSM="lockdown,yama"\n', asks), [])
  assert.throws(() => parseKernelConfig('#!/bin/sh\n'), /not a configuration of a kernel/)
})

test('a source that is no release, a build that differs', () => {
  const source = readSourceArchive('shim.tar', bytesSource(Buffer.from('not a release')))
  assert.deepEqual(rulesOf({ source }), ['error review/source'])
  const [shim, other] = [shimBytes(), shimBytes()]
  other[700]! ^= 1
  const same = compareRebuild('again', bytesSource(shim), bytesSource(Buffer.from(shim)))
  assert.equal(same.firstDifference, undefined)
  const rebuild = compareRebuild('again', bytesSource(shim), bytesSource(other))
  assert.equal(rebuild.firstDifference, 700)
  assert.equal(compareRebuild('cut', bytesSource(shim), bytesSource(shim.subarray(0, 99))).firstDifference, 99)
  assert.deepEqual(rulesOf({ rebuilds: [same] }), [])
  assert.deepEqual(rulesOf({ rebuilds: [rebuild] }), ['error review/not-reproduced'])
})

test('answers that follow from the files, and those that are left to people', () => {
  assert.equal(answer('organization').kind, 'yours')
  assert.match(answer('sha256').text, /^```\n[0-9a-f]{64} {2}shimx64\.efi\n/)
  assert.match(answer('authority').text, /^Yes; .*\n\n- CN=Firn Example CA: an authority, RSA 2048, 2026-01-01/s)
  assert.match(answer('sbat').text, /`linux\.efi`:\n\n```\nsbat,1.*\nsystemd-stub,1/s)
  assert.match(answer('lockdown').text, /lockdown=integrity/)
  assert.match(answer('grub-modules').text, /no GRUB/)
  const grub = makeGrub(['linux', 'fat'], {
    sections: [
      { name: '.sbat', content: Buffer.from('sbat,1,S,sbat,1,u\ngrub,5,F,grub,2.12,u\ngrub.example,1,E,grub,1,u\n') },
    ],
  })
  const launched = [readReviewed('grubx64.efi', bytesSource(grub))]
  assert.equal(answer('grub-modules', { launched }).text, '`grubx64.efi`: fat linux')
  assert.match(answer('grub-sbat', { launched }).text, /grub,5,F/)
  const damaged = Buffer.from(grub)
  damaged.write('gmim', damaged.indexOf('mimg'), 'latin1')
  const unreadable = { launched: [readReviewed('grubx64.efi', bytesSource(damaged))] }
  assert.match(answer('grub-modules', unreadable).text, /they cannot be read: GRUB: /)
  const previous = [readShim('old.efi', bytesSource(shimBytes()))]
  assert.match(answer('same-authority', { previous }).text, /Kept from an earlier shim: Firn Example CA/)
})

test('a patch is known by the commit that its mail names', () => {
  const mail = `From ${'ab'.repeat(20)} Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH 1/2] Make it\n boot\n\ntext\n`
  const { commit, title } = readPatch('a.patch', Buffer.from(mail))
  assert.deepEqual({ commit, title }, { commit: 'ab'.repeat(20), title: 'Make it boot' })
  assert.equal(readPatch('b.patch', Buffer.from('--- a\n+++ b\n')).commit, undefined)
})

test('the Dockerfile builds what the facts say, takes what is beside it, and leaves blank what no file tells', () => {
  const recipe = (...words: Parameters<typeof subjectOf>) => reviewShim(subjectOf(...words), NOTHING).recipe
  const { dockerfile, files, wanted, open } = recipe()
  const { sha256 } = subjectOf().shim
  for (const line of [
    /^FROM FILL-IN@sha256:FILL-IN$/m,
    /^RUN wget -q https:\/\/github\.com\/rhboot\/shim\/releases\/download\/16\.1\/shim-16\.1\.tar\.bz2 \\\n {4}&& echo '46319cd2[0-9a-f]{56} {2}shim-16\.1\.tar\.bz2' \| sha256sum --check \\\n/m,
    /^COPY \["vendor_cert\.der","\/build\/"\]\n\nCOPY \["sbat\.example\.csv","data\/"\]$/m,
    /^RUN make ARCH=x86_64 VENDOR_CERT_FILE=\/build\/vendor_cert\.der POST_PROCESS_PE_FLAGS=-n shimx64\.efi$/m,
    new RegExp(`&& echo '${sha256} {2}shimx64\\.efi' \\| sha256sum --check \\\\\n {4}&& cmp`),
  ]) {
    assert.match(dockerfile, line)
  }
  assert.deepEqual(
    files.map(({ name, content }) => [name, Buffer.from(content)]),
    [
      ['vendor_cert.der', Buffer.from(authority.certificate.encoded)],
      ['sbat.example.csv', Buffer.from('shim.example,1,Example,shim,16.1,https://example.org\n')],
    ],
  )
  assert.deepEqual(wanted, ['shimx64.efi'])
  assert.equal(open.length, 3)

  const source = readSourceArchive('my shim.tar', bytesSource(Buffer.from('not a release')))
  const patches = [readPatch("it's.patch", Buffer.from('--- a\n+++ b\n'))]
  const other = recipe({ source, patches, shim: { ...subjectOf().shim, allowedHashes: 1, forbidden: 2 } })
  assert.match(other.dockerfile, /none of the known releases/)
  assert.match(other.dockerfile, /^COPY \["my shim\.tar","\.\/"\]$/m)
  assert.match(other.dockerfile, /^RUN patch -p1 < '\/build\/patches\/it'\\''s\.patch'$/m)
  assert.match(other.dockerfile, /VENDOR_DB_FILE=\/build\/vendor_db\.esl VENDOR_DBX_FILE=\/build\/vendor_dbx\.esl/)
  assert.deepEqual(other.wanted, ['my shim.tar', "it's.patch", 'vendor_db.esl', 'vendor_dbx.esl', 'shimx64.efi'])
  assert.match(
    answer('reproducible').text,
    /^`Dockerfile` is the recipe; it takes `vendor_cert\.der`, .* filled in: the image/,
  )
  assert.match(recipe({ shimWords: { nx: false, version: '16.0' } }).dockerfile, /echo 'FILL-IN {2}FILL-IN'.*FLAGS=-N/s)
})

const STARS = '*'.repeat(79)
const TEMPLATE = [
  'Here is the template:',
  STARS,
  '### What organization or people ask?',
  STARS,
  'Name:',
  '[your text here]',
  '',
  STARS,
  '### What is the SHA256 hash of your final shim binary?',
  STARS,
  '[your text here]',
  STARS,
  '### Is the moon made of cheese?',
  STARS,
  '[your text here]',
].join('\n')

test('a template keeps its questions; facts are filled in, blanks stay, what is new is named', () => {
  const { readme, findings } = reviewShim(subjectOf(), { ...NOTHING, template: TEMPLATE })
  assert.match(readme, /organization or people ask\?\n\*+\nName:\n\[your text here\]\n/)
  assert.match(readme, /final shim binary\?\n\*+\n```\n[0-9a-f]{64} {2}shimx64\.efi\n/)
  assert.match(readme, /made of cheese\?\n\*+\n\[your text here\]\n$/)
  assert.doesNotMatch(readme, /Here is the template/)
  assert.deepEqual(
    findings.map(({ message }) => message),
    ['nothing here answers: Is the moon made of cheese?'],
  )
  assert.throws(() => reviewShim(subjectOf(), { ...NOTHING, template: '# Hello' }), /not the template of shim-review/)
})

test('without a template every question stands once; what people wrote takes the place of what files say', () => {
  const written = new Map([['sha256', 'mine']])
  const { readme, answers } = reviewShim(subjectOf(), { written })
  assert.equal(readme.match(/^### /gm)!.length, QUESTION_IDS.length)
  assert.equal(new Set(QUESTION_IDS).size, QUESTION_IDS.length)
  assert.match(readme, /### The hash of the shim\n\*+\nmine\n/)
  assert.equal(answers.find(({ question }) => question.id === 'sha256')!.answer.kind, 'yours')
})
