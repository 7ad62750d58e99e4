import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type CveAffected, parseCveRecord } from '@firn/advisories'
import { type Advisory, type Component, decide } from '../src/index.ts'
import { tellsOfUpstream } from '../src/match/distribution.ts'
import { advisoryFromCve } from '../src/match/fromCve.ts'
import { asGoModule } from '../src/match/goModule.ts'
import { otherPlatform } from '../src/match/platform.ts'

/** What records write that means something else than it seems, each as some provider's records have it. */
const whole = parseCveRecord(
  readFileSync(new URL('../../../fixtures/store/cves/CVE-2023-41330.json', import.meta.url)),
).record

interface Said {
  readonly assigner?: string
  readonly text?: string
  readonly cna: readonly CveAffected[]
  readonly adp?: readonly CveAffected[]
}

function advisory({ assigner = 'someone', text = '', cna, adp }: Said): Advisory {
  const containers = {
    cna: { affected: [...cna], descriptions: [{ lang: 'en', value: text }], references: [] },
    ...(adp === undefined
      ? {}
      : { adp: [{ affected: [...adp], providerMetadata: { orgId: 'x', shortName: 'CISA-ADP' } }] }),
  }
  return advisoryFromCve({
    ...whole,
    cveMetadata: { ...whole.cveMetadata, assignerShortName: assigner },
    containers: containers as typeof whole.containers,
  })
}

const verdict = (pname: string, version: string, said: Said, more: Partial<Component> = {}) =>
  decide({ name: `${pname}-${version}`, pname, version, ...more }, advisory(said)).verdict
const affected = (version: string, lessThan?: string) => ({
  status: 'affected' as const,
  version,
  ...(lessThan === undefined ? {} : { lessThan }),
})

describe('products', () => {
  test('rows that name their own product are of that product alone', () => {
    const cna = [
      {
        vendor: 'zopefoundation',
        product: 'AccessControl',
        versions: [affected('AccessControl: < 4.4'), affected('Zope: < 4.8.9'), affected('Zope: >= 5.0.0, < 5.8.4')],
      },
    ]
    assert.equal(verdict('zope', '5.8.3', { cna }, { name: 'python3.12-zope-5.8.3' }), 'affected')
    assert.equal(verdict('zope', '5.8.4', { cna }, { name: 'python3.12-zope-5.8.4' }), 'not_affected')
    assert.equal(
      verdict('accesscontrol', '4.8', { cna }, { name: 'python3.12-accesscontrol-4.8' }),
      'not_affected',
      'within the range of Zope',
    )
    const ways = [
      {
        vendor: 'overleaf',
        product: 'overleaf',
        versions: [affected('Docker-Compose: < 2'), affected('Toolkit: < 2')],
      },
    ]
    assert.equal(verdict('docker-compose', '1.10', { cna: ways }), 'different_product')
  })

  test('an everyday word that is only part of what the record writes proves nothing', () => {
    const cna = [{ vendor: 'Spring', product: 'Spring Boot', versions: [affected('0', '3.0')] }]
    assert.equal(verdict('boot', '2.8.3', { cna }), 'different_product')
    const written = [{ vendor: 'Spring', product: 'Boot', versions: [affected('0', '3.0')] }]
    assert.equal(verdict('boot', '2.8.3', { cna: written }), 'undetermined')
    const short = [{ vendor: 'Some Group', product: 'Frob Quux Library (fql)', versions: [affected('0', '3.0')] }]
    assert.equal(verdict('fql', '2.8.3', { cna: short }), 'undetermined', 'the short name is written')
  })

  test("a company's product is the company's", () => {
    const of = (vendor: string) => [{ vendor, product: 'OneDrive', versions: [affected('0', '30')] }]
    assert.equal(verdict('onedrive', '2.4', { cna: of('Microsoft') }), 'different_product')
    assert.equal(verdict('onedrive', '2.4', { cna: of('abraunegg') }), 'affected')
    const epm = [{ vendor: 'Ivanti', product: 'EPM', versions: [affected('0', '2022')] }]
    assert.equal(verdict('epm', '4.2', { cna: epm }), 'different_product')
  })

  test("Oracle's text names the part of a suite", () => {
    const text = (part: string) => `Vulnerability in the MySQL Connectors product of Oracle MySQL (component: ${part}).`
    const cna = [
      { vendor: 'Oracle Corporation', product: 'MySQL Connectors', versions: [affected('8.0.13 and prior')] },
    ]
    const python = { name: 'python3.12-mysql-connector-python-8.0.12' }
    const said = (part: string) => ({ assigner: 'oracle', text: text(part), cna })
    assert.equal(verdict('mysql-connector-python', '8.0.12', said('Connector/Python'), python), 'affected')
    assert.equal(verdict('mysql-connector-python', '8.0.12', said('Connector/J'), python), 'different_product')
    assert.equal(verdict('mysql-connector-java', '8.0.12', said('Connector/J')), 'affected')
    assert.equal(verdict('python3', '3.12.1', said('Connector/Python')), 'different_product')
    const java = [{ vendor: 'Oracle Corporation', product: 'Java SE', versions: [affected('Java SE: 8u202')] }]
    const se = (part: string) => ({ assigner: 'oracle', text: `(subcomponent: ${part})`, cna: java })
    assert.equal(verdict('openjdk', '8u202-b08', se('Libraries')), 'affected')
    assert.equal(verdict('openjdk', '8u202-b08', se('JavaFX')), 'different_product')
  })

  test('a number at the end of a name is no part of it where it is the release', () => {
    const cna = [{ vendor: 'frobnicate', product: 'frobnicate', versions: [affected('0', '4.0')] }]
    assert.equal(verdict('frobnicate3', '3.4.0', { cna }), 'affected')
    assert.equal(verdict('frobnicate2', '3.4.0', { cna }), 'different_product', 'libssh2 of 1.11 is not libssh')
  })

  test('a program that the tables know is no other with less of its name', () => {
    const cna = (product: string) => [{ vendor: 'Puppet', product, versions: [affected('8.2.0', '8.2.4')] }]
    assert.equal(verdict('puppet', '8.2.1', { cna: cna('Puppet Server') }), 'different_product')
    assert.equal(verdict('puppetserver', '8.2.1', { cna: cna('Puppet Server') }), 'affected')
    assert.equal(verdict('puppet', '8.2.1', { cna: cna('Puppet') }), 'affected')
  })

  test("an analyst's edition counts where the text speaks of it", () => {
    const cna = [{ vendor: 'n/a', product: 'n/a', versions: [affected('n/a')] }]
    const cpes = ['cpe:2.3:a:grafana:grafana:8.4.3:*:*:*:enterprise:*:*:*']
    const adp = [{ vendor: 'grafana', product: 'grafana', cpes, versions: [affected('8.4.3')] }]
    assert.equal(verdict('grafana', '8.4.3', { text: 'Grafana 8.4.3 allows reading files.', cna, adp }), 'affected')
    assert.equal(verdict('grafana', '8.4.3', { text: 'Grafana Enterprise 8.4.3 does.', cna, adp }), 'undetermined')
  })

  test('Thunderbird has no product of its long-lived releases', () => {
    const cna = [{ vendor: 'Mozilla', product: 'Thunderbird', versions: [affected('unspecified', '128.1')] }]
    assert.equal(verdict('thunderbird', '128.0.1esr', { cna }), 'affected')
    assert.equal(verdict('thunderbird', '128.1.0esr', { cna }), 'not_affected')
  })

  test('the sharp sign is a part of the name', () => {
    const cna = [{ vendor: 'MongoDB Inc.', product: 'MongoDB C# Driver', versions: [affected('1.0', '2.0')] }]
    assert.equal(verdict('mongoc', '1.26.0', { cna }), 'different_product')
    assert.equal(verdict('mongoc', '1.26.0', { cna: [{ ...cna[0]!, product: 'MongoDB C Driver' }] }), 'affected')
  })

  test("a language's library is no program that has the rest of its name", () => {
    const adp = [{ vendor: 'python-jose_project', product: 'python-jose', versions: [affected('0', '13')] }]
    const cna = [{ vendor: 'n/a', product: 'n/a', versions: [affected('n/a')] }]
    assert.equal(verdict('jose', '12', { cna, adp }), 'different_product')
    const python = { name: 'python3.12-python-jose-3.3.0' }
    assert.equal(verdict('python-jose', '3.3.0', { cna, adp }, python), 'affected')
  })

  test('an analyst may give the only product a longer name, not another', () => {
    const cna = [{ vendor: 'pytorch', product: 'serve', versions: [affected('>= 0.1.0, < 0.8.2')] }]
    const adp = (product: string, end = '0.8.2') => [{ vendor: 'pytorch', product, versions: [affected('0.1.0', end)] }]
    const python = { name: 'python3.12-torchvision-0.8.1' }
    const said = (more: Said['adp']) => verdict('torchvision', '0.8.1', { cna, adp: more! }, python)
    assert.equal(said(adp('torchvision')), 'different_product', 'it does not hold the name')
    const text = [{ ...cna[0]!, product: 'vision' }]
    assert.equal(verdict('torchvision', '0.8.1', { cna: text, adp: adp('torchvision') }, python), 'affected')
    assert.equal(
      verdict('torchvision', '0.8.1', { cna: text, adp: adp('torchvision', '0.9') }, python),
      'different_product',
    )
  })

  test('a flaw of a plugin that is a part of the program', () => {
    const cna = [{ vendor: 'Atlassian', product: 'Jira Core Server', versions: [affected('8.0.0', '8.13.22')] }]
    const text = 'A vulnerability in Mobile Plugin for Jira Data Center and Server allows forgery.'
    assert.equal(verdict('atlassian-jira', '8.13.21', { text, cna }), 'affected')
    const plugin = [{ vendor: 'acme', product: 'Mobile Helper', versions: [affected('0', '9')] }]
    assert.equal(verdict('mobile-helper', '8', { text, cna: plugin }), 'different_product')
  })

  test("a Go module's path is no package of a distribution", () => {
    const of = (packageName: string) => ({
      assigner: 'suse',
      cna: [{ vendor: 'SUSE', product: 'rke', packageName, versions: [affected('1.5.9', '1.5.10')] }],
    })
    assert.equal(verdict('rke', '1.5.9', of('github.com/rancher/rke')), 'affected')
    assert.equal(verdict('rke', '1.5.9', of('rke-for-leap')), 'different_product')
  })

  test('of two programs of one name, the distribution packs the other', () => {
    const packed = {
      vendor: 'Red Hat',
      product: 'Red Hat Satellite 6',
      packageName: 'foreman',
      defaultStatus: 'affected' as const,
    }
    const cna = [{ packageName: 'foreman', collectionURL: 'https://github.com/theforeman/foreman' }, packed]
    const text = 'An arbitrary code execution flaw was found in Foreman.'
    assert.equal(verdict('foreman', '0.87.2', { assigner: 'redhat', text, cna }), 'different_product')
    assert.equal(verdict('foreman', '0.87.2', { assigner: 'redhat', text, cna: [packed] }), 'undetermined')
  })
})

describe('versions', () => {
  test('a range in two rows', () => {
    const versions = [
      affected('unspecified', '8.5.19'),
      affected('8.6.0', 'unspecified'),
      affected('unspecified', '8.13.11'),
      affected('8.14.0', 'unspecified'),
      affected('unspecified', '8.19.1'),
    ]
    const said = { cna: [{ vendor: 'Atlassian', product: 'Jira Server', versions }] }
    for (const version of ['8.5.18', '8.6.0', '8.13.10', '8.19.0'])
      assert.equal(verdict('atlassian-jira', version, said), 'affected', version)
    for (const version of ['8.5.19', '8.13.11', '8.19.1', '9.0.0'])
      assert.equal(verdict('atlassian-jira', version, said), 'not_affected', version)
  })

  test('rows that only begin: each holds until the next does', () => {
    const versions = [
      { status: 'unaffected' as const, version: '< 8.1.0' },
      affected('>= 8.1.0'),
      affected('>= 9.3.0'),
      { status: 'unaffected' as const, version: '>= 9.2.7' },
      { status: 'unaffected' as const, version: '>= 9.3.4' },
    ]
    const said = { cna: [{ vendor: 'Atlassian', product: 'Bamboo Server', versions }] }
    for (const version of ['8.1.0', '9.2.6', '9.3.0', '9.3.3'])
      assert.equal(verdict('atlassian-bamboo', version, said), 'affected', version)
    for (const version of ['8.0.9', '9.2.7', '9.2.9', '9.3.4', '10.0'])
      assert.equal(verdict('atlassian-bamboo', version, said), 'not_affected', version)
  })

  test('capital wildcards, tags of FFmpeg, fixes of several branches in one bound, Java 8 in other words', () => {
    const of = (vendor: string, product: string, ...versions: ReturnType<typeof affected>[]) => ({
      cna: [{ vendor, product, versions }],
    })
    const php = of('PHP Group', 'PHP', affected('8.0.X', '8.0.24'), affected('8.1.X', '8.1.11'))
    assert.equal(verdict('php', '8.1.10', php), 'affected')
    assert.equal(verdict('php', '8.0.24', php), 'not_affected')
    assert.equal(verdict('ffmpeg', '6.1.1', of('ffmpeg', 'ffmpeg', affected('n6.1.1'))), 'affected')
    const salt = of('VMware', 'Salt Project', affected('0', '3005.5, 3006.6'))
    assert.equal(verdict('salt', '3005.4', salt), 'affected')
    assert.equal(verdict('salt', '3005.5', salt), 'not_affected')
    assert.equal(verdict('salt', '3006.5', salt), 'affected')
    assert.equal(verdict('salt', '3006.6', salt), 'not_affected')
    const java = of('Oracle Corporation', 'Java SE', affected('Java SE:8u301'))
    assert.equal(verdict('temurin-bin', '8.0.301', { ...java, assigner: 'oracle' }), 'affected')
    assert.equal(verdict('temurin-bin', '8.0.302', { ...java, assigner: 'oracle' }), 'not_affected')
  })

  test('what is not listed is affected, but for what has the fix of its branch', () => {
    const row = (low: string, high: string, at: string) => ({
      ...affected(low),
      lessThanOrEqual: high,
      changes: [{ at, status: 'unaffected' as const }],
    })
    const versions = [row('6.0.0', '6.0.18', '6.0.19rc1'), row('6.4.0', '6.4.3', '6.4.4rc1')]
    const said = { cna: [{ vendor: 'Zabbix', product: 'Zabbix', defaultStatus: 'affected' as const, versions }] }
    assert.equal(verdict('zabbix', '6.0.18', said), 'affected')
    assert.equal(verdict('zabbix', '6.0.19', said), 'not_affected')
    assert.equal(verdict('zabbix', '6.0.30', said), 'not_affected')
    assert.equal(verdict('zabbix', '6.2.1', said), 'affected', 'a branch without a fix')
    const short = [row('6.0.0', '6.0.18', '6.0.19'), affected('6.3'), { status: 'unaffected' as const, version: '6.2' }]
    const of = [{ ...said.cna[0]!, versions: [...short, { status: 'unaffected' as const, version: '6.11' }] }]
    assert.equal(verdict('zabbix', '6.6.1', { cna: of }), 'affected', '6.2 is no fix of a branch 6')
  })

  test('a lone nought of an analyst is an empty field', () => {
    const cna = [{ vendor: 'n/a', product: 'n/a', versions: [affected('n/a')] }]
    const adp = [{ vendor: 'linuxfoundation', product: 'runc', versions: [affected('0')] }]
    assert.equal(verdict('runc', '1.1.4', { cna, adp }), 'undetermined')
  })

  test('words around a bound', () => {
    const versions = [affected('before version 4.0.9.2244', 'Upgrade to version 4.0.9.2244 or higher')]
    const said = { cna: [{ vendor: 'Sonarr', product: 'Sonarr', versions }] }
    assert.equal(verdict('sonarr', '4.0.9.2200', said), 'affected')
    assert.equal(verdict('sonarr', '4.0.9.2244', said), 'not_affected')
  })

  test('an analyst takes the fix for what is affected', () => {
    const cna = [{ product: 'ofono', versions: [{ status: 'unaffected' as const, version: '2.1' }] }]
    const adp = [{ vendor: 'linux', product: 'ofono', versions: [affected('2.1')] }]
    assert.equal(verdict('ofono', '2.1', { cna, adp }), 'not_affected')
    assert.equal(verdict('ofono', '2.0', { cna, adp }), 'undetermined')
  })

  test('a snapshot of no release stands nowhere among them', () => {
    const cna = [{ vendor: 'acme', product: 'frobnicate', versions: [affected('1.22')] }]
    assert.equal(verdict('frobnicate', '0-unstable-2023-01-29', { cna }), 'undetermined')
    assert.equal(verdict('frobnicate', '1.0-unstable-2023-01-29', { cna }), 'not_affected')
    const none = [{ ...cna[0]!, versions: [{ status: 'unaffected' as const, version: '0', lessThan: '*' }] }]
    assert.equal(verdict('frobnicate', '0-unstable-2023-01-29', { cna: none }), 'not_affected')
  })
})

describe('a text limits the flaw to other systems', () => {
  const limits = (description: string, title?: string) =>
    otherPlatform(
      { source: 'cna', provider: 'x', versions: [], at: 'here' },
      { id: 'CVE-2024-1', aliases: [], statements: [], description, ...(title === undefined ? {} : { title }) },
      'x86_64-linux',
    ) !== undefined

  test('it does', () => {
    for (const text of [
      'A warning was missing. *Note: This issue only affected Windows operating systems. Others are unaffected.*',
      'The bar may be hidden. *This bug only affects Firefox Focus for Android.*',
      'Incorrect security UI in iOS in Google Chrome prior to 123.',
      'Files are not validated if the underlying operating systems is Windows.',
      'Vulnerability in the product (component: Server: Windows).',
      'Frob is a game stream host. Users who ran it as a service on Windows may be impacted.',
      'Frob is a code editor. If a user on macOS has granted access, any program can use the camera.',
      'Frob (Server for Windows) before 2.8.84 allows attackers to connect.',
    ])
      assert.ok(limits(text), text)
    assert.ok(limits('It reads files.', 'WordPress core - Auth. Arbitrary File Read (Windows Only) vulnerability'))
    assert.ok(limits('A library may be injected.', "TCC Bypass in Frob's macOS Application"))
  })

  test('it does not', () => {
    for (const text of [
      'If the server is running on Windows, code is run. On POSIX/Linux, a user can upload it.',
      'Attackers can view windows of the locked session.',
      'Frob and quux are downloaders. They do not limit names (and path traversal on Windows).',
      'The decoder of ANI (Windows animated cursor) corrupts the heap.',
      'Access is limited to the same site on desktops. More is possible on Android versions.',
    ])
      assert.ok(!limits(text), text)
  })
})

describe("modules of Go's database", () => {
  const of = (packageName: string, paths: readonly string[], ...versions: [low: string, end: string][]) =>
    asGoModule(
      {
        source: 'osv',
        provider: 'GO',
        ecosystem: 'Go',
        packageName,
        versions: versions.map(([version, lessThan]) => ({ status: 'affected' as const, version, lessThan })),
        at: 'affected[0]',
      },
      paths,
    ).versions.map(({ version, lessThan }) => `${version} ${lessThan}`)
  const paths = ['example.org/frob', 'example.org/frob/v2', 'example.org/frob/v3']

  test('a path speaks of its own major version', () => {
    assert.deepEqual(of(paths[0]!, paths, ['0', '*']), ['0 2.0.0-0'])
    assert.deepEqual(of(paths[1]!, paths, ['0', '*']), ['2.0.0-0 3.0.0-0'])
    assert.deepEqual(of(paths[2]!, paths, ['0', '3.1.0'], ['3.2.0', '*']), ['3.0.0-0 3.1.0', '3.2.0 4.0.0-0'])
  })

  test('alone, a path without one may be of a program that has no modules', () => {
    assert.deepEqual(of(paths[0]!, [paths[0]!], ['0', '*']), ['0 *'])
    assert.deepEqual(of('example.org/other', paths, ['0', '*']), ['0 *'])
  })
})

test('a name of another program under the attribute of this one', () => {
  const cna = [{ vendor: 'helm', product: 'helm', versions: [affected('0', '3.14.2')] }]
  assert.equal(verdict('helm', '2.1.3', { cna }, { attribute: 'kubernetes-helm' }), 'affected')
  const synthesizer = { attribute: 'helm', sources: ['https://tytel.org/static/dist/helm-0.9.0.tar.gz'] }
  assert.equal(verdict('helm', '0.9.0', { cna }, synthesizer), 'different_product')
})

describe('names and makers', () => {
  const row = (vendor: string, product: string, lessThan = '2.0') => ({
    cna: [{ vendor, product, versions: [affected('0', lessThan)] }],
  })

  test('everyday words with their maker before them', () => {
    assert.equal(verdict('cloudflare-warp', '1.0', row('Cloudflare', 'WARP')), 'affected')
    assert.equal(verdict('nvidia-container-toolkit', '1.0', row('NVIDIA', 'Container Toolkit')), 'affected')
    assert.equal(verdict('other-warp', '1.0', row('Cloudflare', 'WARP')), 'different_product')
  })

  test("a company's product is the company's, whatever its name", () => {
    assert.equal(verdict('confd', '1.0', row('Cisco', 'ConfD')), 'different_product')
    assert.equal(verdict('cisco-frobd', '1.0', row('Cisco', 'Cisco-Frobd')), 'affected')
  })

  test('an everyday name is another product where not even the versions agree', () => {
    assert.equal(verdict('hotspot', '1.4', row('Wifire', 'hotspot', '1.0')), 'different_product')
    assert.equal(verdict('hotspot', '0.9', row('Wifire', 'hotspot', '1.0')), 'undetermined')
  })

  test("CPAN's `App-` is a program, and Lua's prefix is its language", () => {
    const more = { name: 'perl5.38.2-App-frobber-1.0' }
    const text = 'The App::frobber package for Perl downloads code.'
    assert.equal(verdict('App-frobber', '1.0', { text, ...row('perl', 'frobber') }, more), 'affected')
    assert.equal(verdict('http', '0.3', row('Daurnimator', 'lua-http', '0.4'), { name: 'lua5.2-http-0.3' }), 'affected')
    assert.equal(verdict('http', '0.3', row('Daurnimator', 'lua-http', '0.4')), 'different_product')
  })

  test("Canonical's own programs are no packages of Ubuntu", () => {
    const [own] = row('Canonical Ltd.', 'Frobplan').cna
    const cna = [{ ...own!, packageName: 'frobplan.io', repo: 'https://github.com/canonical/frobplan' }]
    assert.equal(verdict('frobplan', '1.0', { cna }), 'affected')
    const packed = [{ ...cna[0]!, collectionURL: 'https://launchpad.net/ubuntu/+source/' }]
    assert.equal(verdict('frobplan', '1.0', { cna: packed }), 'different_product')
  })

  test('analysts file plugins under the maker of their host', () => {
    const cna = [{ vendor: 'n/a', product: 'n/a', versions: [affected('n/a')] }]
    const adp = [{ vendor: 'prestashop', product: 'frobber', versions: [affected('0', '2.0')] }]
    assert.equal(verdict('frobber', '1.0', { cna, adp }), 'different_product')
  })
})

describe('versions', () => {
  const single = (text: string, ...versions: string[]) => ({
    text,
    cna: [{ vendor: 'frob', product: 'frob', versions: versions.map((version) => affected(version)) }],
  })

  test('a version that the text names with all before it ends a range', () => {
    const said = single('Frob 1.4.0, 1.3.2 and prior versions are vulnerable.', '1.4.0', '1.3.2')
    assert.equal(verdict('frob', '1.2', said), 'affected')
    assert.equal(verdict('frob', '1.3.3', said), 'not_affected')
    assert.equal(verdict('frob', '1.2', single('Frob is vulnerable.', '1.4.0', '1.3.2')), 'not_affected')
  })

  test('Cisco lists all that is affected, though it says `unknown` of the rest', () => {
    const cna = [
      { vendor: 'Cisco', product: 'ClamAV', defaultStatus: 'unknown' as const, versions: [affected('1.4.0')] },
    ]
    assert.equal(verdict('clamav', '1.4.1', { assigner: 'cisco', cna }), 'not_affected')
    assert.equal(verdict('clamav', '1.4.1', { assigner: 'zdi', cna }), 'undetermined')
  })

  test('what is packed is of the stable channel', () => {
    const said = single('', 'stable < 3.2.3', 'beta < 3.3.0.beta4')
    assert.equal(verdict('frob', '3.2.2', said), 'affected')
    assert.equal(verdict('frob', '3.2.3', said), 'not_affected')
  })

  test('`all versions` before a bound says nothing more', () => {
    assert.equal(verdict('frob', '1.16.1', single('', 'All versions up to and including v1.16.1')), 'affected')
    assert.equal(verdict('frob', '1.16.2', single('', 'All versions up to and including v1.16.1')), 'not_affected')
  })

  test('text is read too where an analyst left the form empty', () => {
    const cna = [{ vendor: 'n/a', product: 'n/a', versions: [affected('n/a')] }]
    const adp = [{ vendor: 'frob', product: 'frob', versions: [affected('0')] }]
    const text = 'Frob through 1.1.4 has incorrect access control.'
    assert.equal(verdict('frob', '1.1.4', { text, cna, adp }), 'affected')
    assert.equal(verdict('frob', '1.1.5', { text, cna, adp }), 'not_affected')
  })

  test('`only macOS is affected` limits a flaw', () => {
    const said = single('Frob mishandles archives. Only macOS installations are affected.', '1.0')
    assert.equal(verdict('frob', '1.0', said, { system: 'x86_64-linux' }), 'not_affected')
    assert.equal(verdict('frob', '1.0', said, { system: 'aarch64-darwin' }), 'affected')
  })
})

test("a title of GTK 3 tells nothing of GTK 4, where Red Hat's packages are all that is listed", () => {
  const tells = (called: string, ...names: string[]) =>
    tellsOfUpstream(
      { id: 'x', aliases: [], statements: [], title: 'Gtk3: gtk2: library injection from cwd' },
      [called, ...names],
      called,
      'redhat',
    )
  assert.equal(tells('gtk3', 'gtk'), true)
  assert.equal(tells('gtk', 'gtk3'), true)
  assert.equal(tells('gtk4', 'gtk'), false)
})
