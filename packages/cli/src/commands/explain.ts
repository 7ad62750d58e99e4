import { EXIT, type ExitCode, UserError } from '@firn/core'
import { type ClosureComponent, nameAndVersion, type VulnerabilityFinding } from '@firn/scan'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { parseAge } from '../scan/age.ts'
import { matchSubject } from '../scan/matched.ts'
import { loadSubject, SUBJECT_OPTIONS, type Subject } from '../scan/subject.ts'
import { loadRulings } from '../scan/vex.ts'

const HELP = `firn explain: why a verdict is what it is, step by step

  firn explain CVE PACKAGE [PATH]     of a package in a closure: its name, or its name and version
  firn explain CVE NAME-VERSION       of a package by name alone, without a store

  --system, --profile P, --gc-roots, --sbom FILE, --snapshot FILE, --store ROOT   as in firn scan
  --tracker URL                       ask a tracker
  --vex FILE                          what was decided, as in firn scan
`

const OPTIONS = { ...SUBJECT_OPTIONS, tracker: { type: 'string' }, vex: { type: 'string', multiple: true } } as const

export const command: Command = { help: HELP, run: explain }

async function explain(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn explain', args, OPTIONS)
  const [id, name, ...paths] = positionals
  if (id === undefined || name === undefined) {
    throw new UserError('firn explain takes a CVE and a package', 'write firn explain CVE-2024-6119 openssl result')
  }
  const { tracker: _tracker, vex = [], ...place } = values
  const isAlone = paths.length === 0 && Object.values(place).every((value) => value === undefined)
  const subject = isAlone ? alone(name) : narrowed(await loadSubject(paths, values, io), name)
  const rulings = await loadRulings(vex, subject, io)
  const how = { undetermined: 'note', maxAge: parseAge('520w'), all: true, why: true, rulings } as const
  const options = values.tracker === undefined ? how : { ...how, tracker: values.tracker }
  const { findings, data } = await matchSubject(subject, options, io)
  const told = findings.filter((finding) => finding.cve.toLowerCase() === id.toLowerCase())
  if (told.length === 0) {
    throw new UserError(`${id}: nothing in the advisories speaks of ${name}`, `check the id and the name; ${data}`)
  }
  io.stdout(`${told.map(inWords).join('\n\n')}\n\nAdvisories: ${data}\n`)
  return EXIT.clean
}

/** The components that the word names: by package name, by name and version, or by store path. */
function narrowed(subject: Subject, word: string): Subject {
  const isNamed = (component: ClosureComponent) =>
    component.name === word || nameAndVersion(component).pname === word || component.paths.includes(word)
  const components = subject.composition.components.filter(isNamed)
  if (components.length === 0) {
    throw new UserError(`${word}: no package of ${subject.label}`, 'firn sbom lists what there is')
  }
  return { ...subject, composition: { ...subject.composition, components } }
}

function alone(name: string): Subject {
  return { label: name, composition: { components: [{ name, paths: [] }], others: {} } }
}

function inWords(finding: VulnerabilityFinding): string {
  const steps = finding.evidence.map(
    (step, i) => `  ${i + 1}. ${step.text}${step.source === undefined ? '' : `\n     (${step.source})`}`,
  )
  const why =
    finding.why === undefined || finding.why.length === 0
      ? []
      : ['', 'Why it is here:', ...finding.why.map((path) => `  ${path}`)]
  return [
    finding.message,
    `Verdict: ${finding.verdict}${finding.reason === undefined ? '' : ` (${finding.reason})`}`,
    ...(finding.ruled === undefined
      ? []
      : [`Decided by ${finding.ruled.source}; the matcher said ${finding.ruled.was}`]),
    '',
    ...steps,
    ...(finding.remedy === undefined ? [] : ['', `What to do: ${finding.remedy}`]),
    ...why,
  ].join('\n')
}
