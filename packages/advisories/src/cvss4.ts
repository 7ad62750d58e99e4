import { readMetrics } from './cvss-vector.ts'
import { type MacroVector, macroVectorTenths } from './cvss4-macrovector.ts'

/** Values with their distance from the most severe one, in steps. */
const IMPACT = { H: 0, L: 1, N: 2 }
const LATER = { H: 1, L: 2, N: 3 }
const LATER_SAFETY = { S: 0, ...LATER }
const REQUIREMENT = { H: 0, M: 1, L: 2 }
const STEPS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0, A: 1, L: 2, P: 3 },
  AC: { L: 0, H: 1 },
  AT: { N: 0, P: 1 },
  PR: { N: 0, L: 1, H: 2 },
  UI: { N: 0, P: 1, A: 2 },
  ...{ VC: IMPACT, VI: IMPACT, VA: IMPACT },
  ...{ SC: LATER, SI: LATER_SAFETY, SA: LATER_SAFETY },
  ...{ CR: REQUIREMENT, IR: REQUIREMENT, AR: REQUIREMENT },
  E: { A: 0, P: 1, U: 2 },
}
const BASE = ['AV', 'AC', 'AT', 'PR', 'UI', 'VC', 'VI', 'VA', 'SC', 'SI', 'SA']
const METRICS = {
  ...STEPS,
  ...{ SI: LATER, SA: LATER },
  ...Object.fromEntries(BASE.map((name) => [`M${name}`, STEPS[name]!])),
  // Supplemental metrics: read, without weight.
  ...{ S: { N: 0, P: 0 }, AU: { N: 0, Y: 0 }, R: { A: 0, U: 0, I: 0 } },
  ...{ V: { D: 0, C: 0 }, RE: { L: 0, M: 0, H: 0 }, U: { CLEAR: 0, GREEN: 0, AMBER: 0, RED: 0 } },
}
/** What a metric counts as where it is not given: the worst case. */
const WORST: Readonly<Record<string, string>> = { E: 'A', CR: 'H', IR: 'H', AR: 'H' }

type Values = (name: string) => string

/** CVSS 4.0, section 8 of FIRST's specification: the score of the macro vector, less the mean distance within it. */
export function scoreCvss4(text: string): { score: number; overall: number } | undefined {
  const metrics = readMetrics(text, METRICS, BASE)
  if (metrics === undefined) return undefined
  return {
    score: interpolated((name) => WORST[name] ?? metrics.get(name)!),
    overall: interpolated((name) => metrics.get(`M${name}`) ?? metrics.get(name) ?? WORST[name]!),
  }
}

function interpolated(value: Values): number {
  if (['VC', 'VI', 'VA', 'SC', 'SI', 'SA'].every((name) => value(name) === 'N')) return 0
  const vector = macroVectorOf(value)
  const tenths = macroVectorTenths(vector)!
  const losses = groupsOf(vector).flatMap(({ lower, depth, highest }) => {
    const below = lower.flatMap((next) => macroVectorTenths(next) ?? [])
    return below.length === 0 ? [] : [((tenths - Math.max(...below)) * distance(value, highest)) / depth]
  })
  const mean = losses.length === 0 ? 0 : losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  // The sum is exact but for binary fractions, which must not push a half down.
  return Math.max(0, Math.round(tenths - mean + 1e-6)) / 10
}

function macroVectorOf(value: Values): MacroVector {
  const is = (name: string, wanted: string): boolean => value(name) === wanted
  const open = [is('AV', 'N'), is('PR', 'N'), is('UI', 'N')].filter(Boolean).length
  const high = (...names: string[]): boolean => names.some((name) => is(name, 'H'))
  return {
    eq1: open === 3 ? 0 : open > 0 && !is('AV', 'P') ? 1 : 2,
    eq2: is('AC', 'L') && is('AT', 'N') ? 0 : 1,
    eq3: is('VC', 'H') && is('VI', 'H') ? 0 : high('VC', 'VI', 'VA') ? 1 : 2,
    eq4: is('SI', 'S') || is('SA', 'S') ? 0 : high('SC', 'SI', 'SA') ? 1 : 2,
    eq5: STEPS.E![value('E')]!,
    eq6: ['C', 'I', 'A'].some((loss) => is(`${loss}R`, 'H') && is(`V${loss}`, 'H')) ? 0 : 1,
  }
}

interface Group {
  /** The next less severe classes in this group; none in the lowest. */
  readonly lower: readonly MacroVector[]
  /** Steps from the top of this class to the top of the next. */
  readonly depth: number
  /** The most severe vectors of the class, in the metrics of this group; one of them is above every vector of it. */
  readonly highest: readonly Top[]
}

/** Metrics with their steps. */
type Top = readonly (readonly [name: string, steps: number])[]

/** The groups of metrics with tables 24 to 30 of the specification; eq3 and eq6 depend on each other, so are one. */
function groupsOf(vector: MacroVector): Group[] {
  const { eq1, eq2, eq3, eq4, eq5, eq6 } = vector
  const both =
    eq3 === 0 && eq6 === 0
      ? [
          { ...vector, eq6: 1 },
          { ...vector, eq3: 1 },
        ]
      : []
  const next = eq3 === 1 && eq6 === 0 ? { ...vector, eq6: 1 } : { ...vector, eq3: eq3 + 1 }
  return [
    { lower: [{ ...vector, eq1: eq1 + 1 }], depth: [1, 4, 5][eq1]!, highest: HIGHEST_EQ1[eq1]! },
    { lower: [{ ...vector, eq2: eq2 + 1 }], depth: [1, 2][eq2]!, highest: HIGHEST_EQ2[eq2]! },
    { lower: both.length > 0 ? both : [next], ...EQ3_EQ6[`${eq3}${eq6}`]! },
    { lower: [{ ...vector, eq4: eq4 + 1 }], depth: [6, 5, 4][eq4]!, highest: HIGHEST_EQ4[eq4]! },
    { lower: [{ ...vector, eq5: eq5 + 1 }], depth: 1, highest: [] },
  ]
}

function tops(...vectors: readonly string[]): Top[] {
  return vectors.map((vector) =>
    vector.split('/').map((part) => {
      const [name, value] = part.split(':') as [string, string]
      return [name, STEPS[name]![value]!] as const
    }),
  )
}

const HIGHEST_EQ1 = [
  tops('AV:N/PR:N/UI:N'),
  tops('AV:A/PR:N/UI:N', 'AV:N/PR:L/UI:N', 'AV:N/PR:N/UI:P'),
  tops('AV:P/PR:N/UI:N', 'AV:A/PR:L/UI:P'),
]
const HIGHEST_EQ2 = [tops('AC:L/AT:N'), tops('AC:H/AT:N', 'AC:L/AT:P')]
const HIGHEST_EQ4 = [tops('SC:H/SI:S/SA:S'), tops('SC:H/SI:H/SA:H'), tops('SC:L/SI:L/SA:L')]
const EQ3_EQ6: Readonly<Record<string, { readonly depth: number; readonly highest: readonly Top[] }>> = {
  '00': { depth: 7, highest: tops('VC:H/VI:H/VA:H/CR:H/IR:H/AR:H') },
  '01': { depth: 6, highest: tops('VC:H/VI:H/VA:L/CR:M/IR:M/AR:H', 'VC:H/VI:H/VA:H/CR:M/IR:M/AR:M') },
  '10': { depth: 8, highest: tops('VC:L/VI:H/VA:H/CR:H/IR:H/AR:H', 'VC:H/VI:L/VA:H/CR:H/IR:H/AR:H') },
  '11': {
    depth: 8,
    highest: tops(
      'VC:L/VI:H/VA:L/CR:H/IR:M/AR:H',
      'VC:L/VI:H/VA:H/CR:H/IR:M/AR:M',
      'VC:H/VI:L/VA:H/CR:M/IR:H/AR:M',
      'VC:H/VI:L/VA:L/CR:M/IR:H/AR:H',
      'VC:L/VI:L/VA:H/CR:H/IR:H/AR:M',
    ),
  },
  '21': { depth: 10, highest: tops('VC:L/VI:L/VA:L/CR:H/IR:H/AR:H') },
}

/** Steps from the first of `highest` that is nowhere below the vector. */
function distance(value: Values, highest: readonly Top[]): number {
  for (const top of highest) {
    let sum = 0
    const isAbove = top.every(([name, least]) => {
      const steps = STEPS[name]![value(name)]! - least
      sum += steps
      return steps >= 0
    })
    if (isAbove) return sum
  }
  return 0
}
