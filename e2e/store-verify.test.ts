import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseTrustedKey } from '@firn/nix'
import { shellWord, type Verification, type VerifyRequest, verifyStore } from '@firn/store'
import { needs, needsRoot, type ProgramName } from '../scripts/needs.ts'
import { buildFixtureStore } from './store/build.ts'
import { buildTamperStore, type TamperStore } from './store/tamper.ts'

const root = new URL('..', import.meta.url).pathname
const isRoot = process.getuid?.() === 0
const asRoot = (...programs: readonly ProgramName[]) => (isRoot ? needs('nix', ...programs) : { skip: 'needs root' })

function verify(store: TamperStore, more: Partial<VerifyRequest> = {}): Promise<Verification> {
  const { storeDir, stateDir } = store
  return verifyStore({
    place: { storeDir, realStoreDir: storeDir, stateDir, root: '' },
    scope: { kind: 'all' },
    signatures: { keys: [], required: false },
    signal: new AbortController().signal,
    ...more,
  })
}

/** Rules and names of what was found. */
function told({ findings }: Verification): string[] {
  return findings.map(({ rule, subject }) => `${rule} ${subject.name.replace(/^[0-9a-z]{32}-/, '')}`).sort()
}

/** Write contents in a way that leaves no other trace than they must. */
function overwrite(file: string, contents: string): void {
  const { mode } = lstatSync(file)
  chmodSync(file, 0o644)
  writeFileSync(file, contents)
  chmodSync(file, mode & 0o7777)
  utimesSync(file, 1, 1)
}

/** Change what a folder holds in a way that leaves no trace on the folder itself. */
function within(folder: string, change: () => void): void {
  chmodSync(folder, 0o755)
  change()
  chmodSync(folder, 0o555)
  utimesSync(folder, 1, 1)
}

function narHash(store: TamperStore, path: string): { hash: string; size: number } {
  const nar = spawnSync('nix-store', ['--dump', path], { env: { ...process.env, ...store.env }, maxBuffer: 1 << 28 })
  return { hash: createHash('sha256').update(nar.stdout).digest('hex'), size: nar.stdout.length }
}

/** Other contents of a file in a store path, and a record that fits. */
function forge(store: TamperStore, name: keyof TamperStore['paths'], file: string, contents: string, more = ''): void {
  overwrite(join(store.paths[name], file), contents)
  forgeRecord(store, store.paths[name], more)
}

/** As somebody does who has the database, too. */
function forgeRecord(store: TamperStore, path: string, more = ''): void {
  const { hash, size } = narHash(store, path)
  store.sql(`update ValidPaths set hash = ?, narSize = ?${more} where path = ?`, `sha256:${hash}`, size, path)
}

interface Tampering {
  readonly name: string
  readonly act: (store: TamperStore) => void
  readonly found: readonly string[]
  readonly more?: Partial<VerifyRequest>
  readonly signed?: boolean
  /** Nix registers by the second; who comes later than that can be told by the times. */
  readonly later?: boolean
  readonly options?: { skip?: string }
  /** What Nix's own two checks say: whether they are content. */
  readonly nixIsContent: boolean
}

/** The eleven of notes on what Nix does not detect, in their order, then ours. */
const TAMPERINGS: readonly Tampering[] = [
  {
    name: 'setuid, setgid and write bits',
    act: ({ paths }) => chmodSync(join(paths.tool, 'bin/tool'), 0o6755),
    found: ['store/setuid tool-1.0'],
    nixIsContent: true,
  },
  {
    name: 'another owner',
    act: ({ paths }) => chownSync(join(paths.tool, 'bin/tool'), 1000, 0),
    found: ['store/owner tool-1.0'],
    options: asRoot(),
    nixIsContent: true,
  },
  {
    name: 'a modification time',
    act: ({ paths }) => utimesSync(join(paths.tool, 'share'), 1_700_000_000, 1_700_000_000),
    found: ['store/mtime tool-1.0'],
    nixIsContent: true,
  },
  {
    name: 'a file capability',
    act: ({ paths }) => void execFileSync('setcap', ['cap_setuid+ep', join(paths.tool, 'bin/tool')]),
    found: ['store/capability tool-1.0'],
    options: asRoot('setcap'),
    nixIsContent: true,
  },
  {
    name: 'a path that is not registered',
    act: ({ storeDir }) => {
      mkdirSync(join(storeDir, `${'a'.repeat(32)}-stranger`), { mode: 0o555 })
    },
    found: ['store/unregistered stranger'],
    nixIsContent: true,
  },
  {
    name: 'other contents',
    act: ({ paths }) => overwrite(join(paths.tool, 'share/data'), 'same-length-b\n'),
    found: ['store/hash-mismatch tool-1.0'],
    nixIsContent: false,
  },
  {
    name: 'other contents and their hash in the database, built here',
    later: true,
    act: (store) => forge(store, 'tool', 'share/data', 'same-length-b\n', ', ultimate = 1, sigs = null'),
    found: ['store/changed-later tool-1.0'],
    nixIsContent: true,
  },
  {
    name: 'other contents and their hash in the database, built elsewhere',
    later: true,
    act: (store) => forge(store, 'tool', 'share/data', 'same-length-b\n', ', ultimate = 0, sigs = null'),
    found: ['store/changed-later tool-1.0', 'store/unsigned tool-1.0'],
    nixIsContent: false,
  },
  {
    name: 'a path addressed by content, its hash in the database made to fit',
    act: (store) => forge(store, 'flat', '', 'flaw'),
    found: ['store/ca-mismatch flat.txt'],
    nixIsContent: true,
  },
  {
    name: 'a path is gone',
    act: ({ paths }) => rmSync(paths.user, { recursive: true }),
    found: ['store/missing user-2.0'],
    nixIsContent: false,
  },
  {
    name: 'foreign contents of the same size under a name of .links',
    act: (store) => {
      store.nix('nix-store', '--optimise')
      const link = linkOf(store, join(store.paths.tool, 'share/data'))
      rmSync(link)
      writeFileSync(link, 'same-length-b\n', { mode: 0o444 })
      chmodSync(link, 0o444)
      utimesSync(link, 1, 1)
    },
    found: ['store/link-poisoned LINK'],
    nixIsContent: false,
  },
  {
    name: 'a name of .links for a file of another path',
    act: (store) => {
      store.nix('nix-store', '--optimise')
      const link = linkOf(store, join(store.paths.tool, 'share/data'))
      rmSync(link)
      linkSync(join(store.paths.other, 'common'), link)
    },
    found: ['store/link-poisoned LINK'],
    nixIsContent: false,
  },
  {
    name: 'a name of .links that is the only one of its file',
    act: (store) => {
      store.nix('nix-store', '--optimise')
      const link = linkOf(store, join(store.paths.tool, 'share/data'))
      const right = linkOf(store, join(store.paths.other, 'more'))
      rmSync(link)
      renameSync(right, link)
    },
    found: ['store/link-poisoned LINK'],
    more: { allLinks: true },
    nixIsContent: false,
  },
  {
    name: 'the hash in the database alone, of a signed path',
    signed: true,
    act: (store) => {
      overwrite(join(store.paths.tool, 'share/data'), 'same-length-b\n')
      forgeRecord(store, store.paths.tool)
    },
    found: ['store/signature tool-1.0'],
    nixIsContent: false,
  },
  {
    name: 'the hash in the database alone, of a path addressed by content',
    act: ({ sql, paths }) =>
      sql('update ValidPaths set hash = ? where path = ?', `sha256:${'ab'.repeat(32)}`, paths.flat),
    found: ['store/database-hash flat.txt'],
    nixIsContent: false,
  },
  {
    name: 'no hash in the database',
    act: ({ sql, paths }) =>
      sql('update ValidPaths set hash = ? where path = ?', `sha256:${'00'.repeat(32)}`, paths.tool),
    found: ['store/database-hash tool-1.0'],
    nixIsContent: false,
  },
  {
    name: 'the size in the database',
    act: ({ sql, paths }) => sql('update ValidPaths set narSize = narSize + 8 where path = ?', paths.tool),
    found: ['store/database-hash tool-1.0'],
    nixIsContent: false,
  },
  {
    name: 'the content address in the database',
    act: ({ sql, paths }) =>
      sql('update ValidPaths set ca = ? where path = ?', `fixed:sha256:${'0'.repeat(52)}`, paths.flat),
    found: ['store/ca-mismatch flat.txt'],
    nixIsContent: false,
  },
  {
    name: 'a derivation, its record made to fit and its content address taken away',
    act: (store) => {
      const drv = store.nix('nix-store', '--query', '--deriver', store.paths.other).trim()
      overwrite(drv, readFileSync(drv, 'utf8').replace('common', 'damage'))
      forgeRecord(store, drv, ', ca = null')
    },
    found: ['store/ca-mismatch other-3.0.drv'],
    nixIsContent: false,
  },
  {
    name: 'a tree addressed by SHA-1',
    act: (store) => forge(store, 'tree', '', 'trap'),
    found: ['store/ca-mismatch tree'],
    nixIsContent: true,
  },
  {
    name: 'a pipe, which would wait for ever',
    act: ({ paths }) => within(paths.other, () => execFileSync('mkfifo', [join(paths.other, 'pipe')])),
    found: ['store/type other-3.0'],
    nixIsContent: false,
  },
  {
    name: 'an attribute of a user',
    act: ({ paths }) => {
      const file = join(paths.other, 'more')
      chmodSync(file, 0o644)
      execFileSync('setfattr', ['-n', 'user.hidden', '-v', 'payload', file])
      chmodSync(file, 0o444)
    },
    found: ['store/xattr other-3.0'],
    options: needs('nix', 'setfattr'),
    nixIsContent: true,
  },
  {
    name: 'a link with another target',
    act: ({ paths }) => {
      const link = join(paths.tool, 'bin/alias')
      within(join(paths.tool, 'bin'), () => {
        rmSync(link)
        execFileSync('ln', ['-s', '/tmp/evil', link])
        execFileSync('touch', ['-h', '-d', '@1', link])
      })
    },
    found: ['store/hash-mismatch tool-1.0'],
    nixIsContent: false,
  },
  {
    name: 'a name that is not UTF-8',
    act: ({ paths }) =>
      within(paths.other, () => {
        writeFileSync(Buffer.concat([Buffer.from(`${paths.other}/`), Buffer.from([0xff, 0xfe])]), 'x', { mode: 0o4555 })
      }),
    found: ['store/hash-mismatch other-3.0', 'store/mtime other-3.0', 'store/setuid other-3.0'],
    nixIsContent: false,
  },
  {
    name: 'a store that everybody may write to',
    act: ({ storeDir }) => chmodSync(storeDir, 0o1777),
    found: ['store/mode store'],
    nixIsContent: true,
  },
  {
    name: 'a reference that was taken out of the database',
    more: { scanReferences: true },
    act: ({ sql, paths }) =>
      sql(
        'delete from Refs where referrer = (select id from ValidPaths where path = ?) and reference != referrer',
        paths.user,
      ),
    found: ['store/reference-unregistered user-2.0'],
    nixIsContent: true,
  },
]

/** The name in .links of a file. */
function linkOf({ storeDir }: TamperStore, file: string): string {
  const { ino } = lstatSync(file)
  const links = join(storeDir, '.links')
  const name = readdirSync(links).find((each) => lstatSync(join(links, each)).ino === ino)
  return join(links, name!)
}

const stores = new Map<Tampering, TamperStore>()

before(async () => {
  if (needs('nix').skip !== undefined) return
  for (const tampering of TAMPERINGS) stores.set(tampering, buildTamperStore({ signed: tampering.signed === true }))
  // The second of the registration runs on, and firn grants some more.
  await sleep(5000)
})
after(() => {
  for (const store of stores.values()) store.remove()
})

for (const tampering of TAMPERINGS) {
  const { name, act, found, more, nixIsContent, signed, options = needs('nix') } = tampering
  test(`found: ${name}`, options, async () => {
    const store = stores.get(tampering)!
    const keys = signed === true ? [parseTrustedKey(store.trustedKey)] : []
    const request = { signatures: { keys, required: false }, ...more }
    assert.deepEqual(told(await verify(store, request)), [], 'clean before')
    act(store)
    const verification = await verify(store, request)
    assert.deepEqual(
      told(verification).map((line) => line.replace(/[0-9a-z]{52}$/, 'LINK')),
      [...found].sort(),
    )
    assert.equal(verification.complete, true)
    // This is why firn looks at all: what of it Nix tells.
    const check = ['--verify', '--check-contents']
    const nix = spawnSync('nix-store', check, { env: { ...process.env, ...store.env }, stdio: 'ignore' })
    const verified = spawnSync('nix', ['store', 'verify', '--all'], {
      env: { ...process.env, ...store.env },
      stdio: 'ignore',
    })
    if (nixIsContent) assert.deepEqual([nix.status, verified.status], [0, 0], 'Nix is content')
  })
}

test('what was found comes with the commands that mend it', needs('nix'), async () => {
  const store = buildTamperStore()
  try {
    const { paths } = store
    chmodSync(join(paths.tool, 'bin/tool'), 0o6755)
    chmodSync(join(paths.user, 'tool'), 0o644)
    chmodSync(join(paths.user, 'note'), 0o664)
    utimesSync(join(paths.other, 'more'), 9, 9)
    utimesSync(join(paths.other, 'common'), 9, 9)
    const { findings } = await verify(store)
    assert.equal(findings.length, 3)
    for (const command of findings.flatMap(({ repair }) => repair)) execFileSync('sh', ['-c', command])
    // Nix reads what it is to repair, and stops at a pipe.
    execFileSync('mkfifo', [join(paths.other, 'a pipe')])
    const odd = await verify(store)
    assert.ok(told(odd).includes('store/type other-3.0'), told(odd).join())
    const env = { ...process.env, ...store.env }
    for (const command of odd.findings.flatMap(({ repair }) => repair)) {
      execFileSync('sh', ['-c', command], { env, stdio: ['ignore', 'ignore', 'pipe'] })
    }
    // A slow machine repairs so late that the touching would be told.
    assert.deepEqual(told(await verify(store, { touchedKnownUntil: Date.now() })), [])
  } finally {
    store.remove()
  }
})

test('words for a shell are taken as they are', () => {
  for (const word of [
    'plain',
    "it's",
    'a b',
    'new\nline',
    '$(touch /tmp/x)',
    '\u202eevil',
    'bytes \udcff',
    '\\',
    'ä',
  ]) {
    const printed = execFileSync('bash', ['-c', `printf %s ${shellWord(word)}`])
    const wanted = Buffer.concat([...word].map((c) => (c === '\udcff' ? Buffer.from([0xff]) : Buffer.from(c))))
    assert.deepEqual(printed, wanted, JSON.stringify(word))
  }
})

/** firn as a person runs it, in a store of ours. */
function firn(store: { readonly folder: string; readonly env: Readonly<Record<string, string>> }, ...words: string[]) {
  const env = { ...process.env, ...store.env, FIRN_CACHE_DIR: join(store.folder, 'cache') }
  return spawnSync(join(root, 'firn'), ['store', 'verify', ...words], { env, encoding: 'utf8' })
}

test('the command: scopes, keys, formats, exit codes', needs('nix'), () => {
  const store = buildTamperStore({ signed: true })
  try {
    const { paths } = store
    const clean = firn(store, '--all', '--trusted-key', store.trustedKey, '--require-signature', '--json')
    assert.equal(clean.status, 0, clean.stderr)
    const report = JSON.parse(clean.stdout)
    assert.equal(report.schema, 'firn/store-verify/1')
    assert.deepEqual(report.findings, [])
    assert.equal(report.paths, report.whole)
    assert.ok(report.bytes > 1000 && report.signed >= 3)
    assert.equal(JSON.parse(firn(store, paths.tool, '--json').stdout).paths, 1)
    assert.equal(JSON.parse(firn(store, '--closure', paths.user, '--json').stdout).paths, 3)

    const other = buildTamperStore()
    other.remove()
    const unsigned = firn(
      store,
      '--all',
      '--trusted-key',
      other.trustedKey.replace('test-1', 'other-1'),
      '--require-signature',
    )
    assert.equal(unsigned.status, 1)
    assert.match(unsigned.stdout, /store\/signature .*tool-1\.0 .*only by test-1/)

    overwrite(join(paths.tool, 'share/data'), 'same-length-b\n')
    const table = firn(store, '--all')
    assert.equal(table.status, 1)
    assert.match(table.stdout, /error +store\/hash-mismatch .*Repair: nix-store --repair-path/)
    assert.match(table.stdout, /Signatures +not judged/)
    assert.equal(
      JSON.parse(firn(store, '--all', '--format', 'sarif').stdout).runs[0].results[0].ruleId,
      'store/hash-mismatch',
    )

    const repaired = firn(store, '--all', '--repair', '--fail-on', 'error')
    assert.match(repaired.stderr, /to be done now:\n +nix-store --repair-path/)
    assert.equal(repaired.status, 0, repaired.stdout + repaired.stderr)

    for (const words of [
      ['--all', paths.tool],
      ['/etc'],
      ['--max-rate', 'fast', '--all'],
      ['--trusted-key', 'x', '--all'],
    ]) {
      assert.equal(firn(store, ...words).status, 2, words.join(' '))
    }
    assert.equal(firn(store, join(store.storeDir, `${'a'.repeat(32)}-absent`)).status, 4)
    assert.equal(firn(store, '--all', '--store', '/nowhere').status, 2)
    writeFileSync(join(store.stateDir, 'db/db.sqlite'), 'no database')
    for (const side of ['-wal', '-shm']) rmSync(join(store.stateDir, `db/db.sqlite${side}`), { force: true })
    assert.equal(firn(store, '--all').status, 4)
  } finally {
    store.remove()
  }
})

test('interrupted, and resumed without starting over', needs('nix'), async () => {
  const store = buildTamperStore()
  try {
    for (const name of ['one', 'two', 'three', 'four']) {
      const file = join(store.folder, name)
      writeFileSync(file, Buffer.alloc(6 << 20, name))
      store.nix('nix-store', '--add', file)
    }
    // The largest are read first. Nobody vouches for them any more, which those that are resumed must be told of as well.
    store.sql('update ValidPaths set ca = null where narSize > 6000000')
    const signatures = { keys: [], required: true }
    for (const workers of [0, 2]) {
      const file = join(store.folder, 'state.json')
      const interrupt = new AbortController()
      const first = await verify(store, {
        workers,
        maxRate: 16e6,
        signal: interrupt.signal,
        signatures,
        state: { file, resume: true },
        onProgress: (done) => {
          if (done > 13e6) interrupt.abort()
        },
      })
      assert.deepEqual([first.complete, first.unsaved], [false, undefined])
      const second = await verify(store, { signatures, state: { file, resume: true } })
      assert.ok(second.resumed > 0 && second.resumed < second.paths, `${second.resumed} of ${second.paths}`)
      assert.equal(second.resumed, first.whole)
      assert.equal(second.whole, second.paths)
      const third = await verify(store, { signatures, state: { file, resume: true } })
      assert.deepEqual([third.resumed, third.bytes], [0, second.bytes], 'what is complete is not gone on with')
      for (const name of ['one', 'two', 'three', 'four'])
        assert.ok(told(second).includes(`store/signature ${name}`), name)
      assert.deepEqual(told(second), told(third))
    }
    const stop = new AbortController()
    stop.abort()
    const nowhere = { file: '/dev/null/state.json', resume: false }
    const unsaved = await verify(store, { signal: stop.signal, state: nowhere })
    assert.deepEqual([unsaved.complete, typeof unsaved.unsaved], [false, 'string'])
    assert.equal((await verify(store, { state: nowhere })).complete, true)
  } finally {
    store.remove()
  }
})

test('an interrupt ends the command at once, with 130', { ...needs('nix'), timeout: 60_000 }, async () => {
  const store = buildTamperStore()
  try {
    const file = join(store.folder, 'large')
    writeFileSync(file, Buffer.alloc(6 << 20, 'large'))
    store.nix('nix-store', '--add', file)
    const env = { ...process.env, ...store.env, FIRN_CACHE_DIR: join(store.folder, 'cache') }
    const run = spawn(join(root, 'firn'), ['store', 'verify', '--all', '--max-rate', '10K', '--workers', '1'], { env })
    const exit = new Promise((resolve) => run.once('exit', resolve))
    run.stdout.resume()
    // It says what it does as soon as it reads.
    await new Promise((resolve) => run.stderr.once('data', resolve))
    run.kill('SIGINT')
    assert.equal(await exit, 130)
  } finally {
    store.remove()
  }
})

test('a chroot store', needs('nix'), () => {
  const store = buildTamperStore()
  try {
    const chroot = join(store.folder, 'chroot')
    const env = { ...process.env, ...store.env, NIX_STORE_DIR: '/nix/store', NIX_STATE_DIR: '/nix/var/nix' }
    const file = join(store.folder, 'file.txt')
    writeFileSync(file, 'in a chroot store')
    const path = execFileSync('nix-store', ['--store', chroot, '--add', file], { env, encoding: 'utf8' }).trim()
    const plainEnv = { ...process.env, FIRN_CACHE_DIR: join(store.folder, 'cache') }
    const run = (...words: string[]) =>
      spawnSync(join(root, 'firn'), ['store', 'verify', '--store', chroot, ...words], {
        env: plainEnv,
        encoding: 'utf8',
      })
    assert.equal(run('--all').status, 0, run('--all').stdout)
    assert.equal(JSON.parse(run(path, '--json').stdout).addressed, 1)
    appendFileSyncAnyway(join(chroot, 'nix/store', basename(path)))
    assert.equal(run('--all').status, 1)
    const [finding] = JSON.parse(run('--all', '--json').stdout).findings
    assert.deepEqual(finding.repair, [`nix-store --store ${chroot} --repair-path ${path}`])
  } finally {
    store.remove()
  }
})

function appendFileSyncAnyway(file: string): void {
  chmodSync(file, 0o644)
  appendFileSync(file, '!')
  chmodSync(file, 0o444)
  utimesSync(file, 1, 1)
}

test('no false alarm: more than 2,000 paths of one user, then optimised', needs('nix'), async () => {
  const store = buildFixtureStore(join(root, 'fixtures/store/packages.json'), 500)
  try {
    const place = {
      storeDir: store.env.NIX_STORE_DIR!,
      realStoreDir: store.env.NIX_STORE_DIR!,
      stateDir: store.env.NIX_STATE_DIR!,
      root: '',
    }
    const request = {
      place,
      scope: { kind: 'all' },
      signatures: { keys: [], required: false },
      signal: new AbortController().signal,
      scanReferences: true,
    } as const
    const before = await verifyStore(request)
    assert.deepEqual(told(before), [])
    assert.ok(before.whole > 2000, `${before.whole} paths`)
    store.nix('nix-store', '--optimise')
    for (const workers of [0, 2]) {
      const after = await verifyStore({ ...request, workers })
      assert.deepEqual(told(after), [])
      assert.equal(after.whole, before.whole)
      assert.equal(after.bytes, before.bytes)
      assert.ok(after.links!.names > 300 && after.links!.hashed < after.links!.names / 2, JSON.stringify(after.links))
    }
    assert.deepEqual(told(await verifyStore({ ...request, allLinks: true })), [])
  } finally {
    store.remove()
  }
})

test('another machine over ssh, here a program that only starts its daemon', needs('nix'), () => {
  const store = buildTamperStore({ signed: true })
  try {
    const bin = join(store.folder, 'bin')
    mkdirSync(bin)
    // It must be given the words as they are, the host after a double dash.
    const script = `#!/bin/sh\n[ "$1 $2 $3 $4 $5 $6 $7" = "-p 2222 -T -- ada@host nix-daemon --stdio" ] || exit 9\nexec nix-daemon --stdio\n`
    writeFileSync(join(bin, 'ssh'), script, { mode: 0o755 })
    const env = { ...process.env, ...store.env, PATH: `${bin}:${process.env.PATH}` }
    const run = (...words: string[]) =>
      spawnSync(join(root, 'firn'), ['store', 'verify', '--store', 'ssh://ada@host:2222', ...words], {
        env,
        encoding: 'utf8',
      })
    const clean = run('--all', '--trusted-key', store.trustedKey, '--require-signature', '--json')
    assert.equal(clean.status, 0, clean.stderr + clean.stdout)
    const report = JSON.parse(clean.stdout)
    assert.ok(report.paths > 8 && report.whole === report.paths && report.signed >= 3 && report.addressed >= 5)
    assert.equal(JSON.parse(run('--closure', store.paths.user, '--json').stdout).paths, 3)

    for (const word of ['--repair', '--links', '--resume', '--scan-references', '--idle']) {
      const refused = run('--all', word)
      assert.equal(refused.status, 2, word)
      assert.match(refused.stderr, /not over ssh\n {2}leave it out, or run firn on that machine/)
    }
    writeFileSync(join(bin, 'ssh'), '#!/bin/sh\necho no route >&2; exit 255\n')
    const nobody = run('--all')
    assert.equal(nobody.status, 4)
    assert.match(nobody.stderr, /no route\n(.*\n)* {2}look at what ssh said/)
    writeFileSync(join(bin, 'ssh'), script)

    overwrite(join(store.paths.tool, 'share/data'), 'same-length-b\n')
    overwrite(store.paths.flat, 'flaw')
    forgeRecord(store, store.paths.flat)
    const found = run('--all', '--json')
    assert.equal(found.status, 1, found.stderr)
    assert.deepEqual(
      JSON.parse(found.stdout)
        .findings.map(({ rule }: { rule: string }) => rule)
        .sort(),
      ['store/ca-mismatch', 'store/hash-mismatch'],
    )
    assert.equal(run('/etc').status, 2)
    const odd = spawnSync(join(root, 'firn'), ['store', 'verify', '--store', 'ssh://-oProxyCommand=x', '--all'], {
      env,
    })
    assert.equal(odd.status, 2)
    const unreachable = spawnSync(join(root, 'firn'), ['store', 'verify', '--store', 'ssh://ada@host', '--all'], {
      env,
    })
    assert.equal(unreachable.status, 4)
  } finally {
    store.remove()
  }
})

test(
  'a read-only disk with a bad block: a finding, exit 4, and no word of verified',
  needsRoot('nix', 'mksquashfs'),
  () => {
    const store = buildTamperStore()
    const mount = join(store.folder, 'mount')
    try {
      const chroot = join(store.folder, 'chroot')
      const env = { ...process.env, ...store.env, NIX_STORE_DIR: '/nix/store', NIX_STATE_DIR: '/nix/var/nix' }
      const lines = Array.from(
        { length: 100_000 },
        (_, i) => `line ${i} ${createHash('md5').update(`${i}`).digest('hex')}\n`,
      )
      writeFileSync(join(store.folder, 'large.txt'), lines.join(''))
      writeFileSync(join(store.folder, 'small.txt'), 'small')
      const add = (name: string) =>
        execFileSync('nix-store', ['--store', chroot, '--add', join(store.folder, name)], {
          env,
          encoding: 'utf8',
        }).trim()
      const [large] = [add('large.txt'), add('small.txt')]
      const image = join(store.folder, 'image')
      execFileSync('mksquashfs', [chroot, image, '-quiet', '-no-progress', '-comp', 'gzip'], { stdio: 'ignore' })
      const bytes = readFileSync(image)
      bytes.fill(0xff, 200_000, 200_100)
      writeFileSync(image, bytes)
      mkdirSync(mount)
      execFileSync('mount', ['-o', 'loop,ro', image, mount])
      const run = spawnSync(join(root, 'firn'), ['store', 'verify', '--all', '--store', mount, '--json'], {
        env: { ...process.env, FIRN_CACHE_DIR: join(store.folder, 'cache') },
        encoding: 'utf8',
      })
      assert.equal(run.status, 4, run.stdout + run.stderr)
      const report = JSON.parse(run.stdout)
      assert.deepEqual(
        report.findings.map(({ rule, subject }: { rule: string; subject: { path: string } }) => [rule, subject.path]),
        [['store/unreadable', large]],
      )
      assert.match(report.findings[0].message, /the disk cannot give what it holds/)
      assert.deepEqual([report.paths, report.whole], [2, 1])
    } finally {
      spawnSync('umount', [mount])
      store.remove()
    }
  },
)

test('builds, optimising and garbage collection go on meanwhile, and nobody is accused', needs('nix'), async () => {
  const store = buildTamperStore()
  try {
    for (let i = 0; i < 40; i++) {
      const file = join(store.folder, `kept-${i}`)
      writeFileSync(file, `${i} `.repeat(50_000))
      const path = store.nix('nix-store', '--add', file).trim()
      if (i % 2 === 0) store.nix('nix-store', '--realise', path, '--add-root', join(store.folder, `root-${i}`))
    }
    const env = { ...process.env, ...store.env }
    const others = spawn(
      'sh',
      [
        '-c',
        'for i in 1 2 3; do nix-store --gc; for n in 1 3 5 7 9; do nix-store --add kept-$n; done; nix-store --optimise; done',
      ],
      { cwd: store.folder, env, stdio: 'ignore' },
    )
    const ended = new Promise((resolve) => others.once('exit', resolve))
    let runs = 0
    for (; others.exitCode === null; runs++) {
      const { findings, complete } = await verify(store, { workers: runs % 3, maxRate: 20e6 })
      assert.equal(complete, true)
      // Nix removes a path's record before its files: that much may be seen.
      assert.deepEqual(
        findings.filter(({ rule }) => rule !== 'store/unregistered'),
        [],
      )
    }
    await ended
    assert.ok(runs > 1)
  } finally {
    store.remove()
  }
})
