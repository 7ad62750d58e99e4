import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseCveRecord } from '@firn/advisories'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { identify } from '../src/identify/identity.ts'
import { advisoryNames } from '../src/identify/names.ts'
import { openIndex } from '../src/index/open.ts'
import { printSettled, SettledTable } from '../src/index/settled.ts'
import { decide } from '../src/match/decide.ts'
import { advisoryFromCve } from '../src/match/fromCve.ts'
import { type Match, Matcher } from '../src/match/matcher.ts'
import type { Advisory, Component, Statement, VersionRow } from '../src/match/model.ts'
import {
  comparePlain,
  MOST_FIELDS,
  type PlainVersion,
  plainVersion,
  settledTurns,
  settlingVersion,
} from '../src/match/settled.ts'
import { anAdvisory, anIndex, temporaryFolder } from './advisories.ts'

const folder = temporaryFolder()

const cves = new URL('../../../fixtures/store/cves', import.meta.url).pathname
const records = readdirSync(cves).map((name) => advisoryFromCve(parseCveRecord(readFileSync(join(cves, name))).record))

/** As an index answers it. */
function isSettled(advisory: Advisory, version: PlainVersion | undefined): boolean {
  const table = new SettledTable(printSettled([settledTurns(advisory)]))
  return version !== undefined && table.isSettled(0, table.placeOf(version))
}

const isTold = (component: Component, advisory: Advisory) =>
  /^(affected|undetermined)$/.test(decide(component, advisory).verdict)

const field = fc.oneof(fc.nat(12), fc.nat(400))
const plain = fc.array(field, { minLength: 1, maxLength: MOST_FIELDS }).map((fields) => fields.join('.'))

/** A version near to those that the rows write: one of them, one field more or less, the one before or after. */
const near = (advisory: Advisory) => {
  const rows = JSON.stringify(advisory.statements.map(({ versions }) => versions))
  const written = rows.match(/\d{1,7}(?:\.\d{1,7}){0,3}/g) ?? ['1']
  return fc
    .tuple(fc.constantFrom(...written), fc.constantFrom('as it is', 'before', 'after', 'shorter', 'longer'), fc.nat(3))
    .map(([text, how, more]) => {
      const fields = text.split('.').map(Number)
      const last = fields.at(-1)!
      if (how === 'before') return fields.with(-1, Math.max(0, last - 1)).join('.')
      if (how === 'after') return fields.with(-1, last + 1).join('.')
      if (how === 'shorter') return fields.slice(0, -1).join('.')
      return how === 'longer' ? `${fields.join('.')}.${more}` : text
    })
}

/** Something that shares a name with the advisory, with one kind of evidence or another of what it is. */
const asker = (advisory: Advisory) =>
  fc
    .record({
      name: fc.constantFrom(...advisoryNames(advisory), 'none'),
      version: fc.oneof(near(advisory), plain),
      statement: fc.nat(Math.max(0, advisory.statements.length - 1)),
      evidence: fc.constantFrom('name', 'python', 'repository', 'forge', 'cpe', 'patch', 'darwin', 'known'),
    })
    .map(({ name, version, statement, evidence }): Component => {
      const { repo, cpes = [] } = advisory.statements[statement] ?? {}
      const own = { name: `${name}-${version}`, pname: name, version, system: 'x86_64-linux' }
      if (evidence === 'python') return { ...own, name: `python3.12-${own.name}` }
      if (evidence === 'repository') return { ...own, sources: repo === undefined ? [] : [repo] }
      if (evidence === 'forge')
        return { ...own, sources: [`https://github.com/${name}/${name}/archive/v${version}.zip`] }
      if (evidence === 'cpe') return { ...own, cpes }
      if (evidence === 'patch') return { ...own, patches: [`${advisory.id}.patch`] }
      if (evidence === 'known') return { ...own, knownVulnerabilities: [advisory.id] }
      return evidence === 'darwin' ? { ...own, system: 'aarch64-darwin' } : own
    })

test('what is settled of a real record is never told of any component that shares a name with it', () => {
  let settled = 0
  const cases = fc.constantFrom(...records).chain((advisory) => fc.tuple(fc.constant(advisory), asker(advisory)))
  fc.assert(
    fc.property(cases, ([advisory, component]) => {
      if (!isSettled(advisory, settlingVersion(component, identify(component)))) return
      settled++
      assert.ok(!isTold(component, advisory), JSON.stringify(decide(component, advisory)))
    }),
    { numRuns: 1500 },
  )
  // It is worth its place only if it often answers.
  assert.ok(settled > 150, `${settled} settled`)
})

const row = fc.record(
  {
    status: fc.constantFrom('affected', 'unaffected', 'unknown'),
    version: fc.oneof(plain, fc.constantFrom('0', '*', 'n/a', '6.1.*', '1.2-rc1', '< 3.4, >= 2', '3de4f1a9b2c7')),
    lessThan: fc.oneof(plain, fc.constantFrom('*', '2.0.0-beta2', '1.1.1w')),
    lessThanOrEqual: fc.oneof(plain, fc.constantFrom('*', '5.10.*')),
    above: plain,
    changes: fc.array(fc.record({ at: plain, status: fc.constantFrom('affected', 'unaffected') }), { maxLength: 2 }),
    scheme: fc.constantFrom('semver', 'custom', 'git', 'python'),
  },
  { requiredKeys: ['status', 'version'] },
) as fc.Arbitrary<VersionRow>
const statement = fc.record(
  {
    source: fc.constantFrom('cna', 'adp', 'nvd', 'osv', 'text'),
    provider: fc.constantFrom('test', 'redhat', 'CISA-ADP'),
    vendor: fc.constantFrom('foo', 'bar', 'IETF', 'Red Hat', 'n/a'),
    product: fc.constantFrom('foo', 'foo', 'bar', 'n/a'),
    repo: fc.constantFrom('https://github.com/foo/foo', 'https://github.com/bar/bar'),
    cpes: fc.constantFrom(['cpe:2.3:a:foo:foo:*:*:*:*:*:*:*:*'], ['cpe:2.3:h:foo:foo:-:*:*:*:*:*:*:*']),
    platforms: fc.constantFrom(['Windows'], ['Linux']),
    defaultStatus: fc.constantFrom('affected', 'unaffected', 'unknown'),
    versions: fc.array(row, { maxLength: 4 }),
    at: fc.constant('here'),
  },
  { requiredKeys: ['source', 'provider', 'product', 'versions', 'at'] },
) as fc.Arbitrary<Statement>
const advisory = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((statements) => anAdvisory('CVE-2024-0001', 'foo', { statements }))

test('nor of any record that could be written', () => {
  const cases = advisory.chain((each) => fc.tuple(fc.constant(each), fc.array(asker(each), { maxLength: 5 })))
  fc.assert(
    fc.property(cases, ([each, components]) => {
      for (const component of components) {
        if (!isSettled(each, settlingVersion(component, identify(component)))) continue
        assert.ok(!isTold(component, each), JSON.stringify([component, decide(component, each)]))
      }
    }),
    { numRuns: 1500 },
  )
})

/** A kernel's record: introduced in 5.10, fixed in 5.10.201, 6.1.63 and 6.7. */
const kernel = anAdvisory('CVE-2023-0001', 'Linux', {
  statements: [
    {
      source: 'cna',
      provider: 'Linux',
      vendor: 'Linux',
      product: 'Linux',
      defaultStatus: 'unaffected',
      versions: [{ status: 'affected', version: '7a7899f6f58e', lessThan: '3387490c89b1', scheme: 'git' }],
      at: 'containers.cna.affected[0]',
    },
    {
      source: 'cna',
      provider: 'Linux',
      vendor: 'Linux',
      product: 'Linux',
      defaultStatus: 'affected',
      versions: [
        { status: 'affected', version: '5.10' },
        { status: 'unaffected', version: '0', lessThan: '5.10', scheme: 'custom' },
        { status: 'unaffected', version: '5.10.201', lessThanOrEqual: '5.10.*', scheme: 'custom' },
        { status: 'unaffected', version: '6.1.63', lessThanOrEqual: '6.1.*', scheme: 'custom' },
        { status: 'unaffected', version: '6.7', lessThanOrEqual: '*', scheme: 'original_commit_for_fix' },
      ],
      at: 'containers.cna.affected[1]',
    },
  ],
})

test("a kernel's record is settled outside of what it affects, and only there", () => {
  for (const [version, expected] of [
    ['4.19.7', true],
    ['5.10', false],
    ['5.10.200', false],
    ['5.10.201', true],
    ['5.15.3', false],
    ['6.1.62', false],
    ['6.1.100', true],
    ['6.6.2', false],
    ['6.7', true],
    ['6.11.3', true],
  ] as const) {
    assert.equal(isSettled(kernel, plainVersion(version)), expected, version)
  }
})

test('past the end of a branch nothing is settled: where branches end, other rows of the product say as well', () => {
  const versions = ['1.4.10', '1.6.0'].map(
    (lessThan): VersionRow => ({ status: 'affected', version: '0', lessThan, scheme: 'custom' }),
  )
  const own = { source: 'cna', provider: 'test', vendor: 'foo', product: 'foo', at: 'here' } as const
  const branches = anAdvisory('CVE-2024-0001', 'foo', { statements: [{ ...own, versions }] })
  assert.ok(!isTold({ name: 'foo-1.4.12', pname: 'foo', version: '1.4.12' }, branches))
  assert.ok(!isSettled(branches, plainVersion('1.4.12')))
  assert.ok(isSettled(branches, plainVersion('1.6.0')))
})

test('versions of nothing but numbers are plain, in the order of their numbers', () => {
  for (const text of ['1.2.3', '0', '20.4']) assert.ok(plainVersion(text) !== undefined, text)
  for (const text of ['1.2rc1', '01.2', '1.2.3.4.5', '20240101', '1..2', '', 'v1', '1.2\n'])
    assert.equal(plainVersion(text), undefined, text)
  assert.deepEqual(plainVersion('6.10.0'), [6, 10])
  assert.ok(comparePlain([6, 9], [6, 10]) < 0 && comparePlain([6, 10], [6, 10, 1]) < 0 && comparePlain([], [0]) === 0)
})

test('an index finds with what is settled left out all that it tells with everything', async () => {
  const path = join(folder, 'index')
  await anIndex(path, [...records, kernel])
  const { index, close } = openIndex(path)
  const versions = ['4.19.7', '5.10.200', '6.1.63', '6.6.32', '6.11.3']
  const kernels = Array.from({ length: 200 }, (_, i) => versions[i % versions.length]!)
  const components = [
    ...kernels.map((version) => ({ name: `linux-${version}`, version })),
    ...['curl-8.9.1', 'curl-8.11.0', 'openssl-3.0.14', 'python3-3.12.0a1'].map((name) => ({ name })),
  ]
  const matcher = new Matcher(index)
  const told = (matches: readonly (Match & { readonly position: number })[]) =>
    matches
      .filter(({ decision }) => /^(affected|undetermined)$/.test(decision.verdict))
      .map(({ position, advisory: { id }, decision }) => [position, id, decision])
  const all = [...matcher.matchAll(components)]
  const less = [...matcher.matchAll(components, { lessSettled: true })]
  assert.deepEqual(told(less), told(all))
  assert.ok(less.length < all.length / 2, `${less.length} of ${all.length}`)
  close()
})

test('an index of another matcher is read in full, and so is an advisory that somebody decided upon', async () => {
  const decided = join(folder, 'decided')
  const by = { author: 'a', created: '2024-10-25T00:00:00Z' }
  const decision = { vulnerability: kernel.id, attribute: 'linux', status: 'affected', ...by }
  const components = Array.from({ length: 600 }, () => ({ name: 'linux-6.11.3', version: '6.11.3' }))
  const count = (path: string) => {
    const { index, close } = openIndex(path)
    const found = [...new Matcher(index).matchAll(components, { lessSettled: true })].length
    close()
    return found
  }
  await anIndex(decided, [kernel], { decisions: JSON.stringify([decision]) })
  assert.equal(count(decided), components.length)
  const path = join(folder, 'another')
  await anIndex(path, [kernel])
  assert.equal(count(path), 0)
  writeFileSync(path, withMatcher(readFileSync(path), '0123456789abcdef'))
  assert.equal(count(path), components.length)
})

/** The same index, as another matcher of as long a name would have made it. */
function withMatcher(index: Buffer, matcher: string): Buffer {
  const end = index.length - 8 - 4 - 32
  const start = end - index.readUInt32LE(index.length - 8 - 4)
  const header = Buffer.from(index.toString('latin1', start, end).replace(/(?<="matcher":")[0-9a-f]{16}/, matcher))
  const digest = createHash('sha256').update(header).digest()
  return Buffer.concat([index.subarray(0, start), header, digest, index.subarray(-12)])
}

test('a table of what is settled that was changed is told, or answers something', () => {
  const turns = [
    [],
    [{ version: [1, 2], after: false }],
    [
      { version: [0], after: false },
      { version: [3], after: true },
    ],
  ]
  const whole = printSettled(turns)
  for (let at = 0; at < whole.length; at++) {
    for (const bits of [1, 0x80, 0xff]) {
      const changed = Buffer.from(whole)
      changed[at]! ^= bits
      try {
        const table = new SettledTable(changed)
        for (let number = 0; number < 5; number++) table.isSettled(number, table.placeOf([1, 2]))
      } catch (error) {
        assert.ok(error instanceof UserError, `byte ${at}: ${error}`)
      }
    }
  }
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => new SettledTable(whole.subarray(0, length)), UserError)
  }
})
