import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { needsParts, part } from '../../scripts/boot-parts.ts'

const firn = new URL('../../firn', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-review-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const parts = needsParts('stub', 'shim', 'kernel')

function run(...words: readonly string[]) {
  return spawnSync(firn, words, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26 })
}

test('a review of an image: its shim and what that starts, written as an application', parts, () => {
  const store = Buffer.alloc(1 << 20, 'some content of a store. ')
  store.writeUInt32LE(0xe0f5e1e2, 1024)
  writeFileSync(at('store.erofs'), store)
  writeFileSync(at('initrd'), 'an initrd')
  run('boot', 'keys', 'create', '-o', 'keys', '--only', 'db')
  const made = run(
    ...['appliance', 'iso', '--image', 'store.erofs', '--init', '/nix/store/abc-system/init', '--initrd', 'initrd'],
    ...['--kernel', part('kernel'), '--stub', part('stub'), '--shim', part('shim')],
    ...['--cert', 'keys/db.pem', '--key', 'keys/db.key', '-o', 'one.iso'],
  )
  assert.equal(made.status, 0, made.stderr)
  const { status, stdout } = run('appliance', 'review', 'one.iso', '-o', 'application', '--json')
  assert.equal(status, 1)
  const report = JSON.parse(stdout)
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
  // Debian's shim is signed, so the hash of what is built is left to its maker; the rest follows from it.
  const recipe = readFileSync(at('application/Dockerfile'), 'utf8')
  assert.match(recipe, /^RUN make .*VENDOR_CERT_FILE=\/build\/vendor_cert\.der .*shimx64\.efi$/m)
  assert.match(recipe, /echo 'FILL-IN {2}shimx64\.efi'/)
  assert.match(readFileSync(at('application/sbat.debian.csv'), 'utf8'), /^shim\.debian,1,Debian,/)
  assert.ok(readFileSync(at('application/vendor_cert.der')).length > 500)
  assert.deepEqual(JSON.parse(readFileSync(at('application/review.json'), 'utf8')), report)
})

test('what cannot be reviewed is told in two lines, and nothing is written', parts, () => {
  writeFileSync(at('noise'), Buffer.alloc(300_000, 'noise'))
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['noise'], /noise: /],
    [[part('stub')], /not a shim/],
    [[part('shim'), '--answers', 'noise'], /noise: not JSON/],
    [[part('shim'), '--kernel-config', 'noise'], /noise: not a configuration/],
    [[part('shim'), '--template', 'noise'], /noise: not the template/],
    [[part('shim'), '--drv', 'noise'], /noise: derivation/],
    [[part('shim'), '--launches', 'noise'], /noise: not a PE image/],
  ]
  for (const [words, says] of cases) {
    const { status, stderr } = run('appliance', 'review', ...words, '-o', 'never')
    assert.equal(status, 2, stderr)
    assert.match(stderr, says)
    assert.equal(stderr.trim().split('\n').length, 2, stderr)
  }
  assert.equal(existsSync(at('never')), false)
})
