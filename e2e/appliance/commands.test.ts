import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { needsParts, part } from '../../scripts/boot-parts.ts'
import { needs } from '../../scripts/needs.ts'

/**
 * The commands as a person types them, on a system that real Nix built in a store of its own. That machines start what
 * comes of it is shown in e2e/qemu/appliance.
 */
const skip = {
  ...needs('nix'),
  ...needsParts('kernel', 'stub', 'shim', 'bootloader', 'busybox', 'vars-ms'),
}
const firn = new URL('../../firn', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-appliance-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
let system = ''
let given: Readonly<Record<string, string>> = {}

/** The words of a good command, some of them exchanged. */
function build(exchanged: Readonly<Record<string, string>> = {}): string[] {
  return [system, ...Object.entries({ ...given, ...exchanged }).flat()]
}

function appliance(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(firn, ['appliance', ...words], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 26 })
}

function good(...words: readonly string[]): string {
  const { status, stdout, stderr } = appliance(...words)
  assert.equal(status, 0, `firn appliance ${words.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

/** Two lines, exit code 2, nothing written. */
function refused(words: readonly string[], says: RegExp): void {
  const { status, stderr } = appliance(...words)
  assert.equal(status, 2, `firn appliance ${words.join(' ')}: ${stderr}`)
  const told = stderr.trimEnd().split('\n').slice(-2)
  assert.match(told.join('\n'), says)
  assert.match(told[0]!, /^firn: /)
  assert.match(told[1]!, /^ {2}\S/)
  assert.equal(existsSync(at('bad.img')), false)
}

before(() => {
  if (skip.skip !== undefined) return
  mkdirSync(at('programs/bin'), { recursive: true })
  cpSync(part('busybox'), at('programs/bin/busybox'))
  for (const name of ['sh', 'mkdir', 'cat', 'chmod', 'printf']) symlinkSync('busybox', at(`programs/bin/${name}`))
  const options = ['sandbox', 'build-users-group', 'substitute'].flatMap((name) => [
    '--option',
    name,
    name === 'build-users-group' ? '' : 'false',
  ])
  const inputs = ['--arg', 'kernel', part('kernel'), '--arg', 'programs', at('programs')]
  system = execFileSync(
    'nix-build',
    [
      new URL('system.nix', import.meta.url).pathname,
      '--store',
      `local?root=${at('root')}`,
      ...options,
      ...inputs,
      '--no-out-link',
    ],
    { cwd: folder, encoding: 'utf8', env: { ...process.env, NIX_REMOTE: '' }, stdio: ['ignore', 'pipe', 'pipe'] },
  ).trim()
  execFileSync(firn, ['boot', 'keys', 'create', '-o', 'keys', '--only', 'db'], { cwd: folder })
  writeFileSync(at('initrd'), 'an initrd')
  writeFileSync(at('empty'), '')
  writeFileSync(at('noise'), Buffer.alloc(300_000, 'noise'))
  given = {
    '--from': at('root'),
    '--initrd': 'initrd',
    '--stub': part('stub'),
    '--cert': 'keys/db.pem',
    '--key': 'keys/db.key',
  }
})

test('an image of a closure that Nix built: made twice the same, verified, and read as a machine would', skip, () => {
  good('iso', ...build(), '--shim', part('shim'), '-o', 'one.iso')
  const told = good('iso', ...build(), '--shim', part('shim'), '-o', 'two.iso')
  assert.match(told, new RegExp(`init=${system}/init console=ttyS0`))
  assert.ok(readFileSync(at('one.iso')).equals(readFileSync(at('two.iso'))))
  const trust = ['--vars', part('vars-ms'), '--mok', 'keys/db.pem']
  assert.match(good('verify', 'one.iso', ...trust), /the chain holds, from the firmware to the last byte/)
  assert.match(good('inspect', 'one.iso', ...trust), /What is in it:\n +partition 1 \(store\)/)
  const without = appliance('verify', 'one.iso', '--vars', part('vars-ms'))
  assert.equal(without.status, 1)
  assert.match(without.stdout, /BROKEN {2}shim: .*grubx64\.efi/)
})

test('a review of the image: its shim and what that starts, written as an application', skip, () => {
  good('iso', ...build(), '--shim', part('shim'), '-o', 'reviewed.iso')
  const { status, stdout } = appliance('review', 'reviewed.iso', '-o', 'application', '--json')
  const report = JSON.parse(stdout)
  assert.equal(status, 1)
  assert.equal(report.schema, 'firn/appliance-review/1')
  assert.deepEqual(
    report.programs.map(({ kind }: { kind: string }) => kind),
    ['shim', 'uki'],
  )
  const rules = new Set(report.findings.map(({ rule }: { rule: string }) => rule))
  // Debian's stub 252 has no sections of whole pages, and nothing shows that the kernel locks down.
  for (const rule of ['review/nx-off', 'review/layout', 'review/lockdown']) assert.ok(rules.has(rule), rule)
  assert.match(
    readFileSync(at('application/README.md'), 'utf8'),
    /### The hash of the shim\n\*+\n```\n[0-9a-f]{64} {2}BOOTX64\.EFI/,
  )
  assert.deepEqual(JSON.parse(readFileSync(at('application/review.json'), 'utf8')), report)
})

test('what cannot go into an image is told by its name, and nothing is written', skip, () => {
  const out = ['-o', 'bad.img']
  refused(['iso', ...build(), '--shim', part('stub'), ...out], /linuxx64\.efi\.stub: not a shim/)
  refused(['iso', ...build(), '--mok-manager', 'noise', ...out], /noise: not a PE image/)
  refused(['iso', ...build(), '--kernel', 'noise', ...out], /noise: not a kernel that a stub can start/)
  refused(['iso', ...build({ '--initrd': 'empty' }), ...out], /empty: it is empty/)
  refused(['iso', ...build({ '--stub': 'empty' }), ...out], /empty: not a PE image/)
  refused(['iso', ...build(), '--image', 'noise', ...out], /noise: neither erofs nor squashfs/)
  refused(['iso', ...build(), '--param', 'init=/bin/sh', ...out], /"init=\/bin\/sh" cannot be a word/)
  refused(['iso', ...build({ '--key': 'initrd' }), ...out], /initrd: not a private key/)
  refused(['iso', '/nix/store/nosuch', ...build().slice(1), ...out], /no such file/)
  const disk = ['disk', ...build(), '--counter', '1']
  refused([...disk, '--bootloader', 'noise', ...out], /noise: not a PE image/)
  refused([...disk, '--bootloader', part('bootloader'), '--slot-size', '1M', ...out], /has 1048576 bytes for/)
  refused(['review', 'noise'], /noise: /)
  refused(['review', part('shim'), '--answers', 'noise'], /noise: not JSON/)
  refused(['review', part('shim'), '--kernel-config', 'noise'], /noise: not a configuration/)
  refused(['verify', 'noise', '--mok', 'keys/db.pem'], /--mok without --vars/)
})

test('what is no image, or is cut off, is not trusted', skip, () => {
  good('iso', ...build(), '-o', 'whole.iso')
  writeFileSync(at('cut.iso'), readFileSync(at('whole.iso')).subarray(0, 1_000_000))
  for (const name of ['empty', 'noise', 'cut.iso']) {
    const { status, stdout } = appliance('verify', name, '--cert', 'keys/db.pem')
    assert.equal(status, 1)
    assert.match(stdout, new RegExp(`${name}: do NOT trust it`))
  }
})
