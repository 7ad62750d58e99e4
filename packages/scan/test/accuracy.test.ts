import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parseNvdPage } from '@firn/advisories'
import { parseLabelled } from '../../../bench/accuracy/labelled.ts'
import { readAdvisories } from '../../../bench/accuracy/records.ts'
import { scoreVerdicts, wilson } from '../../../bench/accuracy/score.ts'
import { advisoryFromNvd, decide, type Verdict } from '../src/index.ts'

const folder = new URL('../../../fixtures/accuracy/', import.meta.url).pathname

describe('the labelled corpus', async () => {
  const rows = parseLabelled(readFileSync(`${folder}labelled.jsonl`, 'utf8'), 'labelled.jsonl')
  const advisories = await readAdvisories(new Set(rows.map((row) => row.cve)), `${folder}records.zip`)
  const decisions = rows.map((row) => decide(row.component, advisories.get(row.cve)!))
  const score = scoreVerdicts(
    rows,
    decisions.map((decision) => decision.verdict),
  )
  const wrong = JSON.stringify(score.wrong, null, 1)

  test('precision and recall', () => {
    assert.ok(score.rows >= 2000, `${score.rows} rows`)
    assert.ok(score.precision >= 0.98, `precision ${score.precision}: ${wrong}`)
    assert.ok(score.recall >= 0.98, `recall ${score.recall}: ${wrong}`)
    assert.ok(score.right / score.rows >= 0.98, `${score.right} of ${score.rows}: ${wrong}`)
  })

  test('undetermined only where it must be', () => {
    const needless = rows.filter(
      (row, i) => decisions[i]!.verdict === 'undetermined' && !row.acceptable.includes('undetermined'),
    )
    assert.ok(score.undetermined_rate <= 0.06, `${score.undetermined_rate}`)
    assert.ok(needless.length <= 5, needless.map((row) => row.id).join(' '))
  })

  test('no category falls behind', () => {
    for (const [name, { right, rows: all }] of Object.entries(score.categories))
      if (all >= 5) assert.ok(right / all >= 0.8, `${name}: ${right} of ${all}`)
  })

  test('each verdict has evidence, and a reason exactly when it is undetermined', () => {
    for (const [i, { verdict, reason, evidence }] of decisions.entries()) {
      assert.equal(reason !== undefined, verdict === 'undetermined', rows[i]!.id)
      assert.ok(evidence.length > 0 && evidence.every(({ text }) => text !== ''), rows[i]!.id)
    }
  })
})

test("the verdicts of Go's vulnerability database, from the CVE records of the same flaws", async () => {
  const rows = parseLabelled(readFileSync(`${folder}go.jsonl`, 'utf8'), 'go.jsonl')
  const advisories = await readAdvisories(new Set(rows.map((row) => row.cve)), `${folder}records.zip`)
  const verdicts = rows.map((row) => decide(row.component, advisories.get(row.cve)!).verdict)
  const score = scoreVerdicts(rows, verdicts)
  const wrong = JSON.stringify(score.wrong, null, 1)
  assert.ok(score.rows >= 500, `${score.rows} rows`)
  // The rest are differences between the two sources: see the README beside the rows.
  assert.ok(score.precision >= 0.98 && score.right / score.rows >= 0.9, wrong)
  assert.ok(score.undetermined_rate <= 0.03, wrong)
})

test("rows decided from NVD's configurations alone", async () => {
  const rows = parseLabelled(readFileSync(`${folder}nvd.jsonl`, 'utf8'), 'nvd.jsonl')
  const { records } = parseNvdPage(readFileSync(`${folder}nvd.json`))
  const advisories = new Map(records.map((record) => [record.id, advisoryFromNvd(record)]))
  const verdicts = rows.map((row) => decide(row.component, advisories.get(row.cve)!).verdict)
  const score = scoreVerdicts(rows, verdicts)
  const wrong = JSON.stringify(score.wrong, null, 1)
  assert.ok(score.rows >= 150, `${score.rows} rows`)
  // The labels are of the whole record; what is missed is where the analyst names another product (`google:v8`).
  assert.ok(score.precision >= 0.97 && score.recall >= 0.85, wrong)
  assert.ok(score.undetermined_rate <= 0.03, wrong)
})

test("the rows of OSV's records", async () => {
  const rows = parseLabelled(readFileSync(`${folder}osv.jsonl`, 'utf8'), 'osv.jsonl')
  const advisories = await readAdvisories(new Set(rows.map((row) => row.cve)), `${folder}osv.zip`)
  const verdicts = rows.map((row) => decide(row.component, advisories.get(row.cve)!).verdict)
  const score = scoreVerdicts(rows, verdicts)
  const wrong = JSON.stringify(score.wrong, null, 1)
  assert.ok(score.rows >= 80, `${score.rows} rows`)
  assert.ok(score.precision >= 0.97 && score.recall >= 0.97, wrong)
  assert.ok(score.undetermined_rate <= 0.05, wrong)
})

test('the score counts as the issue says', () => {
  const row = (expected: Verdict, acceptable: Verdict[] = [expected]) => ({
    id: 'x',
    cve: 'CVE-2024-1',
    component: { name: 'x-1' },
    expected,
    acceptable: [...new Set([expected, ...acceptable])],
    category: 'c',
    why: '',
  })
  const score = scoreVerdicts(
    [
      row('affected'), // true positive
      row('affected'), // false negative
      row('affected', ['affected', 'undetermined']), // neither: undetermined is acceptable
      row('not_affected'), // false positive
      row('not_affected', ['affected']), // affected is acceptable: neither
      row('undetermined'), // counts in the rate and in right alone
    ],
    ['affected', 'patched', 'undetermined', 'affected', 'affected', 'affected'],
  )
  assert.equal(score.precision, 0.5)
  assert.equal(score.recall, 0.5)
  assert.equal(score.f1, 0.5)
  assert.equal(score.undetermined_rate, 1 / 6)
  assert.equal(score.right, 3)
  assert.deepEqual(score.categories, { c: { right: 3, rows: 6 } })
  assert.equal(score.wrong.length, 3)
})

test("Wilson's interval", () => {
  // From the closed form: 8 of 10, z = 1.96.
  const [low, high] = wilson(8, 10)
  assert.ok(Math.abs(low - 0.4902) < 1e-3 && Math.abs(high - 0.9433) < 1e-3, `${low} ${high}`)
  assert.deepEqual(wilson(0, 0), [0, 1])
})
