import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { command as explain } from '../src/commands/explain.ts'
import { command as scan } from '../src/commands/scan.ts'
import { anSbom, RECORDS, run, temporaryFolder } from './scanning.ts'

const folder = temporaryFolder()
const env = { FIRN_CACHE_DIR: join(folder, 'cache'), SOURCE_DATE_EPOCH: '1729814400' }
const sbom = anSbom(folder, 'system.json', 'curl 8.8.0', 'openssl 3.0.14', 'bash 5.2p32')
const clean = anSbom(folder, 'clean.json', 'bash 5.2p32')

before(async () => {
  const { exit, stderr } = await run(['--update', '--from', RECORDS], env)
  assert.equal(exit, 0, stderr)
})

function file(name: string, content: string | object): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function findings(...words: string[]) {
  const { stdout, stderr, exit } = await run(['--sbom', sbom, '--json', ...words], env)
  assert.notEqual(stdout, '', stderr)
  const report = JSON.parse(stdout)
  return {
    report,
    exit,
    stderr,
    list: report.findings.map((finding: { cve: string }) => finding.cve).sort() as string[],
  }
}

test('the JSON has what it promises', async () => {
  const { report, exit, list } = await findings()
  assert.equal(exit, 1)
  assert.equal(report.schema, 'firn/scan/1')
  assert.deepEqual(report.components.map(({ name }: { name: string }) => name).sort(), [
    'bash-5.2p32',
    'curl-8.8.0',
    'openssl-3.0.14',
  ])
  assert.equal(report.components[1].pname, 'curl')
  assert.match(report.facts.Advisories, /records, updated 20\d\d-\d\d-\d\d \d\d:\d\d UTC, the newest of 2024-/)
  assert.match(report.facts['Not seen'], /Rust.*Go.*npm/)
  for (const id of ['CVE-2024-7264', 'CVE-2024-8096', 'CVE-2024-6119', 'CVE-2024-9143'])
    assert.ok(list.includes(id), id)
  for (const finding of report.findings) assert.ok(finding.component && finding.verdict && finding.evidence.length > 0)
})

test('every format is what it says', async () => {
  const text = async (format: string) => (await run(['--sbom', sbom, '--format', format], env)).stdout
  assert.match(await text('table'), /CVE-2024-7264 +curl-8\.8\.0 +affected/)
  assert.equal(JSON.parse(await text('sarif')).version, '2.1.0')
  assert.match(await text('html'), /^<!doctype html>/)
  const openvex = JSON.parse(await text('openvex'))
  assert.equal(openvex['@context'], 'https://openvex.dev/ns/v0.2.0')
  assert.equal(openvex.timestamp, '2024-10-25T00:00:00.000Z')
  assert.ok(
    openvex.statements.some(({ status }: { status: string }) => status === 'not_affected'),
    'without --all',
  )
  const csaf = JSON.parse(await text('csaf'))
  assert.equal(csaf.document.category, 'csaf_vex')
  assert.equal(csaf.document.publisher.namespace, 'urn:firn:user')
  assert.equal((await run(['--sbom', sbom, '--format', 'xml'], env)).exit, 2)
  const bill = await run(['--sbom', sbom, '--format', 'spdx'], env)
  assert.equal(bill.exit, 2)
  assert.match(bill.stderr, /an SBOM has none/)
})

test('exit codes: clean, findings, a level, stale', async () => {
  const exit = async (...words: string[]) => (await run(words, env)).exit
  assert.equal(await exit('--sbom', clean), 0)
  assert.equal(await exit('--sbom', sbom), 1)
  const fixed = anSbom(folder, 'fixed.json', 'openssl 3.4.0')
  const told = await run(['--sbom', fixed, '--all', '--fail-on', 'note', '--json'], env)
  assert.notDeepEqual(JSON.parse(told.stdout).findings, [])
  assert.equal(told.exit, 0, 'what only --all shows does not count')
  const stale = await run(['--sbom', clean, '--max-age', '0m'], env)
  assert.equal(stale.exit, 3)
  assert.match(stale.stderr, /older than --max-age.*firn scan --update/)
  assert.equal(await exit('--sbom', sbom, '--max-age', '0m'), 1, 'findings outrank stale data')
  const none = await run(['--sbom', sbom], { FIRN_CACHE_DIR: join(folder, 'empty') })
  assert.equal(none.exit, 3)
  assert.match(none.stderr, /no advisories on this machine yet\n.*firn scan --update/)
})

test('words that contradict each other are told before any work', async () => {
  const cases: [words: string[], message: RegExp][] = [
    [['--fromat', 'json'], /no option --fromat\n.*--format/],
    [['--from', 'x'], /--from says where --update takes advisories from/],
    [['--key', 'x'], /--key says where/],
    [['--sbom', sbom, '--compat', 'grype'], /--compat grype: not known/],
    [['--sbom', sbom, '--compat', 'vulnix', '--format', 'json'], /format of its own/],
    [['--sbom', sbom, '--fail-on', 'eror'], /--fail-on eror: not known/],
    [['--sbom', sbom, '--undetermined', 'maybe'], /--undetermined maybe/],
    [['--sbom', sbom, '--max-age', '3'], /no length of time/],
    [['--sbom', sbom, '--author-uri', 'me', '--format', 'csaf'], /no URI/],
    [['--sbom', sbom, '--snapshot', 'x'], /--sbom and --snapshot/],
    [['--diff', sbom], /--diff compares two things/],
    [[sbom], /neither a path in .*\n.*--sbom/],
    [['--sbom', sbom, '--json', '--format', 'sarif'], /--json and --format sarif contradict/],
    [['--diff', sbom, clean, '--format', 'openvex'], /--diff has no format openvex/],
  ]
  for (const [words, message] of cases) {
    const { exit, stderr, stdout } = await run(words, env)
    assert.match(stderr, message, words.join(' '))
    assert.equal(exit, 2, words.join(' '))
    assert.equal(stdout, '')
  }
})

test('the help names every option', () => {
  for (const option of ['--update', '--from', '--key', '--vex', '--compat', '--format', '--tracker', '--author-uri']) {
    assert.ok(scan.help.includes(option), option)
  }
})

test('--diff of two SBOMs: what changed, what appeared, what is gone', async () => {
  const later = anSbom(folder, 'later.cdx', 'curl 8.8.0', 'openssl 3.4.0', 'zlib 1.3.1')
  const { stdout, exit } = await run(['--diff', sbom, later, '--json'], env)
  const report = JSON.parse(stdout)
  assert.deepEqual(
    report.changes.map(({ pname, before: old, after }: { pname: string; before: string[]; after: string[] }) =>
      [pname, ...old, '->', ...after].join(' '),
    ),
    ['bash 5.2p32 ->', 'openssl 3.0.14 -> 3.4.0', 'zlib -> 1.3.1'],
  )
  assert.deepEqual(report.gone.map(({ cve }: { cve: string }) => cve).sort(), ['CVE-2024-6119', 'CVE-2024-9143'])
  assert.equal(exit, report.findings.length === 0 ? 0 : 1)
})

test('an index that is damaged in a part is named, and nothing is said over it', async () => {
  const cache = join(folder, 'damaged')
  mkdirSync(cache)
  const bytes = readFileSync(join(env.FIRN_CACHE_DIR, 'advisories.index'))
  // The first half is advisories, which are read last and by need.
  for (let at = 64; at < bytes.length / 2; at += 64) bytes[at]! ^= 0xff
  writeFileSync(join(cache, 'advisories.index'), bytes)
  const { stdout, stderr, exit } = await run(['--sbom', sbom], { ...env, FIRN_CACHE_DIR: cache })
  assert.deepEqual([stdout, exit], ['', 3])
  assert.match(stderr, /damaged\/advisories\.index: .*damaged.*\n {2}make it again: firn scan --update/)
})

test('a table ends with how much there was', async () => {
  const { stdout } = await run(['--sbom', anSbom(folder, 'curl.json', 'curl 8.8.0', 'openssl 3.0.14')], env)
  const rows = stdout.split('\n').filter((line) => /^(error|warning|note) /.test(line))
  const of = (word: string) => rows.filter((line) => line.startsWith(word)).length
  const errors = of('error')
  assert.ok(errors > 1)
  assert.match(
    stdout,
    new RegExp(`\nFindings +${rows.length} affected; ${errors} errors, ${of('warning')} warnings?\n`),
  )
  assert.doesNotMatch((await run(['--sbom', clean], env)).stdout, /^Findings/m)
})

test('--diff counts findings, also where one vulnerability is in several versions of a package', async () => {
  const many = anSbom(folder, 'many.json', 'openssl 3.0.13', 'openssl 3.0.14', 'openssl 3.0.12')
  const { stdout } = await run(['--diff', clean, many, '--json'], env)
  const { facts, findings } = JSON.parse(stdout)
  assert.ok(new Set(findings.map(({ cve }: { cve: string }) => cve)).size < findings.length)
  assert.equal(facts.Findings, `${findings.length} new, 0 gone, 0 as before`)
  const same = JSON.parse((await run(['--diff', many, many, '--json'], env)).stdout)
  assert.equal(same.facts.Findings, `0 new, 0 gone, ${findings.length} as before`)
})

test('--vex: OpenVEX clears a finding, and --all says who did', async () => {
  const vex = file('triage.json', {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'x',
    author: 'me',
    timestamp: '2024-10-25T00:00:00Z',
    version: 1,
    mood: 'good',
    statements: [
      {
        vulnerability: { name: 'CVE-2024-7264' },
        products: [{ '@id': 'pkg:nix/curl@8.8.0' }],
        status: 'not_affected',
        justification: 'vulnerable_code_not_in_execute_path',
      },
    ],
  })
  const { list, stderr } = await findings('--vex', vex)
  assert.ok(!list.includes('CVE-2024-7264'))
  assert.ok(list.includes('CVE-2024-8096'))
  assert.match(stderr, /triage\.json: OpenVEX: the key mood/)
  const { report } = await findings('--vex', vex, '--all')
  const cleared = report.findings.find(({ cve }: { cve: string }) => cve === 'CVE-2024-7264')
  assert.equal(cleared.verdict, 'not_affected')
  assert.equal(cleared.ruled.was, 'affected')
  assert.equal(cleared.ruled.source, `${vex} statement 1`)
  assert.equal(cleared.evidence[0].kind, 'decision')
})

test('--vex: a file that cannot be read ends the scan; nothing is passed over in silence', async () => {
  const cases: [file: string, message: RegExp][] = [
    [join(folder, 'missing.json'), /missing\.json: no such file/],
    [
      file('cut.json', '{"@context": "https://openvex.dev/ns/v0.2.0", "stat'),
      /cut\.json: OpenVEX document: no valid JSON/,
    ],
    [file('bad.toml', '["curl"]\nuntil = "later"\n'), /bad\.toml: whitelist \["curl"\]: until later is no day/],
  ]
  for (const [path, message] of cases) {
    const { exit, stderr, stdout } = await run(['--sbom', sbom, '--vex', path], env)
    assert.equal(exit, 2)
    assert.match(stderr, message)
    assert.equal(stdout, '')
  }
})

test('--vex: whitelists of vulnix and vulnxscan, until a day', async () => {
  const toml = file('wl.toml', '["curl-8.8.0"]\ncve = ["CVE-2024-7264"]\ncomment = "no TLS here"\n')
  const csv = file('wl.csv', 'vuln_id,package,comment\nCVE-2024-6119,openssl,checked\n')
  const { list } = await findings('--vex', toml, '--vex', csv)
  assert.ok(!list.includes('CVE-2024-7264') && !list.includes('CVE-2024-6119'))
  assert.ok(list.includes('CVE-2024-8096') && list.includes('CVE-2024-9143'))
  const expired = file('old.toml', '["curl-8.8.0"]\nuntil = "2020-01-01"\n')
  assert.ok((await findings('--vex', expired)).list.includes('CVE-2024-7264'))
})

test("--compat vulnix: vulnix's keys and exit codes", async () => {
  const toml = file('all.toml', '["curl"]\ncomment = "c"\n["openssl"]\ncomment = "o"\n')
  const vulnix = (...words: string[]) => run(['--sbom', sbom, '--compat', 'vulnix', ...words], env)
  const found = await vulnix()
  assert.equal(found.exit, 2)
  const items = JSON.parse(found.stdout)
  assert.deepEqual(
    items.map(({ name }: { name: string }) => name),
    ['curl-8.8.0', 'openssl-3.0.14'],
  )
  const keys = [
    'affected_by',
    'cvssv3_basescore',
    'derivation',
    'description',
    'name',
    'pname',
    'version',
    'whitelisted',
  ]
  assert.deepEqual(Object.keys(items[0]).sort(), keys)
  assert.ok(items[0].affected_by.includes('CVE-2024-7264'))
  assert.match(items[0].description['CVE-2024-7264'], /ASN1|libcurl/i)
  assert.equal(items[0].derivation, null)
  const hidden = await vulnix('--vex', toml)
  assert.equal(hidden.exit, 0)
  assert.deepEqual(JSON.parse(hidden.stdout), [])
  const shown = await vulnix('--vex', toml, '--all')
  assert.equal(shown.exit, 1)
  assert.ok(JSON.parse(shown.stdout)[0].whitelisted.includes('CVE-2024-7264'))
  assert.equal((await run(['--sbom', clean, '--compat', 'vulnix'], env)).exit, 0)
  assert.equal((await run(['--sbom', clean, '--compat', 'vulnix', '--max-age', '0m'], env)).exit, 3)
})

test('explain tells the chain for a package by name alone, and what it does not know', async () => {
  const { stdout, exit } = await run(['CVE-2024-6119', 'openssl-3.0.14'], env, explain)
  assert.equal(exit, 0)
  assert.match(stdout, /Verdict: affected[\s\S]*1\. [\s\S]*What to do: update openssl to 3\.0\.15/)
  const toml = file('explained.toml', '["openssl"]\ncomment = "checked by hand"\n')
  const decided = await run(['CVE-2024-6119', 'openssl-3.0.14', '--vex', toml], env, explain)
  assert.match(decided.stdout, /Verdict: not_affected\nDecided by .*; the matcher said affected[\s\S]*checked by hand/)
  const unknown = await run(['CVE-2024-6119', 'openssl-3.0.14', '--sbom', clean], env, explain)
  assert.equal(unknown.exit, 2)
  assert.match(unknown.stderr, /no package of/)
  assert.equal((await run(['CVE-2024-6119'], env, explain)).exit, 2)
})
