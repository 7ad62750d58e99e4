import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import Ajv from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { ClosureComponent } from '../src/collect/components.ts'
import { readRulings } from '../src/decisions/read.ts'
import { Rulings } from '../src/decisions/ruling.ts'
import { writeVex } from '../src/decisions/write.ts'
import { vulnerabilityFinding } from '../src/finding.ts'
import type { Decision } from '../src/match/model.ts'
import { storePath } from './snapshots.ts'

function component(letter: string, pname: string, version: string): ClosureComponent {
  const name = `${pname}-${version}`
  return {
    name,
    pname,
    version,
    patches: [],
    paths: [storePath(letter, name)],
    derivation: storePath(letter, `${name}.drv`),
  }
}

const components = [
  component('a', 'curl', '8.8.0'),
  component('b', 'openssl', '3.0.14'),
  component('c', 'openssl', '3.0.14'),
  component('d', 'zlib', '1.3.1'),
]
const evidence = [{ kind: 'version', text: '8.8.0 is listed' }]
const decisions: [at: number, cve: string, decision: Decision][] = [
  [0, 'CVE-2024-7264', { verdict: 'affected', evidence, fixedIn: '8.9.1' }],
  [0, 'GO-2024-2611', { verdict: 'undetermined', reason: 'no_ranges', evidence }],
  [1, 'CVE-2024-6119', { verdict: 'patched', evidence }],
  [2, 'CVE-2024-6119', { verdict: 'affected', evidence }],
  [1, 'CVE-2024-4603', { verdict: 'not_affected', evidence }],
  [2, 'CVE-2024-4603', { verdict: 'not_affected', evidence }],
  [3, 'CVE-2023-6992', { verdict: 'different_product', evidence }],
]
const findings = decisions.map(([at, id, decision]) =>
  vulnerabilityFinding(components[at]!, { id, aliases: ['GHSA-aaaa-bbbb-cccc'] }, decision, { undetermined: 'note' }),
)
const author = { name: 'me', namespace: 'https://example.org', created: new Date(0), toolVersion: '0.1.0' }

function schema(name: string) {
  const ajv = new Ajv.default({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addFormat('iri', /^[a-z][a-z0-9+.-]*:\S+$/i)
  for (const version of ['2.0', '3.0', '3.1']) ajv.addSchema({}, `https://www.first.org/cvss/cvss-v${version}.json`)
  const file = new URL(`../../../fixtures/schemas/${name}.schema.json`, import.meta.url)
  return ajv.compile(JSON.parse(readFileSync(file, 'utf8')))
}

test('OpenVEX that the schema accepts; what differs by derivation is named by it', async () => {
  const valid = schema('openvex-0.2.0')
  const text = await writeVex('openvex', 'a system', findings, components, author)
  const json = JSON.parse(text)
  const isValid = valid(json) as boolean
  assert.ok(isValid, JSON.stringify(valid.errors))
  const said = json.statements.map(
    (entry: { vulnerability: { name: string }; status: string; products: { '@id': string }[] }) =>
      `${entry.vulnerability.name} ${entry.status} ${entry.products.map((product) => product['@id'].replace(/[a-d]{32}/, 'HASH')).join(' ')}`,
  )
  assert.deepEqual(said, [
    'CVE-2023-6992 not_affected pkg:nix/zlib@1.3.1',
    'CVE-2024-4603 not_affected pkg:nix/openssl@3.0.14',
    'CVE-2024-6119 fixed pkg:nix/openssl@3.0.14?drv=HASH-openssl-3.0.14.drv',
    'CVE-2024-6119 affected pkg:nix/openssl@3.0.14?drv=HASH-openssl-3.0.14.drv',
    'CVE-2024-7264 affected pkg:nix/curl@8.8.0',
    'GO-2024-2611 under_investigation pkg:nix/curl@8.8.0',
  ])
  assert.equal(await writeVex('openvex', 'a system', findings, components, author), text, 'the same bytes')
})

test('what is written is read again and says the same', async () => {
  const text = await writeVex('openvex', 'a system', findings, components, author)
  const { rulings, warnings } = await readRulings(text, 'ours', [])
  assert.deepEqual(warnings, [])
  const all = new Rulings(rulings, '2024-10-25')
  const statuses = { affected: 'affected', undetermined: 'under_investigation', patched: 'fixed' } as Record<
    string,
    string
  >
  for (const [at, id, { verdict }] of decisions) {
    assert.equal(all.about({ id, aliases: [] }, components[at]!)?.status, statuses[verdict] ?? 'not_affected', id)
  }
})

test('CSAF that the schema accepts, each product in one list of a vulnerability', async () => {
  const valid = schema('csaf-2.0')
  for (const list of [findings, []]) {
    const json = JSON.parse(await writeVex('csaf', 'a system', list, components, author))
    const isValid = valid(json) as boolean
    assert.ok(isValid, JSON.stringify(valid.errors))
    assert.equal(json.document.category, 'csaf_vex')
    if (list.length === 0) {
      assert.equal(json.vulnerabilities, undefined)
      continue
    }
    const ids = new Set(
      json.product_tree.full_product_names.map((product: { product_id: string }) => product.product_id),
    )
    for (const { product_status: status, flags = [], remediations = [], threats = [] } of json.vulnerabilities) {
      const named = Object.values(status as Record<string, string[]>).flat()
      assert.equal(new Set(named).size, named.length, 'in one list only')
      assert.ok(named.every((id) => ids.has(id)))
      const justified = new Set([...flags, ...threats].flatMap((entry: { product_ids: string[] }) => entry.product_ids))
      const acted = new Set(remediations.flatMap((entry: { product_ids: string[] }) => entry.product_ids))
      assert.ok(
        (status.known_not_affected ?? []).every((id: string) => justified.has(id)),
        'why not',
      )
      assert.ok(
        (status.known_affected ?? []).every((id: string) => acted.has(id)),
        'what to do',
      )
    }
  }
})

test('a whitelist is not passed on as a judgement', async () => {
  const whitelisted = vulnerabilityFinding(
    components[0]!,
    { id: 'CVE-2024-7264' },
    { verdict: 'not_affected', evidence },
    {
      undetermined: 'note',
      ruled: { status: 'not_affected', kind: 'whitelist', source: 'wl.toml ["curl"]', text: 'later', was: 'affected' },
    },
  )
  const [statement] = JSON.parse(await writeVex('openvex', 's', [whitelisted], components, author)).statements
  assert.equal(statement.status, 'affected')
  assert.equal(statement.action_statement, 'passed over by wl.toml ["curl"]: later')
})
