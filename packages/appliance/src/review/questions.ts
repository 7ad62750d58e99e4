import { shortName } from '@firn/attest/verify'
import { grubModules, type Program, type ProgramKind } from '@firn/boot'
import { UserError } from '@firn/core'
import { compareText } from '@firn/nix'
import { describeCertificate, isAuthority, microsoftAuthorities } from './certificate-checks.ts'
import { draftRecipe } from './dockerfile.ts'
import { lockdownOf } from './kernel-config.ts'
import { LOCKDOWN_COMMITS } from './known.ts'
import { hasNx } from './program-checks.ts'
import { kernelsOf, releaseOf, releaseOfKernel } from './source-checks.ts'
import { type ReviewedProgram, type ReviewSubject, sbatOf } from './subject.ts'

/**
 * `fact`: it follows from the files. `draft`: what the files say, to be checked and completed by a person. `yours`: only
 * the organization knows.
 */
type AnswerKind = 'fact' | 'draft' | 'yours'

export interface Answer {
  readonly kind: AnswerKind
  /** Markdown; empty when it is the organization's to write. */
  readonly text: string
}

export interface Question {
  readonly id: string
  /** What it asks, in our words. */
  readonly title: string
  /** What tells it among the headings of shim-review's template. */
  readonly heading: RegExp
  answer(subject: ReviewSubject): Answer
}

const YOURS: Answer = { kind: 'yours', text: '' }
const yours = (id: string, title: string, heading: RegExp): Question => ({ id, title, heading, answer: () => YOURS })
const question = (
  id: string,
  title: string,
  heading: RegExp,
  answer: (subject: ReviewSubject) => Answer,
): Question => ({ id, title, heading, answer })
const fact = (text: string): Answer => ({ kind: 'fact', text })
const draft = (text: string): Answer => ({ kind: 'draft', text })

const NO_GRUB = 'Not applicable: there is no GRUB in this boot chain.'

/** The questions of shim-review's template, in its order. */
export const QUESTIONS: readonly Question[] = [
  yours('organization', 'Who asks for the signature', /organization or people/i),
  yours('legal', 'What proves that the organization exists', /legal data/i),
  yours('product', 'For which product', /product or service/i),
  yours('justification', 'Why the whole world must be able to boot it', /justification/i),
  yours('other-shim', 'Why no shim of another distribution will do', /reuse shim from another/i),
  yours('primary-contact', 'The first contact for security', /primary contact/i),
  yours('secondary-contact', 'The second contact for security', /secondary contact/i),
  question('release', 'Built from which release', /release tar/i, sourceAnswer),
  yours('repository', 'Where the code is', /URL for a repo/i),
  question('patches', 'Which patches, and why', /What patches are being applied/i, patchAnswer),
  question('nx', 'No-execute data', /NX bit/i, nxAnswer),
  question('grub-kind', 'How GRUB checks signatures', /implementation of Secure Boot in GRUB2/i, onlyGrub(YOURS)),
  question('grub-fixes', 'Fixes in GRUB', /fixes for all the following GRUB2 CVEs/i, onlyGrub(YOURS)),
  question('grub-sbat', 'The generation of GRUB', /SBAT generation in your GRUB2/i, grubSbatAnswer),
  question('old-shims', 'Earlier shims, and what they could start', /old shims hashes/i, previousAnswer),
  question('kernel-commits', 'Three commits in the kernel', /1957a85b0032/i, commitsAnswer),
  question('lockdown', 'How the kernel locks down', /enforce lockdown when/i, lockdownAnswer),
  yours('kernel-patches', 'Patches of your own in the kernel', /signed kernel with additional local patches/i),
  question('module-key', 'The key of kernel modules', /ephemeral key/i, moduleKeyAnswer),
  question('vendor-db', 'Several certificates or hashes', /use vendor_db functionality/i, vendorDbAnswer),
  question('same-authority', 'The authority of the last shim', /re-using the CA/i, sameAuthorityAnswer),
  question('reproducible', 'Building it again', /Dockerfile/i, rebuildAnswer),
  yours('logs', 'Logs of the build', /logs for your build/i),
  question('changes', 'What changed since the last shim', /since your SHIM was last signed/i, ({ previous }) =>
    previous.length === 0 ? draft('This is the first application.') : YOURS,
  ),
  question('sha256', 'The hash of the shim', /SHA256 hash of your final shim/i, hashAnswer),
  yours('key-custody', 'How the keys are kept', /manage and protect the keys/i),
  question('ev', 'Extended validation', /EV certificates/i, evAnswer),
  question('authority', 'An authority in the shim', /embedding a CA certificate/i, authorityAnswer),
  question('sbat', 'The SBAT of every binary', /vendor-specific SBAT entry/i, sbatAnswer),
  question('grub-modules', 'The modules of GRUB', /modules are built into your signed GRUB2/i, grubModulesAnswer),
  question('devicetree', 'Device trees of systemd-boot', /unverified Devicetree/i, deviceTreeAnswer),
  question('bootloader', 'Origin and version of the boot loader', /origin and full version number/i, loaderAnswer),
  question('components', 'What else the shim starts', /other components apart from your bootloader/i, componentsAnswer),
  question('launched', 'What the boot loader starts', /launches any other binaries/i, launchedAnswer),
  question('chain', 'How nothing unsigned comes to run', /prevent execution of unauthenticated/i, chainAnswer),
  question('unsigned-kernels', 'Loaders that start unsigned kernels', /loading unsigned kernels/i, unsignedAnswer),
  question('kernel', 'Which kernel', /What kernel are you using/i, kernelAnswer),
  yours('contributions', 'Reviews of others', /contributions have you made/i),
  question('more', 'Anything else', /additional information/i, moreAnswer),
]

function sourceAnswer({ shim, source }: ReviewSubject): Answer {
  const said = shim.version === undefined ? '' : `\n\nThe binary says that it is shim ${shim.version}.`
  if (source === undefined) return shim.version === undefined ? YOURS : draft(said.trim())
  const release = releaseOf(source.sha256)
  const hashes = code([source.sha256, source.sha512].flatMap((hash) => (hash ? `${hash}  ${source.name}` : [])))
  const verdict =
    release === undefined ? 'No: the archive is none of the known releases.' : `Yes: shim ${release.version}.`
  return fact(`${verdict}${said}\n\n${hashes}`)
}

function patchAnswer({ patches, source }: ReviewSubject): Answer {
  if (patches.length === 0) return source === undefined ? YOURS : draft('No patches.')
  const lines = patches.map(({ name, sha256, commit, title }) => {
    const from = commit === undefined ? 'no commit named' : `commit ${commit}`
    return `- \`${name}\` (sha256 ${sha256}): ${title ?? 'no subject'}; ${from}. Why: [your text here]`
  })
  return draft(lines.join('\n'))
}

function nxAnswer({ shim, launched }: ReviewSubject): Answer {
  const lines = [shim, ...launched].map((one) => `- \`${one.name}\`: ${hasNx(one) ? 'NX_COMPAT is set' : 'not set'}`)
  return draft(`${hasNx(shim) ? 'Yes.' : 'No.'}\n\n${lines.join('\n')}\n\nTests: [your text here]`)
}

function grubs({ launched }: ReviewSubject): ReviewedProgram[] {
  return launched.filter(({ program }) => program.kind === 'grub')
}

function onlyGrub(otherwise: Answer): Question['answer'] {
  return (subject) => (grubs(subject).length === 0 ? fact(NO_GRUB) : otherwise)
}

function grubSbatAnswer(subject: ReviewSubject): Answer {
  const found = grubs(subject)
  if (found.length === 0) return fact(NO_GRUB)
  const lines = found.flatMap((one) => sbatOf(one).filter(({ component }) => component === 'grub'))
  return fact(lines.length === 0 ? 'No: its SBAT has no line of grub.' : code(lines.map(({ line }) => line)))
}

function grubModulesAnswer(subject: ReviewSubject): Answer {
  const found = grubs(subject)
  if (found.length === 0) return fact(NO_GRUB)
  return fact(found.map(({ name, program }) => `\`${name}\`: ${modulesOf(program)}`).join('\n\n'))
}

function modulesOf({ source }: Program): string {
  try {
    return grubModules(source).join(' ')
  } catch (error) {
    if (error instanceof UserError) return `[they cannot be read: ${error.message}]`
    throw error
  }
}

function previousAnswer({ previous }: ReviewSubject): Answer {
  if (previous.length === 0) return draft('No shim of ours was signed before.')
  const hashes = previous.map(({ name, program }) => `${hex(program.image.sha256)}  ${name} (Authenticode, SHA-256)`)
  return draft(`These were signed before:\n\n${code(hashes)}\n\nGiven to Microsoft: [your text here]`)
}

function commitsAnswer({ launched }: ReviewSubject): Answer {
  const kernels = kernelsOf(launched).filter((one) => releaseOfKernel(one) !== undefined)
  if (kernels.length === 0) return YOURS
  const lines = kernels.map((one) => `- \`${one.name}\`: Linux ${releaseOfKernel(one)}`)
  const since = LOCKDOWN_COMMITS.map(({ commit, since: first }) => `${commit} since ${first}`).join(', ')
  return draft(`${lines.join('\n')}\n\nUpstream has ${since}.`)
}

function lockdownAnswer({ launched, config }: ReviewSubject): Answer {
  const lines = kernelsOf(launched).flatMap((one) => {
    const lockdown = lockdownOf(config, one.uki?.cmdline)
    if (lockdown === undefined) return []
    return [`- \`${one.name}\`: ${lockdown.enforced ? '' : 'NOT enforced: '}${lockdown.text}`]
  })
  return lines.length === 0 ? YOURS : fact(lines.join('\n'))
}

function moduleKeyAnswer({ config }: ReviewSubject): Answer {
  if (config === undefined) return YOURS
  if (config.get('MODULES') !== 'y') return fact('The kernel loads no modules (CONFIG_MODULES is not set).')
  const key = config.get('MODULE_SIG_KEY') ?? ''
  const signed = config.get('MODULE_SIG') === 'y' ? 'signed' : 'NOT signed'
  const forced = config.get('MODULE_SIG_FORCE') === 'y' ? 'always demanded' : 'demanded under lockdown'
  const whose =
    key === 'certs/signing_key.pem'
      ? 'The key has the default name, under which the build makes one for itself and keeps it nowhere else: [confirm]'
      : `The key is ${key === '' ? 'not named' : `\`${key}\``}: [your text here]`
  return draft(`Modules are ${signed} (CONFIG_MODULE_SIG), signatures are ${forced}. ${whose}`)
}

function vendorDbAnswer({ shim }: ReviewSubject): Answer {
  const { certificates, allowedHashes, forbidden } = shim
  const dbx = `vendor_dbx has ${forbidden} ${forbidden === 1 ? 'entry' : 'entries'}.`
  if (certificates.length <= 1 && allowedHashes === 0) return fact(`Not used: one certificate, no hashes. ${dbx}`)
  const lines = certificates.map((certificate) => `- ${describeCertificate(certificate)}`)
  const hashes = allowedHashes === 0 ? '' : `\n\n${allowedHashes} hashes are allowed: [say where their binaries are]`
  return draft(`${lines.join('\n')}${hashes}\n\n${dbx}`)
}

function sameAuthorityAnswer({ shim, previous }: ReviewSubject): Answer {
  if (previous.length === 0) return draft('This is the first application: there is no certificate of an earlier shim.')
  const before = new Set(previous.flatMap(({ certificates }) => certificates.map(({ encoded }) => hex(encoded))))
  const kept = shim.certificates.filter(({ encoded }) => before.has(hex(encoded)))
  if (kept.length === 0) return fact('The certificates are new: none of them was in an earlier shim.')
  const names = kept.map(({ subject }) => shortName(subject)).join(', ')
  return draft(
    `Kept from an earlier shim: ${names}. vendor_dbx has ${shim.forbidden} entries. Strategy: [your text here]`,
  )
}

function rebuildAnswer(subject: ReviewSubject): Answer {
  const { rebuilds, shim } = subject
  const { open, files, wanted } = draftRecipe(subject)
  const lines = rebuilds.map(({ name, sha256, firstDifference }) => {
    const verdict = firstDifference === undefined ? 'the same' : `differs, first at byte ${firstDifference}`
    return `- \`${name}\`: ${verdict} (sha256 ${sha256})`
  })
  const names = [...files.map(({ name }) => name), ...wanted].map((name) => `\`${name}\``)
  const paragraphs = [
    ...(lines.length === 0 ? [] : [`Built again and compared with \`${shim.name}\`:`, lines.join('\n')]),
    `\`Dockerfile\` is the recipe; it takes ${names.join(', ')}. Still to be filled in: ${open.join('; ')}.`,
  ]
  return draft(paragraphs.join('\n\n'))
}

function hashAnswer({ shim }: ReviewSubject): Answer {
  const signed = shim.program.image.signatures.length
  const state =
    signed === 0 ? 'It is not signed yet.' : `It bears ${signed} ${signed === 1 ? 'signature' : 'signatures'}.`
  const lines = [`${shim.sha256}  ${shim.name}`, `${hex(shim.program.image.sha256)}  Authenticode, SHA-256`]
  return fact(`${code(lines)}\n\n${state}`)
}

function evAnswer({ shim }: ReviewSubject): Answer {
  const own = shim.certificates.every(({ issuer, subject }) => hex(issuer.encoded) === hex(subject.encoded))
  if (shim.certificates.length === 0 || !own) return YOURS
  return fact('No: the certificates in the shim are issued by themselves.')
}

function authorityAnswer({ shim }: ReviewSubject): Answer {
  const has = shim.certificates.some(isAuthority)
  const lines = shim.certificates.map((certificate) => `- ${describeCertificate(certificate)}`)
  return fact(`${has ? 'Yes; its basic constraints say so.' : 'No.'}\n\n${lines.join('\n')}`.trim())
}

function sbatAnswer({ shim, launched }: ReviewSubject): Answer {
  const listing = [shim, ...launched].map((one) => {
    const lines = sbatOf(one).map(({ line }) => line)
    return `\`${one.name}\`:\n\n${lines.length === 0 ? 'none' : code(lines)}`
  })
  return fact(listing.join('\n\n'))
}

function deviceTreeAnswer({ launched }: ReviewSubject): Answer {
  const concerned = launched.filter(
    ({ program }) => program.kind === 'systemd-boot' && ['aa64', 'riscv64'].includes(program.architecture ?? ''),
  )
  return concerned.length === 0 ? fact('Not applicable: no systemd-boot for arm64 or riscv.') : YOURS
}

const LOADERS: readonly ProgramKind[] = ['systemd-boot', 'uki', 'lanzaboote', 'grub']

function loaderAnswer({ launched }: ReviewSubject): Answer {
  const lines = launched
    .filter(({ program }) => LOADERS.includes(program.kind))
    .map((one) => `- \`${one.name}\` (${one.program.kind}): ${originOf(one)}`)
  return lines.length === 0 ? YOURS : draft(lines.join('\n'))
}

function originOf(one: ReviewedProgram): string {
  const lines = sbatOf(one).filter(({ component }) => component !== 'sbat')
  const said = lines.map(({ about: [vendor, name, version] }) => `${name} ${version} (${vendor})`)
  return [...new Set(said)].join('; ') || 'its SBAT does not say'
}

function componentsAnswer({ launched }: ReviewSubject): Answer {
  const others = launched.filter(({ program }) => !LOADERS.includes(program.kind) && program.kind !== 'kernel')
  if (others.length === 0) return draft('Nothing else.')
  return draft(others.map(({ name, program }) => `- \`${name}\` (${program.kind}): [your text here]`).join('\n'))
}

function launchedAnswer({ launched }: ReviewSubject): Answer {
  const loaders = launched.filter(({ program }) => ['systemd-boot', 'grub'].includes(program.kind))
  if (loaders.length === 0) return fact('Not applicable: neither GRUB nor systemd-boot.')
  return draft('Nothing but the kernels named here.')
}

function chainAnswer({ launched }: ReviewSubject): Answer {
  const steps = [...new Set(launched.map(({ program }) => program.kind))].sort(compareText)
  if (steps.length === 0) return YOURS
  const sentences = [
    'Firmware checks the shim; the shim checks what it starts against the certificates in it, db and MokList, and against SBAT.',
    ...steps.flatMap((kind) => CHAIN[kind] ?? []),
  ]
  return draft(sentences.join(' '))
}

const CHAIN: Partial<Record<ProgramKind, string>> = {
  uki: 'A unified kernel image is one signed program: kernel, initrd and command line are all covered by its signature.',
  lanzaboote: 'Its stub is signed and holds the hashes of kernel and initrd, and checks them.',
  'systemd-boot': 'systemd-boot starts programs through the firmware, and so through the shim, which checks them.',
  grub: 'GRUB asks the shim about each kernel before it starts it.',
}

function unsignedAnswer({ launched }: ReviewSubject): Answer {
  const kinds = launched.map(({ program }) => program.kind)
  if (kinds.length === 0 || kinds.includes('grub') || kinds.includes('program')) return YOURS
  return draft('No.')
}

function kernelAnswer({ launched, config }: ReviewSubject): Answer {
  const kernels = kernelsOf(launched)
  if (kernels.length === 0) return YOURS
  const lines = kernels.map((one) => `- \`${one.name}\`: Linux ${releaseOfKernel(one) ?? '[version]'}`)
  const options = [...(config ?? [])]
    .filter(([name]) => TELLING.test(name))
    .map(([name, value]) => `CONFIG_${name}=${value}`)
  const cmdlines = kernels.flatMap(({ uki }) => (uki?.cmdline === undefined ? [] : [`cmdline: ${uki.cmdline}`]))
  const shown = [...options, ...cmdlines]
  return draft([lines.join('\n'), ...(shown.length === 0 ? [] : [code(shown)])].join('\n\n'))
}

/** What a reviewer looks for in a kernel's configuration. */
const TELLING =
  /^(SECURITY_LOCKDOWN_LSM.*|LOCK_DOWN_.*|LSM|MODULES|MODULE_SIG|MODULE_SIG_FORCE|MODULE_SIG_KEY|KEXEC|KEXEC_SIG|KEXEC_SIG_FORCE|EFI_STUB|DEVMEM|STRICT_DEVMEM)$/

function moreAnswer({ shim }: ReviewSubject): Answer {
  const authorities = microsoftAuthorities(shim)
  const levels = shim.levels
    .filter(({ component }) => component !== 'sbat')
    .map(({ component, generation }) => `${component},${generation}`)
  const lines = [
    ...(authorities.length === 0
      ? []
      : [`The shim is signed under Microsoft's authority of ${authorities.map(yearOf).join(' and ')}.`]),
    ...(levels.length === 0 ? [] : [`The latest SBAT level that the shim brings along: ${levels.join(' ')}.`]),
  ]
  return draft(lines.join('\n'))
}

function yearOf(which: 'old' | 'current'): string {
  return which === 'old' ? '2011' : '2023'
}

function code(lines: readonly string[]): string {
  return ['```', ...lines, '```'].join('\n')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
