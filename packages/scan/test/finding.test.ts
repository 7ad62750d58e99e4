import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vulnerabilityFinding } from '../src/finding.ts'
import type { Verdict } from '../src/index.ts'

const component = { name: 'frob-1.0', paths: ['/nix/store/0123456789abcdfghijklmnpqrsvwxyz-frob-1.0'] }

function finding(
  verdict: Verdict,
  score?: number,
  { exploited = false, undetermined = 'note' as 'note' | 'fail' } = {},
) {
  const advisory = {
    id: 'CVE-2024-0001',
    ...(score !== undefined && { severity: { score, vector: '', provider: 'cna' } }),
    ...(exploited && { kev: { dateAdded: '2024-01-01' } }),
  }
  return vulnerabilityFinding(component, advisory, { verdict, evidence: [] }, { undetermined })
}

test('what is affected is an error from a score of 7 on or when it is exploited, else a warning', () => {
  assert.equal(finding('affected', 7).level, 'error')
  assert.equal(finding('affected', 10).level, 'error')
  assert.equal(finding('affected', 6.9).level, 'warning')
  assert.equal(finding('affected').level, 'warning')
  assert.equal(finding('affected', 0, { exploited: true }).level, 'error')
})

test('what is undetermined counts only when it is asked to; the rest never does', () => {
  assert.equal(finding('undetermined', 9.8, { exploited: true }).level, 'note')
  assert.equal(finding('undetermined', 9.8, { undetermined: 'fail' }).level, 'warning')
  for (const verdict of ['patched', 'not_affected', 'different_product'] as const) {
    const found = finding(verdict, 9.8, { exploited: true, undetermined: 'fail' })
    assert.deepEqual([found.level, found.rule], ['note', `cve/${verdict.replaceAll('_', '-')}`])
  }
})
