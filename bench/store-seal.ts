import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildDebianStore } from './store/build.ts'

/**
 * `./firn node bench/store-seal.ts [FOLDER] [--large] [--runs N] [--cold]`: sealing a store, and checking it at each
 * level, beside a full check by firn and by Nix in the same run. 2.2 GB and 55,000 files, with `--large` 5.2 GB and
 * 100,000, built by the real Nix from the installed Debian packages. Best wall seconds of N runs, the most memory, and
 * the ratios that count. FOLDER keeps the store for next time.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean', default: false },
    cold: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
  },
})
const WANTED = values.large ? { files: 100_000, bytes: 5.2e9 } : { files: 55_000, bytes: 2.2e9 }
const root = new URL('..', import.meta.url).pathname
const [kept] = positionals

console.log('building the store …')
const store = buildDebianStore(kept ?? join(tmpdir(), 'firn-bench-seal'), WANTED)
const key = join(store.folder, 'seal.key')
const env = {
  ...process.env,
  ...store.env,
  FIRN_CACHE_DIR: join(store.folder, 'cache'),
  FIRN_STATE_DIR: join(store.folder, 'state'),
}
try {
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
  console.log(`nix: ${execFileSync('nix', ['--version'], { encoding: 'utf8' }).trim()}`)
  console.log(`store: ${store.files} files, ${(store.bytes / 1e9).toFixed(2)} GB at least, in ${store.folder}`)
  for (const file of [key, `${key}.pub`, env.FIRN_CACHE_DIR, env.FIRN_STATE_DIR])
    rmSync(file, { force: true, recursive: true })
  measure([join(root, 'firn'), 'store', 'seal', 'key', '-o', key])
  compare()
} finally {
  if (kept === undefined) store.remove()
}

interface Cost {
  readonly wall: number
  readonly processor: number
  /** Kilobytes at most. */
  readonly memory: number
}

function compare(): void {
  const firn = [join(root, 'firn'), 'store']
  const check = [...firn, 'check', '--key', `${key}.pub`, '--level']
  const programs: Readonly<Record<string, readonly string[]>> = {
    'nix-store --verify --check-contents': ['nix-store', '--verify', '--check-contents'],
    'nix store verify --all': ['nix', 'store', 'verify', '--all'],
    'firn store verify --all': [...firn, 'verify', '--all'],
    'firn store seal --all': [...firn, 'seal', '--all', '--key', key],
    'firn store check --level 0': [...check, '0'],
    'firn store check --level 1': [...check, '1'],
    'firn store check --level 3': [...check, '3'],
  }
  for (const cache of values.cold ? (['warm', 'cold'] as const) : (['warm'] as const)) {
    console.log(`\n${cache}, best of ${values.runs}, load ${loadavg()[0]!.toFixed(1)}`)
    const costs = new Map<string, Cost>()
    // In turns, so that what else the machine does falls on all alike.
    for (let run = 0; run < Number(values.runs); run++) {
      for (const [name, words] of Object.entries(programs)) {
        if (cache === 'warm') readEverything()
        else dropCaches()
        const cost = measure(words)
        const best = costs.get(name)
        if (best === undefined || cost.wall < best.wall) costs.set(name, cost)
      }
    }
    for (const [name, { wall, processor, memory }] of costs) {
      const numbers = `${wall.toFixed(2)} s, processor ${processor.toFixed(2)} s, ${Math.round(memory / 1024)} MB`
      console.log(`  ${name.padEnd(36)} ${numbers}`)
    }
    const ratio = (above: string, below: string, of: 'wall' | 'processor' = 'wall') =>
      (costs.get(above)![of] / costs.get(below)![of]).toFixed(2)
    const [full, seal] = ['firn store verify --all', 'firn store seal --all']
    console.log(
      `  sealing costs ${ratio(seal, full)} full checks (processor ${ratio(seal, full, 'processor')}; aim: at most 2.0)`,
    )
    const [nix, quick] = ['nix-store --verify --check-contents', 'firn store check --level 0']
    console.log(`  level 0 is ${ratio(nix, quick)} times as fast as ${nix} (aim: ${values.large ? 8 : 4})`)
  }
}

function readEverything(): void {
  const words = ['.', '-type', 'f', '-exec', 'cat', '{}', '+']
  execFileSync('find', words, { cwd: store.env.NIX_STORE_DIR!, stdio: ['ignore', 'ignore', 'inherit'] })
}

function measure(words: readonly string[]): Cost {
  const report = join(store.folder, 'time.txt')
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S %M', '-o', report, ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const wall = (performance.now() - started) / 1000
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`)
  const told = execFileSync('tail', ['-n', '1', report], { encoding: 'utf8' })
  const [user, system, memory] = told.trim().split(' ').map(Number)
  return { wall, processor: user! + system!, memory: memory! }
}

function dropCaches(): void {
  execFileSync('sync')
  writeFileSync('/proc/sys/vm/drop_caches', '3')
}
