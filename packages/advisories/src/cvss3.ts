import { type MetricTable, readMetrics } from './cvss-vector.ts'

const AV = { N: 0.85, A: 0.62, L: 0.55, P: 0.2 }
const AC = { L: 0.77, H: 0.44 }
const PR = { N: 0.85, L: 0.62, H: 0.27 }
/** PR where the scope is changed. */
const PR_CHANGED = { N: 0.85, L: 0.68, H: 0.5 }
const UI = { N: 0.85, R: 0.62 }
const S = { U: 0, C: 1 }
const IMPACT = { H: 0.56, L: 0.22, N: 0 }
const REQUIREMENT = { H: 1.5, M: 1, L: 0.5 }
const METRICS: MetricTable<number> = {
  ...{ AV, AC, PR, UI, S, C: IMPACT, I: IMPACT, A: IMPACT },
  E: { H: 1, F: 0.97, P: 0.94, U: 0.91 },
  RL: { U: 1, W: 0.97, T: 0.96, O: 0.95 },
  RC: { C: 1, R: 0.96, U: 0.92 },
  ...{ CR: REQUIREMENT, IR: REQUIREMENT, AR: REQUIREMENT },
  ...{ MAV: AV, MAC: AC, MPR: PR, MUI: UI, MS: S, MC: IMPACT, MI: IMPACT, MA: IMPACT },
}
const BASE = ['AV', 'AC', 'PR', 'UI', 'S', 'C', 'I', 'A']

/** CVSS 3.0 and 3.1, section 7 of FIRST's specifications. They differ only in the environmental impact. */
export function scoreCvss3(text: string, version: '3.0' | '3.1'): { score: number; overall: number } | undefined {
  const metrics = readMetrics(text, METRICS, BASE)
  if (metrics === undefined) return undefined
  const weight = (name: string): number => METRICS[name]![metrics.get(name) ?? ''] ?? 1
  const temporal = (score: number): number => roundUp(score * weight('E') * weight('RL') * weight('RC'))
  const score = baseScore(metrics)
  const hasEnvironment = [...metrics.keys()].some((name) => name.startsWith('M') || /^[CIA]R$/.test(name))
  return { score, overall: temporal(hasEnvironment ? modifiedScore(metrics, version) : score) }
}

function baseScore(metrics: ReadonlyMap<string, string>): number {
  const loss = 1 - ['C', 'I', 'A'].reduce((left, name) => left * (1 - METRICS[name]![metrics.get(name)!]!), 1)
  const changed = metrics.get('S') === 'C'
  const impact = changed ? 7.52 * (loss - 0.029) - 3.25 * (loss - 0.02) ** 15 : 6.42 * loss
  return combined(
    impact,
    exploitability((name) => metrics.get(name)!, changed),
    changed,
  )
}

function modifiedScore(metrics: ReadonlyMap<string, string>, version: '3.0' | '3.1'): number {
  const value = (name: string): string => metrics.get(`M${name}`) ?? metrics.get(name)!
  const kept = ['C', 'I', 'A'].reduce((left, name) => {
    const requirement = REQUIREMENT[(metrics.get(`${name}R`) ?? 'M') as 'H' | 'M' | 'L']
    return left * (1 - requirement * METRICS[name]![value(name)]!)
  }, 1)
  const loss = Math.min(1 - kept, 0.915)
  const changed = value('S') === 'C'
  const curve = version === '3.1' ? (loss * 0.9731 - 0.02) ** 13 : (loss - 0.02) ** 15
  return combined(changed ? 7.52 * (loss - 0.029) - 3.25 * curve : 6.42 * loss, exploitability(value, changed), changed)
}

function exploitability(value: (name: string) => string, changed: boolean): number {
  const privileges = (changed ? PR_CHANGED : PR)[value('PR') as 'N' | 'L' | 'H']
  return 8.22 * METRICS.AV![value('AV')]! * METRICS.AC![value('AC')]! * privileges * METRICS.UI![value('UI')]!
}

function combined(impact: number, ease: number, changed: boolean): number {
  return impact <= 0 ? 0 : roundUp(Math.min((changed ? 1.08 : 1) * (impact + ease), 10))
}

/** Appendix A of 3.1: up to one decimal, in whole numbers, so that binary fractions cannot lift a score. */
function roundUp(value: number): number {
  const whole = Math.round(value * 100_000)
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10
}
