import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareVersions, parseVersion } from '../src/index.ts'

/** Each row is one project's own order, oldest first: every pair of a row is a vector. */
const ASCENDING: Record<string, string[]> = {
  openssl: [
    '0.9.8zg',
    '1.0.1',
    '1.0.1a',
    '1.0.1p',
    '1.0.2-beta1',
    '1.0.2',
    '1.0.2z',
    '1.0.2za',
    '1.0.2zk',
    '1.1.1-pre9',
    '1.1.1',
    '1.1.1a',
    '1.1.1w',
    '1.1.1za',
    '3.0.0-alpha17',
    '3.0.0-beta1',
    '3.0.0',
    '3.0.14',
  ],
  openssh: ['8.9p1', '9.3p1', '9.3p2', '9.6p1', '9.8p1', '10.0p1'],
  'openssh tags': ['openssh-9.3p1', 'openssh-9.3p2', 'openssh-9.8p1'],
  bind: ['9.18.11b1', '9.18.11rc1', '9.18.11', '9.18.11-P1', '9.18.12', '9.19.0'],
  'bind supported preview': ['9.18.11-S1', '9.18.11-S2', '9.18.12-S1'],
  python: ['3.12.9', '3.13.0a1', '3.13.0a2', '3.13.0b1', '3.13.0rc1', '3.13.0rc2', '3.13.0', '3.13.1'],
  go: ['go1.20.14', 'go1.21rc2', 'go1.21.0', '1.21.1', 'go1.21.2', '1.22rc1', 'go1.22rc2', 'go1.22'],
  php: ['8.3.0alpha1', '8.3.0beta3', '8.3.0RC6', '8.3.0', '8.3.1'],
  postgresql: ['15.3', '16beta3', '16rc1', '16.0', '16.1'],
  'postgresql tags': ['REL_15_3', 'REL_16_0', 'REL_16_1'],
  sudo: ['1.9.5', '1.9.5p1', '1.9.5p2', '1.9.6', '1.9.15p5'],
  ntp: ['4.2.8', '4.2.8p9', '4.2.8p15', '4.2.8p18', '4.3.0'],
  imagemagick: ['7.1.0', '7.1.0-2', '7.1.0-10', '7.1.0-62', '7.1.1-0', '7.1.1-15'],
  tex: ['3.1415926', '3.14159265', '3.141592653'],
  glibc: ['2.39-52', '2.40', '2.40-36', '2.40-66', '2.41'],
  java: ['8u381', '8u392', '8u402', '11.0.21', '17.0.9+9', '17.0.10+7', '21'],
  chromium: ['119.0.6045.199', '120.0.6099.71', '120.0.6099.109', '120.0.6099.234'],
  linux: ['6.0', '6.1-rc1', '6.1-rc8', '6.1', '6.1.1', '6.1.119', '6.6.0-rc1', '6.6'],
  perl: ['5.36.3', '5.38.0-RC1', '5.38.0-RC2', '5.38.0', '5.38.2', '5.40.0'],
  emacs: ['28.2', '29.0.60', '29.1', '29.1.90', '29.2'],
  maven: [
    '1.0.0.Alpha1',
    '1.0.0.Beta2',
    '1.0.0.M3',
    '1.0.0.CR1',
    '1.0.0-SNAPSHOT',
    '1.0.0.Final',
    '1.0.0.SP1',
    '1.0.1.Final',
  ],
  guava: ['31.0-jre', '31.1-jre', '32.0.0-jre'],
  ruby: ['1.9.3-preview1', '1.9.3', '1.9.3-p551', '3.3.0-preview3', '3.3.0-rc1', '3.3.0', '3.3.1'],
  semver: ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0'],
  revisions: ['r99', 'r1234', 'r1235'],
  minio: ['RELEASE.2023-12-31T23-59-59Z', 'RELEASE.2024-01-01T00-00-00Z', 'RELEASE.2024-01-01T16-36-33Z'],
  calendar: ['2023.12.1', '2024.05.1', '2024.5.2', '2024.10.0'],
  dates: ['20231231', '2024-01-02', '20240103', '2024.01.04'],
  curl: ['curl-7_88_1', 'curl-8_0_0', 'curl-8_5_0'],
  expat: ['R_2_4_1', 'R_2_5_0', 'R_2_6_2'],
  underscore: ['2.0_beta2', '2.0_beta3', '2.0_rc1', '2.0', '2.0_p1'],
  vim: ['9.0.1378', '9.0.1849', '9.1.0', '9.1.0707'],
  k3s: ['v1.28.3+k3s1', 'v1.28.3+k3s2', 'v1.28.4+k3s1'],
  pep440: ['1.0.dev1', '1.0a1.dev1', '1.0a1', '1.0b2', '1.0rc1', '1.0', '1.0.post1', '1.0.1'],
  tilde: ['2.0~beta1', '2.0~rc1', '2.0', '2.0.1'],
  libtiff: ['3.9.7', '4.0.0alpha', '4.0.0beta7', '4.0.0', '4.5.1rc3', '4.5.1'],
  squid: ['5.0.1-alpha', '5.7', '6.0.3', '6.5', '6.10'],
  nodejs: ['18.9.1', '18.19.0', '20.0.0-rc.1', '20.0.0', '20.11.1'],
  git: ['git-2.43.0-rc2', 'git-2.43.0', '2.43.4', '2.44.0'],
  snapshots: ['1.2.2', '1.2.3', '1.2.3-unstable-2024-01-01', '1.2.3-unstable-2024-02-02'],
  'first snapshots': ['0-unstable-2023-12-31', '0-unstable-2024-01-02', 'unstable-2024-01-03'],
  tzdata: ['2023c', '2023d', '2024a', '2024b'],
  unzip: ['5.52', '6.0', '6.10b', '6.10c'],
  epochs: ['2.0', '1:0.5', '1:1.0', '2:0.1'],
}

test('versions of real projects are in the order the projects released them', () => {
  let vectors = 0
  for (const [project, versions] of Object.entries(ASCENDING)) {
    for (const [i, older] of versions.entries()) {
      for (const [j, newer] of versions.entries()) {
        const expected = i === j ? 0 : i < j ? -1 : 1
        assert.equal(compareVersions(older, newer), expected, `${project}: ${older} against ${newer}`)
        if (i < j) vectors++
      }
    }
  }
  assert.ok(vectors >= 150)
})

test('one version has many spellings', () => {
  const same = [
    ...[
      ['1.0', '1'],
      ['1.0.0', '1.0'],
      ['01.2', '1.02'],
      ['v1.2', '1.2'],
      ['V1.2', '1.2.0'],
      ['release-1.2', '1.2'],
    ],
    ...[
      ['openssl-1.1.1w', '1.1.1w'],
      ['R_2_4_1', '2.4.1'],
      ['1.0-rc1', '1.0.0rc1'],
      ['1.0.0.Final', '1.0'],
    ],
    ...[
      ['2024.5.1', '2024.05.01'],
      ['20240102', '2024-01-02'],
      ['3.13.0alpha2', '3.13.0a2'],
      ['1.0+build5', '1.0'],
    ],
    ...[
      ['go1.21', '1.21.0'],
      ['31.1-jre', '31.1'],
      ['log4j-2.17.1', '2.17.1'],
      ['1.0rc0', '1.0rc'],
      ['1.0-GA', '1.0'],
    ],
    ...[
      ['OpenSSH_9.6p1', '9.6p1'],
      ['8u392-b08', '8u392'],
      ['2.0.0-incompatible', '2.0'],
      ['0:1.2', '1.2'],
    ],
    ...[
      ['Release 1.2', '1.2'],
      ['version 1.2', '1.2'],
      ['REL_15_3', '15.3'],
      ['1.9.5-p2', '1.9.5p2'],
    ],
  ]
  for (const [a, b] of same) assert.equal(compareVersions(a!, b!), 0, `${a} is ${b}`)
})

test('what has no order has none', () => {
  const incomparable = [
    ...[
      ['9.18.11-S1', '9.18.11'],
      ['9.18.11-S1', '9.18.20'],
      ['r1234', '1.2'],
      ['115.3.0esr', '115.3.0'],
    ],
    ...[
      ['deadbee1', '1.2.3'],
      ['8b1a9953c4611296a827abf8c47804d7e0f7b5a1', '1.0'],
      ['n/a', '1.0'],
      ['*', '1.0'],
    ],
    ...[
      ['unspecified', '1'],
      ['1.2.x', '1.2.3'],
      ['0-unstable-2024-01-02', '1.0'],
      ['1.2-redhat1', '1.2'],
      ['', '1'],
    ],
    ...[
      ['1.2.3-unstable-2024-01-01', '1.2.4'],
      ['all', '1'],
      ['1.2.3-14-gabcdef01', '1.3'],
      ['< 1.2', '1.2'],
    ],
  ]
  for (const [a, b] of incomparable) {
    assert.equal(compareVersions(a!, b!), undefined, `${a} against ${b}`)
    assert.equal(compareVersions(b!, a!), undefined, `${b} against ${a}`)
  }
  assert.equal(compareVersions('1.0', '2.0', 'git'), undefined)
})

test('an unknown word leaves the order of the numbers before it', () => {
  assert.equal(compareVersions('1.2-redhat1', '1.3'), -1)
  assert.equal(compareVersions('1.2-redhat1', '1.1.9'), 1)
})

test('the kind of a version', () => {
  const kinds: Record<string, string> = {
    '1.2.3': 'release',
    '0-unstable-2024-01-02': 'snapshot',
    'unstable-2024-01-02': 'snapshot',
    '1.2+git20240102': 'snapshot',
    '1.2.3-14-gabcdef01': 'snapshot',
    deadbee1: 'commit',
    'n/a': 'other',
  }
  for (const [text, kind] of Object.entries(kinds)) assert.equal(parseVersion(text).kind, kind, text)
})

test('semver and python follow their own specification', () => {
  const semver = ['1.0.0-1', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0']
  const python = [
    '1.dev0',
    '1.0.dev456',
    '1.0a1',
    '1.0a2.dev456',
    '1.0a12',
    '1.0b2.post345',
    '1.0rc1',
    '1.0',
    '1.0-1',
    '1.0.post456.dev34',
    '1.0.post456',
    '1.1.dev1',
    '1!0.5',
  ]
  for (const [scheme, versions] of [
    ['semver', semver],
    ['python', python],
  ] as const) {
    for (let i = 1; i < versions.length; i++) {
      assert.equal(compareVersions(versions[i - 1]!, versions[i]!, scheme), -1, `${versions[i - 1]} < ${versions[i]}`)
      assert.equal(compareVersions(versions[i]!, versions[i - 1]!, scheme), 1)
    }
  }
  assert.equal(compareVersions('1.0.0+a', '1.0.0+b', 'semver'), 0)
  assert.equal(compareVersions('1.0.preview1', '1.0c1', 'python'), 0)
})

const piece = fc.constantFrom(
  ...[
    '0',
    '1',
    '2',
    '10',
    'a',
    'b',
    'rc',
    'p',
    'z',
    '.',
    '-',
    '_',
    '+',
    'x',
    'git',
    '2024-01-02',
    '-unstable-',
    'v',
    'r',
    '-S1',
    'esr',
    'beta',
    'dev',
    'post',
    'foo',
    ':',
    '~',
    'k3s2',
    'final',
  ],
)
const version = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 7 }).map((parts) => parts.join('')),
  fc.constantFrom(...Object.values(ASCENDING).flat()),
)

test('the order is antisymmetric', () => {
  fc.assert(
    fc.property(version, version, (a, b) => {
      const order = compareVersions(a, b)
      const back = compareVersions(b, a)
      assert.equal(back, order === undefined ? undefined : 0 - order || 0)
    }),
    { numRuns: 3000 },
  )
})

test('the order is transitive where it is defined', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      const [ab, bc, ac] = [compareVersions(a, b), compareVersions(b, c), compareVersions(a, c)]
      if (ab === undefined || bc === undefined || ac === undefined) return
      if (ab <= 0 && bc <= 0) assert.equal(ac, ab === 0 && bc === 0 ? 0 : -1, `${a} ${b} ${c}`)
    }),
    { numRuns: 6000 },
  )
})
