import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { findProgram, PROGRAMS, type ProgramName } from './needs.ts'

/**
 * `npm test`: every test. `-- --fast`: those that need no virtual machine and no minutes, with half a second of fuzzing a
 * parser in place of three. Further words are test files. In CI the system programs are installed first, and what is
 * then still missing is a failure.
 */
/** Virtual machines; and what starts servers again and again, kills them, fills disks, or builds large stores. */
const SLOW = /^e2e\/(qemu\/|tracker|scan-tracker|store-verify)|\/jobs-kill\.test\.ts$/

const root = new URL('..', import.meta.url).pathname
const words = process.argv.slice(2)
const fast = words.includes('--fast')
const named = words.filter((word) => word !== '--fast')

if (process.env.CI === 'true') {
  const setup = spawnSync(`${root}/firn`, ['node', 'scripts/setup-tests.ts'], { cwd: root, stdio: 'inherit' })
  if (setup.status !== 0) process.exit(setup.status ?? 1)
} else sayWhatIsMissing()

const files = named.length > 0 ? named : testFiles()
const checked = named.length > 0 ? 0 : run(['node', 'scripts/check.ts'])
if (fast) process.env.FUZZ_SECONDS ??= '0.5'
const tested = run(['node', '--test', '--test-concurrency=2', '--test-timeout=1500000', ...files])
process.exitCode = checked === 0 && tested === 0 ? 0 : 1

function testFiles(): string[] {
  const all = globSync(['scripts/*.test.ts', 'packages/*/test/**/*.test.ts', 'e2e/**/*.test.ts'], { cwd: root }).sort()
  return fast ? all.filter((file) => !SLOW.test(file)) : all
}

function run(args: readonly string[]): number {
  const { status } = spawnSync(`${root}/firn`, args, { cwd: root, stdio: 'inherit' })
  return status ?? 1
}

function sayWhatIsMissing(): void {
  const missing = (Object.keys(PROGRAMS) as ProgramName[]).filter((name) => findProgram(name) === undefined)
  if (missing.length > 0) {
    console.log(`missing: ${missing.join(', ')}; their tests are skipped. To install them: npm run setup:tests`)
  }
}
