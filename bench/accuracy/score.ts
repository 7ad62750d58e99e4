import type { Verdict } from '@firn/scan'
import type { LabelledRow } from './labelled.ts'

/** The lower and the upper end of a 95 % confidence interval. */
export type Interval = readonly [low: number, high: number]

/** How well verdicts agree with labels. Rates are from 0 to 1; of nothing, they are 1 with the widest interval. */
export interface Score {
  readonly precision: number
  readonly precision_interval: Interval
  readonly recall: number
  readonly recall_interval: Interval
  readonly f1: number
  readonly f1_interval: Interval
  readonly undetermined_rate: number
  readonly rows: number
  readonly right: number
  readonly categories: Readonly<Record<string, { readonly right: number; readonly rows: number }>>
  readonly wrong: readonly {
    readonly id: string
    readonly cve: string
    readonly name: string
    readonly expected: Verdict
    readonly got: Verdict
  }[]
}

/**
 * Score verdicts. Positive is `affected`. A true positive is expected and got affected; a false positive got affected
 * where that is not acceptable; a false negative is expected affected and got what is not acceptable. Rows that are
 * expected undetermined count in the rate and in `right` alone.
 */
export function scoreVerdicts(rows: readonly LabelledRow[], got: readonly Verdict[]): Score {
  let truePositive = 0
  let falsePositive = 0
  let falseNegative = 0
  let undetermined = 0
  const categories: Record<string, { right: number; rows: number }> = {}
  const wrong: Score['wrong'][number][] = []
  for (const [i, { id, cve, component, expected, acceptable, category }] of rows.entries()) {
    const verdict = got[i]!
    const isRight = acceptable.includes(verdict)
    categories[category] ??= { right: 0, rows: 0 }
    categories[category].rows++
    if (isRight) categories[category].right++
    else wrong.push({ id, cve, name: component.name, expected, got: verdict })
    if (verdict === 'undetermined') undetermined++
    if (expected === 'undetermined') continue
    if (expected === 'affected' && verdict === 'affected') truePositive++
    else if (verdict === 'affected' && !isRight) falsePositive++
    else if (expected === 'affected' && !isRight) falseNegative++
  }
  const named = truePositive + falsePositive
  const wanted = truePositive + falseNegative
  const all = truePositive + falsePositive + falseNegative
  const [low, high] = wilson(truePositive, all)
  return {
    precision: rate(truePositive, named),
    precision_interval: wilson(truePositive, named),
    recall: rate(truePositive, wanted),
    recall_interval: wilson(truePositive, wanted),
    f1: f1OfOverlap(rate(truePositive, all)),
    f1_interval: [f1OfOverlap(low), f1OfOverlap(high)],
    undetermined_rate: rows.length === 0 ? 0 : undetermined / rows.length,
    rows: rows.length,
    right: rows.length - wrong.length,
    categories: Object.fromEntries(Object.entries(categories).sort(([a], [b]) => (a < b ? -1 : 1))),
    wrong,
  }
}

const rate = (part: number, whole: number) => (whole === 0 ? 1 : part / whole)

/** F1 from the share of true positives among all that is positive by either side: a proportion, so it has an interval. */
const f1OfOverlap = (overlap: number) => (2 * overlap) / (1 + overlap)

const Z = 1.959963984540054

/** Wilson's score interval of a proportion (E. B. Wilson, 1927): sound for small samples and for rates near 1. */
export function wilson(part: number, whole: number): Interval {
  if (whole === 0) return [0, 1]
  const share = part / whole
  const z2 = (Z * Z) / whole
  const centre = (share + z2 / 2) / (1 + z2)
  const half = (Z / (1 + z2)) * Math.sqrt((share * (1 - share)) / whole + z2 / (4 * whole))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}
