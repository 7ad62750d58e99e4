import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDebianStore } from './store/build.ts'

/**
 * `./firn node bench/store.ts [FOLDER] [--runs N] [--cold]`: a full check of a store of at least 2 GB and 50,000 files, built by the real Nix
 * from the installed Debian packages, beside Nix's own checks in the same run; then the same optimised. Wall and
 * processor seconds, warm (read just before) and, with `--cold` and
 * as root, cold (the machine's caches dropped). FOLDER keeps the store for next time.
 */
const WANTED = { files: 55_000, bytes: 2.2e9 }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { cold: { type: 'boolean', default: false }, runs: { type: 'string', default: '3' } },
})
const RUNS = Number(values.runs)
const root = new URL('..', import.meta.url).pathname
const [kept] = positionals

console.log('building the store …')
const store = buildDebianStore(kept ?? join(tmpdir(), 'firn-bench-store'), WANTED)
try {
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
  console.log(`nix: ${execFileSync('nix', ['--version'], { encoding: 'utf8' }).trim()}`)
  console.log(`store: ${store.files} files, ${(store.bytes / 1e9).toFixed(2)} GB at least, in ${store.folder}`)
  const links = join(store.env.NIX_STORE_DIR!, '.links')
  const isOptimised = existsSync(links) && readdirSync(links).length > 0
  if (!isOptimised) compare('as built')
  store.nix('nix-store', '--optimise')
  compare('optimised')
  if (!isOptimised) console.log('(for the store as built, remove the folder: optimising cannot be undone)')
} finally {
  if (kept === undefined) store.remove()
}

interface Cost {
  readonly wall: number
  readonly processor: number
  /** Kilobytes at most. */
  readonly memory: number
}

function compare(title: string): void {
  const firn = [join(root, 'firn'), 'store', 'verify', '--all']
  const keys = ['--trusted-key', store.trustedKey]
  const programs: Readonly<Record<string, readonly string[]>> = {
    'nix-store --verify --check-contents': ['nix-store', '--verify', '--check-contents'],
    'nix store verify --all': ['nix', 'store', 'verify', '--all'],
    'firn store verify --all with signatures': [...firn, ...keys],
    'firn store verify --all': firn,
    'firn … --links': [...firn, ...keys, '--links'],
    'firn … --scan-references': [...firn, ...keys, '--scan-references', '--fail-on', 'error'],
  }
  for (const cache of values.cold ? (['warm', 'cold'] as const) : (['warm'] as const)) {
    console.log(`\n${title}, ${cache}, best of ${RUNS}, load ${loadavg()[0]!.toFixed(1)}`)
    const costs = new Map<string, Cost>()
    // In turns, so that what else the machine does falls on all alike.
    for (let run = 0; run < RUNS; run++) {
      for (const [name, words] of Object.entries(programs)) {
        if (cache === 'warm') readEverything()
        else dropCaches()
        const cost = measure(words)
        const best = costs.get(name)
        if (best === undefined || cost.wall < best.wall) costs.set(name, cost)
      }
    }
    for (const [name, { wall, processor, memory }] of costs) {
      console.log(
        `  ${name.padEnd(42)} ${wall.toFixed(2)} s, processor ${processor.toFixed(2)} s, ${Math.round(memory / 1024)} MB`,
      )
    }
    const ratio = (nix: string, ours: string, of: keyof Cost) => (costs.get(nix)![of] / costs.get(ours)![of]).toFixed(2)
    const ours = 'firn store verify --all with signatures'
    for (const nix of ['nix-store --verify --check-contents', 'nix store verify --all']) {
      console.log(`  ratio ${ratio(nix, ours, 'wall')} to ${nix} (processor seconds: ${ratio(nix, ours, 'processor')})`)
    }
  }
}

function readEverything(): void {
  const words = ['.', '-type', 'f', '-exec', 'cat', '{}', '+']
  execFileSync('find', words, { cwd: store.env.NIX_STORE_DIR!, stdio: ['ignore', 'ignore', 'inherit'] })
}

function measure(words: readonly string[]): Cost {
  const report = join(store.folder, 'time.txt')
  const started = performance.now()
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', '-o', report, ...words], {
    env: { ...process.env, ...store.env, FIRN_CACHE_DIR: join(store.folder, 'cache') },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const wall = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stderr.slice(-2000)}`)
  const [user, system, memory] = execFileSync('tail', ['-n', '1', report], { encoding: 'utf8' })
    .trim()
    .split(' ')
    .map(Number)
  return { wall, processor: user! + system!, memory: memory! }
}

function dropCaches(): void {
  execFileSync('sync')
  writeFileSync('/proc/sys/vm/drop_caches', '3')
}
