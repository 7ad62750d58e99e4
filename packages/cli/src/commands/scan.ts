import { EXIT, type ExitCode, UserError, worstExit } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import { FORMATS, type Format, type Level, printReport, type Report, reaches } from '@firn/report'
import { printSnapshot, type VulnerabilityFinding } from '@firn/scan'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { parseAge } from '../scan/age.ts'
import { type Matched, matchSubject } from '../scan/matched.ts'
import { scanReport } from '../scan/report.ts'
import { loadSubject, readInput, SUBJECT_OPTIONS, type Subject, subjectOfFile } from '../scan/subject.ts'
import { updateIndex } from '../scan/update.ts'

const HELP = `firn scan: known vulnerabilities in what is installed

  firn scan --update [--from FILE_OR_FOLDER]...   fetch advisories, or take them from files
  firn scan PATH...                               a store path, a link such as result, a .drv file
  firn scan --system                              the running NixOS system
  firn scan --diff OLD NEW                        what an update changes: paths, snapshots or SBOMs

What to look at
  --profile P        a profile, by path or name          --gc-roots   everything that is kept
  --sbom FILE        a CycloneDX document in JSON        --snapshot FILE   what --save wrote
  --drv FILE         a .drv file                         --store ROOT  a chroot store, or file://CACHE
  --buildtime        the graph of derivations, not what is needed to run (--runtime, the default)
  --backend B        read the store by way of: database, daemon, nix (default: the first that can)
What to say
  --json, --format table|json|sarif|html|cyclonedx|spdx
  --all              also what is patched, not affected, or another product
  --why              the shortest chain of references from the root
  --save FILE        keep a snapshot, to scan it again later without the store
What counts
  --fail-on LEVEL    exit 1 from this level on: error, warning (default), note
  --undetermined=note|fail    whether what cannot be decided counts (default note)
  --max-age AGE      how old the advisories may be: 12h, 7d (default), 2w
  --tracker URL      ask a firn tracker instead of the local advisories; names, versions, patches and
                     source URLs are sent to it, store paths are not

NIX_STORE_DIR, NIX_STATE_DIR and NIX_REMOTE are honoured. Advisories are kept in FIRN_CACHE_DIR
(default: firn in the user's cache folder).
Exit codes: 0 clean, 1 findings, 2 bad input, 3 advisories missing or stale, 4 store unreadable.
`

const OPTIONS = {
  ...SUBJECT_OPTIONS,
  update: { type: 'boolean' },
  from: { type: 'string', multiple: true },
  diff: { type: 'boolean' },
  json: { type: 'boolean' },
  format: { type: 'string' },
  all: { type: 'boolean' },
  why: { type: 'boolean' },
  save: { type: 'string' },
  'fail-on': { type: 'string' },
  undetermined: { type: 'string' },
  'max-age': { type: 'string' },
  tracker: { type: 'string' },
} as const

/** Formats of a scan: the house's own, and bills of materials that carry the findings. */
const SCAN_FORMATS = [...FORMATS, 'cyclonedx', 'spdx'] as const
type ScanFormat = (typeof SCAN_FORMATS)[number]

export const command: Command = { help: HELP, run: scan }

async function scan(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn scan', args, OPTIONS)
  const format = values.json === true ? 'json' : oneOf('--format', values.format ?? 'table', SCAN_FORMATS)
  const failOn: Level = oneOf('--fail-on', values['fail-on'] ?? 'warning', ['error', 'warning', 'note'])
  const undetermined = oneOf('--undetermined', values.undetermined ?? 'note', ['note', 'fail'])
  const how = {
    undetermined,
    maxAge: parseAge(values['max-age'] ?? '7d'),
    all: values.all === true,
    why: values.why === true,
    ...(values.tracker === undefined ? {} : { tracker: values.tracker }),
  }

  if (values.from !== undefined && values.update !== true) {
    throw new UserError('--from says where --update takes advisories from', 'write firn scan --update --from FILE')
  }
  if (values.update === true) {
    await updateIndex(values.from ?? [], io)
    if (positionals.length === 0 && !namesInput(values)) return EXIT.clean
  }
  if (values.diff === true) return diff(positionals, values, how, { format, failOn }, io)

  const subject = await loadSubject(positionals, values, io)
  if (values.save !== undefined) save(values.save, subject)
  const matched = await matchSubject(subject, how, io)
  io.stdout(await print(subject, matched, format, how.why, io))
  return exitOf(matched.findings, matched, failOn, io)
}

async function diff(
  words: readonly string[],
  values: Parameters<typeof loadSubject>[1],
  how: Parameters<typeof matchSubject>[1],
  { format, failOn }: { readonly format: ScanFormat; readonly failOn: Level },
  io: Io,
): Promise<ExitCode> {
  const [oldWord, newWord, ...more] = words
  if (oldWord === undefined || newWord === undefined || more.length > 0) {
    throw new UserError('--diff compares two things', 'write firn scan --diff OLD NEW')
  }
  if (format === 'cyclonedx' || format === 'spdx') {
    throw new UserError(`--diff has no format ${format}`, `choose one of ${FORMATS.join(', ')}`)
  }
  const { diffReport } = await import('../scan/diff.ts')
  const side = async (word: string) => {
    const subject = isStorePathOrLink(word)
      ? await loadSubject([word], values, io)
      : subjectOfFile(word, readInput(word))
    return { subject, matched: await matchSubject(subject, how, io) }
  }
  const after = { old: await side(oldWord), new: await side(newWord) }
  const report = diffReport(after.old, after.new)
  io.stdout(printReport(report, format, tableOptions(io)))
  return exitOf(report.findings, after.new.matched, failOn, io)
}

/** Snapshots and SBOMs are files of their own; all else is looked for in the store. */
function isStorePathOrLink(word: string): boolean {
  return !/\.json$/.test(word)
}

async function print(subject: Subject, matched: Matched, format: ScanFormat, why: boolean, io: Io): Promise<string> {
  if (format !== 'cyclonedx' && format !== 'spdx') {
    return printReport(scanReport(subject, matched, why), format satisfies Format, tableOptions(io))
  }
  const { printBill } = await import('../scan/bill.ts')
  return printBill(subject, format, io, matched.findings)
}

/** Findings over stale data are findings; none over stale data is no clean bill. */
function exitOf(findings: Report<VulnerabilityFinding>['findings'], matched: Matched, failOn: Level, io: Io): ExitCode {
  if (matched.warning !== undefined) io.stderr(`firn: ${matched.warning}\n`)
  return worstExit([
    findings.some((finding) => reaches(finding.level, failOn)) ? EXIT.findings : EXIT.clean,
    matched.stale ? EXIT.data : EXIT.clean,
  ])
}

function save(file: string, subject: Subject): void {
  if (subject.snapshot === undefined) {
    throw new UserError('--save keeps the snapshot of a closure, and an SBOM is none', 'leave out --save')
  }
  writeFileAtomic(file, printSnapshot(subject.snapshot))
}

function namesInput(values: Readonly<Record<string, unknown>>): boolean {
  return ['system', 'profile', 'gc-roots', 'drv', 'sbom', 'snapshot'].some((name) => values[name] !== undefined)
}

function tableOptions(io: Io) {
  return {
    color: process.stdout.isTTY === true && io.env.NO_COLOR === undefined,
    width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
  }
}

function oneOf<const T extends string>(option: string, word: string, known: readonly T[]): T {
  const found = known.find((entry) => entry === word)
  if (found !== undefined) return found
  throw new UserError(`${option} ${word}: not known`, `choose one of ${known.join(', ')}`)
}
