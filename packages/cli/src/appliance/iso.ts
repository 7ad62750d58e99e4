import { type ApplianceIso, buildApplianceIso, MISMATCHES, type StartWords, signRootHash } from '@firn/appliance'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { checkPlace, writeFileAtomic } from '@firn/core/fs'
import { writeLayout } from '@firn/image'
import type { Finding } from '@firn/report'
import { plain } from '@firn/report/plain'
import { chooseSigner, SIGNER_HELP, SIGNER_OPTIONS, signOptions } from '../boot/signing.ts'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { version } from '../version.ts'
import { choice } from './choice.ts'
import { imageTime, mebibytes, versionOf } from './image-words.ts'
import { OpenFiles } from './open-files.ts'
import { checkOneMachine, openProgram, openShim } from './programs.ts'
import { openSystem, SYSTEM_HELP, SYSTEM_OPTIONS } from './system.ts'

const HELP = `firn appliance iso: one image for CD and USB stick that boots only what was signed

  firn appliance iso SYSTEM --initrd F --stub F --cert C --key K -o OUT [--shim F]

${SYSTEM_HELP}
How it starts
  --stub F             systemd-stub for the machine: kernel, initrd and command line become one signed program
  --shim F             a shim that Microsoft signed: machines start it as they are, and it asks for your certificate once.
                       Without it, firmware must have your certificate
  --mok-manager F      the MokManager that belongs to the shim: it takes your certificate into the machine's list
  --start unified|kernel   kernel: systemd-boot (--bootloader F) and the kernel are signed, each for itself. The initrd and
                       the command line are then NOT verified, and with them the store is not (default: unified)
  --bootloader F       systemd-boot, not signed yet, for --start kernel

How the store is checked
  --store-check W      verity: each block when it is read (default); sha256: all of it, copied into memory, before
                       anything starts; both: all of it before anything starts, and each block again when it is read
  --mismatch W         what a machine does when the store is not what was signed: stop, restart, poweroff; error lets
                       the one read fail that met a bad block, and goes on (default: stop)

  --root-hash-signature F   write a signature of the root hash to F, for kernels that map nothing without one
                       (dm_verity.require_signatures=1; veritysetup open --root-hash-signature=F)

  --name NAME          what the image is called (default: firn)
  --version TEXT       for people (default: what the system calls itself)
  --time T             the time of all files on it (default: SOURCE_DATE_EPOCH, else 1980)
  --json               what is in the image, as JSON
  -o, --output OUT     written whole or not at all

The same inputs give the same bytes. firn appliance verify checks the image.

${SIGNER_HELP}`

const OPTIONS = {
  ...SIGNER_OPTIONS,
  ...SYSTEM_OPTIONS,
  stub: { type: 'string' },
  shim: { type: 'string' },
  'mok-manager': { type: 'string' },
  start: { type: 'string' },
  bootloader: { type: 'string' },
  'store-check': { type: 'string' },
  mismatch: { type: 'string' },
  'root-hash-signature': { type: 'string' },
  name: { type: 'string' },
  version: { type: 'string' },
  time: { type: 'string' },
  json: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values']

export const command: Command = { help: HELP, run: iso }

const NAME = 'firn appliance iso'

async function iso(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(NAME, args, OPTIONS)
  const { output } = values
  if (positionals.length > 1) throw new UserError(`${NAME}: what is ${positionals[1]}?`, 'an image holds one system')
  if (output === undefined) throw new UserError(`${NAME}: where to?`, 'add -o OUT')
  const options = signOptions(values)
  const signing = { signer: chooseSigner(values, options.certificates[0], io), options }
  const check = choice('--store-check', values['store-check'] ?? 'verity', ['verity', 'sha256', 'both'])
  const mismatch = choice('--mismatch', values.mismatch ?? 'stop', MISMATCHES)
  const signatureFile = values['root-hash-signature']
  if (signatureFile !== undefined && check === 'sha256') {
    throw new UserError('--root-hash-signature: --store-check sha256 has no root hash', 'choose verity or both')
  }
  if (values['mok-manager'] !== undefined && values.shim === undefined) {
    throw new UserError(`${NAME}: --mok-manager is of use only with its shim`, 'add --shim F, or leave it out')
  }
  const time = imageTime(values.time, io)
  for (const path of [output, signatureFile]) if (path !== undefined) checkPlace(path)
  const files = new OpenFiles()
  const bar = new ProgressBar(io)
  try {
    const start = startWords(values, files)
    const system = files.keep(openSystem(NAME, positionals[0], values, io))
    const words = {
      ...system,
      name: values.name ?? 'firn',
      version: values.version ?? versionOf(system.label),
      check,
      mismatch,
      start,
      signing,
      time,
      shim: openShim(values.shim, files),
      mokManager: openProgram(values['mok-manager'], files),
    }
    checkOneMachine({
      ...(start.by === 'unified' ? { '--stub': start.stub } : { '--bootloader': start.bootloader }),
      '--shim': words.shim,
      '--mok-manager': words.mokManager,
      'the kernel': system.kernel,
    })
    const total = system.store.size
    const onProgress = (done: number) => bar.show({ label: 'hashing the store', done, total })
    const made = await buildApplianceIso(words, { onProgress, signal: io.signal })
    await writeLayout(output, made.layout, {
      onProgress: (done) => bar.show({ label: `writing ${output}`, done, total: made.layout.size }),
      signal: io.signal,
    })
    bar.close()
    if (signatureFile !== undefined) writeFileAtomic(signatureFile, await signRootHash(made.rootHash!, signing))
    io.stdout(values.json === true ? inJson(output, made) : inWords(made))
    for (const what of made.unverified) io.stderr(`warning: nothing verifies ${what}\n`)
    return EXIT.clean
  } finally {
    bar.close()
    files.close()
  }
}

function startWords({ start, stub, bootloader }: Values, files: OpenFiles): StartWords {
  const by = choice('--start', start ?? 'unified', ['unified', 'kernel'])
  const other = by === 'unified' ? { '--bootloader': bootloader } : { '--stub': stub }
  for (const [option, value] of Object.entries(other)) {
    if (value !== undefined)
      throw new UserError(`${NAME}: ${option} has no use with --start ${by}`, `leave out ${option}`)
  }
  if (by === 'unified') {
    if (stub === undefined) throw new UserError(`${NAME}: a stub is needed`, 'add --stub linuxx64.efi.stub')
    return { by, stub: openProgram(stub, files) }
  }
  if (bootloader === undefined) {
    throw new UserError(`${NAME}: --start kernel needs systemd-boot`, 'add --bootloader systemd-bootx64.efi')
  }
  return { by, bootloader: openProgram(bootloader, files) }
}

function inWords({ parts, layout, commandLine, rootHash, sha256 }: ApplianceIso): string {
  const width = Math.max(...parts.map(({ name }) => name.length))
  const line = (name: string, size: number) => `  ${name.padEnd(width)}  ${mebibytes(size)}`
  const lines = [
    ...parts.map(({ name, size }) => line(name, size)),
    line('together', layout.size),
    '',
    ...(rootHash === undefined ? [] : [`root hash     ${rootHash}`]),
    ...(sha256 === undefined ? [] : [`SHA-256       ${sha256}`]),
    `command line  ${commandLine}`,
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function inJson(name: string, { layout, parts, commandLine, rootHash, sha256, unverified }: ApplianceIso): string {
  const findings = unverified.map((what): Finding => {
    const subject = { kind: 'image', name, path: name }
    return {
      rule: 'appliance/unverified',
      level: 'warning',
      subject,
      message: `nothing verifies ${what}`,
      evidence: [],
      remedy: 'make it with --stub, without --start kernel',
    }
  })
  const tool = { name: 'firn', version: version() }
  const facts = { size: layout.size, parts, commandLine, rootHash, sha256 }
  return `${JSON.stringify({ schema: 'firn/appliance-iso/1', tool, subject: name, ...facts, findings }, null, 2)}\n`
}
