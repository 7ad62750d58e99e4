import { EXIT, type ExitCode, UserError, worstExit } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import { FORMATS, type Format, type Level, printReport, type Report, reaches } from '@firn/report'
import { printSnapshot, type VulnerabilityFinding } from '@firn/scan/closure'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { parseAge } from '../scan/age.ts'
import { askByDerivation, isShown, type Matched, matchSubject } from '../scan/matched.ts'
import { scanReport } from '../scan/report.ts'
import {
  isFileOutsideOfStore,
  loadSubject,
  readInput,
  SUBJECT_OPTIONS,
  type Subject,
  subjectOfFile,
} from '../scan/subject.ts'

const HELP = `firn scan: known vulnerabilities in what is installed

  firn scan --update [--from FILE_OR_FOLDER]...   fetch advisories, or take them from files
  firn scan --update --from INDEX_OR_URL --key PUB   take an index that somebody signed
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
  --json, --format table|json|sarif|html|cyclonedx|spdx|openvex|csaf
  --all              also what is patched, not affected, or another product
  --why              the shortest chain of references from the root
  --save FILE        keep a snapshot, to scan it again later without the store
  --author NAME, --author-uri URI   who says it, in openvex and csaf
  --compat vulnix    the JSON and the exit codes of vulnix --json (--all: with what is whitelisted)
What counts
  --fail-on LEVEL    exit 1 from this level on: error, warning (default), note
  --undetermined=note|fail    whether what cannot be decided counts (default note)
  --vex FILE         what was decided: OpenVEX, CycloneDX VEX, a whitelist of vulnix (TOML) or vulnxscan
                     (CSV); may be repeated
  --max-age AGE      how old the advisories may be: 12h, 7d (default), 2w
  --tracker URL      ask a firn tracker instead of the local advisories; names, versions, patches and
                     source URLs are sent to it, store paths are not
  --tracker-paths    where .drv files are missing (a copied closure), also ask it what it knows of those
                     derivations, patches above all; their store paths are sent

NIX_STORE_DIR, NIX_STATE_DIR and NIX_REMOTE are honoured. Advisories are kept in FIRN_CACHE_DIR
(default: firn in the user's cache folder).
Exit codes: 0 clean, 1 findings, 2 bad input, 3 advisories missing or stale, 4 store unreadable.
`

const OPTIONS = {
  ...SUBJECT_OPTIONS,
  update: { type: 'boolean' },
  from: { type: 'string', multiple: true },
  key: { type: 'string', multiple: true },
  vex: { type: 'string', multiple: true },
  compat: { type: 'string' },
  author: { type: 'string' },
  'author-uri': { type: 'string' },
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
  'tracker-paths': { type: 'boolean' },
} as const

/** Formats of a scan: the house's own, bills of materials that carry the findings, and what is passed on to others. */
const SCAN_FORMATS = [...FORMATS, 'cyclonedx', 'spdx', 'openvex', 'csaf'] as const
type ScanFormat = (typeof SCAN_FORMATS)[number]

export const command: Command = { help: HELP, run: scan }

type Values = ReturnType<typeof parse>['values']

function parse(args: readonly string[]) {
  return parseOptions('firn scan', args, OPTIONS)
}

async function scan(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parse(args)
  const how = howOf(values)
  if (values.update === true) {
    const { updateIndex } = await import('../scan/update.ts')
    await updateIndex(values.from ?? [], values.key ?? [], io)
    if (positionals.length === 0 && !namesInput(values)) return EXIT.clean
  }
  if (values.diff === true) return diff(positionals, values, how, io)

  const found = await loadSubject(positionals, values, io)
  if (values.save !== undefined) save(values.save, found)
  const subject = how.trackerPaths === undefined ? found : await askByDerivation(how.trackerPaths, found, io)
  const rulings = await rulingsOf(values, subject, io)
  const matched = await matchSubject(subject, { ...how, all: how.all || how.wantsAll, rulings }, io)
  if (values.compat !== undefined) {
    const { vulnixReport } = await import('../scan/vulnix.ts')
    if (matched.warning !== undefined) io.stderr(`firn: ${matched.warning}\n`)
    const { text, exit } = vulnixReport(subject, matched, how.all)
    io.stdout(text)
    return exit
  }
  io.stdout(await print(subject, matched, how, values, io))
  return exitOf(matched.findings, matched, how.failOn, io)
}

/** The options that say what counts and what is said, checked before any work is done. */
function howOf(values: Values) {
  const format: ScanFormat = values.json === true ? 'json' : oneOf('--format', values.format ?? 'table', SCAN_FORMATS)
  if (values.compat !== undefined) {
    oneOf('--compat', values.compat, ['vulnix'])
    if (values.format !== undefined || values.diff === true) {
      throw new UserError('--compat vulnix is a format of its own', 'leave out --format and --diff')
    }
  }
  if (values['tracker-paths'] === true && values.tracker === undefined) {
    throw new UserError('--tracker-paths is asked of a tracker', 'add --tracker URL')
  }
  for (const name of ['from', 'key'] as const) {
    if (values[name] === undefined || values.update === true) continue
    throw new UserError(
      `--${name} says where --update takes advisories from`,
      `write firn scan --update --${name} FILE`,
    )
  }
  return {
    format,
    failOn: oneOf('--fail-on', values['fail-on'] ?? 'warning', ['error', 'warning', 'note']) satisfies Level,
    undetermined: oneOf('--undetermined', values.undetermined ?? 'note', ['note', 'fail']),
    maxAge: parseAge(values['max-age'] ?? '7d'),
    all: values.all === true,
    /** A document for others says what is not affected as well; vulnix's tells whitelisted from clean. */
    wantsAll: format === 'openvex' || format === 'csaf' || values.compat !== undefined,
    why: values.why === true,
    ...(values.tracker === undefined ? {} : { tracker: values.tracker }),
    /** The tracker to ask by derivation. */
    trackerPaths: values['tracker-paths'] === true ? values.tracker : undefined,
  } as const
}

type How = ReturnType<typeof howOf>

async function diff(words: readonly string[], values: Values, how: How, io: Io): Promise<ExitCode> {
  const { format } = how
  const [oldWord, newWord, ...more] = words
  if (oldWord === undefined || newWord === undefined || more.length > 0) {
    throw new UserError('--diff compares two things', 'write firn scan --diff OLD NEW')
  }
  if (!isReportFormat(format)) {
    throw new UserError(`--diff has no format ${format}`, `choose one of ${FORMATS.join(', ')}`)
  }
  const { diffReport } = await import('../scan/diff.ts')
  const side = async (word: string) => {
    const subject = isFileOutsideOfStore(word, values, io)
      ? subjectOfFile(word, readInput(word))
      : await loadSubject([word], values, io)
    const rulings = await rulingsOf(values, subject, io)
    const known = how.trackerPaths === undefined ? subject : await askByDerivation(how.trackerPaths, subject, io)
    return { subject: known, matched: await matchSubject(known, { ...how, rulings }, io) }
  }
  const after = { old: await side(oldWord), new: await side(newWord) }
  const report = diffReport(after.old, after.new, format)
  io.stdout(printReport(report, format, tableOptions(io)))
  return exitOf(report.findings, after.new.matched, how.failOn, io)
}

/** What the files of --vex decided; their readers are loaded when there are any. */
async function rulingsOf({ vex = [] }: Values, subject: Subject, io: Io) {
  return vex.length === 0 ? [] : (await import('../scan/vex.ts')).loadRulings(vex, subject, io)
}

async function print(subject: Subject, matched: Matched, how: How, values: Values, io: Io): Promise<string> {
  const { format } = how
  if (isReportFormat(format))
    return printReport(scanReport(subject, matched, format, how.why), format, tableOptions(io))
  if (format === 'openvex' || format === 'csaf') {
    const { printVex } = await import('../scan/publish.ts')
    return printVex(format, subject, matched, { name: values.author, uri: values['author-uri'] }, io)
  }
  const { printBill } = await import('../scan/bill.ts')
  return printBill(subject, format, io, matched.findings)
}

function isReportFormat(format: ScanFormat): format is Format {
  return FORMATS.some((known) => known === format)
}

/** Findings over stale data are findings; none over stale data is no clean bill. What only `--all` shows never counts. */
function exitOf(findings: Report<VulnerabilityFinding>['findings'], matched: Matched, failOn: Level, io: Io): ExitCode {
  if (matched.warning !== undefined) io.stderr(`firn: ${matched.warning}\n`)
  return worstExit([
    findings.some((finding) => isShown(finding) && reaches(finding.level, failOn)) ? EXIT.findings : EXIT.clean,
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
