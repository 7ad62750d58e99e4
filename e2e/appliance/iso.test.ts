import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { needsParts, part } from '../../scripts/boot-parts.ts'
import { needs } from '../../scripts/needs.ts'

const firn = new URL('../../firn', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-appliance-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

function run(cwd: string, env: Record<string, string>, ...words: readonly string[]): Answer {
  return spawnSync(firn, words, { cwd, encoding: 'utf8', env: { ...process.env, ...env } })
}

const appliance = (...words: readonly string[]) => run(folder, {}, 'appliance', ...words)

/** A store that says it is erofs; that it cannot be mounted, nobody here will notice. */
const store = Buffer.alloc(3 << 20, 'some content of a store. ')
store.writeUInt32LE(0xe0f5e1e2, 1024)
writeFileSync(at('store.erofs'), store)
writeFileSync(at('initrd'), Buffer.alloc(100_000, 'initrd'))
run(folder, {}, 'boot', 'keys', 'create', '-o', 'keys', '--only', 'db')

const parts = needsParts('stub', 'stub-aarch64', 'shim', 'kernel', 'vars-ms', 'bootloader')
const words = () => [
  ...['--image', at('store.erofs'), '--init', '/nix/store/abc-system/init', '--initrd', at('initrd')],
  ...['--kernel', part('kernel'), '--stub', part('stub'), '--shim', part('shim')],
  ...['--cert', at('keys/db.pem'), '--key', at('keys/db.key'), '--name', 'router', '--version', '26.11'],
]

test('the same inputs give the same image, in another folder and with another clock', parts, () => {
  const made = ['one', 'two'].map((name) => {
    mkdirSync(at(name))
    const env = { SOURCE_DATE_EPOCH: '1767225600', TZ: name === 'one' ? 'UTC' : 'Asia/Tokyo', TMPDIR: at(name) }
    const { status, stderr } = run(
      at(name),
      env,
      'appliance',
      'iso',
      ...words(),
      '-o',
      'router.iso',
      '--store-check',
      'both',
    )
    assert.equal(status, 0, stderr)
    assert.deepEqual(readdirSync(at(name)), ['router.iso'])
    return readFileSync(join(at(name), 'router.iso'))
  })
  assert.ok(made[0]!.equals(made[1]!))
})

test(
  'a machine as it is sold starts it when its owner took the certificate; verify says so, and why not else',
  parts,
  () => {
    assert.equal(appliance('iso', ...words(), '-o', 'router.iso').status, 0)
    const enrolled = run(
      folder,
      {},
      'boot',
      'vars',
      'enroll',
      '--vars',
      part('vars-ms'),
      '--mok',
      'keys/db.pem',
      '-o',
      'vars.fd',
    )
    assert.equal(enrolled.status, 0, enrolled.stderr)
    const good = appliance('verify', 'router.iso', '--vars', 'vars.fd')
    assert.equal(good.status, 0, good.stdout)
    assert.match(good.stdout, /shim: \\EFI\\BOOT\\grubx64.efi \(uki\): signed by firn signing key/)
    assert.match(good.stdout, /the chain holds, from the firmware to the last byte/)
    const mok = ['--vars', part('vars-ms'), '--mok', 'keys/db.pem']
    assert.equal(appliance('verify', 'router.iso', ...mok).stdout, good.stdout)
    const other = appliance('verify', 'router.iso', '--vars', part('vars-ms'))
    assert.equal(other.status, 1)
    assert.match(other.stdout, /BROKEN +shim: .*not issued by a trusted certificate[\s\S]*do NOT trust it/)
    const alone = appliance('verify', 'router.iso', '--cert', 'keys/db.pem')
    assert.equal(alone.status, 1)
    assert.match(alone.stderr, /for an image with a shim, give Microsoft's certificate as well/)
    assert.doesNotMatch(other.stderr + good.stderr, /Microsoft/)
    const bytes = readFileSync(at('router.iso'))
    bytes[1_500_000]! ^= 8
    writeFileSync(at('bad.iso'), bytes)
    const bad = appliance('verify', 'bad.iso', '--vars', 'vars.fd', '--json')
    assert.equal(bad.status, 1)
    const { findings, links, map } = JSON.parse(bad.stdout)
    assert.match(findings[0].message, /hash tree: store: 1 block is bad, the first of the store is block 110/)
    assert.ok(links.length > 5 && map.length > 10)
    truncateSync(at('bad.iso'), 2_000_000)
    assert.equal(appliance('verify', 'bad.iso', '--vars', 'vars.fd').status, 1)
  },
)

test('inspect shows parts and what nothing covers; formats', parts, () => {
  appliance('iso', ...words(), '-o', 'router.iso')
  const { stdout, status } = appliance('inspect', 'router.iso', '--map')
  assert.equal(status, 1, 'Secure Boot is off without keys')
  assert.match(stdout, /What is in it:\n +EFI\/BOOT\/grubx64.efi +\d/)
  assert.match(stdout, /What nothing covers:[\s\S]*README.TXT/)
  assert.match(stdout, /Every byte, and what covers it:\n +0 +512 +checked +protective master boot record/)
  for (const format of ['sarif', 'html']) {
    assert.match(appliance('inspect', 'router.iso', '--format', format).stdout, /Secure Boot: it is off/)
  }
})

test('the kernel signed by itself: built with a warning, and not verified', parts, () => {
  const kernel = ['--start', 'kernel', '--bootloader', part('bootloader')]
  const own = words().filter((word, i, all) => ![word, all[i - 1]].some((each) => /^--(shim|stub)$/.test(each ?? '')))
  const { status, stderr, stdout } = appliance('iso', ...own, ...kernel, '-o', 'kernel.iso', '--json')
  assert.equal(status, 0, stderr)
  assert.match(stderr, /warning: nothing verifies the initrd/)
  const { schema, tool, findings } = JSON.parse(stdout)
  assert.deepEqual([schema, tool.name], ['firn/appliance-iso/1', 'firn'])
  assert.deepEqual(
    findings.map(({ rule, level }: { rule: string; level: string }) => `${rule} ${level}`),
    Array(findings.length).fill('appliance/unverified warning'),
  )
  assert.match(findings[0].message, /nothing verifies the initrd/)
  const verified = appliance('verify', 'kernel.iso', '--cert', 'keys/db.pem')
  assert.equal(verified.status, 1)
  assert.match(verified.stdout, /BROKEN .*no signature covers its initrd/)
})

test('the root hash is signed for the kernel', { ...parts, ...needs('openssl') }, () => {
  const { status, stdout } = appliance(
    'iso',
    ...words(),
    '--root-hash-signature',
    'roothash.p7s',
    '-o',
    'signed.iso',
    '--json',
  )
  assert.equal(status, 0)
  writeFileSync(at('roothash'), JSON.parse(stdout).rootHash)
  const check = ['smime', '-verify', '-binary', '-inform', 'der', '-in', 'roothash.p7s', '-content', 'roothash']
  const { status: verified, stderr } = spawnSync('openssl', [...check, '-CAfile', 'keys/db.pem', '-purpose', 'any'], {
    cwd: folder,
  })
  assert.equal(verified, 0, String(stderr))
})

test('what is missing or wrong is said in two lines, with exit code 2, and no file is left', parts, () => {
  writeFileSync(at('empty'), '')
  const without = (option: string) => words().filter((word, i, all) => word !== option && all[i - 1] !== option)
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [without('--stub'), /a stub is needed/],
    [[...words(), '--bootloader', part('bootloader')], /--bootloader has no use with --start unified/],
    [[...words(), '--start', 'kernel', '--bootloader', part('bootloader')], /--stub has no use with --start kernel/],
    [without('--initrd'), /initial RAM disk is needed/],
    [without('--image'), /which store/],
    [without('--cert'), /certificate is needed/],
    [[...words(), '--store-check', 'md5'], /--store-check md5: not known/],
    [[...words(), '--mismatch', 'shell'], /choose one of stop, restart, poweroff, error/],
    [[...words(), '--param', 'init=/bin/sh'], /cannot be a word/],
    [[...words(), '--store-check', 'sha256', '--root-hash-signature', 'x'], /no root hash/],
    [[...without('--image'), '--image', at('initrd')], /initrd: neither erofs nor squashfs/],
    [[...without('--shim'), '--shim', part('stub')], /linuxx64\.efi\.stub: not a shim/],
    [[...without('--stub'), '--stub', at('initrd')], /initrd: not a PE image/],
    [[...without('--kernel'), '--kernel', at('initrd')], /initrd: not a kernel that a stub can start/],
    [[...without('--initrd'), '--initrd', at('empty')], /empty: it is empty/],
    [[...words(), '--mok-manager', at('initrd')], /initrd: not a PE image/],
    [[...without('--shim'), '--mok-manager', part('shim')], /of use only with its shim/],
    [[...without('--stub'), '--stub', part('stub-aarch64')], /--stub is for aa64, and --shim for x64/],
  ]
  for (const [options, message] of cases) {
    const { status, stderr } = appliance('iso', ...options, '-o', 'wrong.iso')
    assert.equal(status, 2, stderr)
    assert.match(stderr, message)
    assert.equal(stderr.trim().split('\n').length, 2, stderr)
  }
  // What is wrong with the output is said before a large store is hashed.
  for (const [more, message] of [
    [['-o', folder], /this is a folder/],
    [['-o', '/dev/full'], /this is a device/],
    [['-o', 'wrong.iso', '--time', '1970-01-01'], /from 1980 to 2107/],
    [['-o', 'wrong.iso', '--time', '2108-01-01'], /from 1980 to 2107/],
    [['-o', 'wrong.iso', '--root-hash-signature', folder], /this is a folder/],
  ] as const) {
    const { status, stderr } = appliance('iso', ...words(), ...more)
    assert.equal(status, 2, stderr)
    assert.match(stderr, message)
    assert.equal(stderr.trim().split('\n').length, 2, stderr)
  }
  const bare = appliance('initrd', '--modules', folder, '--program', 'busybox', '-o', 'wrong')
  assert.match(bare.stderr, /--program busybox: no such file in this folder\n +give its whole path: command -v busybox/)
  assert.match(appliance('verify', 'initrd').stderr, /whose signature/)
  assert.match(appliance('verify', 'initrd', '--mok', 'keys/db.pem').stderr, /--mok without --vars/)
  assert.equal(appliance('verify', 'nothing.iso', '--cert', 'keys/db.pem').status, 2)
  assert.ok(!readdirSync(folder).some((name) => name.startsWith('wrong') || name.endsWith('.tmp')))
})

test('stopped in the middle, the old image stays and nothing else', parts, async () => {
  writeFileSync(at('old.iso'), 'old')
  const large = at('large.erofs')
  writeFileSync(large, store)
  truncateSync(large, 3 * 2 ** 30)
  const options = words().map((word) => (word === at('store.erofs') ? large : word))
  const child = spawn(firn, ['appliance', 'iso', ...options, '-o', 'old.iso'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await new Promise((resolve) => child.stderr.once('data', resolve))
  child.kill('SIGINT')
  const code = await new Promise((resolve) => child.once('exit', resolve))
  assert.equal(code, 130)
  assert.equal(readFileSync(at('old.iso'), 'utf8'), 'old')
  assert.ok(!readdirSync(folder).some((name) => name.endsWith('.tmp')))
})
