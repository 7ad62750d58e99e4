import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { type PackageEntry, readPackageSet } from '../src/index.ts'

const fixture = (name: string) => readFileSync(new URL(`../../../fixtures/package-sets/${name}`, import.meta.url))

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const read = (content: string | Uint8Array, size = 1000) =>
  Array.fromAsync(readPackageSet(inPieces(Buffer.from(content), size)))

const NOTHING = { homepages: [], licences: [], maintainers: [], knownVulnerabilities: [], cpes: [], purls: [] }

test("a channel's packages.json is read whole, real entries in all their variety", async () => {
  const entries = (await read(fixture('packages.json'))) as PackageEntry[]
  const of = Object.fromEntries(entries.map((entry) => [entry.attribute, entry]))
  assert.equal(entries.length, 16)
  assert.deepEqual(of.openssl, {
    attribute: 'openssl',
    name: 'openssl-1.0.2o',
    pname: 'openssl',
    version: '1.0.2o',
    system: 'x86_64-linux',
    position: 'pkgs/development/libraries/openssl/default.nix:106',
    description: 'A cryptographic library that implements the SSL and TLS protocols',
    ...NOTHING,
    homepages: ['https://www.openssl.org/'],
    maintainers: ['peti'],
  })
  assert.deepEqual(of['xenPackages.xen_4_5-light']!.knownVulnerabilities, ['Security support ended in January 2018'])
  assert.deepEqual(of['xenPackages.xen_4_5-light']!.maintainers, ['edolstra', 'Thomas Strobel', 'oxij'])
  assert.deepEqual(of['acpica-tools']!.licences, ['GPL-2.0', 'BSD-3-Clause'])
  assert.equal(of.osmctools!.homepages.length, 2)
  assert.equal(of.steam!.unfree, true)
  assert.equal(of.steam!.version, undefined)
  assert.equal(of.agdaBase!.broken, true)
  assert.equal(of.hello!.broken, undefined)
})

test('however a set is chunked, its entries are the same', async () => {
  const bytes = fixture('packages.json')
  const whole = await read(bytes, bytes.length)
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5000 }), async (size) =>
      assert.deepEqual(await read(bytes, size), whole),
    ),
    { numRuns: 20 },
  )
})

test('lines of nix-eval-jobs: packages, evaluation errors, and a line cut off, each for itself', async () => {
  const entries = await read(fixture('jobs.jsonl'), 100)
  assert.deepEqual(entries[0], {
    attribute: 'hello',
    name: 'hello-2.12.2',
    pname: 'hello',
    version: '2.12.2',
    system: 'x86_64-linux',
    drvPath: '/nix/store/7r1kmlnbjdxwwjg2nlcxk8ql2rl6vqsc-hello-2.12.2.drv',
    outputs: { out: '/nix/store/3c9vkqp5wmzv2gz4k2b6j0m8k4yq1x3d-hello-2.12.2' },
    inputDrvs: {
      '/nix/store/0c9vkqp5wmzv2gz4k2b6j0m8k4yq1x3d-bash-5.2p37.drv': ['out'],
      '/nix/store/1c9vkqp5wmzv2gz4k2b6j0m8k4yq1x3d-stdenv-linux.drv': ['out', 'dev'],
    },
    position: 'pkgs/by-name/he/hello/package.nix:47',
    description: 'Program that produces a familiar, friendly greeting',
    homepages: ['https://www.gnu.org/software/hello/manual/'],
    licences: ['GPL-3.0-or-later'],
    maintainers: ['someone', 'another'],
    knownVulnerabilities: [],
    cpes: ['cpe:2.3:a:gnu:hello:2.12.2:*:*:*:*:*:*:*', 'cpe:2.3:a:gnu:hello:2.12:2:*:*:*:*:*:*'],
    purls: ['pkg:generic/hello@2.12.2', 'pkg:github/gnu/hello@2.12.2'],
    patches: ['CVE-2024-0001.patch', 'https://git.example.org/fix.patch?id=1'],
  })
  assert.deepEqual(entries[1], {
    attribute: 'python311.x86_64-linux',
    error: 'error: Package ‘python3-3.11.9’ is marked as insecure, refusing to evaluate.',
  })
  assert.match((entries[2] as { error: string }).error, /no valid JSON/)
  assert.equal(entries[2]!.attribute, 'line 3')
  assert.equal(entries[3]!.attribute, 'aspellDicts.or')
  assert.deepEqual((entries[3] as PackageEntry).knownVulnerabilities, ['CVE-2024-0002'])
  assert.deepEqual([(entries[3] as PackageEntry).insecure, (entries[3] as PackageEntry).broken], [true, true])
  assert.deepEqual(entries[4], { attribute: 'nameless', error: 'it has no name' })
  assert.equal(entries.length, 5)
})

test('nix-env prints meta without a value: the entry is read, what is broken is told, the rest goes on', async () => {
  const entries = await read(fixture('nix-env.json'), 10)
  assert.deepEqual(
    entries.map((entry) => [entry.attribute, 'error' in entry ? entry.error.slice(0, 13) : entry.version]),
    [
      ['first', '1.0'],
      ['broken', 'no valid JSON'],
      ['null', 'no object'],
      ['last', '2.0rc1'],
    ],
  )
  assert.equal((entries[0] as PackageEntry).description, 'it says: "}" and , and :')
  assert.deepEqual((entries[0] as PackageEntry).homepages, ['https://first.example/'])
  assert.deepEqual((entries[3] as PackageEntry).licences, ['gpl2', 'free'])
  assert.deepEqual((entries[3] as PackageEntry).maintainers, ['Some One', 'An Other'])
})

test('what is no package set, too new or cut short is told, after the entries before the cut', async () => {
  const whole = fixture('packages.json').toString()
  const until = async (content: string) => {
    const seen: string[] = []
    try {
      for await (const { attribute } of readPackageSet(inPieces(Buffer.from(content), 100))) seen.push(attribute)
    } catch (error) {
      return [seen.length, (error as Error).message]
    }
    return [seen.length, 'whole']
  }
  assert.deepEqual(await until(whole.slice(0, whole.indexOf('"steam"'))), [3, 'package set: cut short'])
  assert.deepEqual(await until(whole.replace('"version":2', '"version":3')), [0, 'package set: unknown version 3'])
  assert.deepEqual(await until('<!doctype html>'), [0, 'this is no package set'])
  assert.deepEqual(await until(''), [0, 'this is no package set'])
  assert.deepEqual(await until('{"packages":[]}'), [0, 'whole'])
  assert.deepEqual(await until('{"packages":[1]}'), [0, 'package set: a list where a map of packages is due'])
  assert.deepEqual(await until('{"packages":3,"version":2}'), [0, 'package set: it has no packages'])
})

test('a set with a large value in front is known all the same, and NUL does not get through', async () => {
  const long = 'x'.repeat(100_000)
  const entries = await read(JSON.stringify({ a: { meta: { description: long }, name: 'a-1\0.2' }, b: { name: 'b' } }))
  assert.deepEqual(
    entries.map((entry) => (entry as PackageEntry).name),
    ['a-1.2', 'b'],
  )
})

test('CPE parts become a name when there is none yet', async () => {
  const meta = { identifiers: { cpeParts: { vendor: 'gnu', product: 'hello' }, possibleCPEs: [] } }
  const [entry] = await read(JSON.stringify({ version: 2, packages: { hello: { name: 'hello-1', meta } } }))
  assert.deepEqual((entry as PackageEntry).cpes, ['cpe:2.3:a:gnu:hello:*:*:*:*:*:*:*:*'])
})

test('what the real nix-env prints is read', needs('nix'), async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-nix-env-'))
  try {
    writeFileSync(
      join(folder, 'set.nix'),
      `let mk = name: meta: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; } // { inherit meta; };
      in {
        hello = mk "hello-2.10" { description = "A greeting"; license = { spdxId = "GPL-3.0-or-later"; }; };
        odd = mk "odd-1.0" { platforms = [ (x: x) ]; knownVulnerabilities = [ "CVE-2020-1" ]; };
        nested = { recurseForDerivations = true; "or" = mk "or-1.2" { unfree = true; }; };
      }`,
    )
    const place = (name: string) => join(folder, name)
    const env = {
      ...process.env,
      NIX_STORE_DIR: place('store'),
      NIX_STATE_DIR: place('state'),
      NIX_LOG_DIR: place('log'),
      NIX_CONF_DIR: place('conf'),
      HOME: folder,
    }
    const args = ['-f', place('set.nix'), '-qaP', '--out-path', '--json', '--meta']
    const printed = execFileSync('nix-env', args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    const entries = (await read(printed)) as PackageEntry[]
    assert.deepEqual(
      entries.map(({ attribute, name, version, outputs }) => [attribute, name, version, typeof outputs?.out]).sort(),
      [
        ['hello', 'hello-2.10', '2.10', 'string'],
        ['nested.or', 'or-1.2', '1.2', 'string'],
        ['odd', 'odd-1.0', '1.0', 'string'],
      ],
    )
    assert.deepEqual(entries.find(({ attribute }) => attribute === 'odd')?.knownVulnerabilities, ['CVE-2020-1'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
