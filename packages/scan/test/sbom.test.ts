import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'
import { composeSnapshot } from '../src/collect/components.ts'
import type { VulnerabilityFinding } from '../src/finding.ts'
import { readCycloneDx } from '../src/sbom/read.ts'
import { writeBill } from '../src/sbom/write.ts'
import { aDerivation, aPath, aSnapshot, storePath } from './snapshots.ts'

const deriver = storePath('d', 'openssl-3.0.14.drv')
const openssl = aPath('b', 'openssl-3.0.14', { deriver })
const snapshot = aSnapshot({
  roots: [storePath('a', 'nixos-system-host-24.05')],
  paths: [
    aPath('a', 'nixos-system-host-24.05', { references: [storePath('e', 'system-path')] }),
    aPath('e', 'system-path', { references: [storePath('c', 'curl-8.8.0')] }),
    aPath('c', 'curl-8.8.0', { references: [openssl.path] }),
    openssl,
  ],
  derivations: [
    aDerivation('d', 'openssl-3.0.14', {
      pname: 'openssl',
      version: '3.0.14',
      outputs: { out: openssl.path },
      patches: ['nix.patch', 'CVE-2024-6119-cve-2024-9143.patch'],
      sources: ['https://example.org/openssl-3.0.14.tar.gz', 'mirror://gnu/x'],
    }),
  ],
})
const composition = composeSnapshot(snapshot)
const tool = { version: '0.1.0', sourceDateEpoch: '1729728000' }
const finding: VulnerabilityFinding = {
  rule: 'cve/affected',
  level: 'error',
  subject: { kind: 'component', name: 'curl-8.8.0', path: storePath('c', 'curl-8.8.0') },
  message: 'curl 8.8.0 is affected by CVE-2024-7264',
  evidence: [{ kind: 'range', text: '8.8.0 is listed' }],
  cve: 'CVE-2024-7264',
  component: 'curl-8.8.0',
  verdict: 'affected',
  severity: { score: 7.5, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', provider: 'CISA-ADP' },
}
const ofOsv: VulnerabilityFinding = { ...finding, cve: 'GO-2024-2611' }

/** The CycloneDX library brings the official schemas. */
function cycloneDxSchema(name: string): object {
  const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')
  return JSON.parse(readFileSync(new URL(`res/schema/${name}.SNAPSHOT.schema.json`, `file://${library}`), 'utf8'))
}

test('CycloneDX 1.6 that the official schema accepts, with and without findings', async () => {
  const ajv = new Ajv.default({ strict: false, validateFormats: true })
  addFormats.default(ajv)
  ajv.addFormat('iri-reference', true)
  ajv.addFormat('idn-email', true)
  ajv.addSchema(cycloneDxSchema('jsf-0.82'), 'http://cyclonedx.org/schema/jsf-0.82.SNAPSHOT.schema.json')
  ajv.addSchema(cycloneDxSchema('spdx'), 'http://cyclonedx.org/schema/spdx.SNAPSHOT.schema.json')
  const valid = ajv.compile(cycloneDxSchema('bom-1.6'))
  for (const findings of [[], [finding, ofOsv]]) {
    const json = JSON.parse(await writeBill('cyclonedx', snapshot, composition, tool, findings))
    const isValid = valid(json) as boolean
    assert.ok(isValid, JSON.stringify(valid.errors))
    assert.equal(json.specVersion, '1.6')
    assert.equal(json.vulnerabilities?.length ?? 0, findings.length)
    const written = json.components.find((component: { name: string }) => component.name === 'openssl')
    assert.equal(written.purl, `pkg:nix/openssl@3.0.14?drv=${deriver.slice('/nix/store/'.length)}`)
    assert.deepEqual(
      written.pedigree.patches[0].resolves.map((issue: { id: string }) => issue.id),
      ['CVE-2024-6119', 'CVE-2024-9143'],
    )
  }
})

test('a vulnerability tells its component, its score and where to read it', async () => {
  const json = JSON.parse(await writeBill('cyclonedx', snapshot, composition, tool, [finding, ofOsv]))
  const [first, second] = json.vulnerabilities
  assert.deepEqual(first.affects, [{ ref: storePath('c', 'curl-8.8.0').slice('/nix/store/'.length) }])
  const rating = { source: { name: 'CISA-ADP' }, score: 7.5, severity: 'high', method: 'CVSSv31' }
  assert.deepEqual(first.ratings, [{ ...rating, vector: finding.severity!.vector }])
  assert.equal(first.source.url, 'https://www.cve.org/CVERecord?id=CVE-2024-7264')
  assert.equal(second.source.url, 'https://osv.dev/vulnerability/GO-2024-2611')
  const spdx = await writeBill('spdx', snapshot, composition, tool, [ofOsv])
  assert.match(spdx, /"referenceLocator": "https:\/\/osv\.dev\/vulnerability\/GO-2024-2611"/)
})

test('dependencies pass through what is no package', async () => {
  const json = JSON.parse(await writeBill('cyclonedx', snapshot, composition, tool))
  const needs = new Map<string, string[]>(
    json.dependencies.map((entry: { ref: string; dependsOn?: string[] }) => [entry.ref, entry.dependsOn ?? []]),
  )
  const [curl, ssl] = [storePath('c', 'curl-8.8.0'), deriver].map((path) => path.slice('/nix/store/'.length))
  assert.deepEqual(needs.get(json.metadata.component['bom-ref']), [curl])
  assert.deepEqual(needs.get(curl!), [ssl])
})

test('SPDX 2.3 has one package a component and relationships only between those it has', async () => {
  const json = JSON.parse(await writeBill('spdx', snapshot, composition, tool, [finding]))
  const ids: string[] = json.packages.map((entry: { SPDXID: string }) => entry.SPDXID)
  assert.equal(new Set(ids).size, composition.components.length + 1)
  for (const id of ids) assert.match(id, /^SPDXRef-[a-zA-Z0-9.-]+$/)
  const known = new Set(['SPDXRef-DOCUMENT', ...ids])
  for (const { spdxElementId, relatedSpdxElement } of json.relationships) {
    assert.ok(known.has(spdxElementId) && known.has(relatedSpdxElement))
  }
  assert.match(json.creationInfo.created, /^2024-10-24T00:00:00Z$/)
  assert.equal(json.packages.flatMap((entry: { externalRefs?: object[] }) => entry.externalRefs ?? []).length, 3)
})

test('the same closure gives the same bytes', async () => {
  for (const format of ['cyclonedx', 'spdx'] as const) {
    const [one, two] = await Promise.all([1, 2].map(() => writeBill(format, snapshot, composition, tool)))
    assert.equal(one, two)
  }
})

test('our own SBOM is read as what was scanned', async () => {
  const read = readCycloneDx(await writeBill('cyclonedx', snapshot, composition, tool))
  const wanted = composition.components.map(({ sources, ...component }) => component)
  const found = read.map(({ sources, purls, pname, version, ...component }) => ({
    ...component,
    ...(component.patches === undefined ? {} : { pname, version, patches: component.patches.toSorted() }),
  }))
  assert.deepEqual(
    found,
    wanted.map((component) =>
      component.patches === undefined ? component : { ...component, patches: component.patches.toSorted() },
    ),
  )
  assert.deepEqual(read.find((component) => component.pname === 'openssl')?.sources?.toSorted(), [
    'https://example.org/openssl-3.0.14.tar.gz',
    'mirror://gnu/x',
  ])
})

test("another tool's SBOM: nested components, pedigrees, CPEs, unknown patches", () => {
  const read = readCycloneDx(
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.4',
      components: [
        {
          name: 'curl',
          version: '8.8.0',
          cpe: 'cpe:2.3:a:haxx:curl:8.8.0:*:*:*:*:*:*:*',
          purl: 'pkg:nix/curl@8.8.0',
          pedigree: { patches: [{ type: 'unofficial', resolves: [{ type: 'security', id: 'CVE-2024-6197' }] }] },
          components: [{ name: 'zlib', version: '1.3.1' }],
        },
      ],
    }),
  )
  assert.deepEqual(
    read.map(({ name, patches, cpes }) => ({ name, patches, cpes })),
    [
      { name: 'curl-8.8.0', patches: ['CVE-2024-6197'], cpes: ['cpe:2.3:a:haxx:curl:8.8.0:*:*:*:*:*:*:*'] },
      { name: 'zlib-1.3.1', patches: undefined, cpes: undefined },
    ],
  )
})

test('what the document as a whole is about is a component, unless it is listed or has no version', () => {
  const names = (whole: object) => {
    const metadata = { component: { type: 'application', 'bom-ref': 'a', name: 'openssl', ...whole } }
    const components = [{ type: 'library', 'bom-ref': 'b', name: 'zlib', version: '1.3' }]
    const document = { bomFormat: 'CycloneDX', specVersion: '1.7', metadata, components }
    return readCycloneDx(JSON.stringify(document)).map(({ name }) => name)
  }
  assert.deepEqual(names({ version: '3.0.14' }), ['openssl-3.0.14', 'zlib-1.3'])
  assert.deepEqual(names({ version: '3.0.14', 'bom-ref': 'b' }), ['zlib-1.3'])
  assert.deepEqual(names({}), ['zlib-1.3'])
})

test('what is no CycloneDX JSON is refused with the reason', () => {
  const cases: [text: string, message: RegExp][] = [
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{', /cut short/],
    ['<?xml version="1.0"?><bom/>', /XML/],
    ['{"spdxVersion":"SPDX-2.3"}', /not CycloneDX/],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6"}', /names no components/],
    ['{"bomFormat":"CycloneDX","specVersion":"1.7","components":[]}', /names no components/],
    ['{"bomFormat":"CycloneDX","specVersion":"2.0"}', /2\.0 is not known/],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":{}}', /not a list/],
    ['{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"version":"1"}]}', /no name/],
    ['null', /not CycloneDX/],
  ]
  for (const [text, message] of cases) {
    assert.throws(
      () => readCycloneDx(text),
      (error) => error instanceof UserError && message.test(error.message),
      text,
    )
  }
})
