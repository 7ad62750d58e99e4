import { createHash } from 'node:crypto'
import { UserError } from '@firn/core'
import type { EfiVariable } from '../efivars/variable.ts'
import type { Decision, Firmware } from './firmware.ts'
import { innerKernel } from './inner-kernel.ts'
import { defaultEntry, type LoaderEntry, loaderEntries } from './loader-entries.ts'
import { type Architecture, type Program, type ProgramKind, readProgram, sectionBytes } from './program.ts'
import { namedInOptions, pendingMok, secondStage, whyUnmeasured } from './second-stage.ts'
import { type Shim, shimOf } from './shim.ts'
import type { ShimMeasure } from './shim-measures.ts'
import { isAtLeast } from './shim-version.ts'
import type { Volume } from './volume.ts'

/** What is known of a machine: all that its decision to boot depends on. */
export interface Machine {
  readonly variables: readonly EfiVariable[]
  /** The ESP first. */
  readonly volumes: readonly Volume[]
  readonly architecture: Architecture
}

/** One program: whether who loads it starts it, and what it would start itself. */
export interface BootStep {
  readonly by: 'firmware' | 'shim' | 'systemd-boot' | 'stub'
  readonly path: string
  readonly title?: string
  readonly kind: ProgramKind | 'file' | 'nothing'
  readonly decision: Decision
  /** Authenticode, hex; for a file its SHA-256. */
  readonly sha256?: string
  readonly notes: readonly string[]
  /** Of a shim: what it measures of its own state. */
  readonly measures?: readonly ShimMeasure[]
  /** Why it cannot be said what is measured from here on. */
  readonly unmeasured?: string
  /** What follows when nobody chooses; the last step has none. */
  readonly next?: BootStep
  /** The other choices. */
  readonly others: readonly BootStep[]
}

/** How a program is loaded: who decides. */
export interface Loader {
  readonly by: BootStep['by']
  readonly decide: (program: Program) => Decision
}

export interface Context {
  readonly machine: Machine
  readonly firmware: Firmware
  /** Kinds of program that are not followed (any more): a disk may hold loaders that start each other for ever. */
  readonly followed: ReadonlySet<ProgramKind>
  /** The shim that has started this, or what started this. */
  readonly shim?: Shim
}

/** The step at which a boot ends: the first that is refused, or the last of all. */
export function lastOf(step: BootStep): BootStep {
  return step.decision.runs && step.next !== undefined ? lastOf(step.next) : step
}

/** Undefined when there is no such file. */
export function explainProgram(
  volume: Volume,
  path: string,
  loader: Loader,
  context: Context,
  optionalData: Uint8Array = new Uint8Array(),
): BootStep | undefined {
  const source = volume.open(path)
  if (source === undefined) return undefined
  try {
    const program = readProgram(source)
    const decision = loader.decide(program)
    const step = {
      by: loader.by,
      path,
      kind: program.kind,
      decision,
      sha256: Buffer.from(program.image.sha256).toString('hex'),
      notes: program.image.warnings,
      others: [],
    }
    return decision.runs ? { ...step, ...whatFollows(program, volume, path, context, optionalData) } : step
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return refused(loader.by, path, error.message)
  } finally {
    source.close()
  }
}

type Following = Partial<Pick<BootStep, 'next' | 'others' | 'notes' | 'measures' | 'unmeasured'>>

function whatFollows(
  program: Program,
  volume: Volume,
  path: string,
  context: Context,
  optionalData: Uint8Array,
): Following {
  const { kind } = program
  if (context.followed.has(kind))
    return { notes: [...program.image.warnings, 'what it starts is not followed further'] }
  const inner = { ...context, followed: new Set([...context.followed, kind]) }
  switch (kind) {
    case 'shim':
      return afterShim(program, volume, path, inner, optionalData)
    case 'systemd-boot':
      return afterSystemdBoot(volume, inner)
    case 'uki':
      return {
        notes: [...program.image.warnings, ...notesOnUki(program)],
        others: addons(volume, path, inner),
        ...kernelInside(program, path, inner),
      }
    case 'lanzaboote':
      return afterThinStub(program, volume)
    case 'grub':
      return { notes: ['what GRUB starts, its own configuration decides: it is not followed here'] }
    default:
      return {}
  }
}

function afterShim(
  program: Program,
  volume: Volume,
  path: string,
  { machine, firmware, followed }: Context,
  optionalData: Uint8Array,
): Following {
  const shim = shimOf(program, machine.variables, firmware)
  const folder = path.slice(0, path.lastIndexOf('\\'))
  const suffix = machine.architecture
  const pending = pendingMok(machine.variables, suffix)
  const notes = [...program.image.warnings, ...shim.notes, ...pending]
  const told = `its SBAT level is ${shim.level.text.split('\n')[0]} (${shim.level.from})`
  if (shim.refusal !== undefined) return { notes, next: refused('shim', path, shim.refusal) }
  const fallback = `${folder}\\fb${suffix}.efi`
  const usesFallback = folder.toUpperCase() === '\\EFI\\BOOT' && opens(volume, fallback)
  if (usesFallback) notes.push(`${fallback} makes boot entries out of the BOOT*.CSV files, and boots the first`)
  const named = isAtLeast(shim.version, 16, 0) ? namedInOptions(volume, folder) : undefined
  const second = usesFallback ? fallback : secondStage(optionalData, folder, path, named ?? `grub${suffix}.efi`)
  const loader: Loader = { by: 'shim', decide: (other) => shim.decide(other, 'loaded by shim') }
  // What a program starts that shim started, shim is asked about first; then the firmware.
  const inner: Loader = {
    by: 'shim',
    decide: (other) => {
      const first = shim.decide(other, 'through its protocol')
      if (first.runs || shim.loads) return first
      const second = firmware.decide(other)
      return second.runs ? second : first
    },
  }
  const next = explainProgram(volume, second, loader, {
    machine,
    firmware: { ...firmware, decide: inner.decide },
    followed,
    shim,
  })
  const unmeasured = firmware.secureBoot.isOn ? whyUnmeasured(volume, folder) : undefined
  return {
    notes: [...notes, told],
    ...(shim.measures !== undefined && { measures: shim.measures }),
    ...(usesFallback || pending.length > 0 || unmeasured !== undefined
      ? { unmeasured: unmeasured ?? 'shim starts another program first, which may restart the machine' }
      : {}),
    next: next ?? missing('shim', second),
  }
}

/** Shim is asked about the kernel inside, too, when it has taken over loading. */
function kernelInside(program: Program, path: string, { shim }: Context): Following {
  const inner = innerKernel(program, shim)
  if (inner === undefined || (inner.isKnown && inner.decision.runs)) return {}
  const { decision, sha256 } = inner
  return { next: { by: 'shim', path: `${path}, .linux`, kind: 'kernel', decision, sha256, notes: [], others: [] } }
}

function afterSystemdBoot(volume: Volume, context: Context): Following {
  const { machine, firmware } = context
  const entries = loaderEntries(machine.volumes)
  const chosen = defaultEntry(entries, machine.variables, volume)
  // It asks the firmware, and shim before that when shim has started it.
  const by: Loader = { by: 'systemd-boot', decide: firmware.decide }
  const step = (entry: LoaderEntry): BootStep => ({
    ...entryStep(entry, by, context),
    title: `${entry.title} (${entry.id})`,
  })
  if (chosen === undefined) return { next: missing('systemd-boot', '\\loader\\entries\\*.conf, \\EFI\\Linux\\*.efi') }
  return { next: step(chosen), others: entries.filter((entry) => entry !== chosen).map(step) }
}

function entryStep(entry: LoaderEntry, by: Loader, context: Context): BootStep {
  const { problem, volume, path, initrds } = entry
  if (problem !== undefined) {
    return refused('systemd-boot', path, problem)
  }
  const step = explainProgram(volume, path, by, context) ?? missing('systemd-boot', path)
  const absent = initrds.find((initrd) => !opens(volume, initrd))
  if (step.decision.runs && absent !== undefined) {
    return { ...step, decision: { runs: false, reason: `there is no ${absent}, which the entry wants as initrd` } }
  }
  if (initrds.length === 0) return step
  return {
    ...step,
    notes: [...step.notes, `no signature covers its initrd (${initrds.join(', ')}) and its command line`],
  }
}

function notesOnUki(program: Program): string[] {
  const hasCommandLine = program.image.pe.sections.some(({ name }) => name === '.cmdline')
  return hasCommandLine ? [] : ['it has no command line of its own: whoever starts it may choose one']
}

/** Addons change the command line of a unified kernel; those that are refused are passed over. */
function addons(volume: Volume, path: string, context: Context): BootStep[] {
  return [`${path}.extra.d`, '\\loader\\addons'].flatMap((folder) =>
    (volume.list(folder) ?? [])
      .filter((name) => name.toLowerCase().endsWith('.addon.efi'))
      .flatMap((name) => {
        const step = explainProgram(
          volume,
          `${folder}\\${name}`,
          { by: 'stub', decide: context.firmware.decide },
          context,
        )
        return step === undefined ? [] : [step]
      }),
  )
}

/** A thin stub (lanzaboote) names its kernel and initrd, and holds their hashes; it starts only what has these. */
function afterThinStub(program: Program, volume: Volume): Following {
  const check = (section: string): BootStep => {
    const path = Buffer.from(sectionBytes(program, section, 4096) ?? [])
      .toString('utf8')
      .replace(/\0.*$/s, '')
    const wanted = Buffer.from(sectionBytes(program, `${section}h`, 32) ?? []).toString('hex')
    const found = hashOfFile(volume, path)
    if (found === undefined) return missing('stub', path)
    const decision: Decision =
      found === wanted
        ? {
            runs: true,
            reason: 'it has the hash that the stub holds',
            by: { kind: 'hash', from: 'the stub', sha256: wanted },
          }
        : { runs: false, reason: `its hash is ${found}, the stub wants ${wanted}` }
    return { by: 'stub', path, kind: 'file', decision, sha256: found, notes: [], others: [] }
  }
  const [kernel, initrd] = [check('.linux'), check('.initrd')]
  return kernel.decision.runs ? { next: initrd, others: [kernel] } : { next: kernel, others: [initrd] }
}

function hashOfFile(volume: Volume, path: string): string | undefined {
  const source = volume.open(path)
  if (source === undefined) return undefined
  try {
    const hash = createHash('sha256')
    for (const chunk of source.chunks(0, source.size)) hash.update(chunk)
    return hash.digest('hex')
  } finally {
    source.close()
  }
}

function missing(by: BootStep['by'], path: string): BootStep {
  return refused(by, path, `there is no ${path}`)
}

function refused(by: BootStep['by'], path: string, reason: string): BootStep {
  return { by, path, kind: 'nothing', decision: { runs: false, reason }, notes: [], others: [] }
}

export function opens(volume: Volume, path: string): boolean {
  const source = volume.open(path)
  source?.close()
  return source !== undefined
}
