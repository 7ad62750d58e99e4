import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemCalls } from '@firn/nix'
import { buildDebianStore } from './store/build.ts'

/**
 * `./firn node bench/store.ts [FOLDER] [--large] [--runs N] [--warm]`: verifying, sealing and checking a store, beside
 * Nix's own checks in the same run. The store has 2.2 GB and 55,000 files, with `--large` 5.2 GB and 100,000, built by the
 * real Nix from the installed Debian packages. Best wall seconds of N runs, processor seconds, the most memory, and the
 * ratios that count: warm (all read just before), cold (the machine's caches dropped, as root; not with `--warm`), and
 * optimised. FOLDER keeps the store for next time; optimising it cannot be undone.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean', default: false },
    warm: { type: 'boolean', default: false },
    runs: { type: 'string', default: '3' },
  },
})
const WANTED = values.large ? { files: 100_000, bytes: 5.2e9 } : { files: 55_000, bytes: 2.2e9 }
const DROP = '/proc/sys/vm/drop_caches'
const root = new URL('..', import.meta.url).pathname
const [kept] = positionals

console.log('building the store …')
const store = buildDebianStore(kept ?? join(tmpdir(), 'firn-bench-store'), WANTED)
const storeDir = store.env.NIX_STORE_DIR!
const key = join(store.folder, 'seal.key')
const env = {
  ...process.env,
  ...store.env,
  FIRN_CACHE_DIR: join(store.folder, 'cache'),
  FIRN_STATE_DIR: join(store.folder, 'state'),
}
const firn = [join(root, 'firn'), 'store']
const full = [...firn, 'verify', '--all', '--trusted-key', store.trustedKey]
const check = [...firn, 'check', '--key', `${key}.pub`, '--level']
const NIX = 'nix-store --verify --check-contents'
const NIX_SIGNED = 'nix store verify --all'
const FULL = 'firn store verify --all, signatures'
const SEAL = 'firn store seal --all'
const QUICK = 'firn store check --level 0'
/** What is asked for beyond a full check, and what that costs. */
const EXTRAS = {
  '… without signatures': 'signatures',
  '… --links': '--links',
  '… --scan-references': '--scan-references',
}
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  [NIX]: ['nix-store', '--verify', '--check-contents'],
  [NIX_SIGNED]: ['nix', 'store', 'verify', '--all'],
  [FULL]: full,
  '… without signatures': [...firn, 'verify', '--all'],
  '… --links': [...full, '--links'],
  '… --scan-references': [...full, '--scan-references', '--fail-on', 'error'],
  [SEAL]: [...firn, 'seal', '--all', '--key', key],
  [QUICK]: [...check, '0'],
  'firn store check --level 1': [...check, '1'],
  'firn store check --level 3': [...check, '3'],
}

try {
  console.log(`machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}`)
  console.log(`nix: ${execFileSync('nix', ['--version'], { encoding: 'utf8' }).trim()}`)
  console.log(`store: ${store.files} files, ${(store.bytes / 1e9).toFixed(2)} GB at least, in ${store.folder}`)
  for (const file of [key, `${key}.pub`, env.FIRN_CACHE_DIR, env.FIRN_STATE_DIR])
    rmSync(file, { force: true, recursive: true })
  measure([...firn, 'seal', 'key', '-o', key])
  if (isOptimised()) console.log('(optimised before; for the store as built, remove the folder)')
  else {
    compare('as built', 'warm')
    if (!values.warm && canDropCaches()) compare('as built', 'cold')
    attributesCost()
    store.nix('nix-store', '--optimise')
  }
  compare('optimised', 'warm')
} finally {
  if (kept === undefined) store.remove()
}

interface Cost {
  readonly wall: number
  readonly processor: number
  /** Kilobytes at most. */
  readonly memory: number
}

function compare(state: string, cache: 'warm' | 'cold'): void {
  console.log(`\n${state}, ${cache}, best of ${values.runs}, load ${loadavg()[0]!.toFixed(1)}`)
  const costs = new Map<string, Cost>()
  // In turns, so that what else the machine does falls on all alike.
  for (let run = 0; run < Number(values.runs); run++) {
    for (const [name, words] of Object.entries(PROGRAMS)) {
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
  const times = (name: string, other: string, aim: string) =>
    console.log(
      `  ${name} is ${ratio(other, name)} times as fast as ${other} (processor ${ratio(other, name, 'processor')}; aim: ${aim})`,
    )
  times(FULL, NIX, state === 'optimised' ? '2.8' : cache === 'cold' ? '1.5' : '1.6')
  times(FULL, NIX_SIGNED, cache === 'cold' ? '1.0' : '0.9')
  times(QUICK, NIX, values.large ? '8' : '4')
  console.log(
    `  sealing costs ${ratio(SEAL, FULL)} full checks (processor ${ratio(SEAL, FULL, 'processor')}; aim: at most 2.0)`,
  )
  for (const [name, what] of Object.entries(EXTRAS)) {
    const more = Math.abs(costs.get(name)!.processor - costs.get(FULL)!.processor)
    console.log(`  ${what}: ${more.toFixed(2)} s of a processor`)
  }
}

/** Extended attributes are always looked at: what asking for them costs by itself, on one processor. */
function attributesCost(): void {
  const calls = systemCalls()
  if (calls === undefined) {
    console.log('\nattributes: no system calls here')
    return
  }
  const names = execFileSync('find', [storeDir, '-print0'], { encoding: 'latin1', maxBuffer: 1 << 30 }).split('\0')
  const paths = names.slice(0, -1).map((name) => Buffer.from(`${name}\0`, 'latin1'))
  const started = process.cpuUsage()
  for (const path of paths) calls.xattrNames(path)
  const { user, system } = process.cpuUsage(started)
  console.log(`\nattributes of ${paths.length} names: ${((user + system) / 1e6).toFixed(2)} s of a processor`)
}

function isOptimised(): boolean {
  const links = join(storeDir, '.links')
  return existsSync(links) && readdirSync(links).length > 0
}

function readEverything(): void {
  const words = ['.', '-type', 'f', '-exec', 'cat', '{}', '+']
  execFileSync('find', words, { cwd: storeDir, stdio: ['ignore', 'ignore', 'inherit'] })
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

function canDropCaches(): boolean {
  try {
    accessSync(DROP, constants.W_OK)
    return true
  } catch {
    console.log('\n(cold caches are not measured: only root may drop them)')
    return false
  }
}

function dropCaches(): void {
  execFileSync('sync')
  writeFileSync(DROP, '3')
}
