import { type BootStep, lastOf, type Machine } from '../explain/chain.ts'
import type { BootExplanation, EntryExplanation } from '../explain/explain.ts'
import { listsOf } from '../explain/firmware.ts'
import { authorityOf, type ExpectedEvent, expectAuthority, expectPcr4, expectPcr7 } from './expected.ts'

export interface ExpectedBoot {
  readonly events: readonly ExpectedEvent[]
  /** The registers that are predicted whole. */
  readonly pcrs: readonly number[]
  /** What is not predicted, and why. */
  readonly notes: readonly string[]
}

/**
 * What PCR 4, PCR 7 and, with shim, PCR 14 (SHA-256) will be extended by when that entry is booted, the first that firmware
 * tries.
 */
export function expectBoot(
  machine: Machine,
  { secureBoot }: BootExplanation,
  { program }: EntryExplanation,
): ExpectedBoot {
  if (program === undefined || !lastOf(program).decision.runs) {
    return { events: [], pcrs: [], notes: ['it does not boot, so there is nothing to predict'] }
  }
  const steps = started(program)
  const unmeasured = steps.find((step) => step.unmeasured !== undefined)?.unmeasured
  if (unmeasured !== undefined) return { events: [], pcrs: [], notes: [unmeasured] }
  const programs = steps.flatMap(({ path, sha256, kind }) =>
    sha256 === undefined || kind === 'file' ? [] : [{ path, hash: Buffer.from(sha256, 'hex') }],
  )
  const pcr4 = expectPcr4(programs)
  const shim = steps.find(({ kind }) => kind === 'shim')
  if (shim !== undefined && shim.measures === undefined) {
    return { events: pcr4, pcrs: [4], notes: ['what a shim of that version adds to PCR 7 and 14 is not known'] }
  }
  const added = steps.flatMap((step) => eventsOf(step.measures))
  const pcr7 = [...expectPcr7(machine.variables, secureBoot.isOn, []), ...authorities(machine, steps)]
  const pcr14 = added.filter(({ pcr }) => pcr === 14)
  return {
    events: [...pcr4, ...pcr7, ...pcr14],
    pcrs: shim === undefined ? [4, 7] : [4, 7, 14],
    notes: [],
  }
}

/** Who let each program pass, once each; shim's own state where shim comes. Shim does not know what firmware has told. */
function authorities(machine: Machine, steps: readonly BootStep[]): ExpectedEvent[] {
  const { lists } = listsOf(machine.variables, 'db')
  const told = new Set<string>()
  return steps.flatMap(({ decision: { by, measures }, measures: state }) => {
    const entry = measures === undefined && by?.from === 'db' ? authorityOf(lists, by.sha256) : undefined
    const events = [
      ...(entry === undefined ? [] : [{ who: 'firmware', event: expectAuthority(entry) }]),
      ...eventsOf([...(measures ?? []), ...(state ?? [])]).map((event) => ({ who: 'shim', event })),
    ]
    return events.flatMap(({ who, event }) => {
      const key = `${who} ${event.what} ${Buffer.from(event.digest).toString('hex')}`
      if (event.pcr !== 7 || told.has(key)) return []
      told.add(key)
      return [event]
    })
  })
}

function eventsOf(measures: BootStep['measures'] = []): ExpectedEvent[] {
  return measures.map(({ pcr, what, sha256 }) => ({ pcr, what, digest: Buffer.from(sha256, 'hex') }))
}

function started(step: BootStep): BootStep[] {
  return [step, ...(step.next === undefined ? [] : started(step.next))]
}
