import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { findProgram, PROGRAMS, type ProgramName } from './needs.ts'

/**
 * `npm test`: every test. `-- --fast`: those that need no virtual machine and no minutes, with a quarter of a second of
 * fuzzing a parser in place of three. Further words are test files. In CI the system programs are installed first, and what is
 * then still missing is a failure.
 */
/** Virtual machines run one after the other, in a lane of their own beside everything else. */
const MACHINES = /^e2e\/qemu\//
/** What starts servers again and again, kills them, fills disks, builds large stores, or verifies hundreds of images. */
const SLOW = /^e2e\/(tracker|scan|store-verify|appliance\/flips)|\/jobs-kill\.test\.ts$/
/** Begun first: begun last it would keep one core busy while the other has nothing left to do. */
const LONGEST = 'scripts/fuzz.test.ts'
const TIMEOUT_MS = 1_500_000

const root = new URL('..', import.meta.url).pathname
const words = process.argv.slice(2)
const fast = words.includes('--fast')
const named = words.filter((word) => word !== '--fast')

if (process.env.CI === 'true') {
  const setup = runScript('setup-tests.ts')
  if (setup !== 0) process.exit(setup)
} else sayWhatIsMissing()

const checked = named.length > 0 ? 0 : runScript('check.ts')
if (fast) process.env.FUZZ_SECONDS ??= '0.25'
const chosen = named.length > 0 ? named : testFiles()
if (chosen.some((file) => MACHINES.test(file))) await chooseAccelerator()
const passed = await runTests(chosen)
process.exitCode = checked === 0 && passed ? 0 : 1

function testFiles(): string[] {
  const all = globSync(['scripts/*.test.ts', 'packages/*/test/**/*.test.ts', 'e2e/**/*.test.ts'], { cwd: root }).sort()
  const files = fast ? all.filter((file) => !SLOW.test(file) && !MACHINES.test(file)) : all
  return files.sort((a, b) => Number(b === LONGEST) - Number(a === LONGEST))
}

/** Found out once, for all that is started here. */
async function chooseAccelerator(): Promise<void> {
  const { accelerator } = await import('../e2e/qemu/accelerator.ts')
  process.env.FIRN_ACCELERATOR = await accelerator()
  console.log(`virtual machines run on ${process.env.FIRN_ACCELERATOR}`)
}

/** Run both lanes side by side, told as one run with one summary. Gives whether all passed. */
async function runTests(files: readonly string[]): Promise<boolean> {
  const told = new PassThrough({ objectMode: true })
  told.compose(spec).pipe(process.stdout)
  const sums = new Map<string, number>()
  const lanes = [
    { files: files.filter((file) => !MACHINES.test(file)), concurrency: 2 },
    { files: files.filter((file) => MACHINES.test(file)), concurrency: 1 },
  ].filter((lane) => lane.files.length > 0)
  await Promise.all(lanes.map((lane) => runLane(lane, told, sums)))
  for (const [name, sum] of sums) told.write(diagnostic(`${name} ${sum}`))
  told.end()
  return (sums.get('fail') ?? 0) + (sums.get('cancelled') ?? 0) === 0 && (sums.get('tests') ?? 0) > 0
}

/** The counts with which a lane ends are added up in place of being told. */
async function runLane(
  lane: { readonly files: string[]; readonly concurrency: number },
  told: PassThrough,
  sums: Map<string, number>,
): Promise<void> {
  const began = performance.now()
  for await (const event of run({ ...lane, cwd: root, timeout: TIMEOUT_MS })) {
    const { type, data } = event as { type: string; data: { nesting?: number; message?: string } }
    const count =
      type === 'test:diagnostic' && data.nesting === 0
        ? /^(?<name>tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) (?<n>[\d.]+)$/.exec(data.message ?? '')
        : null
    const { name, n } = count?.groups ?? {}
    if (name === undefined) told.write(event)
    else if (name === 'duration_ms') sums.set(name, Math.max(sums.get(name) ?? 0, Number(n)))
    else sums.set(name, (sums.get(name) ?? 0) + Number(n))
  }
  if (lane.concurrency === 1)
    told.write(diagnostic(`virtual machines took ${Math.round((performance.now() - began) / 1000)} s`))
}

function diagnostic(message: string) {
  return { type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } }
}

function runScript(name: string): number {
  return spawnSync(`${root}/firn`, ['node', `scripts/${name}`], { cwd: root, stdio: 'inherit' }).status ?? 1
}

function sayWhatIsMissing(): void {
  const missing = (Object.keys(PROGRAMS) as ProgramName[]).filter((name) => findProgram(name) === undefined)
  if (missing.length > 0) {
    console.log(`missing: ${missing.join(', ')}; their tests are skipped. To install them: npm run setup:tests`)
  }
}
