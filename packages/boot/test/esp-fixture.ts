import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after } from 'node:test'
import { type ByteSource, bytesSource, fileSource } from '@firn/binary/source'
import type { Identity } from '../../attest/test/authority.ts'
import { DATA, makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import {
  applyPlan,
  assemble,
  chooseGenerations,
  directoryEsp,
  type Esp,
  type InstallWords,
  type Plan,
  planFor,
  readGenerations,
  type Step,
} from '../src/index.ts'

const SBAT =
  'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\nstub,2,us,stub,2,https://example.org\n'
const sdmagic = (name: string) => ({ name: '.sdmagic', content: Buffer.from(`#### LoaderInfo: ${name} ####\0`) })

export const FAT_STUB = bytesSource(
  makePe({ sections: [TEXT, DATA, sdmagic('systemd-stub 257.1'), { name: '.sbat', content: Buffer.from(SBAT) }] }),
)
export const THIN_STUB = bytesSource(makePe({ sections: [TEXT, { name: '.sbat', content: Buffer.from(SBAT) }] }))
export const bootloader = (version: string): ByteSource =>
  bytesSource(makePe({ sections: [TEXT, DATA, sdmagic(`systemd-boot ${version}`)] }))

export function makeKernel(release: string, size = 5000): Buffer {
  const kernel = makePe({ sections: [TEXT, { name: '.data', content: Buffer.alloc(size, 7) }], sizeOfHeaders: 0x800 })
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x100, 0x20e)
  kernel.write(`${release} (builder@host) #1\0`, 0x300, 'latin1')
  return kernel
}

/** One generation in the making. */
export interface GenerationWords {
  readonly kernel?: string
  readonly initrd?: string
  readonly params?: readonly string[]
  readonly specialisations?: readonly string[]
  readonly secrets?: string
  readonly label?: string
}

/** A store and a system profile in a folder of their own. */
export class TestMachine {
  readonly folder = mkdtempSync(join(tmpdir(), 'firn-machine-'))
  readonly profiles = join(this.folder, 'profiles')

  constructor() {
    after(() => rmSync(this.folder, { recursive: true, force: true }))
    mkdirSync(this.profiles)
  }

  put(name: string, content: Uint8Array | string): string {
    const path = join(this.folder, name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  /** Add a generation to the profile; the answer is its system's path. */
  generation(number: number, words: GenerationWords = {}): string {
    const toplevel = join(this.folder, `store/system-${number}`)
    const kernel = this.put(`store/kernel-${words.kernel ?? '6.12.1'}`, makeKernel(words.kernel ?? '6.12.1'))
    const initrd = this.put(`store/initrd-${words.initrd ?? 'a'}`, `initrd ${words.initrd ?? 'a'} `.repeat(900))
    const spec = (path: string, more: readonly string[]) => ({
      'org.nixos.bootspec.v1': {
        system: 'x86_64-linux',
        init: `${path}/init`,
        initrd,
        kernel,
        ...(words.secrets !== undefined && { initrdSecrets: words.secrets }),
        kernelParams: ['quiet', ...(words.params ?? []), ...more],
        label: words.label ?? 'NixOS 26.05',
        toplevel: path,
      },
    })
    const names = words.specialisations ?? []
    const specialisation = names.map((name) => [name, spec(`${toplevel}/specialisation/${name}`, [`variant=${name}`])])
    const document = { ...spec(toplevel, []), 'org.nixos.specialisation.v1': Object.fromEntries(specialisation) }
    this.put(`store/system-${number}/boot.json`, JSON.stringify(document))
    rmSync(join(this.profiles, `system-${number}-link`), { force: true })
    symlinkSync(toplevel, join(this.profiles, `system-${number}-link`))
    return toplevel
  }

  drop(number: number): void {
    rmSync(join(this.profiles, `system-${number}-link`))
  }

  /** An empty folder that stands for a mounted ESP. */
  esp(name = 'esp'): string {
    const path = join(this.folder, name)
    mkdirSync(path)
    return path
  }
}

export interface InstallOptions extends Partial<Omit<InstallWords, 'signing' | 'generations'>> {
  readonly limit?: number
  readonly running?: string
}

/** Plan an installation as the command does. The sources stay open until the process ends. */
export function plan(machine: TestMachine, esp: Esp, db: Identity, options: InstallOptions = {}): Plan {
  const { limit = 3, running, ...words } = options
  const { generations, broken } = readGenerations(machine.profiles)
  const always = [words.system, running].filter((path) => path !== undefined)
  const wanted = assemble({
    generations: chooseGenerations(generations, { limit, always }),
    stub: FAT_STUB,
    thin: false,
    bootloader: bootloader('257'),
    menu: { timeout: 3 },
    signing: { signer: db.signer, options: { certificates: [db.certificate] } },
    open: (path) => keep(fileSource(path)),
    secrets: () => undefined,
    ...words,
  })
  const keeping = { generations: broken.map(({ number }) => number), ...(running !== undefined && { running }) }
  return planFor(esp, wanted, keeping)
}

export async function install(
  machine: TestMachine,
  esp: Esp | string,
  db: Identity,
  options: InstallOptions = {},
): Promise<Plan> {
  const port = typeof esp === 'string' ? directoryEsp(esp) : esp
  const planned = plan(machine, port, db, options)
  await applyPlan(port, planned)
  return planned
}

export const stepsOf = ({ steps }: Plan): string[] => steps.map((step: Step) => `${step.do} ${step.path}`)

/** Every file below a folder with its content, by its path. */
export function tree(folder: string): Map<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path), readFileSync(path)]),
  )
}

export function copyTree(from: string, to: string): string {
  cpSync(from, to, { recursive: true })
  return to
}

export const sizeOf = (path: string): number => statSync(path).size

const opened: ByteSource[] = []
function keep(source: ByteSource): ByteSource {
  opened.push(source)
  return source
}

/** Close what `plan` has opened. */
export function closeSources(): void {
  for (const source of opened.splice(0)) source.close()
}
