import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseNvdPage } from '@firn/advisories'
import { advisoryFromNvd, decide } from '../src/index.ts'

/** A page of one CVE with one configuration: a program before 2.0, and what it says of a second node. */
function verdict(operator: 'AND' | 'OR', beside: object, system = 'x86_64-linux') {
  const frob = { vulnerable: true, criteria: 'cpe:2.3:a:frob:frob:*:*:*:*:*:*:*:*', versionEndExcluding: '2.0' }
  const nodes = [frob, beside].map((match) => ({ operator: 'OR', negate: false, cpeMatch: [match] }))
  const cve = { id: 'CVE-2024-0001', descriptions: [], references: [], configurations: [{ operator, nodes }] }
  const page = { format: 'NVD_CVE', version: '2.0', totalResults: 1, vulnerabilities: [{ cve }] }
  const advisory = advisoryFromNvd(parseNvdPage(JSON.stringify(page)).records[0]!)
  return decide({ name: 'frob-1.0', pname: 'frob', version: '1.0', system }, advisory).verdict
}

const beside = (part: string, product: string, vulnerable = false) => ({
  vulnerable,
  criteria: `cpe:2.3:${part}:some:${product}:-:*:*:*:*:*:*:*`,
})

test('a system that must run beside it is the platform', () => {
  assert.equal(verdict('AND', beside('o', 'windows')), 'not_affected')
  assert.equal(verdict('AND', beside('o', 'mac_os_x')), 'not_affected')
  assert.equal(verdict('AND', beside('o', 'mac_os_x'), 'aarch64-darwin'), 'affected')
  assert.equal(verdict('AND', beside('o', 'linux_kernel')), 'affected')
  assert.equal(verdict('AND', beside('h', 'windows')), 'affected', 'hardware is no system')
  assert.equal(verdict('OR', beside('o', 'windows')), 'affected', 'one of them is enough')
  assert.equal(verdict('AND', beside('o', 'windows', true)), 'affected', 'what is vulnerable itself is no platform')
})
