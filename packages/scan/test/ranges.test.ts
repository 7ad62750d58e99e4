import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Statement, VersionRow } from '../src/index.ts'
import { decideRange, type RangeContext } from '../src/match/ranges.ts'
import { parseVersionExpression } from '../src/match/versionExpression.ts'

type Rows = readonly VersionRow[]
interface Case {
  readonly defaultStatus?: Statement['defaultStatus']
  readonly source?: Statement['source']
  readonly context?: Partial<RangeContext>
}

function answer(versions: Rows, text: string, { defaultStatus, source = 'cna', context = {} }: Case = {}) {
  const statement = { source, versions, ...(defaultStatus === undefined ? {} : { defaultStatus }) }
  const edition = /-(S\d+)$/.exec(text)?.[1]?.toLowerCase()
  const known = { text, snapshot: false, ...(edition === undefined ? {} : { edition }) }
  const all = { words: new Set<string>(), fixes: [], siblings: [], isTemplate: source === 'adp', latestOnly: false }
  return decideRange(statement, known, { ...all, ...context })
}

/** Each version with what the rows say of it: + affected, - unaffected, ? undetermined. */
function expectAll(rows: Rows, expected: Readonly<Record<string, '+' | '-' | '?'>>, options: Case = {}): void {
  const signs = { affected: '+', unaffected: '-', undetermined: '?' } as const
  for (const [version, sign] of Object.entries(expected)) {
    const got = answer(rows, version, options)
    assert.equal(signs[got.status], sign, `${version}: ${got.text}`)
    assert.equal(got.reason !== undefined, got.status === 'undetermined', version)
  }
}

const affected = (version: string, end: Partial<VersionRow> = {}): VersionRow => ({
  status: 'affected',
  version,
  ...end,
})
const unaffected = (version: string, end: Partial<VersionRow> = {}): VersionRow => ({
  status: 'unaffected',
  version,
  ...end,
})

describe('bounds', () => {
  test('lessThan excludes, lessThanOrEqual includes', () => {
    expectAll([affected('1.0', { lessThan: '1.2' })], {
      '0.9': '-',
      '1.0': '+',
      '1.1.9': '+',
      '1.2': '-',
      '1.2.0': '-',
    })
    expectAll([affected('1.0', { lessThanOrEqual: '1.2' })], { '1.2': '+', '1.2.0': '+', '1.2.1': '-' })
  })

  test('* is without end, and so is an empty beginning', () => {
    expectAll([affected('1.0', { lessThan: '*' })], { '0.9': '-', '99': '+' })
    expectAll([affected('unspecified', { lessThan: '2' })], { '0.1': '+', '2': '-' })
    expectAll([affected('*')], { '1': '+' })
  })

  test("an analyst's * fills in a form", () => {
    expectAll([affected('*')], { '1': '?' }, { source: 'adp', defaultStatus: 'unknown' })
  })

  test('the same version at both ends means before', () => {
    expectAll([affected('20.3.1', { lessThan: '20.3.1' })], { '20.3.0': '+', '20.3.1': '-' })
    expectAll([affected('5.0.4*', { lessThan: '5.0.4' })], { '5.0.3': '+', '5.0.4': '-' })
  })

  test('branches: 7.x as a beginning, 6.1.* as an end, 1.2.x alone', () => {
    expectAll([affected('7.x', { lessThan: '7.17.23' })], { '6.8': '-', '7.17.22': '+', '7.17.23': '-' })
    expectAll([affected('6.1.5', { lessThanOrEqual: '6.1.*' })], { '6.1.4': '-', '6.1.99': '+', '6.2': '-' })
    expectAll([affected('1.2.x')], { '1.2.0': '+', '1.2.33': '+', '1.3': '-', '1.20.1': '-' })
  })

  test('excluded beginnings, as CPE has them', () => {
    expectAll([{ status: 'affected', above: '1.0', lessThan: '2.0' }], { '1.0': '-', '1.0.1': '+', '2.0': '-' })
  })

  test('git describe as an end lies between two releases', () => {
    expectAll([affected('0.4', { lessThan: '1.3.0-8-ga486d800' })], { '1.3.0': '+', '1.3.1': '-' })
  })

  test('tags and misspelt prefixes', () => {
    expectAll([affected('sev1.27.0', { lessThan: 'v1.27.5' })], { '1.27.4': '+', '1.27.5': '-' })
    const edk2 = { context: { words: new Set(['edk2']) } }
    expectAll([affected('0', { lessThanOrEqual: 'edk2-stable202405' })], { '202405': '+', '202408': '-' }, edk2)
    expectAll([affected('edk2-stable202308')], { '202308': '+', '202311': '-' }, edk2)
  })
})

describe('unaffected rows and defaults', () => {
  test('an unaffected row wins over an affected one that covers the version too', () => {
    expectAll([affected('0', { lessThan: '*' }), unaffected('2.0', { lessThan: '*' })], { '1.9': '+', '2.0': '-' })
  })

  test('but not over one that names the version, when it does not', () => {
    expectAll(
      [affected('6.5'), unaffected('0', { lessThanOrEqual: '6.5' })],
      { '6.5': '+' },
      { defaultStatus: 'affected' },
    )
  })

  test('a default of affected ends at the highest fix', () => {
    const rows = [unaffected('2.462.3', { lessThan: '2.462.*' }), unaffected('2.479', { lessThan: '*' })]
    const expected = { '2.462.2': '+', '2.462.3': '-', '2.470': '+', '2.479': '-', '3': '-' } as const
    expectAll(rows, expected, { defaultStatus: 'affected' })
    expectAll([unaffected('23.3')], { '23.2.1': '+', '23.3': '-', '24.0': '-' }, { defaultStatus: 'affected' })
  })

  test('a default of affected beside none but affected rows says nothing', () => {
    const rows = [affected('8.1.*', { lessThan: '8.1.30' }), affected('8.2.*', { lessThan: '8.2.24' })]
    expectAll(rows, { '8.1.29': '+', '8.1.30': '-', '8.2.24': '-', '8.0.30': '-' }, { defaultStatus: 'affected' })
  })

  test('kernel branches', () => {
    const rows = [
      affected('6.5'),
      unaffected('0', { lessThan: '6.5' }),
      unaffected('6.1.78', { lessThanOrEqual: '6.1.*' }),
      unaffected('6.6.17', { lessThanOrEqual: '6.6.*' }),
      unaffected('6.8', { lessThanOrEqual: '*', scheme: 'original_commit_for_fix' }),
    ]
    const expected = { '6.1.1': '-', '6.5.13': '+', '6.6.16': '+', '6.6.17': '-', '6.7.4': '+', '6.8': '-' } as const
    expectAll(rows, expected, { defaultStatus: 'affected' })
  })

  test('only unaffected rows: at or above them not, below them who knows', () => {
    expectAll([unaffected('4.0.2', { lessThan: '*' })], { '4.0.1': '?', '4.0.2': '-' })
    expectAll([unaffected('2.75.1')], { '2.74.0': '-' }, { defaultStatus: 'unaffected' })
    assert.equal(answer([unaffected('3.1.0')], '3.0').reason, 'only_unaffected_listed')
  })

  test('only unaffected rows, one a branch: below the fix of its own it is affected', () => {
    expectAll([unaffected('3.0.5'), unaffected('3.1.2')], { '3.0.4': '+', '2.9': '?', '3.1.2': '-', '3.0.5': '-' })
  })

  test('an authority that lists single versions and calls the rest unknown means it', () => {
    expectAll([affected('5.66')], { '5.66': '+', '5.71': '?' }, { defaultStatus: 'unknown' })
    expectAll([affected('5.66')], { '5.71': '-' }, { defaultStatus: 'unknown', source: 'adp' })
  })

  test('nothing said', () => {
    assert.equal(answer([], '1').reason, 'no_ranges')
    assert.equal(answer([affected('n/a')], '1').reason, 'no_ranges')
    assert.equal(answer([{ status: 'unknown', version: '1' }], '1').reason, 'status_unknown')
    assert.equal(answer([affected('consult XSA-1')], '1').reason, 'incomparable_versions')
  })
})

describe('fixes of branches', () => {
  test('rows that begin together and end apart', () => {
    const rows = [affected('unspecified', { lessThan: '128.3' }), affected('unspecified', { lessThan: '131' })]
    expectAll(rows, { '128.2': '+', '128.3': '-', '128.9': '-', '129.0': '+', '130.9': '+', '131': '-' })
    const inclusive = [affected('0.7', { lessThanOrEqual: '1.4.10' }), affected('0.7', { lessThanOrEqual: '1.5.6' })]
    expectAll(inclusive, { '1.4.10': '+', '1.4.11': '-', '1.5.0': '+', '1.5.7': '-', '1.3.9': '+' })
    const below = ['3.0.4.2', '2.2.6.3', '2.1.4.3'].map((lessThan) => affected('0', { lessThan }))
    expectAll(below, { '2.2.6.2': '+', '2.2.6.3': '-', '2.1.4.2': '+', '2.1.5': '-', '3.0.4.1': '+' })
  })

  test('the other end may stand in another statement', () => {
    const siblings = [affected('unspecified', { lessThan: '128.3' })]
    expectAll([affected('unspecified', { lessThan: '131' })], { '128.3': '-', '129': '+' }, { context: { siblings } })
  })

  test('changes: one at the end of a range, several in its midst', () => {
    const at = (...versions: string[]) => versions.map((version) => ({ at: version, status: 'unaffected' as const }))
    expectAll([affected('6.0.0', { lessThanOrEqual: '6.0.30', changes: at('6.0.31rc1') })], {
      '6.0.30': '+',
      '6.0.31': '-',
    })
    const vault = [affected('0.11', { lessThan: '1.16.2', changes: at('1.15.9', '1.14.13') })]
    expectAll(vault, { '1.14.12': '+', '1.14.13': '-', '1.15.8': '+', '1.15.9': '-', '1.16.1': '+', '1.16.2': '-' })
    const open = [affected('3.0', { lessThan: '*', changes: at('3.1.5', '3.2.2') })]
    expectAll(open, { '3.1.4': '+', '3.1.5': '-', '3.2.1': '+', '3.2.2': '-', '4.0': '-' })
  })
})

describe('what is no version', () => {
  test('commits', () => {
    assert.equal(
      answer([affected('0d4083e', { lessThan: 'b9811ef', scheme: 'git' })], '4.99').reason,
      'git_ranges_only',
    )
    assert.equal(answer([affected('< f73043378907c2c7e44f633ad764c8bdd1c947d5')], '1').reason, 'git_ranges_only')
    expectAll([affected('0', { lessThanOrEqual: '5.7.0', scheme: 'git' })], { '5.6.6': '+', '5.7.1': '-' })
  })

  test('editions', () => {
    const rows = [affected('9.16.8-S1', { lessThanOrEqual: '9.16.45-S1' })]
    expectAll(rows, { '9.16.40': '-', '9.16.40-S1': '+', '9.16.46-S1': '-' })
  })

  test("a distribution's numbers", () => {
    expectAll([affected('kernel 5.14.0-49.el9')], { '5.14.0': '?' }, { context: { words: new Set(['kernel']) } })
  })

  test('pre-releases, in the scheme that the row names', () => {
    expectAll([affected('1.21.0-0', { lessThan: '1.21.1', scheme: 'semver' })], { '1.21.0': '+', '1.20.9': '-' })
    expectAll([affected('3.13.0a1', { lessThan: '3.13.0a3' })], { '3.13.0a2': '+', '3.13.0a3': '-', '3.13.0': '-' })
  })

  test('a version that the text calls the fix, listed as affected', () => {
    expectAll([affected('1.2.37')], { '1.2.36': '+', '1.2.37': '-' }, { context: { fixes: ['1.2.37'] } })
  })

  test("Oracle's latest updates stand for those before them", () => {
    expectAll(
      [affected('17.0.11'), affected('8u411')],
      { '17.0.9': '+', '17.0.12': '-', '8u391': '+', '21.0.1': '-' },
      {
        context: { latestOnly: true },
      },
    )
  })
})

describe('expressions', () => {
  const words = new Set(['ansible', 'gimp', 'samba', 'salt', 'jupyterlab', 'java', 'se', 'openssl', 'git'])
  const rows: [text: string, expected: Readonly<Record<string, '+' | '-'>>][] = [
    ['>= 2.42.0, < 2.42.2', { '2.41': '-', '2.42.1': '+', '2.42.2': '-' }],
    ['>= 0.28.0 < 0.28.2', { '0.28.1': '+', '0.28.2': '-' }],
    ['= 2.44.0', { '2.44.0': '+', '2.44.1': '-' }],
    ['< 1.2, >= 2.0, < 2.1', { '1.1': '+', '1.5': '-', '2.0.5': '+', '2.1': '-' }],
    ['<= 2', { '2.0': '+', '2.0.1': '-' }],
    ['before 3.4', { '3.3': '+', '3.4': '-' }],
    ['prior to 0.4.39', { '0.4.38': '+', '0.4.39': '-' }],
    ['1.2 through 1.4', { '1.1': '-', '1.4': '+', '1.5': '-' }],
    ['v1.28.0 - v1.28.8', { '1.28.8': '+', '1.28.9': '-' }],
    ['1.2 and earlier', { '1.1': '+', '1.3': '-' }],
    ['affects <= 3.0.19', { '3.0.19': '+', '3.0.20': '-' }],
    ['202311 (stable)', { '202311': '+', '202312': '-' }],
    ['Fixed in Ansible Engine v2.9.27', { '2.9.26': '+', '2.9.27': '-' }],
    ['Fixed in OpenSSL 1.1.1m (Affected 1.1.1-1.1.1l)', { '1.1.1l': '+', '1.1.1m': '-', '1.0.2': '-' }],
    ['GIMP 2.10.34 (revision 2)', { '2.10.34': '+', '2.10.36': '-' }],
    ['Versions prior to samba 4.16.4, samba 4.15.9', { '4.15.8': '+', '4.15.9': '-', '4.16.3': '+', '4.14': '+' }],
    [
      'All samba versions before 4.11.15, before 4.12.9',
      { '4.11.14': '+', '4.11.15': '-', '4.12.8': '+', '4.13': '-' },
    ],
    ['Salt masters prior to 3005.2 or 3006.2', { '3005.1': '+', '3005.2': '-', '3006.1': '+', '3006.2': '-' }],
    ['1.x < 1.22.4, 1.x < 1.20.7, 0.10.x', { '1.22.3': '+', '1.22.5': '-', '0.10.36': '+' }],
    ['jupyterlab: >= 4.0.0, < 4.2.5', { '4.2.4': '+', '4.2.5': '-' }],
    ['Java SE: 8u131; Java SE Embedded of Others: 8u130', { '8u131': '+', '8u130': '-' }],
    [
      'All samba versions 4.x.x before 4.9.17, 4.10.x before 4.10.11 and 4.11.x before 4.11.3',
      { '4.9.16': '+', '4.9.17': '-', '4.10.10': '+', '4.11.3': '-', '4.19': '-' },
    ],
    ['7.1.1-10', { '7.1.1-10': '+', '7.1.1-32': '-' }],
    ['4.5.0 to 4.5.3 (4.5 series)', { '4.5.3': '+', '4.5.4': '-' }],
    ['1.3.0 through 1.6.x before 1.6.24', { '1.2': '-', '1.6.23': '+', '1.6.24': '-' }],
    ['2.4 through 9.1 before 9.1.1', { '9.1': '+', '9.1.1': '-' }],
    ['5.4.2.x through 5.5.1.x', { '5.4.2.1': '+', '5.5.1.7': '+', '5.5.2': '-' }],
    ['v1.11.* up to v1.11.18', { '1.11.2': '+', '1.11.18': '+', '1.11.20': '-' }],
    ['v.6.5.8', { '6.5.8': '+', '6.5.9': '-' }],
    ['Ver. 2.9 and earlier', { '2.8': '+', '2.10': '-' }],
    ['2.8.3 or earlier', { '2.8.3': '+', '2.8.4': '-' }],
    ['22.02 and after', { '22.01': '-', '23.1': '+' }],
    ['All versions of 3.2 series', { '3.2.25': '+', '3.3.1': '-' }],
    ['Open Source Branch 9.18 9.18.0 through versions before 9.18.7', { '9.18.6': '+', '9.18.7': '-', '9.16.1': '-' }],
    ['1.22.4 and 8dddb9ad2009705dfc3e50d59d7c56fc7314cfc3', { '1.22.4': '+', '1.22.5': '-' }],
    ['>= 5.0 beta1, < 5.0.0.1176', { '5.0beta1': '+', '4.9': '-', '5.0.0.1200': '-' }],
    ['5.0.0 <= version < 5.15.7', { '4.9': '-', '5.15.6': '+', '5.15.7': '-' }],
    ['before 1_16_1 through 1_17_0', { '1.17.0': '+', '1.17.1': '-' }],
    ['< b3427', { '3426': '+', '3427': '-' }],
    ['< 2.10.7 LTS', { '2.10.6': '+', '2.10.7': '-' }],
    ['2.0.0-2.2.8', { '2.0.0': '+', '2.2.7': '+', '2.2.9': '-' }],
    ['>= 4.2.6, < 4.2.6', { '4.1.9': '-', '4.2.5': '+', '4.2.6': '-' }],
    ['<=Samba 2.6.x, <=Samba 2.7.2', { '2.6.9': '+', '2.7.2': '+', '2.7.3': '-' }],
    ['org.samba:samba: < 3.0.3', { '3.0.2': '+', '3.0.3': '-' }],
    ['JavaSE = 2.10.2', { '2.10.2': '+', '2.10.3': '-' }],
  ]
  for (const [text, expected] of rows) test(text, () => expectAll([affected(text)], expected, { context: { words } }))

  test('of another product, or of none', () => {
    assert.equal(parseVersionExpression('notebook: >= 7.0.0, <= 7.2.2', words), 'other')
    for (const prose of ['consult Xen advisory XSA-455', 'See references', '', 'R.47.0.0 AutoCAD 2021 & R.47.0.0'])
      assert.equal(parseVersionExpression(prose, words), undefined, prose)
  })

  test('never throws, and takes no time, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...'<>=~^ 12.,vx*-()abc:;&'), { maxLength: 380 }), (characters) => {
        const started = performance.now()
        parseVersionExpression(characters.join(''), words)
        assert.ok(performance.now() - started < 500)
      }),
      { numRuns: 300 },
    )
  })
})

test('a row means what its own record makes of it, whatever record had the same row before', () => {
  for (const _ of ['first', 'again']) {
    expectAll([affected('17.0.11')], { '17.0.11': '+', '17.0.5': '-' })
    expectAll([affected('17.0.11')], { '17.0.11': '+', '17.0.5': '+' }, { context: { latestOnly: true } })
    expectAll([affected('17.0.11')], { '17.0.11': '-', '17.0.5': '+' }, { context: { fixes: ['17.0.11'] } })
    expectAll([affected('0')], { '0': '+', '1': '-' })
    expectAll([affected('0')], { '0': '?', '1': '?' }, { source: 'adp' })
    expectAll([affected('2', { lessThan: '3' })], { '2.5': '+', '2.5-S1': '-' })
    expectAll([affected('2', { lessThan: '3', scheme: 'git' })], { '2.5': '+' })
    expectAll([affected('2', { lessThanOrEqual: '3' })], { '3': '+' })
    expectAll([affected('2', { lessThan: '3' })], { '3': '-' })
  }
})

test('a version inside a range stays inside when the range grows', () => {
  const version = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map((parts) => parts.join('.'))
  fc.assert(
    fc.property(version, version, (low, high) => {
      const narrow = answer([affected(low, { lessThan: high })], low)
      const wide = answer([affected('0', { lessThan: '10' })], low)
      assert.ok(narrow.status !== 'affected' || wide.status === 'affected')
    }),
  )
})
