import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { needs } from '../scripts/needs.ts'
import { makeNixKeys } from './store/place.ts'
import { buildTamperStore, type TamperStore } from './store/tamper.ts'

const root = new URL('..', import.meta.url).pathname
const options = process.getuid?.() === 0 ? needs('nix') : { skip: 'needs root' }

let store: TamperStore
before(() => {
  if (!options.skip) store = buildTamperStore()
})
after(() => store?.remove())

interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function firn(...args: readonly string[]): Run {
  return firnWith({}, ...args)
}

function firnWith(more: Readonly<Record<string, string>>, ...args: readonly string[]): Run {
  const env = {
    ...process.env,
    ...store.env,
    FIRN_STATE_DIR: join(store.folder, 'state'),
    FIRN_CACHE_DIR: join(store.folder, 'cache'),
    ...more,
  }
  const { status, stdout, stderr } = spawnSync(join(root, 'firn'), ['store', ...args], { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('a store is sealed, found whole at each level, and each change is found by the level that can', options, () => {
  const at = (name: string) => join(store.folder, name)
  assert.equal(firn('seal', 'key', '-o', at('key')).status, 0)
  assert.equal(lstatSync(at('key')).mode & 0o777, 0o600)
  // With a key to judge by, it is noted what was built here and signed by nobody.
  const noted = ['--trusted-key', makeNixKeys('other-1').trusted]
  const sealed = firn('seal', '--all', '--key', at('key'), '-o', at('one.seal'), ...noted)
  assert.equal(sealed.status, 0, sealed.stderr)
  const check = (level: number, ...more: readonly string[]) =>
    firn('check', '--level', String(level), '--seal', at('one.seal'), '--key', at('key.pub'), '--json', ...more)

  for (const level of [0, 1, 2, 3]) {
    const { status, stdout, stderr } = check(level, '--fail-on', 'error')
    assert.equal(status, 0, `level ${level}: ${stdout} ${stderr}`)
    const report = JSON.parse(stdout)
    assert.equal(/verified/i.test(JSON.stringify(report.verdict ?? report)), level === 3, `level ${level}: ${stdout}`)
    // To seal is to read everything, also of paths that nobody signed.
    assert.equal(report.unread, 0)
  }

  const file = anyFile(store)
  const { mode, size } = lstatSync(file)
  const good = readFileSync(file)
  chmodSync(file, 0o644)
  writeFileSync(file, Buffer.alloc(size, 0x21))
  chmodSync(file, mode & 0o777)
  utimesSync(file, 1, 1)
  for (const level of [0, 1, 2, 3]) {
    const { status, stdout } = check(level)
    assert.equal(status, 1, `level ${level}: ${stdout}`)
    assert.ok(
      JSON.parse(stdout).findings.some(({ rule }: { rule: string }) => rule === 'store/seal-content'),
      `level ${level}: ${stdout}`,
    )
  }
  chmodSync(file, 0o644)
  writeFileSync(file, good)
  chmodSync(file, mode & 0o777)
  utimesSync(file, 1, 1)
  assert.equal(check(3).status, 0)
})

test('nobody seals for another, an old seal is a rollback, and a tampered store is not sealed', options, () => {
  const at = (name: string) => join(store.folder, name)
  assert.equal(firn('seal', 'key', '-o', at('stranger')).status, 0)
  const stranger = firn('check', '--level', '0', '--seal', at('one.seal'), '--key', at('stranger.pub'))
  assert.equal(stranger.status, 3, stranger.stdout)
  assert.match(stranger.stderr, /sign/)

  const two = firn('seal', '--all', '--key', at('key'), '-o', at('two.seal'), '--json')
  assert.equal(two.status, 0, two.stderr)
  const { schema, generation, keys, file: where, findings } = JSON.parse(two.stdout)
  assert.deepEqual([schema, generation, keys.length, where, findings], ['firn/store-seal/1', 2, 1, at('two.seal'), []])
  assert.equal(firn('check', '--level', '0', '--seal', at('two.seal'), '--key', at('key.pub')).status, 0)
  const old = firn('check', '--level', '0', '--seal', at('one.seal'), '--key', at('key.pub'), '--json')
  assert.notEqual(old.status, 0, old.stdout)
  assert.match(old.stdout + old.stderr, /rollback|generation/)

  // With a rate the lines are read by another thread, where errors lose their class.
  writeFileSync(at('damaged.seal'), readFileSync(at('two.seal'), 'latin1').replace('["f",', '["q",'), 'latin1')
  for (const words of [[], ['--max-rate', '500M']]) {
    const damaged = firn('check', '--seal', at('damaged.seal'), '--key', at('key.pub'), ...words)
    assert.equal(damaged.status, 2, damaged.stderr)
    assert.match(damaged.stderr, /not a seal: a node in it is damaged/)
  }

  const file = anyFile(store)
  const good = readFileSync(file)
  const { mode } = lstatSync(file)
  renameSync(file, `${file}.kept`)
  writeFileSync(file, 'other contents', { mode: mode & 0o777 })
  const refused = firn('seal', '--all', '--key', at('key'), '-o', at('three.seal'))
  assert.equal(refused.status, 1, refused.stdout)
  assert.throws(() => lstatSync(at('three.seal')), /ENOENT/)
  rmSync(file)
  renameSync(`${file}.kept`, file)
  assert.deepEqual(readFileSync(file), good)
})

test('what cannot be remembered is told, and takes back neither a seal nor a verdict', options, () => {
  const at = (name: string) => join(store.folder, name)
  const words = ['--key', at('key.pub'), '--fail-on', 'error', '--json']
  const blocked = at('blocked')
  const sealed = firn('seal', '--all', '--key', at('key'), '-o', at('kept.seal'))
  assert.equal(sealed.status, 0, sealed.stderr)
  const memory = readdirSync(at('cache')).find((name) => name.startsWith('store-check-'))!
  const seen = readdirSync(at('state')).find((name) => name.startsWith('seal-'))!
  const last = readFileSync(join(at('state'), seen))
  // Folders in the place of files: root, too, cannot write there.
  mkdirSync(join(blocked, memory), { recursive: true })
  const check = firnWith({ FIRN_CACHE_DIR: blocked }, 'check', '--level', '3', '--seal', at('kept.seal'), ...words)
  assert.equal(JSON.parse(check.stdout).verdict, 'verified')
  assert.deepEqual([check.status, /what was read is not remembered/.test(check.stderr)], [0, true], check.stderr)
  const again = firnWith({ FIRN_CACHE_DIR: blocked }, 'seal', '--all', '--key', at('key'), '-o', at('kept.seal'))
  assert.match(again.stdout, /^sealed /)
  assert.deepEqual([again.status, /what was read is not remembered/.test(again.stderr)], [0, true], again.stderr)
  // A folder that cannot be made: of rescue media, say.
  for (const env of [
    { FIRN_STATE_DIR: '/sys/state' },
    { FIRN_STATE_DIR: '/sys/state', FIRN_CACHE_DIR: '/dev/null/cache' },
  ]) {
    const elsewhere = firnWith(env, 'check', '--seal', at('kept.seal'), ...words)
    assert.equal(JSON.parse(elsewhere.stdout).verdict, 'unchanged')
    assert.deepEqual([elsewhere.status, /--least \d+ is given/.test(elsewhere.stderr)], [0, true], elsewhere.stderr)
  }
  rmSync(blocked, { recursive: true })
  writeFileSync(join(at('state'), seen), last)
})

test('what a revoked key signed is enforced by nobody', options, () => {
  const at = (name: string) => join(store.folder, name)
  const state = { FIRN_STATE_DIR: at('state of another') }
  const digest = () => firnWith(state, 'enforce', 'digest', '--seal', at('lost.seal'), '--key', at('key.pub'))
  assert.equal(firnWith(state, 'seal', '--all', '--key', at('key'), '-o', at('lost.seal')).status, 0)
  assert.match(digest().stdout, /^[0-9a-f]{64}\n$/)
  const [lost] = JSON.parse(firn('seal', 'inspect', at('lost.seal'), '--json').stdout).signatures
  assert.equal(firn('seal', 'key', '-o', at('fresh')).status, 0)
  const words = ['--all', '--key', at('fresh'), '-o', at('fresh.seal'), '--revoke', `${lost}:0`]
  assert.equal(firnWith(state, 'seal', ...words).status, 0)
  const refused = digest()
  assert.equal(refused.status, 3, refused.stdout)
  assert.match(refused.stderr, /only by keys that were revoked/)
})

test('which generation to start: the newest of which every byte is what was sealed', options, () => {
  const at = (name: string) => join(store.folder, name)
  const state = (name: string) => join(store.folder, 'state', name)
  const { tool, user, other } = store.paths
  for (const paths of [[other], [tool], [user]]) {
    const sealed = firn('seal', ...paths, '--key', at('key'))
    assert.equal(sealed.status, 0, sealed.stdout + sealed.stderr)
  }
  const names = readdirSync(state('')).filter((name) => name.endsWith('.seal'))
  assert.equal(names.length, 3, 'the newest, and two that were before')
  const good = (...words: readonly string[]) =>
    firn('seal', 'good', ...names.map(state), '--key', at('key.pub'), ...words)
  const whole = good()
  assert.equal(whole.status, 0, whole.stderr)
  assert.match(whole.stdout, /^generation \d+ \(\S+\) is what was sealed, every byte of it\n {2}start \S+-user-2\.0\n$/)

  // Generations of `user` and of `tool`, to which it refers, are broken now; that of `other` is not.
  const file = join(tool, 'bin/tool')
  const bytes = readFileSync(file)
  const { mode } = lstatSync(file)
  chmodSync(file, 0o644)
  writeFileSync(file, bytes.toString('latin1').toUpperCase())
  chmodSync(file, mode & 0o777)
  const last = good('--json')
  assert.equal(last.status, 0, last.stderr)
  const { generations } = JSON.parse(last.stdout)
  assert.deepEqual(
    generations.map(({ verdict, roots }: { verdict: string; roots: string[] }) => [verdict, roots]),
    [
      ['broken', [user]],
      ['broken', [tool]],
      ['verified', [other]],
    ],
  )
  // Somebody who spoils the newest seal as well does not keep the others from being asked.
  const spoilt = at('spoilt.seal')
  writeFileSync(spoilt, readFileSync(generations[0].file).subarray(0, -100))
  const without = good(spoilt, '--json')
  assert.equal(without.status, 0, without.stderr)
  const { schema, tool: program, passedOver, findings } = JSON.parse(without.stdout)
  assert.deepEqual([schema, program.name, passedOver.length], ['firn/seal-good/1', 'firn', 1])
  assert.match(passedOver[0].why, /spoilt\.seal: not a seal/)
  assert.ok(findings.some(({ rule }: { rule: string }) => rule === 'store/seal-content'))
  assert.match(good(spoilt).stdout, /^\S+spoilt\.seal: not a seal/)
  assert.equal(firn('seal', 'good', spoilt, '--key', at('key.pub')).status, 2)
  // Asking about old seals has not made one of them the last that was seen.
  const [, , oldest] = generations
  const rollback = firn('check', '--seal', oldest.file, '--key', at('key.pub'), '--level', '3', '--json')
  assert.match(rollback.stdout, /store\/seal-rollback/)
  const none = firn(
    'seal',
    'good',
    state(names.find((name) => /-[a-f0-9]{16}\.seal$/.test(name))!),
    '--key',
    at('key.pub'),
  )
  assert.equal(none.status, 1, none.stdout)
  assert.match(none.stderr, /none of these generations is whole/)
  chmodSync(file, 0o644)
  writeFileSync(file, bytes)
  chmodSync(file, mode & 0o777)
  utimesSync(file, 1, 1)
  assert.equal(firn('seal', 'good').status, 2)
})

/** A regular file of the store with something in it. */
function anyFile({ storeDir }: TamperStore): string {
  const { stdout } = spawnSync(
    'find',
    [storeDir, '-mindepth', '2', '-type', 'f', '-size', '+0', '-not', '-path', '*/.links/*'],
    {
      encoding: 'utf8',
    },
  )
  return stdout.split('\n').sort()[1]!
}
