import { setImmediate } from 'node:timers/promises'
import { type ByteSource, fileSource } from '@firn/binary/source'
import {
  applyPlan,
  assemble,
  chooseGenerations,
  directoryEsp,
  type Esp,
  followLinks,
  type Generation,
  isMountPoint,
  isOf,
  lockEsp,
  type Plan,
  planFor,
  readableByAll,
  readGeneration,
  readGenerations,
  type SecretInitrds,
  type Step,
  secretInitrds,
  type Wanted,
} from '@firn/boot/esp'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { amount, PRIVATE_MOUNT, wholeNumber } from './esp-words.ts'
import { checkStart } from './install-start.ts'
import { checkStub } from './install-stub.ts'
import { chooseSigner, SIGNER_HELP, SIGNER_OPTIONS, signOptions } from './signing.ts'
import { readVariables } from './vars-files.ts'

const HELP = `firn boot install: put the system's generations on the EFI system partition, signed

  firn boot install --esp DIR... --stub F --cert C --key K [SYSTEM]

  SYSTEM            the system that shall be booted (a store path; default: what the profile points to)
  --esp DIR         where the partition is mounted; several get the same, one after another
  --stub F          systemd-stub (linuxx64.efi.stub): each generation becomes one signed file
  --thin            the stub is lanzaboote's: kernels and initrds lie beside, and are shared
  --bootloader F    systemd-boot (systemd-bootx64.efi), not signed yet: installed in its own place and as fallback
  --generations N   how many of the newest to keep (default 10; 0: all). What runs and what is the default stays anyway
  --tries N         boot counting: a new generation that fails to come up N times makes way for the one before
  --timeout N       seconds that the menu is shown (default 5); menu-force: until somebody chooses
  --profiles DIR    where the generations are (default /nix/var/nix/profiles)
  --profile NAME    whose (default system)
  --running PATH    the system that runs (default /run/booted-system)
  --vars F          the firmware's variables (default: this machine's): with Secure Boot on, a warning tells when it will
                    not start what is installed. An OVMF variable file, or a folder that vars backup wrote
  --even-if-it-may-not-start
                    install although the machine starts from here now and would not any more (a key it does not trust)
  --require-mount   refuse a folder on which nothing is mounted
  --dry-run         say what would be done: what is added, kept, removed, and how much room that takes
  --json

Nothing is written over that boots. Stopped at any moment, or without power, the machine boots the old or the new.
Exit codes: 0 done, 2 something is wrong with what was given, 4 no room, or the disk fails.

${SIGNER_HELP}`

const OPTIONS = {
  ...SIGNER_OPTIONS,
  esp: { type: 'string', multiple: true },
  stub: { type: 'string' },
  thin: { type: 'boolean' },
  bootloader: { type: 'string' },
  generations: { type: 'string' },
  tries: { type: 'string' },
  timeout: { type: 'string' },
  profiles: { type: 'string' },
  profile: { type: 'string' },
  running: { type: 'string' },
  vars: { type: 'string' },
  'even-if-it-may-not-start': { type: 'boolean' },
  'require-mount': { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
} as const

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values']

export const command: Command = { help: HELP, run: install }

async function install(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot install', args, OPTIONS)
  const esps = openEsps(values, io)
  const dry = values['dry-run'] === true
  // Wrong words are told before anything is written.
  if (values.vars !== undefined) readVariables(values.vars)
  const locks = dry ? [] : esps.map(({ name }) => lockEsp(name))
  const sources = new OpenSources()
  const secrets = secretInitrds()
  try {
    const { wanted, running, broken } = await decideWanted(values, positionals, sources, secrets.make, io)
    for (const { number, why } of broken)
      io.stderr(`warning: ${plain(`generation ${number} is left as it is: ${why}`)}\n`)
    for (const { generation, why } of wanted.left) io.stderr(`warning: ${plain(`generation ${generation}: ${why}`)}\n`)
    const keeping = { generations: broken.map(({ number }) => number), ...(running !== undefined && { running }) }
    // All plans first: with no room on the second, the first is not touched either.
    const planned = esps.map((esp) => ({ esp, plan: planFor(esp, wanted, keeping) }))
    if (!dry) for (const { esp, plan } of planned) await checkStart(esp, plan, values, io)
    if (values.json !== true) io.stdout(planned.map(({ plan }) => inWords(plan, dry)).join('\n'))
    if (!dry) await applyEach(planned, io)
    if (wanted.secret) for (const { esp } of planned) warnOfReaders(esp, io)
    if (values.json === true) io.stdout(asJson(planned, wanted, broken, dry))
    return EXIT.clean
  } finally {
    secrets.close()
    sources.close()
    for (const release of locks) release()
  }
}

/** One disk that fails does not keep the others from what they need. Ctrl-C ends it between two steps. */
async function applyEach(planned: readonly { readonly esp: Esp; readonly plan: Plan }[], io: Io): Promise<void> {
  const errors: unknown[] = []
  const between = async () => {
    await setImmediate()
    io.signal.throwIfAborted()
  }
  for (const { esp, plan } of planned) await applyPlan(esp, plan, between).catch((error: unknown) => errors.push(error))
  if (errors.length > 0) throw errors[0]
}

function warnOfReaders(esp: Esp, io: Io): void {
  if (readableByAll(esp).length === 0) return
  io.stderr(
    `warning: every user of this machine can read the secrets in the initrds on ${esp.name}; ${PRIVATE_MOUNT}\n`,
  )
}

function openEsps(values: Values, io: Io): Esp[] {
  const folders = [...new Map((values.esp ?? []).map((folder) => [followLinks(folder), folder])).values()]
  if (folders.length === 0) throw new UserError('firn boot install: onto which partition?', 'add --esp /boot')
  return folders.map((folder) => {
    if (!isMountPoint(folder)) {
      const message = `${folder}: nothing is mounted there`
      if (values['require-mount'] === true) throw new UserError(message, 'mount the EFI system partition first')
      io.stderr(`warning: ${message}; is this the EFI system partition?\n`)
    }
    return directoryEsp(folder)
  })
}

async function decideWanted(
  values: Values,
  positionals: readonly string[],
  sources: OpenSources,
  secrets: SecretInitrds['make'],
  io: Io,
) {
  const { stub } = values
  if (stub === undefined) throw new UserError('firn boot install: a stub is needed', 'add --stub linuxx64.efi.stub')
  if (positionals.length > 1) throw new UserError('firn boot install takes one system', 'give one store path')
  const options = signOptions(values)
  const signing = { signer: chooseSigner(values, options.certificates[0], io), options }
  const profiles = values.profiles ?? '/nix/var/nix/profiles'
  const profile = values.profile ?? 'system'
  const { generations, broken } = readGenerations(profiles, profile)
  const system = defaultSystem(positionals[0], `${profiles}/${profile}`)
  const unreadable = broken.find((one) => one.system !== undefined && one.system === system)
  if (unreadable !== undefined)
    throw new UserError(unreadable.why, 'the system that shall be booted cannot be installed')
  const running = followLinks(values.running ?? '/run/booted-system')
  const limit = wholeNumber('--generations', values.generations, 10)
  const always = [system, running].flatMap((path) => path ?? [])
  const chosen = chooseGenerations(generations, { limit, always })
  const generation = beginWith(chosen, system, io)
  const timeout = values.timeout === 'menu-force' ? values.timeout : wholeNumber('--timeout', values.timeout, 5)
  const tries = wholeNumber('--tries', values.tries, 0)
  const thin = values.thin === true
  const wanted = assemble({
    generations: chosen,
    ...(system !== undefined && { system }),
    stub: checkStub(sources.open(stub), stub, thin),
    thin,
    ...(values.bootloader !== undefined && { bootloader: sources.open(values.bootloader) }),
    menu: { timeout, ...(generation !== undefined && { generation }) },
    tries,
    signing,
    open: sources.open,
    secrets,
  })
  return { wanted, running, broken }
}

function defaultSystem(word: string | undefined, profile: string): string | undefined {
  const system = followLinks(word ?? profile)
  if (word !== undefined && system === undefined) throw new UserError(`${word}: no such system`, 'give a store path')
  return system
}

/** The generation that the menu begins with, when that is not the newest. */
function beginWith(chosen: readonly Generation[], system: string | undefined, io: Io): number | undefined {
  const wanted = chosen.findLast((generation) => system !== undefined && isOf(generation, system))
  if (wanted === undefined && system !== undefined) {
    // That it is one at all.
    readGeneration(0, system)
    io.stderr(`warning: ${plain(system)} is no generation of the profile; the menu begins with the newest\n`)
  }
  return wanted === chosen.at(-1) ? undefined : wanted?.number
}

function inWords(plan: Plan, dry: boolean): string {
  const { free, steps, kept } = plan
  const lines = [
    `${plan.esp}: ${steps.length === 0 ? 'everything is as it should be' : dry ? 'would be changed' : 'is being changed'}`,
    ...steps.map((step) =>
      step.do === 'write'
        ? `  + ${step.path} (${amount(step.file.size)}): ${step.file.what}${step.replaces === undefined ? '' : ', in place of the old one'}`
        : `  - ${step.path} (${amount(step.size)}): ${step.why}`,
    ),
    ...kept.map((path) => `  = ${path}`),
    `  free ${amount(free.now)} now, ${amount(free.least)} at the least, ${amount(free.after)} afterwards (${plan.order})`,
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function asJson(
  planned: readonly { readonly plan: Plan }[],
  wanted: Wanted,
  broken: readonly { readonly number: number; readonly why: string }[],
  dry: boolean,
): string {
  const esps = planned.map(({ plan }) => plan.esp).join(', ')
  return jsonOf('firn/boot-install/1', esps, {
    applied: !dry,
    partitions: planned.map(({ plan }) => ({ ...plan, steps: plan.steps.map(stepAsJson) })),
    left: [...broken.map(({ number, why }) => ({ generation: number, why })), ...wanted.left],
  })
}

function stepAsJson(step: Step) {
  if (step.do === 'remove') return step
  const { kind, size, what } = step.file
  return { do: step.do, path: step.path, kind, size, what, replaces: step.replaces }
}

/** Files that stay open until the end, each opened once. */
class OpenSources {
  readonly #sources = new Map<string, ByteSource>()

  readonly open = (path: string): ByteSource => {
    const source = this.#sources.get(path) ?? fileSource(path)
    this.#sources.set(path, source)
    return source
  }

  close(): void {
    for (const source of this.#sources.values()) source.close()
  }
}
