import { existsSync, readFileSync } from 'node:fs'
import { buildInitrd, MEDIA_MODULES } from '@firn/appliance'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { diskError, writeFileAtomic } from '@firn/core/fs'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'

const HELP = `firn appliance initrd: the initial RAM disk that checks the store before it starts anything of it

  firn appliance initrd --modules DIR --program F... -o OUT

  --modules DIR        lib/modules/VERSION of the kernel that will be started (NixOS: kernel-modules/lib/modules/VERSION)
  --program F          a program of this machine to put in, with its libraries; may be repeated. It takes busybox
                       (a static one is best) and veritysetup; findfs as well for a store in partitions of its own
  --data               it makes and opens a partition for data (firn appliance disk --data-size --pcr-key): takes the
                       programs cryptsetup, systemd-cryptenroll and mkfs.ext4, and what these open while they run:
  --library F          a library that a program opens while it runs; may be repeated. For --data, as the distribution
                       has them: libcryptsetup-token-systemd-tpm2.so, and of libtss2 esys, mu, rc and tcti-device
  --module NAME        a kernel module without which it cannot work, such as erofs; may be repeated (default: erofs)
  --want NAME          a kernel module to load where kernel and machine have it; may be repeated
  --no-media           without the modules for the usual disks, sticks and CDs
  --file PATH=F        one more file, at PATH; may be repeated
  --init F             another first process than ours
  --fast               packed in a second, and larger
  -o, --output OUT     written whole or not at all

The same inputs give the same bytes.
`

const OPTIONS = {
  modules: { type: 'string' },
  program: { type: 'string', multiple: true },
  data: { type: 'boolean' },
  library: { type: 'string', multiple: true },
  module: { type: 'string', multiple: true },
  want: { type: 'string', multiple: true },
  'no-media': { type: 'boolean' },
  file: { type: 'string', multiple: true },
  init: { type: 'string' },
  fast: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const

export const command: Command = { help: HELP, run: initrd }

async function initrd(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn appliance initrd', args, OPTIONS)
  const { modules, output } = values
  if (positionals[0] !== undefined) {
    throw new UserError(`firn appliance initrd: what is ${positionals[0]}?`, 'programs are given with --program')
  }
  if (modules === undefined) {
    throw new UserError('firn appliance initrd: which kernel?', 'add --modules /…/lib/modules/VERSION')
  }
  if (output === undefined) throw new UserError('firn appliance initrd: where to?', 'add -o OUT')
  for (const program of values.program ?? []) {
    if (program.includes('/') || existsSync(program)) continue
    throw new UserError(
      `--program ${program}: no such file in this folder`,
      `give its whole path: command -v ${program}`,
    )
  }
  const media = values['no-media'] === true ? [] : MEDIA_MODULES
  const bytes = buildInitrd({
    kernelModules: modules,
    modules: values.module ?? ['erofs'],
    wantedModules: [...media, ...(values.want ?? [])],
    programs: values.program ?? [],
    libraries: values.library ?? [],
    data: values.data === true,
    ...(values.init !== undefined && { init: read(values.init).toString('utf8') }),
    files: Object.fromEntries((values.file ?? []).map(parseFile)),
    fast: values.fast === true,
  })
  writeFileAtomic(output, bytes)
  io.stderr(`${output}: ${(bytes.length / 2 ** 20).toFixed(1)} MiB\n`)
  return EXIT.clean
}

function parseFile(word: string): [path: string, content: Buffer] {
  const at = word.indexOf('=')
  if (at < 1) throw new UserError(`--file ${word}: where in the initrd?`, 'write --file etc/name=./file')
  return [word.slice(0, at).replace(/^\/+/, ''), read(word.slice(at + 1))]
}

function read(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw diskError(path, error)
  }
}
