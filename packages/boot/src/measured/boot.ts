import { type BootStep, lastOf, type Machine } from '../explain/chain.ts'
import type { BootExplanation, EntryExplanation } from '../explain/explain.ts'
import { listsOf } from '../explain/firmware.ts'
import { authorityOf, type ExpectedEvent, expectPcr4, expectPcr7 } from './expected.ts'

export interface ExpectedBoot {
  readonly events: readonly ExpectedEvent[]
  /** The registers that are predicted whole. */
  readonly pcrs: readonly number[]
  /** What is not predicted, and why. */
  readonly notes: readonly string[]
}

/** What PCR 4 and PCR 7 (SHA-256) will be extended by when that entry is booted, the first that firmware tries. */
export function expectBoot(
  machine: Machine,
  { secureBoot }: BootExplanation,
  { program }: EntryExplanation,
): ExpectedBoot {
  if (program === undefined || !lastOf(program).decision.runs) {
    return { events: [], pcrs: [], notes: ['it does not boot, so there is nothing to predict'] }
  }
  const steps = started(program)
  const programs = steps.flatMap(({ path, sha256, kind }) =>
    sha256 === undefined || kind === 'file' ? [] : [{ path, hash: Buffer.from(sha256, 'hex') }],
  )
  const pcr4 = expectPcr4(programs)
  if (secureBoot.isOn && steps.some(({ kind }) => kind === 'shim')) {
    return { events: pcr4, pcrs: [4], notes: ['shim adds its own lists to PCR 7: not predicted'] }
  }
  const { lists } = listsOf(machine.variables, 'db')
  const authorities = steps.flatMap(({ decision: { by } }) =>
    by?.from === 'db' ? (authorityOf(lists, by.sha256) ?? []) : [],
  )
  const pcr7 = expectPcr7(machine.variables, secureBoot.isOn, authorities)
  return { events: [...pcr4, ...pcr7], pcrs: [4, 7], notes: [] }
}

function started(step: BootStep): BootStep[] {
  return [step, ...(step.next === undefined ? [] : started(step.next))]
}
