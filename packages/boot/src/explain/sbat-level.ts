import { UserError } from '@firn/core'
import { ATTRIBUTE, BOOT_ONLY_ATTRIBUTES, type EfiVariable, variable } from '../efivars/variable.ts'
import { parseSbatLevel, type SbatLevel } from '../sbat.ts'
import { parseSbatLevelSection } from '../sbat-level-section.ts'
import { type Program, sectionBytes } from './program.ts'

/** The SBAT level that a shim goes by. */
export interface LevelInForce {
  readonly text: string
  /** The variable as it stands then: shim tells a TPM of it. */
  readonly data: Uint8Array
  readonly from: string
  readonly levels: readonly SbatLevel[]
}

const MOST_SECTION = 1 << 20
const OLDEST_LEVEL = 'sbat,1,2021030218\n'
const POLICY = { latest: 1, automatic: 2 } as const
const SOUND_ATTRIBUTES: readonly number[] = [
  BOOT_ONLY_ATTRIBUTES,
  BOOT_ONLY_ATTRIBUTES | ATTRIBUTE.timeBasedAuthenticated,
]

/**
 * That of the machine, unless shim brings a later one, which it then writes (sbat.c, set_sbat_uefi_variable). Which of its
 * two it brings, an administrator may have said (SbatPolicy). Without Secure Boot it goes back to the oldest, unless he did.
 */
export function levelInForce(
  program: Program,
  variables: readonly EfiVariable[],
  secureBootIsOn: boolean,
): LevelInForce {
  const policy = variable(variables, 'SbatPolicy')?.data[0]
  const goesBack = !secureBootIsOn && policy !== POLICY.latest && policy !== POLICY.automatic
  const own = goesBack ? OLDEST_LEVEL : builtInLevel(program, policy === POLICY.latest ? 'latest' : 'automatic')
  const stored = variable(variables, 'SbatLevel')
  const text = stored === undefined ? undefined : Buffer.from(stored.data).toString('latin1').replace(/\0+$/, '')
  const stays =
    !goesBack &&
    stored !== undefined &&
    SOUND_ATTRIBUTES.includes(stored.attributes) &&
    isLevel(text!) &&
    dateOf(text!) >= dateOf(own)
  const chosen = stays
    ? { text: text!, data: stored.data, from: 'SbatLevel' }
    : { text: own, data: Buffer.from(own, 'latin1'), from: 'built into shim' }
  return { ...chosen, levels: parseSbatLevel(Buffer.from(chosen.text)) }
}

function isLevel(text: string): boolean {
  try {
    return parseSbatLevel(Buffer.from(text)).length > 0 && dateOf(text) > 0
  } catch (error) {
    if (error instanceof UserError) return false
    throw error
  }
}

function dateOf(level: string): number {
  return Number(/^sbat,\d+,(\d{10})(?:\D|$)/.exec(level)?.[1] ?? 0)
}

function builtInLevel(program: Program, which: 'automatic' | 'latest'): string {
  const bytes = sectionBytes(program, '.sbatlevel', MOST_SECTION)
  const text = bytes === undefined ? undefined : parseSbatLevelSection(bytes)?.[which]
  return text !== undefined && isLevel(text) ? text : OLDEST_LEVEL
}
