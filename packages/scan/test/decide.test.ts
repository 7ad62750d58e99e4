import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseLabelled } from '../../../bench/accuracy/labelled.ts'
import { readAdvisories } from '../../../bench/accuracy/records.ts'
import { type Advisory, type Component, decide, inMemory, Matcher, type Statement } from '../src/index.ts'

const base: Statement = {
  source: 'cna',
  provider: 'GitHub_M',
  vendor: 'acme',
  product: 'frobnicate',
  repo: 'https://github.com/acme/frobnicate',
  versions: [{ status: 'affected', version: '0', lessThan: '2.0' }],
  at: 'containers.cna.affected[0]',
}
const record = (statements: readonly Partial<Statement>[], more: Partial<Advisory> = {}): Advisory => ({
  id: 'CVE-2024-0001',
  aliases: [],
  statements: statements.map((statement, i) => ({ ...base, at: `containers.cna.affected[${i}]`, ...statement })),
  ...more,
})
const component: Component = {
  name: 'frobnicate-1.0',
  pname: 'frobnicate',
  version: '1.0',
  system: 'x86_64-linux',
  patches: [],
  sources: ['https://github.com/acme/frobnicate/archive/1.0.tar.gz'],
}
const { sources: _, ...withoutSource } = component
const verdict = (of: Component, advisory: Advisory) => {
  const { verdict: said, reason } = decide(of, advisory)
  return reason === undefined ? said : `${said} ${reason}`
}

describe('the same thing?', () => {
  const { repo: _repo, vendor: _vendor, ...nameless } = base
  const bare = (more: Partial<Statement>) => ({
    id: 'CVE-2024-0002',
    aliases: [],
    statements: [{ ...nameless, provider: 'vuldb', ...more }],
  })
  const bolt = (more: Partial<Component> = {}): Component => ({ name: 'bolt-1.0', ...more })

  test('the same repository, or owner', () => {
    assert.equal(verdict(component, record([{}])), 'affected')
    const renamed = { ...component, sources: ['https://github.com/acme/frobnicate-core/archive/1.0.tar.gz'] }
    assert.equal(verdict(renamed, record([{}])), 'affected')
  })

  test('another owner: moved or forked, nobody can say; of an everyday word, another thing', () => {
    const fork = { ...component, sources: ['https://github.com/other/frobnicate/archive/1.0.tar.gz'] }
    assert.equal(verdict(fork, record([{}])), 'undetermined product_unproven')
    const other = bolt({ sources: ['https://github.com/other/bolt/archive/1.0.tar.gz'] })
    const theirs = record([{ product: 'bolt', repo: 'https://github.com/acme/bolt' }])
    assert.equal(verdict(other, theirs), 'different_product')
  })

  test("a maker's other program, in a repository beside the record's", () => {
    const beside = (repo: string) =>
      verdict({ ...component, sources: [`https://github.com/acme/${repo}/archive/1.0.tar.gz`] }, record([{}]))
    assert.equal(beside('frobnicate-cli'), 'different_product')
    assert.equal(beside('cli'), 'different_product')
    assert.equal(beside('frobnicate-ng'), 'affected')
  })

  test('a product written owner/name is the repository that a reference leads to', () => {
    const { repo: _, ...unhosted } = { ...base, vendor: 'other', product: 'other/shuttle' }
    const shuttle = { ...component, name: 'shuttle-1.0', pname: 'shuttle' }
    const sources = ['https://github.com/acme/shuttle/archive/1.0.tar.gz']
    const advisory: Advisory = { id: 'CVE-2024-0001', aliases: [], statements: [unhosted] }
    const led = { ...advisory, repositories: ['github.com/other/shuttle'] }
    assert.equal(verdict({ ...shuttle, sources }, led), 'different_product')
  })

  test("Haskell's libraries are packed without a prefix", () => {
    const sources = ['mirror://hackage/frobnicate-1.0/frobnicate-1.0.tar.gz']
    assert.equal(verdict({ ...component, sources }, record([{}])), 'different_product')
    assert.equal(verdict({ ...component, sources }, record([{}], { description: 'A Haskell program.' })), 'affected')
  })

  test('what an analyst files under the product that it plugs into', () => {
    const of = (description: string) => verdict(withoutSource, record([{ ...base, source: 'adp' }], { description }))
    assert.equal(of('In the Foreground skin for Frobnicate through 1.4, there is XSS.'), 'different_product')
    assert.equal(of('In Frobnicate through 1.4, there is XSS in the skin.'), 'affected')
  })

  test('a coined name is enough where nothing contradicts, an everyday word is not', () => {
    assert.equal(verdict(withoutSource, bare({})), 'affected')
    assert.equal(verdict({ name: 'magic-1.0' }, bare({ product: 'magic' })), 'undetermined product_unproven')
  })

  test('three letters are enough where the record leads to a repository of that name; a word of all makers is not', () => {
    const text = { product: 'tgt', source: 'text' as const }
    const led = { ...bare(text), repositories: ['github.com/fujita/tgt'] }
    assert.equal(verdict({ name: 'tgt-1.0' }, led), 'affected')
    assert.equal(verdict({ name: 'tgt-1.0' }, bare(text)), 'undetermined product_unproven')
    assert.equal(verdict({ name: 'python3.11-tgt-1.0', pname: 'tgt' }, led), 'undetermined product_unproven')
    // `desktop-client` is one of the names of owncloud-client, and of many others.
    const client = (vendor: string) => bare({ product: 'Desktop Client', vendor, source: 'text' })
    assert.equal(verdict({ name: 'owncloud-client-1.0' }, client('ownCloud')), 'affected')
    assert.equal(verdict({ name: 'owncloud-client-1.0' }, client('Teamwire')), 'different_product')
  })

  test('everyday words with makers on both sides', () => {
    const magic = { name: 'magic-1.0', sources: ['https://magic.example.org/magic-1.0.tar.gz'] }
    assert.equal(verdict(magic, bare({ product: 'magic', vendor: 'Acme Inc.' })), 'different_product')
    assert.equal(verdict(magic, bare({ product: 'magic', vendor: 'Example' })), 'affected')
  })

  test('a known program of another maker', () => {
    assert.equal(verdict({ name: 'lynx-2.9.0' }, bare({ product: 'Lynx', vendor: 'Westermo' })), 'different_product')
    const ofText = (product: string) => bare({ product, source: 'text' })
    for (const [name, product] of [
      ['vim-full-1.0', 'vim'],
      ['qtbase-1.0', 'Qt'],
      ['gnutar-1.0', 'GNU tar'],
    ] as const)
      assert.equal(verdict({ name }, ofText(product)), 'affected', name)
    assert.equal(verdict({ name: 'nextcloud-1.0' }, ofText('Server')), 'different_product')
    const thrift = bare({ product: 'Facebook Thrift', vendor: 'Facebook' })
    assert.equal(verdict({ name: 'thrift-0.18.1' }, thrift), 'different_product')
  })

  test('extensions of a host', () => {
    const plugin = record([
      {
        vendor: 'Jenkins project',
        product: 'Jenkins Git Plugin',
        cpes: ['cpe:2.3:a:jenkins:git:1:*:*:*:*:jenkins:*:*'],
      },
    ])
    assert.equal(verdict({ name: 'git-1.0' }, plugin), 'different_product')
    const wordpress = record([{ provider: 'Wordfence', vendor: 'tagDiv', product: 'Composer' }])
    assert.equal(verdict({ name: 'php-composer-1.0' }, wordpress), 'different_product')
  })

  test('a library is not the program, nor the library of another language', () => {
    const python = { name: 'python3.11-frobnicate-1.0', pname: 'frobnicate', version: '1.0' }
    const ofNpm = { ...bare({}), description: 'frobnicate is a JavaScript library.' }
    const ofPython = { ...bare({}), description: 'frobnicate is a Python library.' }
    assert.equal(verdict(python, ofNpm), 'different_product')
    assert.equal(verdict(python, ofPython), 'affected')
    assert.equal(verdict(python, { ...bare({}), registry: 'PyPI' }), 'affected')
    assert.equal(verdict(python, bare({ source: 'text' })), 'affected')
    assert.equal(verdict(python, bare({ source: 'text', vendor: 'Acme' })), 'different_product')
    assert.equal(verdict(python, bare({ purl: 'pkg:npm/frobnicate' })), 'different_product')
    // nixpkgs packs no library of Go: what is called as a module's repository is the program in it.
    const ofGo = { product: 'github.com/acme/frobnicate/v8/pkg/frobnicate', repo: 'https://github.com/acme/frobnicate' }
    assert.equal(verdict(withoutSource, { ...bare(ofGo), registry: 'Go' }), 'affected')
    const ofNpms = { ...bare({ product: 'frobnicate' }), registry: 'npm' }
    assert.equal(verdict(withoutSource, ofNpms), 'undetermined product_unproven')
    const redis = { name: 'python3.12-redis-5.0.1', pname: 'redis', version: '5.0.1' }
    const server = record([{ vendor: 'redis', product: 'redis', repo: 'https://github.com/redis/redis' }])
    assert.equal(verdict(redis, { ...server }), 'different_product')
  })

  test("a distribution's rows never apply; upstream's flaw told by them is not decided", () => {
    const row = {
      provider: 'redhat',
      vendor: 'Red Hat',
      product: 'Red Hat Enterprise Linux 9',
      packageName: 'frobnicate',
      collectionUrl: 'https://access.redhat.com/downloads/content/package-browser/',
    }
    const upstream = { ...record([row]), title: 'Frobnicate: heap overflow in frob()' }
    const packed = { ...record([row]), title: 'Frobnicate: default permissions let anyone in' }
    const carried = { ...record([row]), title: 'Golang: memory leak' }
    assert.equal(verdict(component, upstream), 'undetermined no_ranges')
    assert.equal(verdict(component, packed), 'different_product')
    assert.equal(verdict(component, carried), 'different_product')
    const ubuntu = record([
      { provider: 'canonical', versions: [{ status: 'affected', version: '0', lessThan: '2:2.10-21ubuntu0.1' }] },
    ])
    assert.equal(verdict(component, ubuntu), 'different_product')
  })

  test('hardware, a specification, nothing', () => {
    assert.equal(
      verdict(component, record([{ cpes: ['cpe:2.3:h:acme:frobnicate:-:*:*:*:*:*:*:*'] }])),
      'different_product',
    )
    assert.equal(verdict(component, record([{ vendor: 'IETF', product: 'HTTP' }])), 'undetermined product_unproven')
    assert.equal(verdict(component, { id: 'CVE-2024-1', aliases: [], statements: [] }), 'undetermined product_unproven')
  })
})

describe('container by container', () => {
  const adp = { source: 'adp', provider: 'CISA-ADP', at: 'containers.adp[0].affected[0]' } as const
  const nothing = { vendor: 'n/a', product: 'n/a', versions: [{ status: 'affected', version: 'n/a' } as const] }
  const { repo: _repo, ...plain } = base

  test('an analyst fills in for an authority that names nothing', () => {
    const advisory = {
      id: 'CVE-2024-3',
      aliases: [],
      statements: [
        { ...plain, ...nothing },
        { ...plain, ...adp },
      ],
    }
    assert.equal(verdict(withoutSource, advisory), 'affected')
  })

  test('but does not contradict one that names a product', () => {
    const others = { ...plain, vendor: 'acme', product: 'worldmap' }
    const advisory = { id: 'CVE-2024-4', aliases: [], statements: [others, { ...plain, ...adp }] }
    assert.equal(verdict(component, advisory), 'different_product')
  })

  test("the authority's versions go before the analyst's", () => {
    const fixed = { ...plain, versions: [{ status: 'affected', version: '0', lessThan: '0.9' } as const] }
    assert.equal(
      verdict(component, { id: 'CVE-2024-5', aliases: [], statements: [fixed, { ...plain, ...adp }] }),
      'not_affected',
    )
    const silent = { ...plain, versions: [] }
    assert.equal(
      verdict(component, { id: 'CVE-2024-6', aliases: [], statements: [silent, { ...plain, ...adp }] }),
      'affected',
    )
  })

  test('a version that another row of the product lists as unaffected is so', () => {
    const advisory = record([{}, { versions: [{ status: 'unaffected', version: '1.0' }] }])
    assert.equal(verdict(component, advisory), 'not_affected')
  })

  test('editions, services, rejected records, no version', () => {
    const enterprise = record([{ cpes: ['cpe:2.3:a:acme:frobnicate:1.0:*:*:*:enterprise:*:*:*'] }])
    assert.equal(verdict(component, enterprise), 'undetermined edition_unknown')
    assert.equal(verdict(component, record([{}], { tags: ['exclusively-hosted-service'] })), 'not_affected')
    assert.equal(verdict(component, record([{}], { rejected: true })), 'not_affected')
    assert.equal(verdict({ name: 'frobnicate', sources: component.sources! }, record([{}])), 'undetermined no_version')
    const snapshot = { ...component, version: '1.0-unstable-2024-01-02' }
    assert.equal(verdict(snapshot, record([{}])), 'undetermined unstable_version')
  })
})

test('platforms: lists, CPE targets, texts', () => {
  const rows: [more: Partial<Advisory> & { statement?: Partial<Statement> }, linux: string][] = [
    [{ statement: { platforms: ['Windows'] } }, 'not_affected'],
    [{ statement: { platforms: ['64 bit', 'Windows', 'Linux'] } }, 'affected'],
    [{ statement: { platforms: ['64 bit', 'x86'] } }, 'affected'],
    [{ statement: { cpes: ['cpe:2.3:a:acme:frobnicate:*:*:*:*:*:macos:*:*'] } }, 'not_affected'],
    [{ title: 'Command injection on Windows' }, 'not_affected'],
    [{ description: 'On Windows platforms, arguments are split wrongly. It is not affected on UNIX.' }, 'not_affected'],
    [{ description: 'A flaw. *This issue only affects Android versions of it.* Below 2.0.' }, 'not_affected'],
    [{ description: 'Files are written anywhere. A path traversal is possible on Windows.' }, 'affected'],
    [{ description: 'A flaw on Windows and Linux lets anyone in.' }, 'affected'],
    [{ description: 'A flaw on some systems, including Windows.' }, 'affected'],
  ]
  for (const [{ statement, ...more }, linux] of rows)
    assert.equal(verdict(component, record([statement ?? {}], more)), linux, JSON.stringify({ statement, ...more }))
  const mac = { ...component, system: 'aarch64-darwin' }
  assert.equal(verdict(mac, record([{ platforms: ['MacOS'] }])), 'affected')
  assert.equal(verdict(mac, record([{ platforms: ['Linux'] }])), 'not_affected')
})

test('patched: ids, aliases, commits; known vulnerabilities', () => {
  const fix = '00201ecd8f982da3b67d4f6868af72a1b03b14e0'
  const advisory = record([{}], { aliases: ['GHSA-5982-x7hv-r9cj'], fixes: [fix] })
  const patched = [
    'CVE-2024-0001.patch',
    'frobnicate-1.0_p1-cve_2024_0001.patch',
    'CVE-2023-9999+CVE-2024-0001.patch',
    'fix-GHSA-5982-x7hv-r9cj.patch',
    `${fix}.patch`,
    `${fix.slice(0, 12)}.patch`,
    `https://github.com/acme/frobnicate/commit/${fix}.patch`,
  ]
  for (const patch of patched) assert.equal(verdict({ ...component, patches: [patch] }, advisory), 'patched', patch)
  const others = [
    'CVE-2024-00011.patch',
    'CVE-2024-0002.patch',
    'revert-CVE-2024-0001.patch',
    '2024.patch',
    'abcdef.patch',
  ]
  for (const patch of others) assert.equal(verdict({ ...component, patches: [patch] }, advisory), 'affected', patch)
  const known = { ...component, version: '9.0', knownVulnerabilities: ['CVE-2024-0001: nobody mends it'] }
  assert.equal(verdict(known, advisory), 'affected')
})

describe('over the labelled corpus', async () => {
  const folder = new URL('../../../fixtures/accuracy/', import.meta.url).pathname
  const rows = parseLabelled(readFileSync(`${folder}labelled.jsonl`, 'utf8'), 'labelled.jsonl')
  const advisories = await readAdvisories(new Set(rows.map((row) => row.cve)), `${folder}records.zip`)
  const all = [...advisories.values()]
  const anyRow = fc.constantFrom(...rows)
  const findings = (components: readonly Component[], list: readonly Advisory[] = all) =>
    [...new Matcher(inMemory(list)).matchAll(components)]
      .filter(({ decision }) => decision.verdict === 'affected' || decision.verdict === 'undetermined')
      .map(({ component: of, advisory, decision }) => `${of.name} ${advisory.id} ${decision.verdict}`)
      .sort()

  test('adding a patch never adds a finding', () => {
    const anyPatch = fc.oneof(fc.constantFrom(...all.map(({ id }) => `${id}.patch`)), fc.string({ maxLength: 60 }))
    fc.assert(
      fc.property(anyRow, fc.array(anyPatch, { maxLength: 3 }), ({ component: of, cve }, more) => {
        const advisory = advisories.get(cve)!
        const before = decide(of, advisory)
        const after = decide({ ...of, patches: [...(of.patches ?? []), ...more] }, advisory)
        assert.ok(after.verdict === before.verdict || after.verdict === 'patched')
      }),
    )
  })

  test("a closure's findings contain its parts', in any order of packages and records", () => {
    const some = fc.uniqueArray(anyRow, { selector: (row) => row.component.name, minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(some, fc.nat(), (picked, cut) => {
        const components = picked.map((row) => row.component)
        const whole = findings(components)
        const part = findings(components.slice(0, cut % components.length))
        for (const finding of part) assert.ok(whole.includes(finding), finding)
        assert.deepEqual(findings(components.toReversed(), all.toReversed()), whole)
      }),
      { numRuns: 20 },
    )
  })

  test('statements in another order say the same', () => {
    fc.assert(
      fc.property(anyRow, ({ component: of, cve }) => {
        const advisory = advisories.get(cve)!
        const turned = { ...advisory, statements: advisory.statements.toReversed() }
        assert.equal(decide(of, turned).verdict, decide(of, advisory).verdict)
      }),
      { numRuns: 300 },
    )
  })

  test('an advisory that does not share a name says nothing of the component: the keys lose no finding', () => {
    for (const { component: of, cve } of rows) {
      const advisory = advisories.get(cve)!
      if (decide(of, advisory).verdict !== 'affected' || of.knownVulnerabilities !== undefined) continue
      const asked = new Matcher(inMemory([advisory])).match(of)
      assert.equal(asked.length, 1, `${of.name} ${cve}`)
    }
  })
})
