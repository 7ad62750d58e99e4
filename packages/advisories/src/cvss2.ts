import { type MetricTable, readMetrics } from './cvss-vector.ts'

const IMPACT = { N: 0, P: 0.275, C: 0.66 }
const REQUIREMENT = { L: 0.5, M: 1, H: 1.51 }
const METRICS = {
  AV: { L: 0.395, A: 0.646, N: 1 },
  AC: { H: 0.35, M: 0.61, L: 0.71 },
  AU: { M: 0.45, S: 0.56, N: 0.704 },
  C: IMPACT,
  I: IMPACT,
  A: IMPACT,
  E: { U: 0.85, POC: 0.9, F: 0.95, H: 1 },
  RL: { OF: 0.87, TF: 0.9, W: 0.95, U: 1 },
  RC: { UC: 0.9, UR: 0.95, C: 1 },
  CDP: { N: 0, L: 0.1, LM: 0.3, MH: 0.4, H: 0.5 },
  TD: { N: 0, L: 0.25, M: 0.75, H: 1 },
  CR: REQUIREMENT,
  IR: REQUIREMENT,
  AR: REQUIREMENT,
} satisfies MetricTable<number>

/** CVSS 2.0, section 3.2 of FIRST's guide: base, temporal and environmental equations. */
export function scoreCvss2(text: string): { score: number; overall: number } | undefined {
  const metrics = readMetrics(text, METRICS, ['AV', 'AC', 'AU', 'C', 'I', 'A'])
  if (metrics === undefined) return undefined
  const weight = (name: keyof typeof METRICS, otherwise = 1): number =>
    (METRICS[name] as Record<string, number>)[metrics.get(name) ?? ''] ?? otherwise
  const impactWith = (c: number, i: number, a: number): number =>
    10.41 * (1 - (1 - weight('C') * c) * (1 - weight('I') * i) * (1 - weight('A') * a))
  const baseWith = (impact: number): number => {
    const exploitability = 20 * weight('AV') * weight('AC') * weight('AU')
    return round((0.6 * impact + 0.4 * exploitability - 1.5) * (impact === 0 ? 0 : 1.176))
  }
  const temporal = (base: number): number => round(base * weight('E') * weight('RL') * weight('RC'))
  const score = baseWith(impactWith(1, 1, 1))
  const adjusted = temporal(baseWith(Math.min(10, impactWith(weight('CR'), weight('IR'), weight('AR')))))
  const hasEnvironment = ['CDP', 'TD', 'CR', 'IR', 'AR'].some((name) => metrics.has(name))
  const environmental = round((adjusted + (10 - adjusted) * weight('CDP', 0)) * weight('TD'))
  return { score, overall: hasEnvironment ? environmental : temporal(score) }
}

/** To one decimal, halves up; what only binary fractions add is cut off first. Never below 0: -0.0 is no score. */
function round(value: number): number {
  return Math.max(0, Math.round(Number((value * 10).toFixed(8))) / 10)
}
