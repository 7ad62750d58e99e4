import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { TestMachine, tree } from '../../packages/boot/test/esp-fixture.ts'
import { blankStore } from '../../packages/boot/test/vars-fixture.ts'
import { needsParts, part } from '../../scripts/boot-parts.ts'

const firn = new URL('../../firn', import.meta.url).pathname
const machine = new TestMachine()
const at = (name: string) => join(machine.folder, name)

/** Run `firn boot …`; what it says and its exit code. */
function boot(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(firn, ['boot', ...words], { cwd: machine.folder, encoding: 'utf8' })
}

function good(...words: readonly string[]): string {
  const { status, stdout, stderr } = boot(...words)
  assert.equal(status, 0, `firn boot ${words.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

good('keys', 'create', '-o', 'keys')
good('keys', 'create', '-o', 'strange', '--only', 'db')
writeFileSync(at('blank.fd'), blankStore())
const keys = ['--pk', 'keys/PK.pem', '--kek', 'keys/KEK.pem', '--db', 'keys/db.pem']
good('vars', 'enroll', '--vars', 'blank.fd', ...keys, '-o', 'vars.fd')
const trust = ['--cert', 'keys/db.pem']

/** The words that a system's own installation has. */
const install = (esp: string, ...more: readonly string[]) =>
  boot(
    ...['install', '--esp', esp, '--profiles', machine.profiles, '--running', '/nonexistent', ...more],
    ...['--stub', part('stub'), '--bootloader', part('bootloader'), '--key', 'keys/db.key', ...trust],
  )

test(
  'with the real stub, boot loader and commands: plan, install, status, fsck, and explain agrees',
  needsParts('stub', 'bootloader'),
  () => {
    machine.generation(1)
    const second = machine.generation(2, { kernel: '6.12.2', specialisations: ['rescue'] })
    const esp = machine.esp()
    const dry = install(esp, '--dry-run')
    assert.equal(dry.status, 0, dry.stderr)
    assert.match(dry.stderr, /nothing is mounted there/)
    assert.match(dry.stdout, /^ {2}\+ EFI\/Linux\/nixos-generation-2-specialisation-rescue-[a-z2-7]{52}\.efi/m)
    assert.match(dry.stdout, /free .* now, .* at the least, .* afterwards \(add first\)/)
    assert.equal(tree(esp).size, 0)
    assert.equal(install(esp, '--require-mount').status, 2)
    assert.equal(install(esp, '--tries', '3', '--timeout', 'menu-force', second).status, 0)
    assert.match(readFileSync(join(esp, 'loader/loader.conf'), 'utf8'), /^timeout menu-force$/m)
    assert.equal(tree(esp).size, 6)

    const status = good('status', '--esp', esp, ...trust)
    assert.match(status, /^ {2}EFI\/BOOT\/BOOTX64\.EFI: boots$/m)
    assert.match(status, /NixOS 26\.05 \(generation 2, rescue, .*3 tries left, 0 failed\)/)
    assert.match(good('fsck', '--esp', esp, ...trust), /3 entries, 2 boot loaders/)
    assert.equal(boot('fsck', '--esp', esp, '--cert', 'strange/db.pem').status, 1)
    const explained = good('explain', esp, '--vars', 'vars.fd')
    assert.match(explained, /Secure Boot is on/)
    assert.match(explained, /When nobody chooses: fallback boots/)
    assert.match(explained, /nixos-generation-2-[a-z2-7]{52}/)

    const again = install(esp, '--tries', '3', '--timeout', 'menu-force', '--json')
    assert.equal(again.status, 0, again.stderr)
    const report = JSON.parse(again.stdout)
    assert.equal(report.schema, 'firn/boot-install/1')
    assert.deepEqual(report.partitions[0].steps, [])
    assert.equal(report.partitions[0].kept.length, 6)
  },
)

test('a machine that does not trust the key: it is told when it is installed', needsParts('stub', 'bootloader'), () => {
  machine.generation(1)
  const esp = machine.esp('not-trusted')
  good('vars', 'enroll', '--vars', 'blank.fd', ...keys.slice(0, 4), '--db', 'strange/db.pem', '-o', 'strange.fd')
  const refused = install(esp, '--vars', 'strange.fd')
  assert.equal(refused.status, 0, refused.stderr)
  assert.match(
    refused.stderr,
    /warning: this machine will not start what lies on .*not-trusted, .*: .*; the trusted one of that name is another$/m,
  )
  assert.match(refused.stderr, /firn boot explain .*not-trusted tells each step/)
  const other = machine.esp('nothing-written')
  assert.deepEqual([install(other, '--vars', 'keys').status, tree(other).size], [2, 0])
  for (const vars of ['vars.fd', 'blank.fd']) {
    const { status, stderr } = install(esp, '--vars', vars)
    assert.deepEqual([status, /will not start/.test(stderr)], [0, false], stderr)
  }
})

test(
  'what boots is not replaced by what the machine would refuse, unless that is said',
  needsParts('stub', 'bootloader'),
  () => {
    const esp = machine.esp('new-key')
    assert.equal(install(esp).status, 0)
    const before = tree(esp)
    const words = (...more: readonly string[]) =>
      boot(
        ...['install', '--esp', esp, '--profiles', machine.profiles, '--running', '/nonexistent', ...more],
        ...['--stub', part('stub'), '--bootloader', part('bootloader')],
        ...['--key', 'strange/db.key', '--cert', 'strange/db.pem'],
      )
    const refused = words('--vars', 'vars.fd')
    assert.deepEqual([refused.status, refused.stdout], [2, ''], refused.stderr)
    assert.match(refused.stderr, /starts from .*new-key now, and would not any more: fallback: .*nothing was changed$/m)
    assert.deepEqual(tree(esp), before)
    good('vars', 'enroll', '--vars', 'vars.fd', '--add-db', 'strange/db.pem', '-o', 'both.fd')
    assert.equal(words('--vars', 'both.fd').status, 0, 'a key that is enrolled beside the old one')
    assert.equal(install(esp, '--vars', 'vars.fd').status, 0, 'nothing is lost that boots')
    assert.equal(words('--vars', 'vars.fd', '--even-if-it-may-not-start').status, 0)
    assert.equal(boot('explain', esp, '--vars', 'vars.fd').status, 1)
  },
)

test('damage: fsck names the file, explain refuses it, install mends it', needsParts('stub', 'bootloader'), () => {
  const esp = machine.esp('damaged')
  assert.equal(install(esp).status, 0)
  const name = readdirSync(join(esp, 'EFI/Linux')).find((file) => file.includes('-2-') && !file.includes('rescue'))!
  const file = join(esp, 'EFI/Linux', name)
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 4
  writeFileSync(file, bytes)
  const { status, stdout } = boot('fsck', '--esp', esp, ...trust, '--json')
  assert.equal(status, 1)
  const { schema, findings } = JSON.parse(stdout)
  assert.equal(schema, 'firn/boot-esp/1')
  assert.deepEqual(
    findings.map(({ rule, subject }: { rule: string; subject: { name: string } }) => [rule, subject.name]),
    [['boot/esp-entry', `EFI/Linux/${name}`]],
  )
  assert.match(findings[0].message, /it was changed since/)
  assert.equal(boot('explain', esp, '--vars', 'vars.fd').status, 1)
  assert.equal(boot('status', '--esp', esp, ...trust).status, 0, 'generation 1 still boots')
  assert.equal(install(esp).status, 0)
  good('fsck', '--esp', esp, ...trust)
  good('explain', esp, '--vars', 'vars.fd')
})

test(
  'two partitions get the same; a new system, a rolled-back default, an old one dropped',
  needsParts('stub', 'bootloader'),
  () => {
    const [one, two] = [machine.esp('one'), machine.esp('two')]
    assert.equal(install(one, '--esp', two).status, 0)
    assert.deepEqual(tree(one), tree(two))
    machine.generation(3, { kernel: '6.12.3' })
    const { status, stdout, stderr } = install(one, '--esp', two, '--generations', '1', at('store/system-2'))
    assert.equal(status, 0, stderr)
    assert.match(stdout, /- EFI\/Linux\/nixos-generation-1-.*: a generation that is not kept/)
    assert.match(readFileSync(join(two, 'loader/loader.conf'), 'utf8'), /default nixos-generation-2-\*/)
    assert.match(good('explain', two, '--vars', 'vars.fd'), /nixos-generation-2-/)
    assert.deepEqual(tree(one), tree(two))
    mkdirSync(at('store/system-2/specialisation/rescue'), { recursive: true })
    const rescue = install(one, at('store/system-2/specialisation/rescue'))
    assert.deepEqual([rescue.status, /no generation of the profile/.test(rescue.stderr)], [0, false], rescue.stderr)
    assert.match(readFileSync(join(one, 'loader/loader.conf'), 'utf8'), /default nixos-generation-2-\*/)
  },
)

test('the system that shall be booted is there in the end, or it is an error', needsParts('stub', 'bootloader'), () => {
  const esp = machine.esp('broken-system')
  const system = machine.generation(9)
  writeFileSync(join(system, 'boot.json'), '{"org.nixos.bootspec.v1": {}}')
  const { status, stderr } = install(esp, system)
  assert.equal(status, 2)
  assert.match(stderr, /system-9-link\/boot\.json: bootspec: .*\n {2}the system that shall be booted cannot be/)
  assert.equal(tree(esp).size, 0)
  assert.equal(install(esp, at('store/system-2')).status, 0, 'an older one is, all the same')
  machine.drop(9)
})

test(
  'of two partitions the one that fails does not keep the other from its update',
  needsParts('stub', 'bootloader'),
  () => {
    const [failing, sound] = [machine.esp('failing'), machine.esp('sound')]
    const { steps } = JSON.parse(install(failing, '--dry-run', '--json').stdout).partitions[0]
    mkdirSync(join(failing, `${steps[0].path}.firn-tmp`), { recursive: true })
    const { status, stderr } = install(failing, '--esp', sound)
    assert.equal(status, 2)
    assert.match(stderr, /failing\/EFI\/Linux\/.*: this is a folder/)
    good('fsck', '--esp', sound, ...trust)
  },
)

test('what is wrong is told in two lines, and nothing was touched', needsParts('stub', 'bootloader'), () => {
  const esp = machine.esp('wrong')
  for (const [words, why] of [
    [['--thin'], /this is systemd-stub .*, no thin stub/],
    [['--generations', 'few'], /--generations few: not a whole number/],
    [[at('store/system-99')], /system-99: no such system/],
    [[at('keys')], /keys\/boot\.json: no such file/],
    [['--profile', 'other'], /no generations of other/],
    [['--esp', at('missing')], /missing: no such file/],
  ] as const) {
    const { status, stderr } = install(esp, ...words)
    assert.equal(status, 2, words.join(' '))
    assert.match(stderr, why)
    assert.equal(tree(esp).size, 0)
  }
  assert.equal(boot('status', '--esp', esp, ...trust).status, 1)
  assert.equal(boot('status', '--esp', esp).status, 2)
  assert.equal(boot('fsck', '--esp', esp, ...trust, '--format', 'csv').status, 2)
  assert.match(boot('fsck', '--esp', esp, ...trust).stdout, /nothing boots from .*there is no boot loader/)
})

test('secrets: in the image alone, and told of when every user can read that', needsParts('stub', 'bootloader'), () => {
  const own = new TestMachine()
  const append = own.put('append', '#!/bin/sh\necho correct horse; echo correct horse >> "$1"\n')
  chmodSync(append, 0o755)
  own.generation(1, { secrets: append })
  const esp = own.esp()
  const run = (...more: readonly string[]) => {
    const words = ['--profiles', own.profiles, '--running', '/nonexistent', '--stub', part('stub'), ...more]
    const done = boot(
      'install',
      '--esp',
      esp,
      '--bootloader',
      part('bootloader'),
      ...words,
      '--key',
      'keys/db.key',
      ...trust,
    )
    assert.equal(done.status, 0, done.stderr)
    assert.doesNotMatch(done.stdout + done.stderr, /horse/)
    return done
  }
  run('--dry-run', '--json')
  assert.doesNotMatch(run().stderr, /every user/)
  const [entry] = readdirSync(join(esp, 'EFI/Linux'))
  assert.match(readFileSync(join(esp, 'EFI/Linux', entry!), 'latin1'), /correct horse/)
  for (const path of ['', 'EFI', 'EFI/Linux']) chmodSync(join(esp, path), 0o755)
  chmodSync(join(esp, 'EFI/Linux', entry!), 0o644)
  assert.match(run().stderr, /every user of this machine can read the secrets.*fmask=0077/)
  assert.match(good('fsck', '--esp', esp, ...trust), /note .*every user of this machine can read/)
  assert.equal(boot('fsck', '--esp', esp, ...trust, '--fail-on', 'note').status, 1)
})

test('words on the disk cannot rewrite the terminal', needsParts('stub', 'bootloader'), () => {
  const evil = new TestMachine()
  evil.generation(1, { label: 'NixOS \u001b[31m"; rm' })
  const esp = evil.esp()
  const words = ['--profiles', evil.profiles, '--running', '/nonexistent', '--stub', part('stub')]
  good('install', '--esp', esp, ...words, '--key', 'keys/db.key', ...trust)
  mkdirSync(dirname(join(esp, 'loader/loader.conf')), { recursive: true })
  writeFileSync(join(esp, 'loader/loader.conf'), 'default \u001b[2J\n')
  assert.doesNotMatch(boot('status', '--esp', esp, ...trust).stdout, /\u001b/)
})
