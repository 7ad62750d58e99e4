import { shortName } from '@firn/attest'
import type { SectionReport, UkiReport } from './inspect.ts'

/** What is different in `after`, a sentence each, in the order of importance; none when they boot the same bytes. */
export function diffUki(before: UkiReport, after: UkiReport): string[] {
  return [
    ...diffWord('the kernel', versionOf(before), versionOf(after)),
    ...diffCmdline(before.cmdline, after.cmdline),
    ...diffOsRelease(before.osRelease ?? new Map(), after.osRelease ?? new Map()),
    ...diffWord('the stub', before.stub?.text, after.stub?.text),
    ...diffSections(before.sections, after.sections),
    ...diffSbat(before, after),
    ...diffWord('signed by', signersOf(before), signersOf(after)),
  ]
}

function versionOf(report: UkiReport): string | undefined {
  return report.uname ?? report.kernel?.release
}

function signersOf({ image }: UkiReport): string | undefined {
  const names = image.signatures.map(({ signer, problem }) =>
    problem === undefined && signer !== undefined ? shortName(signer.subject) : `nobody (${problem})`,
  )
  return names.length === 0 ? undefined : names.join(' and ')
}

function diffWord(what: string, before: string | undefined, after: string | undefined): string[] {
  return before === after ? [] : [`${what}: ${before ?? 'none'} -> ${after ?? 'none'}`]
}

function diffCmdline(before: string | undefined, after: string | undefined): string[] {
  if (before === undefined || after === undefined) return diffWord('the command line', before, after)
  const [old, fresh] = [before, after].map((text) => text.split(/\s+/).filter((word) => word !== '')) as [
    string[],
    string[],
  ]
  const lost = old.filter((word) => !fresh.includes(word))
  const added = fresh.filter((word) => !old.includes(word))
  if (lost.length === 0 && added.length === 0) {
    return before === after ? [] : ['the command line: the same words in another order or number']
  }
  return [
    ...lost.map((word) => `the command line loses ${word}`),
    ...added.map((word) => `the command line gains ${word}`),
  ]
}

function diffOsRelease(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) =>
    diffWord(`os-release ${key}`, before.get(key), after.get(key)),
  )
}

/** Sections that have been told in words already. */
const TOLD = new Set(['.cmdline', '.osrel', '.uname', '.sbat', '.sdmagic'])

function diffSections(before: readonly SectionReport[], after: readonly SectionReport[]): string[] {
  const [old, fresh] = [byKey(before), byKey(after)]
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) => {
    const [a, b] = [old.get(key), fresh.get(key)]
    const meaning = (a ?? b)?.meaning
    const what = meaning === undefined ? key : `${key} (${meaning})`
    if (a === undefined) return [`${what} is new: ${b!.size} bytes, SHA-256 ${b!.sha256}`]
    if (b === undefined) return [`${what} is gone: ${a.size} bytes, SHA-256 ${a.sha256}`]
    if (a.sha256 === b.sha256 && a.section.virtualSize === b.section.virtualSize) return []
    if (TOLD.has(key)) return []
    const sizes = a.size === b.size ? `${a.size} bytes, other content` : `${a.size} -> ${b.size} bytes`
    return [`${what}: ${sizes}, SHA-256 ${a.sha256} -> ${b.sha256}`]
  })
}

/** Names stand again in each profile, and may stand twice: a key tells them apart. */
function byKey(sections: readonly SectionReport[]): Map<string, SectionReport> {
  const keyed = new Map<string, SectionReport>()
  const counts = new Map<string, number>()
  for (const report of sections) {
    const base =
      report.profile === undefined ? report.section.name : `${report.section.name} of profile ${report.profile}`
    const count = (counts.get(base) ?? 0) + 1
    counts.set(base, count)
    keyed.set(count === 1 ? base : `${base} (${count})`, report)
  }
  return keyed
}

function diffSbat(before: UkiReport, after: UkiReport): string[] {
  const [old, fresh] = [before, after].map(
    ({ sbat }) => new Map((sbat ?? []).map(({ component, generation }) => [component, generation])),
  ) as [Map<string, number>, Map<string, number>]
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((component) => {
    const [a, b] = [old.get(component), fresh.get(component)].map((n) =>
      n === undefined ? undefined : `generation ${n}`,
    )
    return diffWord(`SBAT ${component}`, a, b)
  })
}
