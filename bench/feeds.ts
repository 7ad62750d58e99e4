import { createReadStream } from 'node:fs'
import { cpus } from 'node:os'
import { basename } from 'node:path'
import { lookAtFeedFile, openFeedRecords, parseCveRecord, parseNvdPage, parseOsvRecord } from '@firn/advisories'
import { decompress } from '@firn/binary'
import { readPackageSet } from '@firn/nix'

/**
 * `./firn node bench/feeds.ts FILE…`: read and parse feeds of records and package sets, each known by its content; prints how
 * many there were, how fast, and the most memory so far. Nothing is stored.
 */
const PARSERS = { cve: parseCveRecord, nvd: parseNvdPage, osv: parseOsvRecord } as const

for (const path of process.argv.slice(2)) {
  const { kind } = await lookAtFeedFile(path)
  const started = performance.now()
  const { read, bad, what } =
    kind === 'cve' || kind === 'nvd' || kind === 'osv' ? await records(path, kind) : await packages(path)
  const seconds = (performance.now() - started) / 1000
  const memory = Math.round(process.resourceUsage().maxRSS / 1024)
  const rate = Math.round(read / seconds)
  console.log(
    `${basename(path)}: ${read} ${what}, ${bad} bad, ${seconds.toFixed(2)} s, ${rate}/s, at most ${memory} MB`,
  )
}
console.log(`on ${cpus().length} × ${cpus()[0]?.model}`)

async function records(path: string, kind: keyof typeof PARSERS) {
  const feed = await openFeedRecords(path, kind)
  const count = { read: 0, bad: 0, what: `${kind} records` }
  for await (const record of feed.read()) {
    if ('error' in record) count.bad++
    else {
      PARSERS[kind](record.bytes)
      count.read++
    }
  }
  feed.close()
  return count
}

async function packages(path: string) {
  const count = { read: 0, bad: 0, what: 'packages' }
  for await (const entry of readPackageSet(decompress(createReadStream(path), path))) {
    if ('error' in entry) count.bad++
    else count.read++
  }
  return count
}
