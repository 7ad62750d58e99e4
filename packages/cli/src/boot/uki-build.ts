import { parseArgs } from 'node:util'
import { parsePe } from '@firn/binary/pe'
import { type ByteSource, bytesSource, fileSource } from '@firn/binary/source'
import {
  buildUki,
  isRefusedInside,
  kernelForShim,
  parseOsRelease,
  readKernel,
  signImage,
  type UkiParts,
  type UkiProfile,
  writeSource,
} from '@firn/boot'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { parseOnlyOptions } from '../options.ts'
import { readSmall, textOrFile } from './files.ts'
import { chooseSigner, SIGNER_HELP, SIGNER_OPTIONS, signOptions } from './signing.ts'

const HELP = `firn boot uki build: one EFI program out of a stub, a kernel, initrds and a command line

  firn boot uki build --linux F --initrd F... --cmdline TEXT|@F --os-release TEXT|@F --stub F -o OUT

  --stub F             systemd-stub for the machine: linuxx64.efi.stub, linuxaa64.efi.stub
  --linux F            the kernel; without one the image is an addon
  --initrd F           may be repeated; they are joined in this order (microcode first)
  --cmdline TEXT|@F    the kernel command line, as text or from a file
  --os-release TEXT|@F systemd-boot shows its name and sorts by its version
  --uname TEXT         the kernel's release (default: what an x86 kernel says)
  --sbat TEXT|@F       SBAT lines of your own, put behind the stub's and the kernel's; may be repeated
  --ucode F, --splash F, --devicetree F, --pcrpkey F, --pcrsig F     further parts
  --section NAME:TEXT|@F   any other section, such as .extra:@file; may be repeated
  --profile TEXT|@F    begins a profile ("ID=rescue\\nTITLE=Rescue"); a --cmdline or --initrd after it belongs to it
  --for-shim           sign the kernel inside, too, in place of who signed it before: shim 16 is asked about it, and
                       refuses one that is longer in memory than what was signed (needs --cert and a key)
  -o, --output OUT     written whole or not at all

The same parts give the same bytes. With --cert and --key (or another signer) the image is signed at once.

${SIGNER_HELP}`

const OPTIONS = {
  ...SIGNER_OPTIONS,
  stub: { type: 'string' },
  linux: { type: 'string' },
  initrd: { type: 'string', multiple: true },
  cmdline: { type: 'string', multiple: true },
  'os-release': { type: 'string' },
  uname: { type: 'string' },
  sbat: { type: 'string', multiple: true },
  ucode: { type: 'string' },
  splash: { type: 'string' },
  devicetree: { type: 'string' },
  pcrpkey: { type: 'string' },
  pcrsig: { type: 'string' },
  section: { type: 'string', multiple: true },
  profile: { type: 'string', multiple: true },
  'for-shim': { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const

/** With one of them the image is to be signed; the others must be there, too. */
const SIGNER_WORDS = Object.keys(SIGNER_OPTIONS) as (keyof typeof SIGNER_OPTIONS)[]

export const command: Command = { help: HELP, run: build }

async function build(args: readonly string[], io: Io): Promise<ExitCode> {
  const values = parseOnlyOptions('firn boot uki build', args, OPTIONS)
  const { stub, output } = values
  if (stub === undefined) throw new UserError('firn boot uki build: a stub is needed', 'add --stub linuxx64.efi.stub')
  if (output === undefined) throw new UserError('firn boot uki build: where to?', 'add -o OUT')
  const files: ByteSource[] = []
  const open = (path: string): ByteSource => {
    const source = fileSource(path)
    files.push(source)
    if (source.size === 0) throw new UserError(`${path}: it is empty`, 'give the right file')
    return source
  }
  try {
    const parts = partsOf(values, stub, args, open)
    naming(stub, () => parsePe(parts.stub))
    if (parts.linux === undefined) io.stderr('note: without --linux this is an addon, and starts nothing\n')
    const isSigned = SIGNER_WORDS.some((word) => values[word] !== undefined)
    const signing = isSigned ? signingOf(values, io) : undefined
    const uki = buildUki(values['for-shim'] === true ? await withOurKernel(parts, signing) : parts)
    if (parts.linux !== undefined && !isKernel(parts.linux)) io.stderr(`warning: ${plain(values.linux!)}: ${NO_KERNEL}`)
    if (values['for-shim'] !== true && parts.linux !== undefined && isRefusedInside(parts.linux))
      io.stderr(REFUSED_INSIDE)
    writeSource(output, signing === undefined ? uki : await signImage(uki, signing.signer, signing.options))
  } finally {
    for (const file of files) file.close()
  }
  return EXIT.clean
}

type Values = ReturnType<typeof parseOnlyOptions<typeof OPTIONS>>

function partsOf(values: Values, stub: string, args: readonly string[], open: (path: string) => ByteSource): UkiParts {
  const [base, ...profiles] = byProfile(args)
  const pcrPublicKey = values.pcrpkey === undefined ? undefined : readSmall(values.pcrpkey)
  const pcrSignature = values.pcrsig === undefined ? undefined : readSmall(values.pcrsig)
  const osRelease = values['os-release'] === undefined ? undefined : osReleaseOf(values['os-release'])
  return {
    stub: open(stub),
    ...openEach({ linux: values.linux, splash: values.splash, dtb: values.devicetree, ucode: values.ucode }, open),
    ...variable(base!, open),
    ...(osRelease !== undefined && { osRelease }),
    ...(values.uname !== undefined && { uname: values.uname }),
    ...(pcrPublicKey !== undefined && { pcrPublicKey }),
    ...(pcrSignature !== undefined && { pcrSignature }),
    ...(values.sbat !== undefined && { sbat: values.sbat.map(textOrFile) }),
    others: (values.section ?? []).map(parseSection),
    profiles: profiles.map((profile): UkiProfile => {
      const text = Buffer.from(textOrFile(profile.text)).toString('utf8').replaceAll('\\n', '\n')
      return { text, ...variable(profile, open) }
    }),
  }
}

function osReleaseOf(word: string): Uint8Array {
  const bytes = textOrFile(word)
  if (parseOsRelease(Buffer.from(bytes).toString('utf8')).size > 0) return bytes
  throw new UserError(
    `--os-release ${plain(word)}: no line NAME=VALUE`,
    'give a file such as /etc/os-release: --os-release @F',
  )
}

function openEach<K extends string>(
  paths: Readonly<Record<K, string | undefined>>,
  open: (path: string) => ByteSource,
) {
  const named = Object.entries<string | undefined>(paths)
  const opened = named.flatMap(([name, path]) => (path === undefined ? [] : [[name, open(path)] as const]))
  return Object.fromEntries(opened) as { [P in K]?: ByteSource }
}

/** What differs from profile to profile. */
interface Variable {
  readonly text: string
  readonly cmdlines: string[]
  readonly initrds: string[]
}

/** The base, then each profile: options belong to the `--profile` before them. */
function byProfile(args: readonly string[]): Variable[] {
  const parts: Variable[] = [{ text: '', cmdlines: [], initrds: [] }]
  for (const token of parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, tokens: true }).tokens) {
    if (token.kind !== 'option' || token.value === undefined) continue
    if (token.name === 'profile') parts.push({ text: token.value, cmdlines: [], initrds: [] })
    if (token.name === 'cmdline') parts.at(-1)!.cmdlines.push(token.value)
    if (token.name === 'initrd') parts.at(-1)!.initrds.push(token.value)
  }
  return parts
}

function variable({ cmdlines, initrds }: Variable, open: (path: string) => ByteSource) {
  if (cmdlines.length > 1) throw new UserError('--cmdline stands twice', 'a profile has one command line')
  return {
    ...(cmdlines[0] !== undefined && { cmdline: commandLine(textOrFile(cmdlines[0])) }),
    ...(initrds.length > 0 && { initrds: initrds.map(open) }),
  }
}

/** A file may have lines; a command line has none. */
function commandLine(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('utf8')
    .trim()
    .replace(/\s*\n\s*/g, ' ')
}

function parseSection(word: string): { name: string; content: ByteSource } {
  const at = word.indexOf(':')
  if (at < 1) throw new UserError(`--section ${word}: no name`, 'write --section .extra:@file or --section .extra:TEXT')
  const name = word.slice(0, at)
  return { name, content: bytesSource(textOrFile(word.slice(at + 1))) }
}

function signingOf(values: Values, io: Io) {
  const options = signOptions(values)
  return { signer: chooseSigner(values, options.certificates[0], io), options }
}

async function withOurKernel(parts: UkiParts, signing: ReturnType<typeof signingOf> | undefined): Promise<UkiParts> {
  if (parts.linux === undefined) throw new UserError('--for-shim: there is no kernel', 'add --linux F')
  if (signing === undefined) throw new UserError('--for-shim: who signs the kernel inside?', 'add --cert C and --key K')
  return { ...parts, linux: await kernelForShim(parts.linux, signing) }
}

const REFUSED_INSIDE =
  'note: the kernel is signed, and longer in memory than what was signed: shim 16 refuses it; add --for-shim for shim\n'

/** What a stub can start: a PE image, or an x86 kernel of before these. */
function isKernel(source: ByteSource): boolean {
  const { release, sizeOfImage } = readKernel(source)
  return release !== undefined || sizeOfImage !== undefined
}

const NO_KERNEL = 'this is no kernel that a stub starts; are kernel and initrd exchanged, or is it compressed?\n'
