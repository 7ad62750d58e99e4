import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { TestMachine } from '../packages/boot/test/esp-fixture.ts'
import { needsParts, part } from '../scripts/boot-parts.ts'
import { needs } from '../scripts/needs.ts'

const root = new URL('..', import.meta.url).pathname
const MODULES = ['boot', 'image', 'store'].map((room) => `${root}nixos/modules/${room}/firn.nix`).join(' ')
const nixpkgs = process.env.NIXPKGS
const has = (path: string) => nixpkgs !== undefined && existsSync(join(nixpkgs, path))

/** Evaluate a Nix expression; `system` in it is a NixOS of our module and `configuration`. */
function evaluate(expression: string, configuration = '{ }', base = stub(configuration)) {
  const text = `let system = ${base}; in ${expression}`
  const words = ['--eval', '--strict', '--json', '-E', text]
  const { status, stdout, stderr } = spawnSync('nix-instantiate', words, { encoding: 'utf8' })
  return { status, stderr, value: status === 0 ? JSON.parse(stdout) : undefined }
}

function stub(configuration: string): string {
  return `import ${root}nixos/stub { modules = [ ${MODULES} (${configuration}) ]; }`
}

function good(expression: string, configuration?: string) {
  const { value, stderr, status } = evaluate(expression, configuration)
  assert.equal(status, 0, stderr)
  return value
}

function bad(why: RegExp, configuration: string, expression = 'system.checked'): void {
  const { status, stderr } = evaluate(expression, configuration)
  assert.notEqual(status, 0, configuration)
  assert.match(stderr, why)
}

const enabled = (more = '') => `{ pkgs, ... }: { boot.firn = { enable = true; package = pkgs.firn; ${more} }; }`
const HOOK = 'system.checked.boot.loader.external.installHook.text'

test('the stub: types, priorities, conditions, and what they refuse', needs('nix'), () => {
  const declare = (type: string, definitions: string, more = '') =>
    `((import ${root}nixos/stub/lib.nix).lib.evalModules { modules = [ ({ lib, ... }: { options.a = lib.mkOption { type = lib.types.${type}; ${more} }; }) ${definitions} ]; }).config.a`
  for (const [expression, value] of [
    [declare('int', '{ a = 1; }', 'default = 2;'), 1],
    [declare('int', '', 'default = 2;'), 2],
    [declare('int', '({ lib, ... }: { a = lib.mkDefault 1; }) { a = 3; }'), 3],
    [declare('int', '({ lib, ... }: { a = lib.mkForce 1; }) { a = 3; }'), 1],
    [declare('int', '({ lib, ... }: { config = lib.mkIf false { a = 1; }; }) { a = 3; }'), 3],
    [declare('int', '({ lib, ... }: lib.mkMerge [ { a = lib.mkIf false 1; } { a = 4; } ])'), 4],
    [declare('listOf lib.types.int', '{ a = [ 1 ]; } ({ lib, ... }: { a = [ 2 (lib.mkIf false 3) ]; })'), [1, 2]],
    [
      declare('attrsOf lib.types.int', '{ a.x = 1; } ({ lib, ... }: { a.y = lib.mkIf false 2; a.z = 3; })'),
      { x: 1, z: 3 },
    ],
    [declare('nullOr lib.types.str', '{ a = null; }'), null],
    [
      declare('submodule { options.b = lib.mkOption { type = lib.types.int; default = 7; }; }', '{ a = { }; }'),
      { b: 7 },
    ],
    [
      declare(
        'int',
        '({ config, lib, ... }: { options.b = lib.mkOption { type = lib.types.int; }; config = { b = 5; a = config.b; }; })',
      ),
      5,
    ],
  ] as const) {
    assert.deepEqual(good(expression), value, expression)
  }
  for (const [expression, why] of [
    [declare('int', '{ a = "1"; }'), /option `a' is not of type `integer'/],
    [declare('int', '{ a = 1; } { a = 2; }'), /conflicting definitions/],
    [declare('int', '{ a = 1; b = 2; }'), /option `b' does not exist/],
    [declare('int', ''), /used but not defined/],
    [declare('ints.unsigned', '{ a = -1; }'), /not of type/],
    [declare('int', '({ lib, ... }: { options.a = lib.mkOption { type = lib.types.int; }; })'), /declared twice/],
  ] as const) {
    bad(why, '{ }', expression)
  }
})

test('switched off it changes nothing', needs('nix'), () => {
  assert.equal(good('system.checked.boot.loader.external.enable'), false)
  assert.deepEqual(good('system.checked.systemd.services'), {})
})

test('switched on: NixOS calls firn to install, and a weekly check', needs('nix'), () => {
  const hook = good(HOOK, enabled())
  assert.match(
    hook,
    /^exec \/nix\/store\/\S*-firn\/bin\/firn boot install --require-mount --stub \S*linuxx64\.efi\.stub /,
  )
  assert.match(
    hook,
    /--esp \/boot .*--cert \/var\/lib\/firn\/keys\/db\.pem --key \/var\/lib\/firn\/keys\/db\.key "\$@"\n$/,
  )
  assert.equal(good('system.checked.boot.loader.external.enable', enabled()), true)
  assert.equal(good('system.checked.boot.loader.grub.enable', enabled()), false)
  const service = good('system.checked.systemd.services.firn-boot-check', enabled())
  assert.deepEqual([service.startAt, service.serviceConfig.ProtectSystem], ['weekly', 'strict'])
  assert.deepEqual(good('system.checked.systemd.services', enabled('check.enable = false;')), {})
  const arm = evaluate(
    HOOK,
    '{ }',
    `import ${root}nixos/stub { system = "aarch64-linux"; modules = [ ${root}nixos/modules/boot/firn.nix (${enabled()}) ]; }`,
  )
  assert.match(arm.value, /linuxaa64\.efi\.stub.*systemd-bootaa64\.efi/)
})

test('options become words, quoted', needs('nix'), () => {
  const hook = good(
    HOOK,
    enabled(
      `partitions = [ "/boot" "/boot 2" ]; signCommand = "sign it's"; thin = true; bootloader = null; generations = 0;`,
    ),
  )
  assert.match(hook, /--esp \/boot --esp '\/boot 2' --thin/)
  assert.match(hook, /--sign-command 'sign it'\\''s'/)
  assert.match(hook, /--generations 0 /)
  assert.doesNotMatch(hook, /--key|--bootloader/)
  const forever = good(HOOK, `{ imports = [ (${enabled()}) ]; boot.loader.timeout = null; }`)
  assert.match(forever, /--timeout menu-force /)
})

test('a token: the program that reaches it is found, where installers and services look for none', needs('nix'), () => {
  const uri = 'pkcs11:token=firn;object=db?module-path=/lib/p11.so&pin-source=/run/pin'
  const path = /^export PATH=\/nix\/store\/\S*-opensc\/bin:\$PATH\nexec \/nix\/store/
  assert.match(good(HOOK, enabled(`key = "${uri}";`)), path)
  const sealing = `{ pkgs, ... }: { firn.store = { enable = true; package = pkgs.firn; seal = { enable = true; key = "${uri}"; publicKey = "/p"; }; }; }`
  assert.match(good('system.checked.systemd.services.firn-store-seal.serviceConfig.ExecStart.text', sealing), path)
  assert.doesNotMatch(good(HOOK, enabled()), /PATH/)
})

test('what would not be safe is refused when the system is built', needs('nix'), () => {
  bad(/lies in the store/, enabled('key = "/nix/store/abc-db.key";'))
  bad(/give either key or signCommand/, enabled('key = "/k"; signCommand = "s";'))
  bad(/nowhere to install to/, enabled('partitions = [ ];'))
  bad(
    /installs the boot loader itself/,
    `{ pkgs, ... }: { imports = [ (${enabled()}) ]; boot.loader.systemd-boot.enable = true; }`,
  )
  bad(
    /option `boot\.firn\.package' is used but not defined/,
    '{ boot.firn.enable = true; }',
    HOOK.replace('checked', 'config'),
  )
  bad(/not of type `unsigned integer'/, enabled('generations = -1;'), HOOK)
})

test('the words that the module writes are those that the command knows', {
  ...needs('nix'),
  ...needsParts('stub', 'bootloader'),
}, () => {
  const machine = new TestMachine()
  machine.generation(1)
  const firn = join(root, 'firn')
  execFileSync(firn, ['boot', 'keys', 'create', '-o', join(machine.folder, 'keys'), '--only', 'db'])
  const key = (suffix: string) => join(machine.folder, `keys/db.${suffix}`)
  const words = `partitions = [ "/" ]; stub = "${part('stub')}"; bootloader = "${part('bootloader')}"; tries = 2; certificate = "${key('pem')}"; key = "${key('key')}";`
  const hook = good(HOOK, enabled(words)).replace(/\/nix\/store\/\S*\/bin\/firn/, `'${firn}'`)
  const script = join(machine.folder, 'hook')
  writeFileSync(script, hook)
  const more = ['--profiles', machine.profiles, '--running', '/nonexistent', '--dry-run']
  const { status, stdout, stderr } = spawnSync('sh', [script, ...more], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /\+ EFI\/Linux\/nixos-generation-1-[a-z2-7]{52}\+2\.efi/)
})

const IMAGE = 'system.checked.system.build.firnImage.text'
const DISK = 'system.checked.system.build.firnDisk.text'
const INITRD = 'system.checked.system.build.firnInitrd.text'
const image = (more = '') => `{ pkgs, ... }: { image.firn = { enable = true; package = pkgs.firn; ${more} }; }`

test('image.firn: Nix builds the initrd, and a script that makes and signs the image', needs('nix'), () => {
  assert.match(
    good(INITRD, image('modules = [ "mpt3sas" ];')),
    /^\S*\/bin\/firn appliance initrd --modules \S*-kernel-modules\/lib\/modules\/6\.12\.1 --program \S*\/bin\/busybox --program \S*-cryptsetup-bin\/bin\/veritysetup --program \S*-util-linux-bin\/bin\/findfs --module erofs --module mpt3sas -o "\$out"\n$/,
  )
  const script = good(IMAGE, image('storeCheck = "both"; shim = "/shim x64.efi"; mismatch = "restart";'))
  assert.match(
    script,
    /^exec \S*\/bin\/firn appliance iso \S*-nixos-system --initrd \S*-firn-initrd --stub \S*linuxx64\.efi\.stub --name nixos --mismatch restart /,
  )
  assert.match(
    script,
    /--cert \/var\/lib\/firn\/keys\/db\.pem --key \/var\/lib\/firn\/keys\/db\.key --store-check both --shim '\/shim x64\.efi' "\$@"\n$/,
  )
  assert.match(good(DISK, image()), /appliance disk \S*-nixos-system .* --bootloader \S*systemd-bootx64\.efi "\$@"\n$/)
  assert.deepEqual(good('system.checked.fileSystems', image())['/nix/store'], {
    device: '/dev/mapper/store',
    fsType: 'erofs',
    options: ['ro', 'nosuid', 'nodev'],
  })
  assert.equal(good('system.checked.boot.initrd.enable', image()), false)
  assert.deepEqual(good('system.checked.fileSystems'), {})
})

test('image.firn: what would not be safe, or of no use, is refused', needs('nix'), () => {
  bad(/image\.firn\.key lies in the store/, image('key = "/nix/store/abc-db.key";'))
  bad(/image\.firn: give either key or signCommand/, image('key = "/k"; signCommand = "s";'))
  bad(/only with image\.firn\.shim/, image('mokManager = "/mm";'))
  bad(/is not of type/, image('storeCheck = "none";'), IMAGE)
})

test('image.firn: the words that the module writes are those that the commands know', needs('nix'), () => {
  for (const text of [
    good(IMAGE, image('shim = "/shim"; mokManager = "/mm";')),
    good(DISK, image()),
    good(INITRD, image()),
  ]) {
    const [, action, words] = /firn appliance (\w+) (.*)\n$/.exec(text)!
    const { stdout: help } = spawnSync(join(root, 'firn'), ['appliance', action!, '--help'], { encoding: 'utf8' })
    for (const [option] of words!.matchAll(/--[a-z-]+/g)) assert.ok(help.includes(`${option} `), `${action} ${option}`)
  }
})

const store = (more = '', systemd = true) =>
  `{ pkgs, ... }: { firn.store = { enable = true; package = pkgs.firn; ${more} }; boot.initrd.systemd.enable = ${systemd}; }`
const unit = (name: string) => `system.checked.systemd.services.${name}.serviceConfig.ExecStart.text`

test('firn.store: a check for each level that is asked for, and who hears of it', needs('nix'), () => {
  const services = good('system.checked.systemd.services', store())
  assert.deepEqual(
    Object.keys(services).sort(),
    [0, 1, 3].map((level) => `firn-store-check-${level}`),
  )
  assert.equal(services['firn-store-check-3'].startAt, 'monthly')
  assert.equal(services['firn-store-check-3'].serviceConfig.ProtectSystem, 'strict')
  assert.deepEqual(good('system.checked.systemd.paths', store()), {})
  const only = good('builtins.attrNames system.checked.systemd.services', store('checks = { "2" = "daily"; };'))
  assert.deepEqual(only, ['firn-store-check-2'])
  assert.match(
    good(unit('firn-store-check-1'), store(`notify = "mail -s 'odd' root"; maxRate = "50M";`)),
    /bin\/firn store check --level 1 --idle --key \/var\/lib\/firn\/seal\.pub --max-rate 50M 2>&1\)[\s\S]*\| mail -s 'odd' root\nexit "\$status"\n$/,
  )
  assert.doesNotMatch(good(unit('firn-store-check-1'), store()), /\|/)
})

test('firn.store: what a check finds reaches who is to hear of it, and fails the unit', needs('nix'), () => {
  const heard = join(mkdtempSync(join(tmpdir(), 'firn-notify-')), 'heard')
  const script = good(unit('firn-store-check-0'), store(`notify = "cat > ${heard}"; keys = [ "/nowhere" ];`))
  const { status, stdout } = spawnSync(
    'bash',
    ['-c', script.replace(/\/nix\/store\/\S*\/bin\/firn/, join(root, 'firn'))],
    { encoding: 'utf8' },
  )
  assert.equal(status, 2)
  assert.match(stdout, /\/nowhere/)
  assert.equal(readFileSync(heard, 'utf8'), stdout)
  rmSync(join(heard, '..'), { recursive: true })
})

test('firn.store: the system is sealed when it changes', needs('nix'), () => {
  const words = store(
    'trustedKeys = [ "a-1:x" ]; seal = { enable = true; key = "pkcs11:token=a%20b"; publicKey = "/k.pub"; };',
  )
  assert.equal(
    good('system.checked.systemd.paths.firn-store-seal.pathConfig.PathChanged', words),
    '/nix/var/nix/profiles',
  )
  assert.match(
    good(unit('firn-store-seal'), words),
    /firn store seal \/nix\/var\/nix\/profiles\/system \/run\/booted-system --key '?pkcs11:token=a%20b'? --public-key \/k\.pub --trusted-key a-1:x\n$/,
  )
})

test('firn.store: who judges the system before it starts', needs('nix'), () => {
  const INITRD_SYSTEMD = 'system.checked.boot.initrd.systemd'
  assert.deepEqual(good(`${INITRD_SYSTEMD}.services`, store()), {})
  const image = store('bootCheck = "image";')
  const judge = good(`${INITRD_SYSTEMD}.services.firn-store`, image)
  assert.match(judge.serviceConfig.ExecStart, /^\/bin\/sh \S*-firn-boot-script \/sysroot$/)
  assert.ok(judge.requiredBy.includes('initrd-switch-root.target'))
  assert.match(good(`${INITRD_SYSTEMD}.extraBin.fsverity`, image), /-fsverity-utils\/bin\/fsverity$/)
  assert.deepEqual(good('system.checked.boot.initrd.kernelModules', image), ['loop', 'erofs', 'overlay'])
  const signed = store('bootCheck = "signatures"; trustedKeys = [ "a-1:x" "b-1:y" ]; initrdPackages = [ pkgs.xz ];')
  assert.deepEqual(good(`map (path: path.name or "script") ${INITRD_SYSTEMD}.storePaths`, signed).sort(), [
    'firn',
    'script',
    'xz',
  ])
  assert.match(
    good(`${INITRD_SYSTEMD}.services.firn-store.serviceConfig.ExecStart`, signed),
    / \/sysroot --trusted-key a-1:x --trusted-key b-1:y$/,
  )
  assert.match(good(`${INITRD_SYSTEMD}.extraBin.firn`, signed), /-firn\/bin\/firn$/)
})

test('firn.store: what would not be safe, or of no use, is refused', needs('nix'), () => {
  bad(/seal\.key lies in the store/, store('seal = { enable = true; key = "/nix/store/abc-key"; };'))
  bad(/give either key or signCommand/, store('seal.enable = true;'))
  bad(/nobody's signatures are trusted/, store('bootCheck = "signatures";'))
  bad(/needs systemd in the initial RAM disk/, store('bootCheck = "image";', false))
  bad(/levels are 0, 1, 2 and 3/, store('checks = { "4" = "daily"; };'))
})

test('firn.store: the words that the module writes are those that the commands know', needs('nix'), () => {
  const all = store(
    'maxRate = "5M"; trustedKeys = [ "a-1:x" ]; seal = { enable = true; signCommand = "s"; publicKey = "/p"; };',
  )
  for (const text of [good(unit('firn-store-check-3'), all), good(unit('firn-store-seal'), all)]) {
    const [, action, words] = /firn store (\w+) (.*)/.exec(text)!
    const { stdout: help } = spawnSync(join(root, 'firn'), ['store', action!, '--help'], { encoding: 'utf8' })
    for (const [option] of words!.matchAll(/--[a-z-]+/g)) {
      assert.match(help, new RegExp(`${option}[ ,\\n]`), `${action} ${option}`)
    }
  }
  const told = spawnSync(join(root, 'firn'), ['store', 'enforce', 'script', '--by', 'image'], { encoding: 'utf8' })
  assert.equal(told.status, 0, told.stderr)
  assert.match(told.stdout, /^#!\/bin\/sh\n/)
})

test('the module system of nixpkgs comes to the same', {
  skip: has('lib/modules.nix') ? false : 'needs nixpkgs, or its lib; run with NIXPKGS=/path/to/nixpkgs',
}, () => {
  const words = 'partitions = [ "/boot" "/boot 2" ]; tries = 3; key = "pkcs11:token=x;object=y"; thin = true;'
  const told =
    'removeAttrs system.config [ "assertions" "environment" ] // { inherit (system.config.boot.loader.external.installHook) text; ok = map (one: one.assertion) system.config.assertions; }'
  const theirs = stub(enabled(words)).replace('{ modules', `{ lib = import ${nixpkgs}/lib; modules`)
  const { status, stderr, value } = evaluate(told, '{ }', theirs)
  assert.equal(status, 0, stderr)
  assert.deepEqual(value, good(told, enabled(words)))
})

test('the same on a real nixpkgs', {
  skip: has('nixos/lib/eval-config.nix') ? false : 'needs nixpkgs; run with NIXPKGS=/path/to/nixpkgs',
}, () => {
  const module = `({ pkgs, ... }: { fileSystems."/" = { device = "/dev/a"; fsType = "ext4"; }; system.stateVersion = "25.05"; boot.firn = { enable = true; tries = 3; package = pkgs.hello; }; })`
  const real = `import ${nixpkgs}/nixos/lib/eval-config.nix { system = "x86_64-linux"; modules = [ ${root}nixos/modules/boot/firn.nix ${module} ]; }`
  const { status, stderr, value } = evaluate(
    '{ hook = system.config.boot.loader.external.installHook.text; top = system.config.system.build.toplevel.drvPath; check = system.config.systemd.services.firn-boot-check.startAt; }',
    '{ }',
    real,
  )
  assert.equal(status, 0, stderr)
  assert.match(value.hook, /boot install --require-mount --stub \/nix\/store\/\S*linuxx64\.efi\.stub /)
  assert.deepEqual([value.check].flat(), ['weekly'])
})
