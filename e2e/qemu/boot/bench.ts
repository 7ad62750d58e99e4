import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  ATTRIBUTE,
  diskVolumes,
  explainBoot,
  parseVariableStore,
  printVariableStore,
  put,
} from '../../../packages/boot/src/index.ts'
import { fileSource } from '../../../packages/core/src/file-source.ts'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { buildEfiProgram, STARTED } from '../efi-programs.ts'
import { makeEsp } from '../esp.ts'
import { boot, type MachineWords, type Said } from '../machine.ts'
import { SHIM_REFUSES } from '../refusals.ts'

/** Options for node:test: what all these tests need. */
export const MACHINE = {
  ...needs('qemu-system-x86_64', 'swtpm', 'gcc', 'objcopy', 'mcopy'),
  ...needsParts('firmware', 'vars', 'vars-ms', 'stub', 'kernel', 'busybox', 'gnu-efi', 'shim', 'bootloader'),
}

const firn = new URL('../../../firn', import.meta.url).pathname

/** A folder with keys of its own and the programs that trials are made of, and firn to work on them. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'firn-bench-'))
  /** Says that it was started, with an SBAT of `firn.test,1`. */
  readonly started: string

  constructor() {
    this.run('keys', 'create', '-o', 'keys', '--name', 'Test')
    this.run('keys', 'create', '-o', 'strange', '--only', 'db', '--name', 'Strange')
    this.started = buildEfiProgram('started', this.folder)
  }

  /** Tries to load each program in the folder `tries`. */
  buildTries(): string {
    return buildEfiProgram('tries', this.folder)
  }

  readonly at = (name: string): string => join(this.folder, name)

  put(name: string, content: Uint8Array | string): string {
    writeFileSync(this.at(name), content)
    return this.at(name)
  }

  /** Run `firn boot …`; what it prints. Error: an exit code that is not one of those allowed. */
  run(...words: readonly string[]): string {
    return this.runFor([0], ...words)
  }

  runFor(allowed: readonly number[], ...words: readonly string[]): string {
    const { status, stdout, stderr } = spawnSync(firn, ['boot', ...words], {
      cwd: this.folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    })
    if (!allowed.includes(status ?? -1)) throw new Error(`firn boot ${words.join(' ')}: ${status}: ${stderr}${stdout}`)
    return stdout
  }

  /** Sign with one of our keys. */
  sign(input: string, output: string, keys: 'keys' | 'strange' = 'keys'): string {
    this.run('sign', '--key', `${keys}/db.key`, '--cert', `${keys}/db.pem`, input, '-o', output)
    return this.at(output)
  }

  /** A unified kernel image, not signed unless `more` words say so. */
  uki(output: string, linux: string, initrd: Uint8Array, cmdline: string, ...more: readonly string[]): string {
    const words = ['--linux', linux, '--initrd', this.put(`${output}.initrd`, initrd), '--cmdline', cmdline]
    this.run('uki', 'build', ...words, '--os-release', 'ID=test', '--stub', part('stub'), ...more, '-o', output)
    return this.at(output)
  }

  /** Variables: of a firmware without keys, or of one with Microsoft's, and what is enrolled then. */
  vars(output: string, from: 'vars' | 'vars-ms', ...words: readonly string[]): string {
    if (words.length === 0) return this.put(output, readFileSync(part(from)))
    this.run('vars', 'enroll', '--vars', part(from), ...words, '-o', output)
    return this.at(output)
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** What becomes of a disk: it boots, or somebody refuses. */
export interface Outcome {
  readonly verdict: 'boots' | 'refused'
  /** Of a refusal. */
  readonly by?: string
}

/** What `firn boot explain` says, of the very files with which the machine is started. */
export interface Explained extends Outcome {
  /** Where the key or hash stands that admits the last program. */
  readonly admittedBy?: string
  readonly reason: string
}

interface Step {
  readonly by: string
  readonly decision: { readonly runs: boolean; readonly reason: string; readonly by?: { kind: string; from: string } }
  readonly next?: Step
}

export function explain(bench: Bench, disk: string, vars: string): Explained {
  const report = JSON.parse(bench.runFor([0, 1], 'explain', disk, '--vars', vars, '--json'))
  const taken = report.entries.find(({ name }: { name: string }) => name === report.taken) ?? report.entries.at(-1)
  const last = lastOf(taken.program)
  const { runs, reason, by } = last.decision
  if (!runs || report.taken === null) return { verdict: 'refused', by: last.by, reason }
  return { verdict: 'boots', reason, ...(by !== undefined && { admittedBy: `${by.kind} in ${by.from}` }) }
}

/** The same without a process of its own: for what is asked again and again. */
export function explainHere(disk: string, vars: string): Explained {
  const source = fileSource(disk)
  try {
    const { variables } = parseVariableStore(readFileSync(vars))
    const { entries, taken } = explainBoot({ variables, volumes: diskVolumes(source), architecture: 'x64' })
    const { by, decision } = lastOf((taken ?? entries.at(-1))!.program!)
    if (!decision.runs || taken === undefined) return { verdict: 'refused', by, reason: decision.reason }
    return { verdict: 'boots', reason: decision.reason }
  } finally {
    source.close()
  }
}

function lastOf(step: Step): Step {
  return step.decision.runs && step.next !== undefined ? lastOf(step.next) : step
}

const FIRMWARE_REFUSES = 'No bootable option or device was found'
/** Firmware has a security violation, too, of its own shell, behind a colon. */
const END = new RegExp(`${STARTED}|${FIRMWARE_REFUSES}|${SHIM_REFUSES}`)

/** Start a machine with that disk and those variables, and see. */
export async function tryBoot(words: MachineWords): Promise<Said & Outcome> {
  const said = await boot(words, END)
  return { ...said, ...outcomeOf(said.serial) }
}

function outcomeOf(serial: string): Outcome {
  if (serial.includes(STARTED)) return { verdict: 'boots' }
  return { verdict: 'refused', by: new RegExp(SHIM_REFUSES).test(serial) ? 'shim' : 'firmware' }
}

/** A disk whose fallback program is that one, with other files beside it. `image`: its name in the folder. */
export function diskWith(
  bench: Bench,
  image: string,
  program: string,
  more: Readonly<Record<string, string>> = {},
): string {
  return makeEsp(bench.at(image), { 'EFI/BOOT/BOOTX64.EFI': program, ...more }, 48)
}

/** The same behind Debian's shim, which Microsoft signed. */
export function diskWithShim(bench: Bench, image: string, program: string): string {
  return diskWith(bench, image, part('shim'), { 'EFI/BOOT/grubx64.efi': program })
}

/** One bit of the file's section turned over. */
export function flipBit(bench: Bench, input: string, output: string, section: string): string {
  const bytes = readFileSync(input)
  const header = bytes.indexOf(Buffer.from(section.padEnd(8, '\0'), 'latin1'))
  if (header < 0) throw new Error(`${input}: no section ${section}`)
  const [size, offset] = [bytes.readUInt32LE(header + 8), bytes.readUInt32LE(header + 20)]
  bytes[offset + (size >> 1)]! ^= 1
  return bench.put(output, bytes)
}

/** The generation that shim wants of our program, which is of generation 1. */
export function withSbatLevel(bench: Bench, vars: string, generation: number): string {
  const store = parseVariableStore(readFileSync(vars))
  const level = {
    name: 'SbatLevel',
    vendor: '605dab50-e046-4300-abb6-3dd810dd8b23',
    attributes: ATTRIBUTE.nonVolatile | ATTRIBUTE.bootService,
    data: Buffer.from(`sbat,1,2099010100\nshim,4\nfirn.test,${generation}\n`),
  } as const
  return bench.put('sbat.fd', printVariableStore(store, put(store.variables, level)))
}
