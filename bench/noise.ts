import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { openFeedRecords, parseCveRecord } from '@firn/advisories'
import { parseDrvName } from '@firn/nix'
import { type Advisory, advisoryFromCve, type Component, inMemory, type Match, Matcher } from '@firn/scan'

/**
 * `./firn node bench/noise.ts RECORDS [--closure FILE] [--seed N] [--draw N] [--without REGEX]`: what the matcher finds
 * for a closure of real package names among all records, counted, and a random draw of it to label by hand. The labels
 * of one draw are in docs/findings/noise.md. A line of the closure is a derivation's name and its source, if known.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    closure: { type: 'string', default: new URL('../fixtures/accuracy/closure.txt', import.meta.url).pathname },
    seed: { type: 'string', default: '1' },
    draw: { type: 'string', default: '100' },
    without: { type: 'string', default: '^$' },
  },
})
const [records] = positionals
if (records === undefined) {
  console.error('usage: ./firn node bench/noise.ts RECORDS [--seed N] [--draw N] [--without REGEX]')
  process.exit(2)
}
const components = readFileSync(values.closure, 'utf8').trim().split('\n').map(component)
const advisories = await readAdvisories(records)
const matches = [...new Matcher(inMemory(advisories)).matchAll(components)]
const found = matches.filter(({ decision }) => /^(affected|undetermined)$/.test(decision.verdict))
const without = new RegExp(values.without)
const rest = found.filter((match) => !without.test(match.component.name))
const undetermined = rest.filter(({ decision }) => decision.verdict === 'undetermined').length
console.log(`${components.length} packages, ${advisories.length} records, ${matches.length} pairs that share a name`)
console.log(`${rest.length} findings, ${undetermined} of them undetermined (${found.length} with those left out)\n`)
for (const match of drawn(rest, Number(values.seed), Number(values.draw))) console.log(line(match))

/** The advisories in their own order: the draw must not depend on the archive's. */
async function readAdvisories(path: string): Promise<Advisory[]> {
  const feed = await openFeedRecords(path, 'cve')
  const read: Advisory[] = []
  for await (const entry of feed.read()) {
    if ('error' in entry) throw entry.error
    const advisory = advisoryFromCve(parseCveRecord(entry.bytes).record)
    if (!advisory.rejected) read.push(advisory)
  }
  feed.close()
  return read
}

function component(text: string): Component {
  const [name = '', source] = text.split(' ')
  const python = /^python3\.\d+-/.exec(name)?.[0] ?? ''
  const { name: pname, version } = parseDrvName(name.slice(python.length))
  return { name, pname, version, system: 'x86_64-linux', patches: [], sources: source === undefined ? [] : [source] }
}

/** A linear congruential generator (Knuth's MMIX) orders them: the same seed draws the same. */
function drawn(list: readonly Match[], seed: number, count: number): Match[] {
  const sorted = list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
  let state = BigInt(seed)
  const weighed = sorted.map((match) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return { match, weight: state >> 11n }
  })
  return weighed
    .sort((a, b) => (a.weight < b.weight ? -1 : 1))
    .slice(0, count)
    .map(({ match }) => match)
}

function key({ component: of, advisory }: Match): string {
  return `${of.name} ${advisory.id}`
}

function line({ component: of, advisory, decision }: Match): string {
  const { verdict, reason, evidence } = decision
  const said = evidence.map(({ text }) => text).join('; ')
  const title = (advisory.title ?? advisory.description ?? '').replace(/\s+/g, ' ').slice(0, 90)
  return `${of.name} | ${advisory.id} | ${verdict}${reason === undefined ? '' : ` (${reason})`} | ${title} | ${said}`
}
