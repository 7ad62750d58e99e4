import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Finding, type FORMATS, printReport, type Report } from '../src/index.ts'

const finding: Finding = {
  rule: 'cve/affected',
  level: 'error',
  subject: { kind: 'component', name: 'xz-5.6.1', path: '/nix/store/0a b-xz-5.6.1' },
  message: 'xz 5.6.1 is affected by CVE-2024-3094.',
  evidence: [{ kind: 'version', text: '5.6.1 is listed', source: 'containers.cna.affected[0].versions[1]' }],
  remedy: 'Update to 5.6.2.',
}
const report = (findings: readonly Finding[]): Report => ({
  schema: 'firn/test/1',
  tool: { name: 'firn', version: '0.1.0' },
  subject: 'a closure',
  facts: [['data', 'from today']],
  findings,
})
const print = (value: Report, format: (typeof FORMATS)[number]) =>
  printReport(value, format, { color: false, width: 60 })

test('JSON holds the very finding objects', () => {
  const parsed = JSON.parse(print(report([finding]), 'json'))
  assert.deepEqual(parsed.findings, [finding])
  assert.deepEqual(Object.keys(parsed), ['schema', 'tool', 'subject', 'facts', 'findings'])
})

test('SARIF names the rule, the level and an encoded path', () => {
  const run = JSON.parse(print(report([finding]), 'sarif')).runs[0]
  assert.equal(run.results[0].ruleId, run.tool.driver.rules[0].id)
  assert.equal(run.results[0].level, 'error')
  const message = (of: Finding) => JSON.parse(print(report([of]), 'sarif')).runs[0].results[0].message.text
  assert.equal(message(finding), 'xz 5.6.1 is affected by CVE-2024-3094. What to do: Update to 5.6.2.')
  assert.equal(message({ ...finding, message: 'no full stop' }), 'no full stop. What to do: Update to 5.6.2.')
  assert.equal(run.results[0].locations[0].physicalLocation.artifactLocation.uri, 'file:///nix/store/0a%20b-xz-5.6.1')
  assert.match(run.results[0].partialFingerprints['firn/v1'], /^[0-9a-f]{64}$/)
})

test('a fingerprint outlives a rebuild and a new title, and tells findings apart', () => {
  const fingerprint = (changes: object) =>
    JSON.parse(print(report([{ ...vulnerability, ...changes }]), 'sarif')).runs[0].results[0].partialFingerprints[
      'firn/v1'
    ]
  const vulnerability = { ...finding, cve: 'CVE-2024-3094' }
  const first = fingerprint({})
  const rebuilt = { kind: 'component', name: 'xz-5.6.1', path: '/nix/store/another-xz-5.6.1' }
  assert.equal(fingerprint({ subject: rebuilt }), first)
  assert.equal(fingerprint({ message: 'xz 5.6.1 is affected by CVE-2024-3094: a title' }), first)
  assert.notEqual(fingerprint({ cve: 'CVE-2024-3095' }), first)
  assert.notEqual(fingerprint({ rule: 'cve/patched' }), first)
  assert.notEqual(fingerprint({ subject: { kind: 'component', name: 'xz-5.6.0' } }), first)
})

test('HTML keeps what is short on one line, and names it where there is no head of the table', () => {
  const html = print(report([{ ...finding, message: 'words '.repeat(20) }]), 'html')
  assert.match(html, /<td class="short">error<\/td><td class="short">xz-5\.6\.1<\/td><td>words words/)
  assert.match(html, /\.short\{white-space:nowrap\}/)
  assert.match(html, /@media\(max-width:40rem\)\{td:nth-child\(1\)::before\{content:"Level"\}/)
})

test('the table wraps its last column under itself and says so when empty', () => {
  const lines = print(report([finding]), 'table').split('\n')
  assert.ok(
    lines.every((line) => line.length <= 60),
    lines.join('\n'),
  )
  assert.match(print(report([]), 'table'), /No findings\./)
})

test('a hostile record can neither script a page nor steer a terminal', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const hostile = { ...finding, message: `${text}<script>\u001b[2J\u202e"'`, subject: { kind: 'x', name: text } }
      for (const format of ['table', 'html'] as const) {
        const printed = print(report([hostile]), format)
        assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u202e]/)
      }
      assert.doesNotMatch(print(report([hostile]), 'html'), /<script/)
    }),
  )
})

test('a hundred thousand findings print', () => {
  assert.ok(print(report(Array.from({ length: 150_000 }, () => finding)), 'table').length > 1_000_000)
})
