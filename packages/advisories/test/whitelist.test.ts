import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { parseVulnixWhitelist, parseVulnxscanWhitelist, vulnixName } from '../src/index.ts'

function refused(message: RegExp) {
  return (error: unknown) => error instanceof UserError && message.test(error.message)
}

test('vulnix: every form of a rule', async () => {
  const { rules, warnings } = await parseVulnixWhitelist(`
["openssl-3.0.14"]
cve = ["CVE-2024-6119", "CVE-2024-9143"]
until = 2025-01-31
comment = "we do not check names"
issue_url = ["https://example.org/1"]

["python3.12-redis"]
until = "2025-02-01"
status = "inprogress"

["*"]
cve = "CVE-2020-0001"
`)
  assert.deepEqual(warnings, [])
  assert.deepEqual(rules, [
    {
      header: 'openssl-3.0.14',
      pname: 'openssl',
      version: '3.0.14',
      cves: ['CVE-2024-6119', 'CVE-2024-9143'],
      until: '2025-01-31',
      issueUrls: ['https://example.org/1'],
      comments: ['we do not check names'],
    },
    { header: 'python3.12-redis', pname: 'python3.12-redis', until: '2025-02-01', issueUrls: [], comments: [] },
    { header: '*', cves: ['CVE-2020-0001'], issueUrls: [], comments: [] },
  ])
})

test('vulnix: a rule that is not understood refuses the file; unknown keys are told', async () => {
  const cases: [text: string, message: RegExp][] = [
    ['["*"]\ncomment = "all"', /would pass over everything/],
    ['["openssl"]\nuntil = "soon"', /until soon is no day/],
    ['["openssl"]\ncve = 7', /cve is neither/],
    ['["open ssl"]', /is no selector/],
    ['["lib*"]', /is no selector/],
    ['cve = "CVE-2024-1"', /is no table/],
    ['["openssl"\ncve = 1', /no valid TOML, line 1/],
  ]
  for (const [text, message] of cases) await assert.rejects(parseVulnixWhitelist(text), refused(message), text)
  const { warnings } = await parseVulnixWhitelist('["openssl"]\nreason = "x"\n')
  assert.match(warnings.join(), /key reason is not known/)
  // An unquoted header with dots is a table within a table.
  const nested = await parseVulnixWhitelist('[openssl-3.0.14]\ncve = "CVE-2024-6119"\n')
  assert.match(nested.warnings.join(), /is the header in quotes/)
})

test('vulnix splits a name where a digit follows a hyphen', () => {
  assert.deepEqual(vulnixName('python3.12-redis-5.0.1'), { pname: 'python3.12-redis', version: '5.0.1' })
  assert.deepEqual(vulnixName('bash-interactive'), { pname: 'bash-interactive' })
})

const head = '"vuln_id","package","version_local","version_local_regex","comment","whitelist"'

test('vulnxscan: columns, quotes, the flag', () => {
  const { rules, warnings } = parseVulnxscanWhitelist(
    `${head}\r\n"CVE-2024-.*","openssl","3.0.14","","not, ""used""\nhere",True\r\n\nCVE-2024-9143,,,3\\.0\\..*,see above,false\n`,
  )
  assert.deepEqual(warnings, [])
  const [first, second] = rules
  assert.equal(first!.comment, 'not, "used"\nhere')
  assert.equal(first!.package, 'openssl')
  assert.ok(first!.vulnId.test('CVE-2024-6119'))
  assert.ok(!first!.vulnId.test('XCVE-2024-6119'), 'a whole id')
  assert.equal(first!.whitelist, true)
  assert.equal(second!.line, 5)
  assert.equal(second!.whitelist, false)
  assert.ok(second!.versionPattern!.test('3.0.1'))
  assert.equal(second!.package, undefined)
})

test('vulnxscan: what is not understood refuses the file and names the line', () => {
  const cases: [text: string, message: RegExp][] = [
    ['a,b\n1,2', /no column vuln_id/],
    ['', /no column vuln_id/],
    ['vuln_id,comment\nCVE-1\n', /line 2: 1 fields, not 2/],
    ['vuln_id,comment\nCVE-1,\n', /line 2: vuln_id or comment is empty/],
    ['vuln_id,comment\n"CVE-1,x\n', /line 2: a quote is not closed/],
    ['vuln_id,comment\n"CVE-1"x,x\n', /line 2: text after a closing quote/],
    ['vuln_id,comment\n(CVE,x\n', /line 2: \(CVE is no pattern/],
    ['vuln_id,comment,whitelist\nCVE-1,x,perhaps\n', /line 2: whitelist is perhaps/],
  ]
  for (const [text, message] of cases) assert.throws(() => parseVulnxscanWhitelist(text), refused(message), text)
  assert.match(parseVulnxscanWhitelist('vuln_id,comment,mood\nCVE-1,x,y\n').warnings.join(), /mood/)
})

test('vulnxscan: whatever is in quotes comes back', () => {
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { maxLength: 5 }), (comments) => {
      const rows = comments.map((comment) => `CVE-1,${quote(comment)}`)
      const { rules } = parseVulnxscanWhitelist(['vuln_id,comment', ...rows].join('\n'))
      assert.deepEqual(
        rules.map(({ comment }) => comment),
        comments,
      )
    }),
  )
})
