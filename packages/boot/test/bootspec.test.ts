import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { commandLineOf, parseBootspec } from '../src/index.ts'

const SPEC = {
  system: 'x86_64-linux',
  init: '/nix/store/x-nixos-system/init',
  initrd: '/nix/store/i-initrd/initrd',
  initrdSecrets: '/nix/store/s-append-initrd-secrets/bin/append-initrd-secrets',
  kernel: '/nix/store/k-linux/bzImage',
  kernelParams: ['quiet', 'loglevel=4'],
  label: 'NixOS 26.05 (Linux 6.12.1)',
  toplevel: '/nix/store/x-nixos-system',
}
const document = (spec: object = SPEC, more: object = {}) => JSON.stringify({ 'org.nixos.bootspec.v1': spec, ...more })

test('version 1: every field, and the command line that comes of it', () => {
  const spec = parseBootspec(document())
  assert.deepEqual(spec, {
    version: 1,
    system: SPEC.system,
    init: SPEC.init,
    kernel: SPEC.kernel,
    initrds: [SPEC.initrd],
    initrdSecrets: SPEC.initrdSecrets,
    secretFiles: new Map(),
    kernelParams: SPEC.kernelParams,
    label: SPEC.label,
    toplevel: SPEC.toplevel,
    specialisations: new Map(),
    extensions: new Map(),
  })
  assert.equal(commandLineOf(spec), 'init=/nix/store/x-nixos-system/init quiet loglevel=4')
})

test('both spellings of the key, absent and null fields', () => {
  const { initrd: _, initrdSecrets: __, ...bare } = SPEC
  const short = parseBootspec(JSON.stringify({ v1: { ...bare, initrd: null } }))
  assert.deepEqual(short, parseBootspec(document(bare)))
  assert.deepEqual(short.initrds, [])
})

test('specialisations are whole documents, and none is nested', () => {
  const inner = {
    'org.nixos.bootspec.v1': { ...SPEC, label: 'rescue' },
    'org.nix-community.lanzaboote': { sort_key: 'zz' },
  }
  const nested = { ...inner, 'org.nixos.specialisation.v1': { deeper: inner } }
  const spec = parseBootspec(document(SPEC, { 'org.nixos.specialisation.v1': { rescue: nested } }))
  const rescue = spec.specialisations.get('rescue')!
  assert.deepEqual([rescue.label, rescue.sortKey, rescue.specialisations.size], ['rescue', 'zz', 0])
  assert.equal(spec.sortKey, undefined)
})

test('extensions are kept as they stand; those of boot loaders are understood', () => {
  const more = {
    'org.nixos.systemd-boot': { sortKey: 'mine', devicetree: '/nix/store/d/board.dtb' },
    'com.example.thing': [1, { a: null }],
  }
  const spec = parseBootspec(document(SPEC, more))
  assert.deepEqual([spec.sortKey, spec.devicetree], ['mine', '/nix/store/d/board.dtb'])
  assert.deepEqual(Object.fromEntries(spec.extensions), more)
  assert.equal(parseBootspec(document(SPEC, { 'org.nix-community.lanzaboote': 'text' })).sortKey, undefined)
})

test('the draft of version 2: several initrds, a device tree, secrets by name; it goes before version 1', () => {
  const { initrd: _, initrdSecrets: __, ...rest } = SPEC
  const v2 = { ...rest, initrds: ['/a', '/b'], devicetree: '/board.dtb' }
  const spec = parseBootspec(
    document(SPEC, {
      'org.nixos.bootspec.v2': v2,
      'org.nixos.initrd-secrets.v1': { key: '/etc/key' },
      'org.nixos.specialisation.v2': { small: { 'org.nixos.bootspec.v2': { ...v2, initrds: [] } } },
    }),
  )
  assert.deepEqual([spec.version, spec.initrds, spec.devicetree], [2, ['/a', '/b'], '/board.dtb'])
  assert.deepEqual([...spec.secretFiles], [['key', '/etc/key']])
  assert.deepEqual(spec.specialisations.get('small')?.initrds, [])
})

test('what cannot be understood is refused, and told', () => {
  for (const [text, why] of [
    ['', /not JSON/],
    ['[]', /the document is not an object/],
    ['{}', /no key org\.nixos\.bootspec\.v1/],
    [JSON.stringify({ 'org.nixos.bootspec.v3': SPEC }), /v3 is a version that is not known/],
    [document({ ...SPEC, kernel: undefined }), /kernel is missing/],
    [document({ ...SPEC, kernel: 'boot/vmlinuz' }), /kernel is not an absolute path/],
    [document({ ...SPEC, init: '/nix/store/x\n/init' }), /init is not an absolute path/],
    [document({ ...SPEC, kernelParams: 'quiet' }), /kernelParams is not a list/],
    [document({ ...SPEC, kernelParams: ['quiet', 'a\0b'] }), /control character/],
    [document({ ...SPEC, label: 4 }), /label is not a text/],
    [document(SPEC, { 'org.nixos.specialisation.v1': { a: {} } }), /no key/],
    [JSON.stringify({ 'org.nixos.bootspec.v2': SPEC }), /initrds is missing/],
  ] as const) {
    assert.throws(() => parseBootspec(text), why, text)
  }
})

test('any JSON is a bootspec or a UserError', () => {
  fc.assert(
    fc.property(fc.json(), fc.jsonValue(), (text, value) => {
      for (const candidate of [
        text,
        JSON.stringify({ 'org.nixos.bootspec.v1': value }),
        document(SPEC, { x: value }),
      ]) {
        try {
          parseBootspec(candidate)
        } catch (error) {
          assert.equal((error as Error).name, 'UserError')
        }
      }
    }),
  )
})
