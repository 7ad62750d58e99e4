import type { EfiVariable } from '@firn/boot/efivars'
import { type BootExplanation, type EntryExplanation, explainBoot } from '@firn/boot/explain'
import { UserError } from '@firn/core'
import { withMachine } from './machine.ts'

/** What becomes of a machine's next start when its variables change. */
export interface StartChange {
  /** It starts now, and would not any more. */
  readonly dangers: readonly string[]
  /** What else there is to know before it is done. */
  readonly notes: readonly string[]
}

/**
 * Ask `explain`, of the machine as it is and as it will be. `esp`: the folder of its partition, else where this machine has
 * one mounted. Without any it is said that nobody looked.
 */
export function startChange(
  before: readonly EfiVariable[],
  after: readonly EfiVariable[],
  esp: string | undefined,
): StartChange {
  try {
    const [now, then] = withMachine(esp, {}, (machine) =>
      [before, after].map((variables) => explainBoot({ ...machine, variables })),
    ) as [BootExplanation, BootExplanation]
    return changeOf(now, then)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { dangers: [], notes: [`whether it will start then is not known: ${error.message}; ${error.hint}`] }
  }
}

function changeOf(now: BootExplanation, then: BootExplanation): StartChange {
  const fates = new Map(then.entries.map((entry) => [entry.name, entry]))
  const lost = now.entries
    .filter(({ verdict }) => verdict === 'boots')
    .flatMap(({ name }) => fates.get(name) ?? [])
    .filter(({ verdict }) => verdict !== 'boots')
  const isTaken = ({ name }: EntryExplanation) => name === now.taken?.name
  const told = (entry: EntryExplanation) => `${named(entry)} starts now, and would not any more: ${entry.reason}`
  const { taken } = then
  const starts = taken === undefined ? 'nothing' : named(taken)
  return {
    dangers: lost.filter(isTaken).map(told),
    notes: [
      ...lost.filter((entry) => !isTaken(entry)).map(told),
      `when nobody chooses it will start ${starts}${taken === undefined ? '' : `: ${taken.verdict}: ${taken.reason}`}`,
    ],
  }
}

function named({ name, title }: EntryExplanation): string {
  return title === '' ? name : `${name} “${title}”`
}
