import type { Advisory, Component } from '../match/model.ts'

/** What a person says of a vulnerability in a product, in the words of VEX. */
export type RulingStatus = 'not_affected' | 'affected' | 'fixed' | 'under_investigation'

/**
 * What someone decided: a statement of a VEX document, a rule of a whitelist, a decision of the tracker's maintainers.
 * It says which vulnerabilities and components it speaks of, whatever format it came in.
 */
export interface Ruling {
  readonly status: RulingStatus
  /** A whitelist says what to pass over, not what is true: it is never passed on as a judgement. */
  readonly kind: 'judgement' | 'whitelist'
  /** The ids it speaks of; absent: ask `speaksOf` for each. */
  readonly ids?: readonly string[]
  readonly speaksOf: (advisory: Pick<Advisory, 'id' | 'aliases'>, component: Component) => boolean
  /** One of VEX's justifications: `vulnerable_code_not_in_execute_path`. */
  readonly justification?: string
  /** In the author's words. */
  readonly text?: string
  /** ISO 8601; of several rulings the latest counts. */
  readonly decided?: string
  /** From this day on (`2025-01-31`) it says nothing. */
  readonly until?: string
  /** File and statement: `triage.json statement 3`. */
  readonly source: string
}

/** Rulings by id, so that each match asks only those that may speak of it. */
export class Rulings {
  readonly #byId = new Map<string, Ruling[]>()
  readonly #others: Ruling[] = []
  readonly size: number

  /** `today` decides which have expired: `2024-10-25`. Later ones in the list go before earlier ones of the same date. */
  constructor(list: readonly Ruling[], today: string) {
    const active = list.filter(({ until }) => until === undefined || today < until)
    this.size = active.length
    for (const ruling of active) {
      if (ruling.ids === undefined) this.#others.push(ruling)
      for (const id of ruling.ids ?? []) {
        const known = this.#byId.get(id)
        if (known === undefined) this.#byId.set(id, [ruling])
        else known.push(ruling)
      }
    }
  }

  /** The one that counts for this component and vulnerability, if any: a judgement before a whitelist, then the latest. */
  about(advisory: Pick<Advisory, 'id' | 'aliases'>, component: Component): Ruling | undefined {
    if (this.size === 0) return undefined
    const ids = [advisory.id, ...advisory.aliases]
    const candidates = new Set([...ids.flatMap((id) => this.#byId.get(id) ?? []), ...this.#others])
    let best: Ruling | undefined
    for (const ruling of candidates) {
      if (ruling.speaksOf(advisory, component) && (best === undefined || !outranks(best, ruling))) best = ruling
    }
    return best
  }
}

/** Of two from the same moment the one that warns counts: who contradicts himself must not hide a finding. */
function outranks(a: Ruling, b: Ruling): boolean {
  if (a.kind !== b.kind) return a.kind === 'judgement'
  const [decidedA, decidedB] = [Date.parse(a.decided ?? ''), Date.parse(b.decided ?? '')]
  if (decidedA !== decidedB && !Number.isNaN(decidedA) && !Number.isNaN(decidedB)) return decidedA > decidedB
  return WARNS.has(a.status) && !WARNS.has(b.status)
}

const WARNS: ReadonlySet<RulingStatus> = new Set(['affected', 'under_investigation'])
