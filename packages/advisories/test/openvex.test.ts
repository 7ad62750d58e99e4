import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import { parseOpenVex, printOpenVex } from '../src/index.ts'

const document = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.org/vex/1',
  author: 'somebody',
  timestamp: '2024-10-25T00:00:00Z',
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-2024-6119', aliases: ['GHSA-xxxx-xxxx-xxxx'] },
      products: [{ '@id': 'pkg:nix/openssl@3.0.14', subcomponents: [{ '@id': 'pkg:nix/libssl' }] }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_in_execute_path',
      impact_statement: 'no client checks names',
    },
  ],
}
const [statement] = document.statements

test('a document comes back as it was written', () => {
  const { document: read, warnings } = parseOpenVex(JSON.stringify(document))
  assert.deepEqual(JSON.parse(JSON.stringify(read)), document)
  assert.deepEqual(warnings, [])
  const text = printOpenVex({
    id: 'urn:x:1',
    author: 'me',
    timestamp: new Date(0),
    tooling: 'firn',
    statements: read.statements,
  })
  assert.deepEqual(parseOpenVex(text).document.statements, read.statements)
})

test('the older form with names alone is read', () => {
  const older = { ...statement, vulnerability: 'CVE-2024-6119', products: ['pkg:nix/openssl'] }
  const { document: read } = parseOpenVex(
    JSON.stringify({ ...document, '@context': 'https://openvex.dev/ns', version: '1', statements: [older] }),
  )
  assert.equal(read.statements[0]!.vulnerability, 'CVE-2024-6119')
  assert.deepEqual(read.statements[0]!.products, ['pkg:nix/openssl'])
})

test('what is not understood refuses the whole document and names the field', () => {
  const refused: [change: object, message: RegExp][] = [
    [{ statements: [{ ...statement, status: 'wontfix' }] }, /status/],
    [{ statements: [statement, 'nonsense'] }, /statements/],
    [{ statements: [{ ...statement, justification: 'because' }] }, /justification/],
    [{ statements: [{ ...statement, products: [] }] }, /statement 1 names no product/],
    [{ statements: [{ status: 'fixed', products: ['x'] }] }, /statement/],
    [{ statements: undefined }, /document|statements/],
    [{ '@context': 'https://openvex.dev/ns/v0.9.0' }, /OpenVEX 0\.9 is not known/],
    [{ '@context': 'https://example.org' }, /no OpenVEX document/],
  ]
  for (const [change, message] of refused) {
    assert.throws(
      () => parseOpenVex(JSON.stringify({ ...document, ...change })),
      (error) => error instanceof UserError && message.test(error.message),
      JSON.stringify(change),
    )
  }
  assert.throws(() => parseOpenVex(JSON.stringify(document).slice(0, -9)), UserError)
})

test('keys that are not known are told, not obeyed', () => {
  const { warnings } = parseOpenVex(
    JSON.stringify({ ...document, mood: 1, statements: [{ ...statement, expires: '2020-01-01' }] }),
  )
  assert.equal(warnings.length, 2)
  assert.match(warnings.join(), /mood.*statement 1: expires/)
})
