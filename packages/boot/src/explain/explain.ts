import { UserError } from '@firn/core'
import { type BootEntry, bootEntries, type LoadOption } from '../efivars/load-option.ts'
import { type BootStep, type Context, explainProgram, type Loader, lastOf, type Machine, opens } from './chain.ts'
import { firmwareOf, type SecureBoot } from './firmware.ts'
import type { Architecture, ProgramKind } from './program.ts'
import type { Volume } from './volume.ts'

export interface BootExplanation {
  readonly secureBoot: SecureBoot
  readonly architecture: Architecture
  /** In the order in which firmware tries them; the last is the fallback path. */
  readonly entries: readonly EntryExplanation[]
  /** The entry that firmware starts when nobody chooses: the first whose program it admits. */
  readonly taken?: EntryExplanation
}

export interface EntryExplanation {
  /** `Boot0001`, or `fallback`. */
  readonly name: string
  readonly title: string
  /** `boots`: all the way to a kernel, or to a program that decides for itself. `elsewhere`: not on what was given. */
  readonly verdict: 'boots' | 'refused' | 'missing' | 'elsewhere'
  readonly reason: string
  readonly program?: BootStep
}

/** What firmware, shim, boot loader and stub will do with what lies on that disk. Reads, decides, and changes nothing. */
export function explainBoot(machine: Machine): BootExplanation {
  const firmware = firmwareOf(machine.variables, machine.architecture)
  const context = { machine, firmware, followed: new Set<ProgramKind>() }
  const entries = [
    ...bootEntries(machine.variables).map((entry) => explainEntry(entry, context)),
    explainPath('fallback', 'the path for removable media', espOf(machine), fallbackPath(machine), context),
  ]
  // What firmware has started does not come back to it: shim shows its refusal and waits.
  const taken = entries.find(({ program }) => program?.decision.runs)
  return {
    secureBoot: firmware.secureBoot,
    architecture: machine.architecture,
    entries,
    ...(taken !== undefined && { taken }),
  }
}

function espOf({ volumes }: Machine): Volume {
  const esp = volumes.find(({ role }) => role === 'esp')
  if (esp !== undefined) return esp
  throw new UserError(
    'no EFI system partition',
    'give a disk image with one, a FAT image, or the folder it is mounted on',
  )
}

function fallbackPath({ architecture }: Machine): string {
  return `\\EFI\\BOOT\\BOOT${architecture.toUpperCase()}.EFI`
}

function explainEntry(entry: BootEntry, context: Context): EntryExplanation {
  const name = entry.isNext ? `${entry.name} (BootNext)` : entry.name
  if ('problem' in entry) return { name, title: '', verdict: 'missing', reason: entry.problem }
  const { option } = entry
  const { description } = option
  const passedOver = entry.isNext ? undefined : whyPassedOver(option)
  if (passedOver !== undefined) return { name, title: description, verdict: 'elsewhere', reason: passedOver }
  const found = locate(option, context.machine)
  if ('reason' in found) return { name, title: description, verdict: 'elsewhere', reason: found.reason }
  return explainPath(name, description, found.volume, found.path, context, option.optionalData)
}

/** EDK2, BdsDxe: of the order it tries what is switched on and is there to boot; BootNext is started whatever it says. */
function whyPassedOver({ isActive, isApplication }: LoadOption): string | undefined {
  if (!isActive) return 'it is switched off'
  return isApplication ? 'it is a program to be chosen in the menu, not one to boot' : undefined
}

/** Where a device path leads, among the volumes that were given. */
function locate(
  { path }: LoadOption,
  machine: Machine,
): { readonly volume: Volume; readonly path: string } | { readonly reason: string } {
  if (path.some(({ kind }) => kind === 'network')) return { reason: 'it boots from the network' }
  if (path.some(({ kind }) => kind === 'firmware-file')) return { reason: 'it is part of the firmware' }
  const partition = path.find((node) => node.kind === 'partition')
  const files = path.flatMap((node) => (node.kind === 'file' ? [node.path] : []))
  const file = files.length === 0 ? fallbackPath(machine) : `\\${files.join('\\')}`.replace(/\\+/g, '\\')
  if (partition === undefined) return { volume: espOf(machine), path: file }
  const volume = machine.volumes.find((candidate) => {
    const known = candidate.partition
    if (known === undefined) return true
    return known.id === undefined || partition.scheme !== 'gpt'
      ? known.number === partition.number
      : known.id === partition.id
  })
  if (volume === undefined)
    return { reason: `it is on partition ${partition.number} (${partition.id}) of another disk` }
  return { volume, path: file }
}

function explainPath(
  name: string,
  title: string,
  volume: Volume,
  path: string,
  context: Context,
  optionalData: Uint8Array = new Uint8Array(),
): EntryExplanation {
  const loader: Loader = { by: 'firmware', decide: context.firmware.decide }
  const program = explainProgram(volume, path, loader, context, optionalData)
  if (program === undefined) return { name, title, verdict: 'missing', reason: `there is no ${path}` }
  const last = lastOf(program)
  const verdict = last.decision.runs ? 'boots' : 'refused'
  const whose = last === program ? '' : `${last.path}: `
  return { name, title, verdict, reason: `${whose}${last.decision.reason}`, program }
}

/** The architecture of a machine that boots from here, by the name of the fallback program; without one, x64. */
export function architectureOf(volumes: readonly Volume[]): Architecture {
  const known = ['x64', 'aa64', 'ia32', 'riscv64', 'loongarch64', 'arm'] as const
  const found = known.find((name) =>
    volumes.some((volume) => opens(volume, `\\EFI\\BOOT\\BOOT${name.toUpperCase()}.EFI`)),
  )
  return found ?? 'x64'
}
