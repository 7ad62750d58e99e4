import { cpus } from 'node:os'
import { openFeedRecords, parseCveRecord } from '@firn/advisories'
import { decompress } from '@firn/binary'
import { fileChunks } from '@firn/core/fs'
import { type PackageEntry, readPackageSet } from '@firn/nix'
import {
  type Advisory,
  advisoryFromCve,
  advisoryNames,
  type Component,
  candidateNames,
  inMemory,
  Matcher,
} from '@firn/scan'

/**
 * `./firn node bench/match.ts RECORDS CHANNEL [DELTA]`: how long matching takes once records and packages are read:
 * all advisories against all packages of a channel, and the advisories of a delta against them, as the tracker does
 * when it comes in. RECORDS and DELTA are zips or folders of CVE records, CHANNEL is a packages.json, packed or not.
 */
const [records, channel, delta] = process.argv.slice(2)
if (records === undefined || channel === undefined) {
  console.error('usage: ./firn node bench/match.ts RECORDS CHANNEL [DELTA]')
  process.exit(2)
}
console.log(`machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
const advisories = await readAdvisories(records)
const components = await readComponents(channel)
const known = timed(`${advisories.length} advisories, by name`, () => inMemory(advisories))
timed(`… against ${components.length} packages`, () => count(new Matcher(known).matchAll(components)))
timed('… once more, warm', () => count(new Matcher(known).matchAll(components)))
const byName = timed(`${components.length} packages, by name`, () => componentsByName(components))
if (delta !== undefined) {
  const news = await readAdvisories(delta)
  timed(`a delta of ${news.length} against them`, () => {
    const touched = new Set(news.flatMap((advisory) => [...advisoryComponents(advisory)]))
    return count(new Matcher(inMemory(news)).matchAll([...touched]))
  })
}

async function readAdvisories(path: string): Promise<Advisory[]> {
  const feed = await openFeedRecords(path, 'cve')
  const read: Advisory[] = []
  for await (const entry of feed.read()) {
    if ('error' in entry) throw entry.error
    read.push(advisoryFromCve(parseCveRecord(entry.bytes).record))
  }
  feed.close()
  return read
}

async function readComponents(path: string): Promise<Component[]> {
  const read: Component[] = []
  for await (const entry of readPackageSet(decompress(fileChunks(path), path))) {
    if (!('error' in entry)) read.push(componentOf(entry))
  }
  return read
}

function componentOf({ name, attribute, system, position, homepages, patches, version }: PackageEntry): Component {
  return {
    name,
    attribute,
    homepages,
    ...(version === undefined ? {} : { version }),
    ...(system === undefined ? {} : { system }),
    ...(position === undefined ? {} : { position }),
    ...(patches === undefined ? {} : { patches }),
  }
}

function componentsByName(list: readonly Component[]): Map<string, Component[]> {
  const found = new Map<string, Component[]>()
  for (const component of list) {
    for (const name of candidateNames(component)) {
      const same = found.get(name)
      if (same === undefined) found.set(name, [component])
      else same.push(component)
    }
  }
  return found
}

function advisoryComponents(advisory: Advisory): Iterable<Component> {
  return new Set(advisoryNames(advisory).flatMap((name) => byName.get(name) ?? []))
}

function count(matches: Iterable<{ readonly decision: { readonly verdict: string } }>): string {
  const verdicts: Record<string, number> = {}
  for (const { decision } of matches) verdicts[decision.verdict] = (verdicts[decision.verdict] ?? 0) + 1
  return Object.entries(verdicts)
    .sort()
    .map(([verdict, number]) => `${number} ${verdict}`)
    .join(', ')
}

/** Wall time, and the processor's: they differ where others use the machine too. */
function timed<T>(what: string, run: () => T): T {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const result = run()
  const ms = performance.now() - started
  const used = process.cpuUsage(cpu)
  const said = typeof result === 'string' ? `: ${result}` : ''
  console.log(`${what}: ${ms.toFixed(0)} ms (processor ${((used.user + used.system) / 1000).toFixed(0)} ms)${said}`)
  return result
}
