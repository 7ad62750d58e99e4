import { buildDisk, buildSystem, DATA_NAME, MISMATCHES } from '@firn/appliance'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { checkPlace } from '@firn/core/fs'
import { type GptPartition, writeLayout } from '@firn/image'
import { plain } from '@firn/report/plain'
import { keySigner } from '../boot/pcr-sign.ts'
import { chooseSigner, SIGNER_HELP, SIGNER_OPTIONS, signOptions } from '../boot/signing.ts'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { version } from '../version.ts'
import { choice } from './choice.ts'
import { imageTime, mebibytes, parseCounter, parseSize, versionOf } from './image-words.ts'
import { OpenFiles } from './open-files.ts'
import { checkOneMachine, openProgram } from './programs.ts'
import { openSystem, SYSTEM_HELP, SYSTEM_OPTIONS } from './system.ts'

const NAME = 'firn appliance disk'

const HELP = `firn appliance disk: a disk that boots only what was signed, with a slot for the next system

  firn appliance disk SYSTEM --counter N --initrd F --stub F --bootloader F --cert C --key K -o OUT

${SYSTEM_HELP}
                       For a disk it has to be made with --program findfs, and for data with --data
  --stub F             systemd-stub: kernel, initrd and command line become one signed program
  --bootloader F       systemd-boot, not signed yet: it counts tries, and falls back to the slot before
  --counter N          which system this is: an update has a higher one, and a lower one is never taken

What the disk is like
  --slot-size SIZE     room for the store in each slot, 20G (default: half more than this one takes)
  --esp-size SIZE      (default: room for three kernels like this one)
  --data-size SIZE     a partition for data, left empty (default: none)
  --pcr-key K          an RSA key: signs what PCR 11 will be. With both, the initrd (made with --data) encrypts the
                       partition at the first start, mounts it at /data, and the TPM opens it for just these systems

  --mismatch W         what a machine does when the store is not what was signed: stop, restart, poweroff, error
                       (default: stop)
  --name NAME          what the appliance is called (default: firn)
  --version TEXT       for people (default: what the system calls itself)
  --time T             the time of all files on it (default: SOURCE_DATE_EPOCH, else 1980)
  --json               its partitions and the root hash of its store, as JSON
  -o, --output OUT     written whole or not at all

The same inputs give the same bytes. firn appliance verify checks the disk.

${SIGNER_HELP}`

const OPTIONS = {
  ...SIGNER_OPTIONS,
  ...SYSTEM_OPTIONS,
  stub: { type: 'string' },
  bootloader: { type: 'string' },
  counter: { type: 'string' },
  'slot-size': { type: 'string' },
  'esp-size': { type: 'string' },
  'data-size': { type: 'string' },
  'pcr-key': { type: 'string' },
  mismatch: { type: 'string' },
  name: { type: 'string' },
  version: { type: 'string' },
  time: { type: 'string' },
  json: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const

export const command: Command = { help: HELP, run: disk }

async function disk(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(NAME, args, OPTIONS)
  if (positionals.length > 1)
    throw new UserError(`${NAME}: what is ${positionals[1]}?`, 'a disk begins with one system')
  const output = required(values.output, 'where to?', '-o OUT')
  const counter = parseCounter('--counter', required(values.counter, 'which system is this?', '--counter 1'))
  const options = signOptions(values)
  const signing = { signer: chooseSigner(values, options.certificates[0], io), options }
  const mismatch = choice('--mismatch', values.mismatch ?? 'stop', MISMATCHES)
  const time = imageTime(values.time, io)
  const sizes = {
    ...sizeWord('slotSize', '--slot-size', values['slot-size']),
    ...sizeWord('espSize', '--esp-size', values['esp-size']),
    ...sizeWord('dataSize', '--data-size', values['data-size']),
  }
  checkPlace(output)
  const files = new OpenFiles()
  const bar = new ProgressBar(io)
  try {
    const stub = openProgram(required(values.stub, 'a stub is needed', '--stub linuxx64.efi.stub'), files)
    const bootloader = openProgram(
      required(values.bootloader, 'systemd-boot is needed', '--bootloader systemd-bootx64.efi'),
      files,
    )
    const found = files.keep(openSystem(NAME, positionals[0], values, io))
    checkOneMachine({ '--stub': stub, '--bootloader': bootloader, 'the kernel': found.kernel })
    const { size } = found.store
    if (sizes.slotSize !== undefined && sizes.slotSize < size) {
      throw new UserError(
        `--slot-size ${values['slot-size']}: the store takes ${mebibytes(size).trim()}`,
        'leave it out for half more than that',
      )
    }
    const words = {
      ...found,
      name: values.name ?? 'firn',
      counter,
      version: values.version ?? versionOf(found.label),
      mismatch,
      stub,
      signing,
      ...(values['pcr-key'] !== undefined && { pcrSigner: keySigner(values['pcr-key'], undefined, io) }),
      ...(values['pcr-key'] !== undefined && values['data-size'] !== undefined && { data: DATA_NAME }),
    }
    const onProgress = (done: number) => bar.show({ label: 'hashing the store', done, total: found.store.size })
    const system = await buildSystem(words, { onProgress, signal: io.signal })
    const { layout, partitions } = await buildDisk({
      system,
      bootloader,
      signing,
      time,
      ...sizes,
    })
    await writeLayout(output, layout, {
      onProgress: (done) => bar.show({ label: `writing ${output}`, done, total: layout.size }),
      signal: io.signal,
    })
    bar.close()
    const made = { name: output, size: layout.size, rootHash: system.root, partitions }
    io.stdout(values.json === true ? inJson(made) : inWords(made))
    return EXIT.clean
  } finally {
    bar.close()
    files.close()
  }
}

interface Made {
  readonly name: string
  readonly size: number
  readonly rootHash: string
  readonly partitions: readonly GptPartition[]
}

function inWords({ partitions, rootHash }: Made): string {
  const lines = partitions.map(({ number, name, size }) => {
    return `  ${number}  ${plain(name).padEnd(20)}  ${mebibytes(size)}`
  })
  return `${lines.join('\n')}\n\nroot hash  ${rootHash}\n`
}

function inJson({ name, size, rootHash, partitions }: Made): string {
  const tool = { name: 'firn', version: version() }
  const told = partitions.map(({ number, type, id, name: label, offset, size: own }) => {
    return { number, type, id, name: label, offset, size: own }
  })
  const facts = { size, rootHash, partitions: told, findings: [] }
  return `${JSON.stringify({ schema: 'firn/appliance-disk/1', tool, subject: name, ...facts }, null, 2)}\n`
}

function required(value: string | undefined, question: string, add: string): string {
  if (value === undefined) throw new UserError(`${NAME}: ${question}`, `add ${add}`)
  return value
}

function sizeWord<K extends string>(key: K, option: string, text: string | undefined): { readonly [P in K]?: number } {
  return (text === undefined ? {} : { [key]: parseSize(option, text) }) as { readonly [P in K]?: number }
}
