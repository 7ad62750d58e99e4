import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseCveRecord } from '@firn/advisories'
import { advisoryFromCve } from '../src/match/fromCve.ts'

const record = (id: string) =>
  parseCveRecord(readFileSync(new URL(`../../../fixtures/store/cves/${id}.json`, import.meta.url))).record

test('an alias is the id that the record comes from, not every advisory that it mentions', () => {
  // It refers to the advisories of three sister projects too, each about a flaw with a CVE of its own.
  assert.deepEqual(advisoryFromCve(record('CVE-2024-47177')).aliases, ['GHSA-p9rh-jxmq-gq47'])
  // And this one to the advisory of the earlier flaw that was not fixed whole.
  assert.deepEqual(advisoryFromCve(record('CVE-2023-41330')).aliases, ['GHSA-92rv-4j2h-8mjj'])
})

test('without a source the only one of its family counts, of several none', () => {
  const whole = record('CVE-2023-41330')
  const { source: _source, references, ...cna } = whole.containers.cna
  const aliases = (...urls: string[]) =>
    advisoryFromCve({
      ...whole,
      containers: { cna: { ...cna, references: urls.map((url) => ({ url })) } },
    }).aliases
  const [first, second] = references!.map(({ url }) => url)
  assert.deepEqual(aliases(first!), ['GHSA-92rv-4j2h-8mjj'])
  assert.deepEqual(aliases(first!, second!), [])
  assert.deepEqual(aliases(first!, 'https://pkg.go.dev/vuln/GO-2024-2611'), ['GHSA-92rv-4j2h-8mjj', 'GO-2024-2611'])
  assert.deepEqual(aliases('https://osv.dev/vulnerability/CVE-2023-28115'), [], 'another CVE is another flaw')
})

test('versions as some write them: a CPE name, a list, the fixes that Red Hat copied', () => {
  const whole = record('CVE-2023-41330')
  const read = (assignerShortName: string, ...versions: { version: string; lessThan?: string }[]) => {
    const affected = [{ product: 'frob', versions: versions.map((each) => ({ ...each, status: 'affected' as const })) }]
    const cna = { ...whole.containers.cna, affected, descriptions: [] }
    const { statements, fixedVersions } = advisoryFromCve({
      ...whole,
      cveMetadata: { ...whole.cveMetadata, assignerShortName },
      containers: { cna },
    })
    return [statements[0]!.versions.map(({ version, lessThan }) => lessThan ?? version), fixedVersions]
  }
  const cpe = (version: string) => `cpe:2.3:a:frob:frob:${version}:*:*:*:*:*:*:*`
  assert.deepEqual(read('x', { version: cpe('0'), lessThan: cpe('4.8.3') }), [['4.8.3'], undefined])
  assert.deepEqual(read('x', { version: '3.0.4, 2.2.6' }), [['3.0.4', '2.2.6'], undefined])
  assert.deepEqual(read('x', { version: '3.0, before the rewrite' }), [['3.0, before the rewrite'], undefined])
  const named = { version: 'frob 4.12.9, frob 4.13.1' }
  assert.deepEqual(read('redhat', named), [
    ['4.12.9', '4.13.1'],
    ['4.12.9', '4.13.1'],
  ])
  assert.deepEqual(read('x', named), [['4.12.9', '4.13.1'], undefined])
  assert.deepEqual(read('redhat', { version: 'frob 4.13.1' }), [['frob 4.13.1'], undefined])
})

test('a repository of advisories for all programs of a maker: the text says which', () => {
  const whole = record('CVE-2023-41330')
  const affected = [{ vendor: 'acme', product: 'security-advisories', versions: [] }]
  const read = (value: string) => {
    const cna = { ...whole.containers.cna, affected, descriptions: [{ lang: 'en', value }] }
    return advisoryFromCve({ ...whole, containers: { cna } }).statements[0]!.product
  }
  assert.equal(read('The Acme Desktop Client is a tool to synchronize files.'), 'Acme Desktop Client')
  assert.equal(read('Acme Server provides data storage for Acme.'), 'Acme Server')
  assert.equal(read('A flaw.'), 'security-advisories')
})

test("the text beside an analyst's product: where it writes the name in another way, or has no word of it", () => {
  const whole = record('CVE-2023-41330')
  const none = [{ vendor: 'n/a', product: 'n/a', versions: [{ version: 'n/a', status: 'affected' as const }] }]
  const read = (product: string, value: string) => {
    const { vendor: _vendor, ...cna } = { vendor: '', ...whole.containers.cna, affected: none, references: [] }
    const affected = [{ product, versions: [{ version: '0', lessThan: '2.35', status: 'affected' as const }] }]
    const adp = [{ affected, providerMetadata: { orgId: 'x', shortName: 'CISA-ADP' } }]
    const containers = { cna: { ...cna, descriptions: [{ lang: 'en', value }] }, adp }
    const { statements } = advisoryFromCve({ ...whole, containers })
    return statements.flatMap(({ source, product: said }) => (source === 'text' ? [said] : []))
  }
  assert.deepEqual(read('cpanpm', 'CPAN.pm before 2.35 does not verify certificates.'), ['CPAN.pm'])
  assert.deepEqual(read('django-rest-framework', 'In Django before 2.35, a field is not checked.'), ['Django'])
  assert.deepEqual(read('django', 'In Django before 2.35, a field is not checked.'), [])
  assert.deepEqual(read('enrolment', 'A flaw in Enrolment In PHP 1.0 exists.'), [])
})

test("a registry's page tells the language; CPAN's only where it is of the product", () => {
  const whole = record('CVE-2023-41330')
  const registry = (product: string, url: string) => {
    const affected = [{ product, versions: [{ version: '1.0', status: 'affected' as const }] }]
    const cna = { ...whole.containers.cna, affected, references: [{ url }] }
    return advisoryFromCve({ ...whole, containers: { cna } }).registry
  }
  assert.equal(registry('frob', 'https://pypi.org/project/other/'), 'PyPI')
  assert.equal(registry('Amavis', 'https://metacpan.org/pod/MIME::Tools'), undefined)
  assert.equal(registry('MIME-Tools', 'https://metacpan.org/pod/MIME::Tools'), 'CPAN')
})
