import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { command } from '../../packages/cli/src/boot/install.ts'

/**
 * Installs one generation after another, until it is killed: what power is cut under in the virtual machine.
 *
 *   firn node e2e/boot/install-loop.ts --esp DIR --work DIR --kernel F --initrd F --stub F --bootloader F --key K --cert C
 *     [--first N] [--count N] [--thin] [--append PROGRAM] [--secret FILE] [-- MORE WORDS FOR INSTALL...]
 *
 * `installing N` and `installed N` are written to standard output before and after each. The generations are made in
 * --work; the last three are kept. --append and --secret give them secrets, in the two forms of a bootspec.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    esp: { type: 'string' },
    work: { type: 'string' },
    kernel: { type: 'string' },
    initrd: { type: 'string' },
    stub: { type: 'string' },
    bootloader: { type: 'string' },
    key: { type: 'string' },
    cert: { type: 'string' },
    first: { type: 'string', default: '1' },
    count: { type: 'string' },
    thin: { type: 'boolean', default: false },
    append: { type: 'string' },
    secret: { type: 'string' },
  },
})

function given(name: 'esp' | 'work' | 'kernel' | 'initrd' | 'stub' | 'bootloader' | 'key' | 'cert'): string {
  const value = values[name]
  if (value === undefined) throw new Error(`--${name} is missing`)
  return value
}

const KEPT = 3
const profiles = join(given('work'), 'profiles')
const io = {
  stdout: () => {},
  stderr: () => {},
  env: process.env,
  interactive: false,
  signal: new AbortController().signal,
}

function makeGeneration(number: number): void {
  const toplevel = join(given('work'), `system-${number}`)
  const spec = {
    system: 'x86_64-linux',
    init: `${toplevel}/init`,
    initrd: given('initrd'),
    kernel: given('kernel'),
    kernelParams: ['console=ttyS0', `generation=${number}`],
    label: 'firn power cut test',
    toplevel,
    ...(values.append !== undefined && { initrdSecrets: values.append }),
  }
  const extension = values.secret === undefined ? {} : { 'org.nixos.initrd-secrets.v1': { secret: values.secret } }
  mkdirSync(toplevel, { recursive: true })
  writeFileSync(join(toplevel, 'boot.json'), JSON.stringify({ 'org.nixos.bootspec.v1': spec, ...extension }))
  const link = join(profiles, `system-${number}-link`)
  rmSync(link, { force: true })
  symlinkSync(toplevel, link)
}

mkdirSync(profiles, { recursive: true })
const first = Number(values.first)
const end = values.count === undefined ? Number.POSITIVE_INFINITY : first + Number(values.count)
for (let number = first; number < end; number++) {
  makeGeneration(number)
  console.log(`installing ${number}`)
  const files = [
    '--stub',
    given('stub'),
    '--bootloader',
    given('bootloader'),
    '--key',
    given('key'),
    '--cert',
    given('cert'),
  ]
  const words = ['--esp', given('esp'), '--profiles', profiles, '--running', '/nonexistent', '--generations', `${KEPT}`]
  await command.run([...words, ...files, ...(values.thin ? ['--thin'] : []), ...positionals], io)
  console.log(`installed ${number}`)
}
