import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseCertificate } from '../../packages/attest/src/index.ts'
import { DATA, makePe, TEXT } from '../../packages/binary/test/pe-fixture.ts'
import { printSignatureLists, SIGNATURE_TYPE } from '../../packages/boot/src/index.ts'
import { needsParts, part } from '../../scripts/boot-parts.ts'
import { needs } from '../../scripts/needs.ts'

const firn = new URL('../../firn', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-boot-commands-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const put = (name: string, content: Uint8Array | string) => {
  writeFileSync(at(name), content)
  return at(name)
}

/** Run `firn boot …` in the folder; what it says and its exit code. */
function boot(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, SOURCE_DATE_EPOCH: '1767225600' }
  return spawnSync(firn, ['boot', ...words], { cwd: folder, encoding: 'utf8', env })
}

function good(...words: readonly string[]): string {
  const { status, stdout, stderr } = boot(...words)
  assert.equal(status, 0, `firn boot ${words.join(' ')}: ${stderr}`)
  return stdout
}

good('keys', 'create', '-o', 'keys', '--name', 'Test')
good('keys', 'create', '-o', 'strange', '--only', 'db', '--kind', 'rsa-3072')
put('plain.efi', makePe())

test('keys: three pairs, private ones for their owner alone, never written over', () => {
  for (const role of ['PK', 'KEK', 'db']) {
    assert.equal(statSync(at(`keys/${role}.key`)).mode & 0o777, 0o600)
    assert.ok(existsSync(at(`keys/${role}.cer`)))
  }
  assert.equal(statSync(at('keys')).mode & 0o777, 0o700)
  const before = readFileSync(at('keys/db.key'))
  const again = boot('keys', 'create', '-o', 'keys')
  assert.equal(again.status, 2)
  assert.match(again.stderr, /PK\.key is there already/)
  assert.deepEqual(readFileSync(at('keys/db.key')), before)
  assert.match(
    good('keys', 'show', 'keys/db.pem'),
    /subject +CN=Test signing key \(db\)[\s\S]*2026-01-01 to 2036-01-01[\s\S]*RSA 2048/,
  )
})

test('sign, then verify: 0 admitted, 1 not, 2 not an EFI program or cut off', () => {
  good('sign', '--key', 'keys/db.key', '--cert', 'keys/db.pem', 'plain.efi', '-o', 'signed.efi')
  assert.match(
    good('verify', 'signed.efi', '--cert', 'keys/db.pem'),
    /^signed\.efi: admitted: signed by Test signing key/,
  )
  assert.match(good('verify', 'signed.efi', '--cert', 'keys/KEK.pem', '--cert', 'keys/db.cer'), /admitted/)
  for (const [words, status] of [
    [['signed.efi', '--cert', 'keys/KEK.pem'], 1],
    [['signed.efi', '--cert', 'strange/db.pem'], 1],
    [['signed.efi'], 1],
    [['plain.efi', '--cert', 'keys/db.pem'], 1],
    [['signed.efi', 'plain.efi', '--cert', 'keys/db.pem'], 1],
    [[put('text', 'hello\n'), '--cert', 'keys/db.pem'], 2],
    [[put('cut.efi', readFileSync(at('signed.efi')).subarray(0, 1500)), '--cert', 'keys/db.pem'], 2],
    [['no-such-file.efi', '--cert', 'keys/db.pem'], 2],
    [['signed.efi', '--cert', 'keys/none.pem'], 2],
    [[], 2],
  ] as const) {
    assert.equal(boot('verify', ...words).status, status, words.join(' '))
  }
})

test('verify --json has the house’s shape, and the verdict with its reason', () => {
  good('sign', '--key', 'keys/db.key', '--cert', 'keys/db.pem', 'plain.efi', '-o', 'json.efi')
  const { stdout, status } = boot('verify', 'json.efi', 'plain.efi', '--cert', 'keys/db.pem', '--json')
  assert.equal(status, 1)
  const report = JSON.parse(stdout)
  assert.equal(report.schema, 'firn/boot-verify/1')
  assert.deepEqual(
    report.files.map((entry: { file: string; admitted: boolean }) => [entry.file, entry.admitted]),
    [
      ['json.efi', true],
      ['plain.efi', false],
    ],
  )
  assert.equal(report.files[0].by.from, 'keys/db.pem')
  assert.equal(report.files[0].signatures[0].intact, true)
  assert.deepEqual(
    report.findings.map((finding: { rule: string }) => finding.rule),
    ['boot/unsigned'],
  )
  assert.match(boot('verify', 'json.efi', '--format', 'sarif').stdout, /"boot\/not-admitted"/)
  assert.equal(boot('verify', 'json.efi', '--format', 'csv').status, 2)
})

test('verify --db and --dbx: hashes and certificates of signature lists', () => {
  const owner = '11111111-2222-3333-4444-555555555555'
  const list = (type: string, data: Uint8Array) =>
    printSignatureLists([{ type, header: new Uint8Array(), entries: [{ owner, data }] }])
  const hash = good('hash', 'plain.efi').slice(0, 64)
  put('hash.esl', list(SIGNATURE_TYPE.sha256, Buffer.from(hash, 'hex')))
  put('cert.esl', list(SIGNATURE_TYPE.x509, parseCertificate(readFileSync(at('keys/db.cer'))).encoded))
  good('sign', '--key', 'keys/db.key', '--cert', 'keys/db.pem', 'plain.efi', '-o', 'db.efi')
  assert.match(good('verify', 'plain.efi', '--db', 'hash.esl'), /its hash stands in hash\.esl/)
  assert.match(good('verify', 'db.efi', '--db', 'cert.esl'), /cert\.esl/)
  assert.equal(boot('verify', 'db.efi', '--db', 'cert.esl', '--dbx', 'hash.esl').status, 1)
  assert.equal(boot('verify', 'db.efi', '--db', put('bad.esl', 'nonsense')).status, 2)
})

test('a key that is not the certificate’s signs nothing, and the output is not there', () => {
  const { status, stderr } = boot(
    'sign',
    '--key',
    'strange/db.key',
    '--cert',
    'keys/db.pem',
    'plain.efi',
    '-o',
    'none.efi',
  )
  assert.equal(status, 2)
  assert.match(stderr, /plain\.efi: the key does not belong to the certificate/)
  assert.ok(!existsSync(at('none.efi')))
  assert.equal(boot('sign', '--cert', 'keys/db.pem', 'plain.efi', '-o', 'none.efi').status, 2)
  const gap = put('gap.efi', makePe({ sections: [TEXT, { ...DATA, gap: 8 }] }))
  assert.match(
    boot('sign', '--key', 'keys/db.key', '--cert', 'keys/db.pem', gap, '-o', 'none.efi').stderr,
    /would not cover all of it/,
  )
  assert.ok(!existsSync(at('none.efi')))
})

test('the key elsewhere: request out, signature in; and a program that signs', needs('openssl'), () => {
  good('sign', '--key', 'keys/db.key', '--cert', 'keys/db.pem', 'plain.efi', '-o', 'here.efi')
  good('sign', '--cert', 'keys/db.pem', 'plain.efi', '--request', 'request')
  execFileSync('openssl', ['dgst', '-sha256', '-sign', at('keys/db.key'), '-out', at('signature'), at('request')])
  good('sign', '--cert', 'keys/db.pem', 'plain.efi', '--signature', 'signature', '-o', 'there.efi')
  assert.deepEqual(readFileSync(at('there.efi')), readFileSync(at('here.efi')))
  const command = `openssl dgst -sha256 -sign ${at('keys/db.key')}`
  good('sign', '--sign-command', command, '--cert', 'keys/db.pem', 'plain.efi', '-o', 'program.efi')
  assert.deepEqual(readFileSync(at('program.efi')), readFileSync(at('here.efi')))
})

test('signing in place of itself, twice, and stripping', () => {
  put('self.efi', makePe())
  good('sign', '--key', 'keys/db.key', '--cert', 'keys/db.pem', 'self.efi', '-o', 'self.efi')
  good('sign', '--key', 'strange/db.key', '--cert', 'strange/db.pem', 'self.efi', '-o', 'self.efi')
  assert.match(good('verify', 'self.efi', '--cert', 'strange/db.pem'), /signature 2/)
  good('strip', 'self.efi', '-o', 'stripped.efi')
  assert.match(boot('verify', 'stripped.efi', '--cert', 'keys/db.pem').stdout, /not signed/)
})

test('a unified kernel image: build, inspect, measure, extract, diff', needsParts('stub', 'kernel'), () => {
  put('os-release', 'ID=nixos\nPRETTY_NAME="NixOS 26.05"\n')
  put('cmdline', 'init=/nix/store/x/init\nquiet\n')
  put('initrd', Buffer.alloc(5001, 1))
  const parts = [
    '--linux',
    part('kernel'),
    '--initrd',
    'initrd',
    '--initrd',
    'initrd',
    '--os-release',
    '@os-release',
    '--stub',
    part('stub'),
  ]
  good('uki', 'build', ...parts, '--cmdline', '@cmdline', '-o', 'uki.efi')
  good('uki', 'build', ...parts, '--cmdline', 'init=/nix/store/x/init quiet', '-o', 'same.efi')
  assert.deepEqual(readFileSync(at('same.efi')), readFileSync(at('uki.efi')))
  const report = JSON.parse(good('uki', 'inspect', 'uki.efi', '--json'))
  assert.equal(report.schema, 'firn/boot-uki/1')
  assert.equal(report.cmdline, 'init=/nix/store/x/init quiet')
  assert.equal(report.osRelease.PRETTY_NAME, 'NixOS 26.05')
  assert.match(report.stub, /^systemd-stub 252/)
  assert.match(good('uki', 'inspect', 'uki.efi'), /^\.initrd +10005 +[0-9a-f]{16} {2}the initial RAM disks$/m)
  const measured = JSON.parse(good('measure', 'uki.efi', '--json'))
  assert.deepEqual(
    measured.sha256.map((value: { phase: string }) => value.phase.split(':').at(-1)),
    ['enter-initrd', 'leave-initrd', 'sysinit', 'ready'],
  )
  assert.deepEqual(measured.measured, ['.linux', '.osrel', '.cmdline', '.initrd'])
  assert.match(good('measure', 'uki.efi'), new RegExp(`^11:sha256=${measured.sha256[3].hash}$`, 'm'))
  good('uki', 'extract', 'uki.efi', '-o', 'parts', '.initrd')
  assert.equal(statSync(at('parts/.initrd')).size, 10005)
  assert.equal(boot('uki', 'extract', 'uki.efi', '-o', 'parts', '.initrd').status, 2, 'nothing is written over')
  assert.equal(good('uki', 'diff', 'uki.efi', 'same.efi'), 'nothing is different\n')
  good(
    'uki',
    'build',
    ...parts,
    '--cmdline',
    'quiet',
    '--key',
    'keys/db.key',
    '--cert',
    'keys/db.pem',
    '-o',
    'signed-uki.efi',
  )
  good('verify', 'signed-uki.efi', '--cert', 'keys/db.pem')
  const { status, stdout } = boot('uki', 'diff', 'uki.efi', 'signed-uki.efi')
  assert.equal(status, 1)
  assert.match(
    stdout,
    /^the command line loses init=\/nix\/store\/x\/init\nsigned by: none -> Test signing key \(db\)\n$/,
  )
})

test(
  'a kernel that shim would refuse inside is pointed out, and --for-shim signs it',
  needsParts('stub', 'kernel'),
  () => {
    const words = ['uki', 'build', '--linux', part('kernel'), '--stub', part('stub'), '--cmdline', 'quiet']
    const plain = boot(...words, '-o', 'theirs.efi')
    assert.equal(plain.status, 0, plain.stderr)
    assert.match(plain.stderr, /longer in memory than what was signed: shim 16 refuses it; add --for-shim/)
    assert.equal(boot(...words, '--for-shim', '-o', 'none.efi').status, 2)
    assert.equal(existsSync(at('none.efi')), false)
    const key = ['--key', 'keys/db.key', '--cert', 'keys/db.pem']
    assert.equal(boot(...words, '--for-shim', ...key, '-o', 'ours.efi').stderr, '')
    good('uki', 'extract', 'ours.efi', '-o', 'inside', '.linux')
    for (const file of ['ours.efi', 'inside/.linux']) {
      assert.match(good('verify', file, '--cert', 'keys/db.pem'), /admitted: signed by Test signing key/)
    }
  },
)

test('profiles: options behind --profile belong to it', needsParts('stub', 'kernel'), () => {
  put('initrd', Buffer.alloc(100, 1))
  const base = ['--linux', part('kernel'), '--initrd', 'initrd', '--cmdline', 'base', '--stub', part('stub')]
  good(
    'uki',
    'build',
    ...base,
    '--profile',
    'ID=main',
    '--profile',
    'ID=rescue\\nTITLE=Rescue',
    '--cmdline',
    'rescue',
    '-o',
    'profiles.efi',
  )
  const { profiles, cmdline } = JSON.parse(good('uki', 'inspect', 'profiles.efi', '--json'))
  assert.deepEqual(
    [cmdline, profiles],
    ['base', [{ text: 'ID=main' }, { text: 'ID=rescue\nTITLE=Rescue', cmdline: 'rescue' }]],
  )
  const of = (...words: string[]) =>
    good('measure', 'profiles.efi', '--stub-version', '257', ...words)
      .split('\n')
      .slice(1)
      .join()
  assert.equal(of(), of('--profile', '0'))
  assert.notEqual(of(), of('--profile', '1'))
  assert.equal(boot('measure', 'profiles.efi', '--profile', '2').status, 2)
})

test('names that are shown cannot rewrite the terminal, and none leads out of a folder', () => {
  put(
    'evil.efi',
    makePe({
      sections: [
        { ...TEXT, name: '../../x' },
        { ...DATA, name: '\u001b[31mred' },
      ],
    }),
  )
  assert.doesNotMatch(good('uki', 'inspect', 'evil.efi'), /\u001b/)
  const { status, stderr } = boot('uki', 'extract', 'evil.efi', '-o', 'evil')
  assert.equal(status, 2)
  assert.match(stderr, /no file name/)
  assert.ok(!existsSync(at('../../x')))
})

test('help, and words that are not known', () => {
  assert.match(good('--help'), /firn boot sign --key K --cert C IN -o OUT/)
  assert.match(good('uki', 'build', '--help'), /--os-release/)
  assert.equal(boot().status, 2)
  assert.match(boot('sing').stderr, /did you mean 'firn boot sign'/)
  assert.match(boot('verify', '--crt', 'x').stderr, /did you mean --cert/)
})
