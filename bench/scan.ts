import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { buildFixtureStore } from '../e2e/store/build.ts'

/**
 * `./firn node bench/scan.ts [RECORDS]`: how long `firn scan` takes for a closure of 2,001 paths with the advisories
 * at hand, the start of Node included, beside `nix path-info --json -r` of the same closure in the same run. RECORDS
 * is a bulk zip or a folder of CVE records; without it the few of fixtures/store are used, and that is said.
 */
const PATHS = 2001
const RUNS = 7
const root = new URL('..', import.meta.url).pathname
const fixtures = join(root, 'fixtures/store')
const records = process.argv[2] ?? join(fixtures, 'cves')

/** The packages of the fixture and what belongs to them are this many paths of the closure. */
const FIXTURE_PATHS = 194

console.log(`building a store of ${PATHS} paths …`)
const store = buildFixtureStore(join(fixtures, 'packages.json'), PATHS - FIXTURE_PATHS)
try {
  const env = { ...process.env, ...store.env, FIRN_CACHE_DIR: join(store.folder, 'cache-of-firn') }
  const run = (program: string, ...args: string[]) => {
    const started = performance.now()
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: store.folder, env, maxBuffer: 1 << 30 })
    if (status !== 0 && status !== 1) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stderr}`)
    return { stdout: stdout.toString(), ms: performance.now() - started }
  }
  const median = (program: string, ...args: string[]) => {
    const times = Array.from({ length: RUNS }, () => run(program, ...args).ms).sort((a, b) => a - b)
    return times[RUNS >> 1]!
  }
  const update = run(join(root, 'firn'), 'scan', '--update', '--from', records)
  const { facts, components } = JSON.parse(run(join(root, 'firn'), 'scan', 'result', '--json').stdout)
  const firn = median(join(root, 'firn'), 'scan', 'result', '--json')
  const start = median(join(root, 'firn'), '--version')
  const nix = median('nix', 'path-info', '--json', '-r', store.system)
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
  console.log(`closure: ${facts.Components}`)
  console.log(`advisories: ${facts.Advisories} (made in ${(update.ms / 1000).toFixed(1)} s)`)
  console.log(
    `firn scan: ${firn.toFixed(0)} ms, of which firn --version: ${start.toFixed(0)} ms; ${components.length} packages`,
  )
  console.log(`nix path-info --json -r: ${nix.toFixed(0)} ms; ratio ${(firn / nix).toFixed(1)}`)
} finally {
  store.remove()
}
