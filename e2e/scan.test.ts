import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { needs, needsRoot } from '../scripts/needs.ts'
import { startNixDaemon } from '../scripts/nix-daemon.ts'
import { buildFixtureStore, type FixtureStore } from './store/build.ts'

const root = new URL('..', import.meta.url).pathname
const fixtures = join(root, 'fixtures/store')
const list = join(fixtures, 'packages.json')

interface Expectation {
  readonly package: string
  readonly cve: string
  readonly verdict: string
  readonly reason?: string
  readonly copied: string
  readonly copiedReason?: string
}

interface ScanJson {
  readonly schema: string
  readonly facts: Record<string, string>
  readonly components: readonly {
    readonly name: string
    readonly pname: string
    readonly version?: string
    readonly path: string
  }[]
  readonly findings: readonly {
    readonly cve: string
    readonly component: string
    readonly verdict: string
    readonly reason?: string
    readonly evidence: readonly { readonly kind: string; readonly text: string }[]
    readonly why?: readonly string[]
  }[]
}

const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Expectation[]
const packages = (JSON.parse(readFileSync(list, 'utf8')) as { packages: { name: string; trap?: string }[] }).packages
const SHOWN = new Set(['affected', 'undetermined'])

describe('firn scan of a real store', needs('nix'), () => {
  let store: FixtureStore
  let cache: string

  before(() => {
    store = buildFixtureStore(list)
    cache = join(store.folder, 'cache-of-firn')
    const updated = firn('scan', '--update', '--from', join(fixtures, 'cves'))
    assert.equal(updated.status, 0, updated.stderr)
  })
  after(() => store?.remove())

  function firn(...words: string[]): SpawnSyncReturns<string> {
    return firnWith({}, ...words)
  }

  function firnWith(env: Record<string, string>, ...words: string[]): SpawnSyncReturns<string> {
    return spawnSync(join(root, 'firn'), words, {
      cwd: store.folder,
      encoding: 'utf8',
      env: { ...process.env, ...store.env, FIRN_CACHE_DIR: cache, NO_COLOR: '1', ...env },
      maxBuffer: 1 << 28,
    })
  }

  function scan(...words: string[]): ScanJson {
    const { stdout, stderr } = firn('scan', ...words, '--json')
    assert.notEqual(stdout, '', stderr)
    return JSON.parse(stdout) as ScanJson
  }

  function shown(report: ScanJson): string[] {
    return report.findings.map(({ component, cve, verdict }) => `${component} ${cve} ${verdict}`).sort()
  }

  test('the findings are those that were written down, and no others', () => {
    assert.ok(packages.length >= 60)
    const report = scan('result')
    const wanted = expected.filter((entry) => SHOWN.has(entry.verdict))
    assert.deepEqual(shown(report), wanted.map((entry) => `${entry.package} ${entry.cve} ${entry.verdict}`).sort())
    for (const entry of wanted.filter((wish) => wish.reason !== undefined)) {
      const found = report.findings.find(({ component, cve }) => component === entry.package && cve === entry.cve)
      assert.equal(found?.reason, entry.reason, `${entry.package} ${entry.cve}`)
    }
  })

  test('at least 25 packages that look affected stay silent', () => {
    const traps = packages.filter((entry) => entry.trap !== undefined).map((entry) => entry.name)
    assert.ok(traps.length >= 25)
    const report = scan('result')
    const names = new Set(report.components.map((component) => component.name))
    assert.deepEqual(
      traps.filter((name) => !names.has(name)),
      [],
      'each of them is a component',
    )
    assert.deepEqual(
      report.findings.filter((finding) => traps.includes(finding.component)),
      [],
    )
  })

  test('--all says why the others are not affected', () => {
    const report = scan('result', '--all')
    const verdicts = new Map(report.findings.map((finding) => [`${finding.component} ${finding.cve}`, finding.verdict]))
    for (const entry of expected.filter((wish) => wish.verdict === 'patched')) {
      assert.equal(verdicts.get(`${entry.package} ${entry.cve}`), 'patched', `${entry.package} ${entry.cve}`)
    }
    for (const entry of expected.filter((wish) => !SHOWN.has(wish.verdict))) {
      assert.ok(!SHOWN.has(verdicts.get(`${entry.package} ${entry.cve}`) ?? 'silent'), `${entry.package} ${entry.cve}`)
    }
  })

  test('after nix copy, without .drv files, by name only', () => {
    const other = join(store.folder, 'other')
    store.nix('nix', 'copy', '--no-check-sigs', '--to', other, store.system)
    assert.deepEqual(
      readdirSync(join(other, 'nix/store')).filter((name) => name.endsWith('.drv')),
      [],
    )
    const report = scan('result', '--store', other)
    const wanted = expected.filter((entry) => SHOWN.has(entry.copied))
    assert.deepEqual(shown(report), wanted.map((entry) => `${entry.package} ${entry.cve} ${entry.copied}`).sort())
    for (const finding of report.findings) {
      assert.ok(
        finding.evidence.some((step) => step.text.startsWith('patch evidence unavailable')),
        `${finding.component} ${finding.cve} says that patches are unknown`,
      )
    }
    assert.match(report.facts.Patches!, /unknown for \d+ packages/)
    assert.deepEqual(
      shown(scan(join(other, 'nix/store', store.system.slice(store.system.lastIndexOf('/') + 1)), '--store', other)),
      shown(report),
      'by its real place too',
    )
  })

  test("a binary cache's narinfos give the same closure", () => {
    const url = `file://${store.folder}/binary-cache`
    store.nix('nix', 'copy', '--no-check-sigs', '--to', `${url}?compression=none`, store.system)
    const fromCache = scan('result', '--store', url)
    const copied = expected.filter((entry) => SHOWN.has(entry.copied))
    assert.deepEqual(shown(fromCache), copied.map((entry) => `${entry.package} ${entry.cve} ${entry.copied}`).sort())
  })

  test('database, daemon and nix command give the same bytes', async () => {
    const socket = join(store.folder, 'socket')
    const daemon = await startNixDaemon({ ...process.env, ...store.env, NIX_DAEMON_SOCKET_PATH: socket })
    try {
      const snapshots = ['database', 'daemon', 'nix'].map((backend) => {
        const file = join(store.folder, `${backend}.json`)
        const { stderr } = firnWith(
          { NIX_DAEMON_SOCKET_PATH: socket },
          'scan',
          'result',
          '--backend',
          backend,
          '--save',
          file,
        )
        assert.ok(existsSync(file), `${backend}: ${stderr}`)
        return readFileSync(file, 'utf8')
      })
      assert.equal(snapshots[1], snapshots[0], 'daemon')
      assert.equal(snapshots[2], snapshots[0], 'nix command')
    } finally {
      await daemon.stop()
    }
  })

  test('a saved snapshot scans as the store does', () => {
    const file = join(store.folder, 'saved.json')
    const live = scan('result', '--save', file)
    const again = scan('--snapshot', file)
    assert.deepEqual(again.findings, live.findings)
    assert.deepEqual(again.components, live.components)
    for (const format of ['json', 'sarif', 'html']) {
      const bytes = () => firnWith({}, 'scan', '--snapshot', file, '--format', format).stdout
      const first = bytes()
      assert.ok(first.length > 0 && !/ago/.test(first.slice(0, 2_000)), 'no age that would move')
      assert.equal(bytes(), first, `${format}: the same bytes`)
    }
  })

  test('our own SBOM scans as the store does', () => {
    const file = join(store.folder, 'sbom.json')
    const written = firnWith({ SOURCE_DATE_EPOCH: '1729728000' }, 'sbom', 'result', '--output', file)
    assert.equal(written.status, 0, written.stderr)
    assert.deepEqual(shown(scan('--sbom', file)), shown(scan('result')))
    const again = firnWith({ SOURCE_DATE_EPOCH: '1729728000' }, 'sbom', 'result')
    assert.equal(again.stdout, readFileSync(file, 'utf8'), 'the same bytes')
    const spdx = firnWith({ SOURCE_DATE_EPOCH: '1729728000' }, 'sbom', 'result', '--format', 'spdx')
    assert.equal(JSON.parse(spdx.stdout).spdxVersion, 'SPDX-2.3', spdx.stderr)
  })

  test('profiles, garbage collector roots and the system are found', () => {
    const profiles = join(store.env.NIX_STATE_DIR!, 'profiles')
    mkdirSync(profiles, { recursive: true })
    symlinkSync(store.system, join(profiles, 'system-1-link'))
    symlinkSync('system-1-link', join(profiles, 'system'))
    const whole = shown(scan('result'))
    assert.deepEqual(shown(scan('--system')), whole)
    assert.deepEqual(shown(scan('--profile', 'system')), whole)
    assert.deepEqual(shown(scan('--gc-roots')), whole)
    assert.deepEqual(
      shown(scan(store.nix('nix-store', '-q', '--deriver', store.system).trim())),
      whole,
      'a .drv file: its outputs',
    )
  })

  test('--buildtime looks at the graph of derivations', () => {
    const report = scan('result', '--buildtime')
    assert.ok(report.components.every((component) => component.path.endsWith('.drv')))
    assert.deepEqual(shown(report), shown(scan('result')), 'nothing is built with what is not also run')
  })

  test('--why is the shortest chain from the root', () => {
    const report = scan('result', '--why')
    for (const finding of report.findings) {
      assert.equal(finding.why?.[0], store.system)
      assert.equal(finding.why?.length, 2, 'the toplevel refers to each package itself')
    }
  })

  test('--diff tells what an update changes', () => {
    const openssl = (version: string) =>
      store
        .nix('nix-store', '-qR', store.system)
        .split('\n')
        .find((path) => path.endsWith(`-openssl-${version}`))!
    const { stdout, status } = firn('scan', '--diff', openssl('3.0.14'), openssl('1.1.1w'))
    assert.match(stdout, /openssl\s+3\.0\.14 -> 1\.1\.1w/)
    assert.match(stdout, /gone\s+CVE-2024-6119 in openssl-3\.0\.14/)
    assert.equal(status, 0, 'CVE-2024-9143 was there before')
  })

  test('exit codes', () => {
    const bash = store
      .nix('nix-store', '-qR', store.system)
      .split('\n')
      .find((path) => path.endsWith('-bash-5.2p32'))!
    const hydra = store
      .nix('nix-store', '-qR', store.system)
      .split('\n')
      .find((path) => path.includes('-hydra-'))!
    assert.equal(firn('scan', bash).status, 0)
    assert.equal(firn('scan', 'result').status, 1)
    const stale = firn('scan', bash, '--max-age', '0m')
    assert.equal(stale.status, 3, stale.stderr)
    assert.match(stale.stderr, /firn scan --update/)
    assert.equal(firn('scan', 'result', '--max-age', '0m').status, 1, 'findings outrank stale data')
    assert.equal(firn('scan', hydra, '--fail-on', 'note').status, 1)
    assert.equal(firn('scan', 'result', '--fail-on', 'eror').status, 2)
  })

  test('bad input names the thing and the way out', () => {
    symlinkSync('circle', join(store.folder, 'circle'))
    const cases: [words: string[], status: number, message: RegExp][] = [
      [['scan', 'result', '--fromat', 'json'], 2, /no option --fromat[\s\S]*--format/],
      [['scan', 'reslut'], 2, /reslut: no such file/],
      [['scan', '/etc/hostname'], 2, /neither a path in/],
      [['scan', 'circle'], 2, /neither a path in/],
      [['scan'], 2, /nothing to scan/],
      [['scan', 'result', '--system'], 2, /PATH and --system/],
      [['scan', '--sbom', write('cut.json', '{"bomFormat": "CycloneDX", "comp')], 2, /cut\.json: SBOM: .*cut short/],
      [['scan', '--sbom', write('other.json', '{"spdxVersion": "SPDX-2.3"}')], 2, /not CycloneDX/],
      [
        ['scan', '--sbom', write('old.json', '{"bomFormat": "CycloneDX", "specVersion": "9.9"}')],
        2,
        /9\.9 is not known/,
      ],
      [['scan', '--snapshot', write('newer.json', '{"schema": "firn/snapshot/99"}')], 2, /firn\/snapshot\/99/],
      [['scan', 'result', '--store', '/nonexistent-root'], 2, /no such folder/],
      [['scan', 'result', '--tracker', 'http://127.0.0.1:1/'], 3, /could not be reached/],
      [['scan', 'result', '--max-age', 'soon'], 2, /no length of time/],
    ]
    for (const [words, status, message] of cases) {
      const { status: found, stderr, stdout } = firn(...words)
      assert.match(stderr, message, words.join(' '))
      assert.equal(found, status, words.join(' '))
      assert.equal(stdout, '', words.join(' '))
      assert.doesNotMatch(stderr, /\n\s+at /, 'no stack')
    }
    const empty = firnWith({ FIRN_CACHE_DIR: join(store.folder, 'nothing-here') }, 'scan', 'result')
    assert.equal(empty.status, 3)
    assert.match(empty.stderr, /firn scan --update/)
  })

  test('a store of a newer Nix, and one that is locked, are told and not guessed', () => {
    const newer = copyOfState('newer')
    writeFileSync(join(newer, 'db/schema'), '99')
    const refused = firnWith({ NIX_STATE_DIR: newer }, 'scan', 'result', '--backend', 'database')
    assert.equal(refused.status, 4, refused.stderr)
    assert.match(refused.stderr, /schema.*99|99.*schema/)

    const locked = copyOfState('locked')
    const writer = new DatabaseSync(join(locked, 'db/db.sqlite'))
    writer.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; UPDATE ValidPaths SET narSize = narSize')
    try {
      const waited = firnWith({ NIX_STATE_DIR: locked }, 'scan', 'result', '--backend', 'database')
      assert.ok(waited.status === 1 || waited.status === 4, waited.stderr)
      if (waited.status === 4) assert.match(waited.stderr, /lock/)
    } finally {
      writer.close()
    }
  })

  test('a disk that fills leaves the old advisories as they were', needsRoot('mkfs.ext4'), () => {
    const disk = mkdtempSync(join(tmpdir(), 'firn-disk-'))
    const image = join(disk, 'image')
    const mount = join(disk, 'mount')
    mkdirSync(mount)
    const run = (program: string, ...args: string[]) =>
      assert.equal(spawnSync(program, args).status, 0, `${program} ${args.join(' ')}`)
    run('truncate', '-s', '64M', image)
    run('/sbin/mkfs.ext4', '-q', image)
    run('mount', '-o', 'loop', image, mount)
    try {
      const onDisk = { FIRN_CACHE_DIR: join(mount, 'cache') }
      assert.equal(firnWith(onDisk, 'scan', '--update', '--from', join(fixtures, 'cves')).status, 0)
      const earlier = firnWith(onDisk, 'scan', 'result', '--json').stdout
      spawnSync('dd', ['if=/dev/zero', `of=${join(mount, 'ballast')}`, 'bs=4k'])
      const full = firnWith(onDisk, 'scan', '--update', '--from', join(fixtures, 'cves'))
      assert.equal(full.status, 4, full.stderr)
      assert.match(full.stderr, /no space left/)
      assert.equal(firnWith(onDisk, 'scan', 'result', '--json').stdout, earlier)
      assert.deepEqual(
        readdirSync(join(mount, 'cache')).filter((name) => name.endsWith('.tmp')),
        [],
      )
    } finally {
      run('umount', mount)
      rmSync(disk, { recursive: true })
    }
  })

  test('Ctrl-C ends with 130 and leaves nothing half-written', async () => {
    const file = join(store.folder, 'interrupted.json')
    // A tracker that takes the question and never answers.
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    const child = spawn(join(root, 'firn'), ['scan', 'result', '--tracker', url, '--save', file], {
      cwd: store.folder,
      env: { ...process.env, ...store.env, FIRN_CACHE_DIR: cache },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    await Promise.all([once(silent, 'request'), until(() => existsSync(file))])
    child.kill('SIGINT')
    assert.equal(await ended, 130)
    silent.closeAllConnections()
    silent.close()
    assert.deepEqual(
      readdirSync(store.folder).filter((name) => name.endsWith('.tmp')),
      [],
    )
  })

  test('explain tells the chain of evidence', () => {
    const { stdout, status } = firn('explain', 'CVE-2024-6119', 'openssl', 'result')
    assert.match(stdout, /openssl-3\.0\.14/)
    assert.match(stdout, /affected/)
    assert.match(stdout, /3\.0\.15/)
    assert.equal(status, 0)
    const unknown = firn('explain', 'CVE-1999-99999', 'openssl', 'result')
    assert.equal(unknown.status, 2)
  })

  test('what is published and read again changes nothing', () => {
    const before = scan('result', '--all')
    const published = firn('scan', 'result', '--format', 'openvex').stdout
    const after = scan('result', '--all', '--vex', write('published.json', published))
    assert.deepEqual(
      after.findings
        .map(
          ({ component, cve, verdict }) =>
            `${component} ${cve} ${verdict === 'different_product' ? 'not_affected' : verdict}`,
        )
        .sort(),
      before.findings
        .map(
          ({ component, cve, verdict }) =>
            `${component} ${cve} ${verdict === 'different_product' ? 'not_affected' : verdict}`,
        )
        .sort(),
    )
  })

  test('a whitelist of vulnix works as it does there', () => {
    const whitelist = write('whitelist.toml', '["openssl-3.0.14"]\ncomment = "tested"\n')
    const { stdout, status } = firn('scan', 'result', '--compat', 'vulnix', '--vex', whitelist, '--all')
    assert.equal(status, 2)
    const items = JSON.parse(stdout) as {
      name: string
      derivation: string
      affected_by: string[]
      whitelisted: string[]
    }[]
    const openssl = items.find(({ name }) => name === 'openssl-3.0.14')
    assert.deepEqual(openssl?.affected_by, [])
    assert.deepEqual(openssl?.whitelisted, ['CVE-2024-6119', 'CVE-2024-9143'])
    assert.match(openssl!.derivation, /-openssl-3\.0\.14\.drv$/)
  })

  function write(name: string, text: string): string {
    const file = join(store.folder, name)
    writeFileSync(file, text)
    return file
  }

  function copyOfState(name: string): string {
    const folder = join(store.folder, name)
    mkdirSync(join(folder, 'db'), { recursive: true })
    for (const file of ['db.sqlite', 'schema']) {
      writeFileSync(join(folder, 'db', file), readFileSync(join(store.env.NIX_STATE_DIR!, 'db', file)))
    }
    return folder
  }
})

async function until(happened: () => boolean): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (happened()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail('it did not happen within 30 s')
}
