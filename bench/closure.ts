import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { buildFixtureStore } from '../e2e/store/build.ts'

/**
 * `./firn node bench/closure.ts`: how long a closure of 2,001 paths takes from Nix's database, with each path's `.drv`
 * read and parsed, in a process that has read nothing before; beside `nix path-info --json -r` and
 * `nix show-derivation` of the same in the same run. The start of Node is not in it, that of nix is.
 */
const PATHS = 2001
const RUNS = 7
const root = new URL('..', import.meta.url).pathname
/** The packages of the fixture and what belongs to them are this many paths of the closure. */
const FIXTURE_PATHS = 194

console.log(`building a store of ${PATHS} paths …`)
const store = buildFixtureStore(join(root, 'fixtures/store/packages.json'), PATHS - FIXTURE_PATHS)
try {
  const env = { ...process.env, ...store.env }
  const timed = (program: string, ...words: string[]) => {
    const started = performance.now()
    const { status, stdout, stderr } = spawnSync(program, words, { cwd: store.folder, env, maxBuffer: 1 << 30 })
    if (status !== 0) throw new Error(`${program} ${words.slice(0, 5).join(' ')}: ${status}\n${stderr}`)
    return { ms: performance.now() - started, stdout: stdout.toString() }
  }
  const median = (measure: () => number) => Array.from({ length: RUNS }, measure).sort((a, b) => a - b)[RUNS >> 1]!
  const firn = () =>
    JSON.parse(timed(join(root, 'firn'), 'node', join(root, 'bench/closure-once.ts'), store.system).stdout) as {
      paths: number
      derivations: string[]
      closure: number
      parse: number
    }
  const { paths, derivations } = firn()
  const runs = Array.from({ length: RUNS }, firn)
  const middle = (pick: (run: (typeof runs)[number]) => number) => runs.map(pick).sort((a, b) => a - b)[RUNS >> 1]!
  const infos = median(() => timed('nix', 'path-info', '--json', '-r', store.system).ms)
  const shown = median(() => timed('nix', 'show-derivation', ...derivations).ms)
  const [closure, parse, both] = [middle((run) => run.closure), middle((run) => run.parse), infos + shown]
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
  console.log(`${paths} paths, ${derivations.length} derivations, median of ${RUNS}`)
  console.log(`firn: closure ${closure.toFixed(0)} ms, derivations ${parse.toFixed(0)} ms`)
  console.log(`nix: path-info ${infos.toFixed(0)} ms, show-derivation ${shown.toFixed(0)} ms`)
  console.log(`ratio ${((closure + parse) / both).toFixed(2)}`)
} finally {
  store.remove()
}
