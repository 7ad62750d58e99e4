import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import type { ClosureComponent } from '../src/collect/components.ts'
import { applyRuling } from '../src/decisions/apply.ts'
import { isProduct } from '../src/decisions/product.ts'
import { readRulings } from '../src/decisions/read.ts'
import { type Ruling, Rulings } from '../src/decisions/ruling.ts'
import { parseSharedDecisions, type SharedDecision, sharedRuling } from '../src/decisions/shared.ts'
import type { Decision } from '../src/match/model.ts'
import { storePath } from './snapshots.ts'

const openssl: ClosureComponent = {
  name: 'openssl-3.0.14',
  pname: 'openssl',
  version: '3.0.14',
  paths: [storePath('b', 'openssl-3.0.14')],
  derivation: storePath('d', 'openssl-3.0.14.drv'),
  sources: ['https://github.com/openssl/openssl/releases/download/openssl-3.0.14/openssl-3.0.14.tar.gz'],
}
const pythonRedis: ClosureComponent = {
  name: 'python3.12-redis-5.0.1',
  pname: 'redis',
  version: '5.0.1',
  paths: [storePath('e', 'python3.12-redis-5.0.1')],
  sources: ['mirror://pypi/r/redis/redis-5.0.1.tar.gz'],
}
const advisory = { id: 'CVE-2024-6119', aliases: ['GHSA-aaaa-bbbb-cccc'] }
const affected: Decision = {
  verdict: 'affected',
  evidence: [{ kind: 'version', text: 'in the range' }],
  fixedIn: '3.0.15',
}
const today = '2024-10-25'

async function about(text: string, component: ClosureComponent, day = today, whole: readonly string[] = []) {
  const { rulings } = await readRulings(text, 'triage', whole)
  return new Rulings(rulings, day).about(advisory, component)
}

function openVex(...statements: object[]): string {
  return JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'x',
    author: 'me',
    timestamp: '2024-10-01T00:00:00Z',
    version: 1,
    statements: statements.map((statement) => ({
      vulnerability: { name: 'CVE-2024-6119' },
      products: [{ '@id': 'pkg:nix/openssl@3.0.14' }],
      status: 'not_affected',
      ...statement,
    })),
  })
}

test('a product is known by purl, CPE, path, name and version, and by nothing else', () => {
  const yes = [
    'pkg:nix/openssl@3.0.14',
    'pkg:nix/openssl',
    'pkg:generic/openssl@3.0.14',
    'pkg:github/openssl/openssl@3.0.14',
    `pkg:nix/openssl@3.0.14?drv=${'d'.repeat(32)}-openssl-3.0.14.drv`,
    'cpe:2.3:a:openssl:openssl:3.0.14:*:*:*:*:*:*:*',
    'cpe:/a:openssl:openssl',
    openssl.paths[0]!,
    openssl.derivation!,
    'openssl-3.0.14',
    'openssl',
  ]
  const no = [
    'pkg:nix/openssl@3.0.15',
    'pkg:nix/libressl@3.0.14',
    'pkg:npm/openssl@3.0.14',
    'pkg:github/other/openssl',
    `pkg:nix/openssl@3.0.14?drv=${'f'.repeat(32)}-openssl-3.0.14.drv`,
    'cpe:2.3:a:openssl:openssl:3.0.15:*:*:*:*:*:*:*',
    'cpe:2.3:a:other:openssl:3.0.14:*:*:*:*:*:*:*',
    storePath('f', 'openssl-3.0.14'),
    'openssl-3.0.15',
    'open',
    '',
    'pkg:',
  ]
  for (const id of yes) assert.ok(isProduct(openssl, id), id)
  for (const id of no) assert.ok(!isProduct(openssl, id), id)
  for (const id of ['pkg:pypi/redis@5.0.1', 'python3.12-redis-5.0.1', 'python3.12-redis']) {
    assert.ok(isProduct(pythonRedis, id), id)
  }
  for (const id of ['pkg:npm/redis@5.0.1', 'redis', 'pkg:nix/redis-server']) assert.ok(!isProduct(pythonRedis, id), id)
})

test('OpenVEX: every status, with file and statement as evidence', async () => {
  const verdicts = {
    not_affected: 'not_affected',
    fixed: 'patched',
    under_investigation: 'affected',
    affected: 'affected',
  }
  for (const [status, verdict] of Object.entries(verdicts)) {
    const ruling = await about(
      openVex({ vulnerability: 'CVE-2000-1' }, { status, impact_statement: 'no TLS' }),
      openssl,
    )
    const { decision, ruled } = applyRuling(affected, ruling!)
    assert.equal(decision.verdict, verdict, status)
    assert.equal(ruled.was, 'affected')
    assert.equal(decision.evidence[0]!.source, 'triage statement 2')
    assert.match(decision.evidence[0]!.text, /no TLS/)
    assert.equal(decision.evidence.length, 2, "the matcher's own evidence stays")
  }
})

test('an undetermined verdict keeps its reason only while it stays', async () => {
  const open: Decision = { verdict: 'undetermined', reason: 'no_ranges', evidence: [] }
  const investigated = (await about(openVex({ status: 'under_investigation' }), openssl))!
  assert.equal(applyRuling(open, investigated).decision.reason, 'no_ranges')
  const cleared = (await about(openVex({}), openssl))!
  assert.equal('reason' in applyRuling(open, cleared).decision, false)
})

test('OpenVEX: by alias, and of a part only where the product is what is looked at', async () => {
  assert.ok(await about(openVex({ vulnerability: { name: 'GHSA-aaaa-bbbb-cccc' } }), openssl))
  assert.ok(await about(openVex({ vulnerability: { name: 'X-1', aliases: ['CVE-2024-6119'] } }), openssl))
  const part = openVex({
    products: [{ '@id': 'pkg:nix/nixos-system-host', subcomponents: [{ '@id': 'pkg:nix/openssl' }] }],
  })
  assert.equal(await about(part, openssl), undefined)
  assert.equal(await about(part, openssl, today, ['nixos-system-other-24.05']), undefined)
  assert.ok(await about(part, openssl, today, ['nixos-system-host-24.05']))
})

test('of several rulings the latest counts, and of the same moment the one that warns', async () => {
  const earlier = { timestamp: '2024-10-01T00:00:00Z' }
  const later = { timestamp: '2024-10-02T00:00:00Z' }
  for (const [statements, status] of [
    [[{ ...later, status: 'affected' }, earlier], 'affected'],
    [[earlier, { ...later, status: 'affected' }], 'affected'],
    [[{ ...earlier, status: 'affected' }, later], 'not_affected'],
    [[{ status: 'affected' }, {}], 'affected'],
    [[{}, { status: 'affected' }], 'affected'],
  ] as const) {
    assert.equal((await about(openVex(...statements), openssl))?.status, status)
  }
})

test('CycloneDX VEX: by reference, BOM-Link and purl; in a version that is listed', async () => {
  const vex = (affects: object[], state = 'not_affected') =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [{ 'bom-ref': 'c1', name: 'openssl', version: '3.0.14' }],
      vulnerabilities: [
        { id: 'CVE-2000-1' },
        { id: 'CVE-2024-6119', analysis: { state, justification: 'code_not_reachable', detail: 'no TLS' }, affects },
      ],
    })
  for (const ref of ['c1', 'urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#c1', 'pkg:nix/openssl@3.0.14']) {
    assert.equal((await about(vex([{ ref }]), openssl))?.status, 'not_affected', ref)
  }
  assert.equal((await about(vex([{ ref: 'c1' }], 'exploitable'), openssl))?.status, 'affected')
  assert.equal((await about(vex([{ ref: 'c1' }], 'resolved'), openssl))?.status, 'fixed')
  assert.equal(await about(vex([{ ref: 'c2' }]), openssl), undefined)
  const listed = (version: string) => vex([{ ref: 'pkg:nix/openssl', versions: [{ version }] }])
  assert.ok(await about(listed('3.0.14'), openssl))
  assert.equal(await about(listed('3.0.13'), openssl), undefined)
  for (const bad of [
    vex([]),
    vex([{}]),
    vex([{ ref: 'c1' }], 'fine'),
    vex([{ ref: 'c1', versions: [{ range: 'vers:x' }] }]),
  ]) {
    await assert.rejects(readRulings(bad, 'triage', []), UserError, bad)
  }
})

test('vulnix: name and version, until a day, and not the library for the program', async () => {
  const rule = (header: string, more = '') => `["${header}"]\ncve = "CVE-2024-6119"\n${more}`
  const ruling = await about(rule('openssl-3.0.14', 'comment = "not used"\nuntil = 2024-10-26\n'), openssl)
  assert.equal(ruling?.kind, 'whitelist')
  assert.equal(ruling?.source, 'triage ["openssl-3.0.14"]')
  assert.equal(applyRuling(affected, ruling!).decision.verdict, 'not_affected')
  assert.ok(await about(rule('openssl', 'until = "2024-10-26"'), openssl, '2024-10-25'))
  assert.equal(await about(rule('openssl', 'until = "2024-10-26"'), openssl, '2024-10-26'), undefined)
  assert.ok(await about(rule('*'), openssl))
  assert.ok(await about('["openssl"]\ncomment = "all of it"\n', openssl))
  assert.equal(await about('["openssl"]\ncve = "CVE-2024-1"\n', openssl), undefined)
  assert.equal(await about(rule('redis'), pythonRedis), undefined)
  assert.ok(await about(rule('python3.12-redis'), pythonRedis))
})

test('vulnxscan: the first row that fits decides', async () => {
  const csv = (...rows: string[]) => ['vuln_id,package,version_local,comment,whitelist', ...rows].join('\n')
  assert.ok(await about(csv('CVE-2024-.*,openssl,,fine,True'), openssl))
  assert.ok(await about(csv('GHSA-.*,openssl,3.0.14,fine,'), openssl))
  assert.equal(await about(csv('CVE-2024-6119,openssl,3.0.13,fine,'), openssl), undefined)
  assert.equal(await about(csv('CVE-2024-6119,,,only noted,False', 'CVE-2024-.*,,,fine,True'), openssl), undefined)
})

test('what is no such file is refused', async () => {
  for (const text of ['{"hello": 1}', '<html>', '{', 'openssl', '[[["']) {
    await assert.rejects(readRulings(text, 'triage', []), UserError, text)
  }
})

test('what is no list of decisions is told by what it is', async () => {
  for (const [text, what] of [
    ['[]', /a list in JSON/],
    ['[{"cve": "CVE-2024-6119"}]', /a list in JSON/],
    ['<html>', /XML or a web page/],
  ] as const)
    await assert.rejects(readRulings(text, 'triage', []), what, text)
})

test('shared decisions: by attribute and version; a bad one refuses all', () => {
  const decision: SharedDecision = {
    vulnerability: 'CVE-2024-6119',
    attribute: 'openssl',
    status: 'not_affected',
    author: 'maintainer',
    created: '2024-10-01T00:00:00Z',
  }
  const holds = (more: Partial<SharedDecision>, component = openssl) =>
    new Rulings([sharedRuling({ ...decision, ...more }, 'index')], today).about(advisory, component) !== undefined
  assert.ok(holds({}))
  assert.ok(holds({ versions: '>= 3.0.0, < 3.0.15' }))
  assert.ok(!holds({ versions: '< 3.0.14' }))
  assert.ok(holds({ attribute: 'openssl_3' }))
  assert.ok(!holds({ attribute: 'openssl_1_1' }))
  assert.ok(!holds({ attribute: 'libressl' }))
  assert.ok(!holds({ expires: today }))
  assert.ok(holds({ attribute: 'python3Packages.redis' }, pythonRedis))
  assert.ok(!holds({ attribute: 'redis' }, pythonRedis))
  assert.ok(!holds({ attribute: 'redis' }, { ...openssl, attribute: 'openssl' }))
  const snapshot = { ...openssl, name: 'openssl-3.0.14-unstable-2024-01-01', version: '3.0.14-unstable-2024-01-01' }
  assert.ok(!holds({ versions: '< 3.0.15' }, snapshot), 'a snapshot has no place among releases')
  assert.equal(parseSharedDecisions(JSON.stringify([decision]), 'index').length, 1)
  for (const bad of ['{', '{}', '[{}]', JSON.stringify([decision, { ...decision, status: 'maybe' }])]) {
    assert.throws(() => parseSharedDecisions(bad, 'index'), UserError, bad)
  }
})

test('a ruling about something else never changes anything', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (id, product) => {
      fc.pre(id !== advisory.id && !advisory.aliases.includes(id))
      const ruling: Ruling = {
        status: 'not_affected',
        kind: 'judgement',
        ids: [id],
        speaksOf: () => true,
        source: product,
      }
      assert.equal(new Rulings([ruling], today).about(advisory, openssl), undefined)
    }),
  )
})
