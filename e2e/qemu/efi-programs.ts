import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { part } from '../../scripts/boot-parts.ts'

/** What the programs in loader/ say on the serial line. */
export const STARTED = 'FIRN-STARTED'

const SECTIONS = ['.text', '.sdata', '.data', '.rodata', '.dynamic', '.dynsym', '.rel', '.rela', '.reloc', '.sbat']
const COMPILER = [
  ...['-DGNU_EFI_USE_MS_ABI', '-fPIC', '-fshort-wchar', '-ffreestanding', '-fno-stack-protector', '-Wall', '-Wextra'],
  ...['-fno-strict-aliasing', '-mno-red-zone', '-maccumulate-outgoing-args', '-fcf-protection=none', '-Os', '-c'],
]

/** Build one of the C programs in loader/ with gnu-efi, into `folder`. Answers the path of the EFI program. */
export function buildEfiProgram(name: 'started' | 'tries', folder: string): string {
  const crt0 = part('gnu-efi')
  const libraries = dirname(crt0)
  const headers = join(libraries, '..', 'include', 'efi')
  const at = (suffix: string) => join(folder, `${name}.${suffix}`)
  const source = new URL(`./loader/${name}.c`, import.meta.url).pathname
  run('gcc', `-I${headers}`, `-I${headers}/x86_64`, ...COMPILER, source, '-o', at('o'))
  const script = join(libraries, 'elf_x86_64_efi.lds')
  const words = ['-nostdlib', '-znocombreloc', '-shared', '-Bsymbolic', '-T', script, `-L${libraries}`]
  run('ld', ...words, crt0, at('o'), '-o', at('so'), '-lefi', '-lgnuefi')
  const copied = SECTIONS.flatMap((section) => ['-j', section])
  run('objcopy', ...copied, '--strip-all', '--target=efi-app-x86_64', at('so'), at('efi'))
  writeFileSync(at('efi'), asKernel(readFileSync(at('efi'))))
  return at('efi')
}

/** systemd-stub takes for a kernel that it can start like any program what is at least of image version 1. */
function asKernel(program: Buffer): Buffer {
  const optionalHeader = program.readUInt32LE(0x3c) + 24
  program.writeUInt16LE(1, optionalHeader + 44)
  return program
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}
