import { existsSync } from 'node:fs'
import { EFIVARFS, variable } from '@firn/boot/efivars'
import { type Esp, type MadeFiles, makeFiles, type Plan, volumeAfterwards } from '@firn/boot/esp'
import { type BootExplanation, type EntryExplanation, explainBoot, secureBootOf } from '@firn/boot/explain'
import { UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Io } from '../command.ts'
import { withMachine } from './machine.ts'
import { readVariables } from './vars-files.ts'

export interface StartWords {
  /** The firmware's variables; without them this machine's, when it shows any. */
  readonly vars?: string | undefined
  readonly 'even-if-it-may-not-start'?: boolean | undefined
}

/** The variables that decide; undefined where signatures decide nothing. */
interface Deciding {
  readonly from: string
  /** It was on at the last start, as far as can be told: when it was off, that may be for this very change. */
  readonly wasOn: boolean
}

/**
 * With Secure Boot on, a key that the machine does not trust shows itself only at the next start: it is told before anything
 * is written. Errors: the machine starts from that ESP now, and would not any more.
 */
export async function checkStart(esp: Esp, plan: Plan, words: StartWords, io: Io): Promise<void> {
  const unknown = (error: unknown) => {
    if (!(error instanceof UserError)) throw error
    io.stderr(
      `warning: whether this machine will start what lies on ${plain(esp.name)} is not known: ${plain(error.message)}\n`,
    )
    return undefined
  }
  const deciding = attempt(() => decidingVariables(words.vars), unknown)
  if (deciding === undefined) return
  const made = await makeFiles(plan)
  const starts = attempt(() => startsOf(esp, plan, made, deciding.from), unknown)
  if (starts === undefined) return
  const lost = lostOf(starts.before, starts.after)
  if (lost !== undefined && deciding.wasOn && words['even-if-it-may-not-start'] !== true) {
    throw new UserError(
      `this machine starts from ${esp.name} now, and would not any more: ${lost.name}: ${lost.reason}; nothing was changed`,
      'have it trust this key first (docs/how-to/lost-key.md), or say --even-if-it-may-not-start',
    )
  }
  const { taken, entries } = starts.after
  if (taken?.verdict !== 'boots') warn(esp, taken ?? entries.at(-1)!, io)
}

function attempt<T>(act: () => T, failed: (error: unknown) => undefined): T | undefined {
  try {
    return act()
  } catch (error) {
    return failed(error)
  }
}

function decidingVariables(vars: string | undefined): Deciding | undefined {
  const from = vars ?? (existsSync(EFIVARFS) ? EFIVARFS : undefined)
  if (from === undefined) return undefined
  const variables = readVariables(from)
  if (!secureBootOf(variables).isOn) return undefined
  return { from, wasOn: variable(variables, 'SecureBoot')?.data[0] !== 0 }
}

function startsOf({ name }: Esp, plan: Plan, made: MadeFiles, vars: string) {
  return withMachine(name, { vars }, (machine) => {
    const volumes = machine.volumes.map((volume) => volumeAfterwards(volume, plan, made))
    return { before: explainBoot(machine), after: explainBoot({ ...machine, volumes }) }
  })
}

/** An entry that boots now and would be refused: the one that is taken, or any other that the firmware has. */
function lostOf(before: BootExplanation, after: BootExplanation): EntryExplanation | undefined {
  const fates = new Map(after.entries.map((entry) => [entry.name, entry]))
  const good = before.entries.filter(({ verdict }) => verdict === 'boots')
  return good.flatMap(({ name }) => fates.get(name) ?? []).find(({ verdict }) => verdict === 'refused')
}

function warn({ name }: Esp, { reason }: EntryExplanation, io: Io): void {
  io.stderr(
    `warning: this machine will not start what lies on ${plain(name)}, with Secure Boot on: ${plain(reason)}\n` +
      `         have it trust your key (firn boot vars sign and write; behind a shim: mokutil --import), or switch Secure\n` +
      `         Boot off; firn boot explain ${plain(name)} tells each step\n`,
  )
}
