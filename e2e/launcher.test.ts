import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

const root = new URL('..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-launcher-'))
after(() => rmSync(folder, { recursive: true }))

function script(name: string, body: string): string {
  const path = join(folder, name, 'node')
  mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}

function firn(environment: Record<string, string>, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(join(root, 'firn'), words, {
    encoding: 'utf8',
    env: { HOME: folder, PATH: '/usr/bin:/bin', ...environment },
  })
  return { status, stdout, stderr }
}

const good = script('good', `exec "${process.execPath}" "$@"`)
const broken = script('broken', 'echo "cannot execute: required file not found" >&2; exit 127')
const old = script('old', 'echo v20.20.2')

test('FIRN_NODE is taken when it runs', () => {
  const spoken = script('spoken', 'echo "taken: $*" >&2; [ "$1" = --version ] && echo v26.0.0')
  assert.match(firn({ FIRN_NODE: spoken }, '--version').stderr, /taken: .*main\.ts --version/)
})

test('a Node that does not start, or is too old, is passed over for the next', () => {
  for (const bad of [broken, old, '/nowhere/node']) {
    const { status, stdout } = firn({ FIRN_NODE: bad, PATH: `${join(folder, 'good')}:/usr/bin:/bin` }, '--version')
    assert.equal(status, 0)
    assert.match(stdout, /^firn \d/)
  }
  const both = firn({ FIRN_NODE: broken, PATH: `${join(folder, 'old')}:/usr/bin:/bin` }, '--version')
  assert.equal(both.status, 0, `the one npm brought is the last resort: ${both.stderr}`)
})

test('compiled code is kept in a folder of this user alone; without a home there is none', () => {
  const where = ['node', '-p', 'process.env.NODE_COMPILE_CACHE']
  const { stdout } = firn({ FIRN_NODE: good }, ...where)
  assert.equal(stdout, `${join(folder, '.cache/firn/compile')}\n`)
  assert.equal(statSync(stdout.trim()).mode & 0o777, 0o700)
  const other = join(folder, 'other')
  assert.equal(firn({ FIRN_NODE: good, XDG_CACHE_HOME: other }, ...where).stdout, `${other}/firn/compile\n`)
  assert.equal(firn({ FIRN_NODE: good, HOME: '' }, ...where).stdout, 'undefined\n')
})

test('with no Node at all it says what to do', () => {
  const clone = join(folder, 'clone')
  mkdirSync(join(clone, 'node_modules'), { recursive: true })
  writeFileSync(join(clone, 'node_modules/.package-lock.json'), '{}')
  cpSync(join(root, 'firn'), join(clone, 'firn'))
  const { status, stderr } = spawnSync(join(clone, 'firn'), ['--help'], {
    encoding: 'utf8',
    env: { HOME: folder, PATH: `${join(folder, 'old')}:/usr/bin:/bin`, FIRN_NODE: broken },
  })
  assert.equal(status, 2)
  assert.match(stderr, /no Node\.js 26.*\n.*FIRN_NODE=/)
})

test('what is not installed is installed first, and a failing install says so', () => {
  const clone = join(folder, 'fresh')
  mkdirSync(clone)
  cpSync(join(root, 'firn'), join(clone, 'firn'))
  const npm = join(folder, 'npm-fails')
  mkdirSync(npm)
  writeFileSync(join(npm, 'npm'), '#!/bin/sh\necho "called: npm $*" >&2; exit 1\n', { mode: 0o755 })
  const run = spawnSync(join(clone, 'firn'), ['--help'], {
    encoding: 'utf8',
    env: { HOME: folder, PATH: `${npm}:/usr/bin:/bin` },
  })
  assert.equal(run.status, 3)
  assert.match(run.stderr, /called: npm install/)
  assert.match(run.stderr, /npm install failed/)
})

test('it works through a symbolic link from another folder', () => {
  symlinkSync(join(root, 'firn'), join(folder, 'linked'))
  assert.match(
    execFileSync(join(folder, 'linked'), ['--version'], {
      encoding: 'utf8',
      cwd: '/',
      env: { ...process.env, FIRN_NODE: good },
    }),
    /^firn \d/,
  )
})

test('no npm script says bare node', () => {
  const scripts = JSON.parse(execFileSync('cat', [join(root, 'package.json')], { encoding: 'utf8' })).scripts
  for (const line of Object.values<string>(scripts)) assert.match(line, /^\.\/firn /)
})
