import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { EXIT, UserError } from '@firn/core'
import type { StorePlace } from '@firn/nix'
import { isBehindSocket, storePlace } from '@firn/nix'
import { needs } from '../../../scripts/needs.ts'
import { type NixDaemon, startNixDaemon } from '../../../scripts/nix-daemon.ts'
import { collectSnapshot } from '../src/collect/collect.ts'
import { daemonSource } from '../src/collect/daemon.ts'
import { databaseSource } from '../src/collect/database.ts'
import { readDerivationFiles } from '../src/collect/files.ts'
import { narinfoSource } from '../src/collect/narinfos.ts'
import { openSource } from '../src/collect/open.ts'
import { printSnapshot, type Snapshot } from '../src/collect/snapshot.ts'
import type { ClosureSource } from '../src/collect/source.ts'
import { storePath } from './snapshots.ts'

async function refused(act: () => Promise<unknown>, message: RegExp, exit: number = EXIT.store): Promise<void> {
  await assert.rejects(act, (error) => {
    assert.ok(error instanceof UserError, String(error))
    assert.match(error.message, message)
    assert.equal(error.exit, exit)
    return true
  })
}

/** A package with a patched source, a library with two outputs, a text. */
const EXPRESSION = `let
  make = attributes: derivation ({ system = "x86_64-linux"; builder = "/bin/sh"; } // attributes);
  write = "for o in $outputs; do eval \\"path=\\\\$$o\\"; echo $refs > $path; done";
  source = make {
    name = "app-1.0.tar.gz"; urls = [ "https://example.org/app-1.0.tar.gz" ]; args = [ "-c" "echo -n x > $out" ];
    outputHashAlgo = "sha256"; outputHashMode = "flat"; outputHash = builtins.hashString "sha256" "x";
  };
  library = make { name = "library-2.0"; version = "2.0"; outputs = [ "out" "dev" ]; refs = []; args = [ "-c" write ]; };
in make {
  name = "app-1.0"; pname = "app"; version = "1.0"; src = source; outputs = [ "out" ];
  patches = [ (builtins.toFile "CVE-2024-0001.patch" "") ];
  refs = [ library library.dev (builtins.toFile "app.conf" "text") ]; args = [ "-c" write ];
}`

describe('one closure by every way', needs('nix'), () => {
  let folder: string
  let env: Record<string, string | undefined>
  let place: StorePlace
  let app: string
  let daemon: NixDaemon | undefined
  let expected: Snapshot

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'firn-test-sources-')))
    mkdirSync(join(folder, 'store'))
    env = {
      ...process.env,
      NIX_STORE_DIR: join(folder, 'store'),
      NIX_STATE_DIR: join(folder, 'var'),
      NIX_LOG_DIR: join(folder, 'log'),
      NIX_CONF_DIR: join(folder, 'etc'),
      NIX_DAEMON_SOCKET_PATH: join(folder, 'socket'),
      NIX_REMOTE: '',
      NIX_CONFIG: 'build-users-group =\nsandbox = false\nsubstitute = false\nexperimental-features = nix-command',
    }
    place = storePlace(env)
    app = nix('nix-build', '--no-out-link', '-E', EXPRESSION).trim()
    daemon = await startNixDaemon(env)
    expected = await snapshot(databaseSource(place))
  })
  after(async () => {
    await daemon?.stop()
    // Its children end on their own, a moment after it.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  })

  function nix(program: string, ...words: string[]): string {
    return execFileSync(program, words, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  }

  async function snapshot(
    source: ClosureSource | Promise<ClosureSource>,
    kind: Snapshot['kind'] = 'runtime',
    root = app,
  ): Promise<Snapshot> {
    const opened = await source
    try {
      return await collectSnapshot(opened, [root], kind)
    } finally {
      opened.close()
    }
  }

  test('the closure is what it should be', () => {
    assert.deepEqual(expected.paths.map((path) => path.name).sort(), [
      'app-1.0',
      'app.conf',
      'library-2.0',
      'library-2.0-dev',
    ])
    assert.deepEqual(
      expected.derivations.map(({ name, sources, patches }) => ({ name, sources, patches })),
      [
        { name: 'app-1.0', sources: ['https://example.org/app-1.0.tar.gz'], patches: ['CVE-2024-0001.patch'] },
        { name: 'library-2.0', sources: [], patches: [] },
      ].sort((a, b) => (derivationPath(a.name) < derivationPath(b.name) ? -1 : 1)),
    )
  })

  function derivationPath(name: string): string {
    return expected.derivations.find((derivation) => derivation.name === name)!.path
  }

  for (const backend of ['database', 'daemon', 'nix']) {
    test(`${backend}: the same bytes`, async () => {
      assert.equal(printSnapshot(await snapshot(openSource(place, env, backend))), printSnapshot(expected))
    })

    test(`${backend}: the same graph of derivations`, async () => {
      const root = derivationPath('app-1.0')
      const graph = await snapshot(databaseSource(place), 'buildtime', root)
      assert.ok(graph.derivations.length >= 3)
      assert.equal(
        printSnapshot(await snapshot(openSource(place, env, backend), 'buildtime', root)),
        printSnapshot(graph),
      )
    })

    test(`${backend}: a root that is not valid`, async () => {
      const none = `${place.storeDir}/${'0'.repeat(32)}-none`
      await refused(() => snapshot(openSource(place, env, backend), 'runtime', none), /0{32}-none/)
    })
  }

  test('the daemon gives the derivations of a store whose folder cannot be read', async () => {
    const elsewhere = { ...place, realStoreDir: join(folder, 'nowhere') }
    assert.equal(printSnapshot(await snapshot(daemonSource(elsewhere, env))), printSnapshot(expected))
  })

  test('where the recorded derivation is not there, one that is and makes the path', async () => {
    const stateDir = join(folder, 'other-var')
    mkdirSync(join(stateDir, 'db'), { recursive: true })
    for (const file of ['db.sqlite', 'schema']) {
      writeFileSync(join(stateDir, 'db', file), readFileSync(join(folder, 'var/db', file)))
    }
    const changed = new DatabaseSync(join(stateDir, 'db/db.sqlite'))
    const recorded = `${place.storeDir}/${'0'.repeat(32)}-app-1.0.drv`
    changed.prepare('update ValidPaths set deriver = ? where path = ?').run(recorded, app)
    changed.close()
    assert.equal(
      printSnapshot(await snapshot(databaseSource({ ...place, stateDir }))),
      printSnapshot(expected),
      'database',
    )
    const other = { ...env, NIX_STATE_DIR: stateDir }
    assert.equal(
      printSnapshot(await snapshot(openSource({ ...place, stateDir }, other, 'nix'))),
      printSnapshot(expected),
      'nix command',
    )
  })

  describe('binary caches', () => {
    function cache(name: string, ...words: string[]): StorePlace {
      const to = join(folder, name)
      nix('nix', 'copy', '--no-check-sigs', '--to', `file://${to}?compression=${words[0] ?? 'none'}`, app)
      if (words[1] !== undefined) {
        nix('nix', 'copy', '--no-check-sigs', '--derivation', '--to', `file://${to}?compression=${words[0]}`, words[1])
      }
      return storePlace(env, `file://${to}`)
    }

    test('the same paths, and no derivations where they were left behind', async () => {
      const found = await snapshot(openSource(cache('outputs'), env))
      assert.deepEqual(found.paths, expected.paths)
      assert.deepEqual(found.derivations, [])
    })

    const packings = { none: {}, zstd: {}, br: {}, gzip: {}, xz: needs('xz'), bzip2: needs('bzip2') }
    for (const [compression, needed] of Object.entries(packings)) {
      test(`with derivations, packed with ${compression}: the same bytes`, needed, async () => {
        const packed = cache(`cache-${compression}`, compression, derivationPath('app-1.0'))
        assert.equal(printSnapshot(await snapshot(narinfoSource(packed))), printSnapshot(expected))
      })
    }

    test('derivations that are packed in another way are left out, not guessed', async () => {
      const found = await snapshot(narinfoSource(cache('cache-lz4', 'lz4', derivationPath('app-1.0'))))
      assert.deepEqual(found.paths, expected.paths)
      assert.deepEqual(found.derivations, [])
    })

    test('what is missing, damaged, foreign or elsewhere is told', async () => {
      const broken = cache('broken', 'none', derivationPath('app-1.0'))
      const narinfo = (path: string) =>
        join(broken.root, `${path.slice(place.storeDir.length + 1).slice(0, 32)}.narinfo`)
      const library = expected.paths.find((path) => path.name === 'library-2.0')!.path
      const whole = readFileSync(narinfo(library), 'utf8')
      const cases: [text: string, message: RegExp][] = [
        [whole.slice(0, 60), /\.narinfo: narinfo: /],
        [
          whole.replace('-library-2.0', '-library-6.6'),
          /library-2\.0: not in the binary cache .*app-1\.0 refers to it/,
        ],
      ]
      for (const [text, message] of cases) {
        writeFileSync(narinfo(library), text)
        await refused(() => snapshot(narinfoSource(broken)), message)
      }
      rmSync(narinfo(library))
      execFileSync('mkfifo', [narinfo(library)])
      await refused(() => snapshot(narinfoSource(broken)), /not in the binary cache/)
      rmSync(narinfo(library))
      writeFileSync(narinfo(library), whole)

      const derivation = derivationPath('library-2.0')
      const info = readFileSync(narinfo(derivation), 'utf8')
      writeFileSync(narinfo(derivation), info.replace(/URL: .*/, 'URL: nar/../../store/x'))
      const found = await snapshot(narinfoSource(broken))
      assert.deepEqual(
        found.derivations.map((entry) => entry.name),
        ['app-1.0'],
        'nothing is read outside of the cache',
      )
      const nar = join(broken.root, /URL: (.*)/.exec(info)![1]!)
      writeFileSync(narinfo(derivation), info)
      truncateSync(nar, 300)
      await refused(() => snapshot(narinfoSource(broken)), /NAR: .*ends in the middle/)

      writeFileSync(join(broken.root, 'nix-cache-info'), 'StoreDir: /elsewhere/store\n')
      await refused(async () => narinfoSource(broken), /this cache is of \/elsewhere\/store, not of/)
    })
  })

  test('a daemon that NIX_REMOTE names is asked, not the database beside it', async () => {
    const named = { ...env, NIX_REMOTE: `unix://${join(folder, 'nobody')}`, PATH: '/nonexistent' }
    await refused(
      () => openSource(storePlace(named), named),
      /^[^;]*nobody: there is no such socket; nix is not on the PATH$/,
    )
    const right = { ...named, NIX_REMOTE: `unix://${join(folder, 'socket')}` }
    assert.equal(printSnapshot(await snapshot(openSource(storePlace(right), right))), printSnapshot(expected))
  })
})

test('files that are no derivations are not read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-test-files-'))
  try {
    const place = storePlace({}, folder)
    mkdirSync(place.realStoreDir, { recursive: true })
    const [link, pipe, directory, good] = ['b', 'c', 'd', 'f'].map((letter) => storePath(letter, 'x.drv'))
    const text = 'Derive([],[],[],"x","y",[],[])'
    writeFileSync(join(folder, 'outside'), text)
    symlinkSync('../../outside', join(folder, link!))
    execFileSync('mkfifo', [join(folder, pipe!)])
    mkdirSync(join(folder, directory!))
    writeFileSync(join(folder, good!), text)
    const paths = [link!, pipe!, directory!, good!, storePath('g', 'absent.drv')]
    assert.deepEqual([...readDerivationFiles(paths, place).keys()], [good])
    writeFileSync(join(folder, good!), text.slice(0, 20))
    assert.throws(
      () => readDerivationFiles([good!], place),
      (error) =>
        error instanceof UserError && error.exit === EXIT.store && error.message.startsWith(`${good}: derivation`),
    )
    truncateSync(join(folder, good!), 1 << 30)
    assert.throws(() => readDerivationFiles([good!], place), /larger than/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a store that no way can read says what each of them says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-test-none-'))
  try {
    const env = { PATH: '/nonexistent', NIX_STATE_DIR: folder, NIX_STORE_DIR: join(folder, 'store') }
    await refused(() => openSource(storePlace(env), env), /db\.sqlite: no such file; .*no such socket; nix is not on/)
    await refused(() => openSource(storePlace(env), env, 'database'), /db\/db\.sqlite: no such file/)
    await refused(() => openSource(storePlace(env), env, 'daemon'), /socket: there is no such socket/)
    await refused(() => openSource(storePlace({}, folder), {}, 'daemon'), /this store has no daemon/)
    await refused(() => openSource(storePlace(env), env, 'guess'), /--backend guess: not known/, EXIT.usage)
    assert.deepEqual(readdirSync(folder), [], 'nothing was written')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('NIX_REMOTE says where the store is, unless --store does', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'firn-test-place-')))
  try {
    const root = (env: Record<string, string>, store?: string) => storePlace(env, store).root
    assert.equal(root({ NIX_REMOTE: folder }), folder)
    assert.equal(root({ NIX_REMOTE: `local?root=${folder}` }), folder)
    assert.equal(root({ NIX_REMOTE: '/nonexistent' }, folder), folder)
    for (const remote of ['', 'daemon', 'auto', 'local', 'unix:///socket']) {
      const env = { NIX_REMOTE: remote }
      assert.equal(root(env), '', remote)
      assert.equal(isBehindSocket(storePlace(env), env), remote.startsWith('unix:'), remote)
    }
    assert.throws(
      () => root({ NIX_REMOTE: 'ssh-ng://host' }),
      /NIX_REMOTE=ssh-ng:\/\/host: only stores on this machine/,
    )
    assert.throws(() => root({ NIX_REMOTE: '/nonexistent' }), /NIX_REMOTE=\/nonexistent: no such folder/)
    assert.throws(() => root({}, 'local?root=%zz'), /--store local\?root=%zz: /)
    assert.throws(() => root({}, 'unix:///socket'), /a socket is no store/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
