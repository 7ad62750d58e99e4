import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fetchParts } from './boot-parts.ts'
import { findProgram, PROGRAMS, type ProgramName } from './needs.ts'

/**
 * `npm run setup:tests`: installs the system programs that tests need, on Debian. Says what and why first. Nothing
 * that it installs is started: a database server that Debian would start at once is held back.
 */
const missing = (Object.keys(PROGRAMS) as ProgramName[]).filter((name) => findProgram(name) === undefined)
if (missing.length === 0) {
  console.log('All programs that the tests need are installed.')
  process.exit(fetchBootParts())
}
console.log('To be installed with apt-get:')
for (const name of missing) console.log(`  ${PROGRAMS[name].package}: ${PROGRAMS[name].why}`)
if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
  console.error('This is not Debian, or not root: install them in your own way, or run this as root on Debian.')
  process.exit(1)
}

const packages = missing.map((name) => PROGRAMS[name].package)
const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
  const { status } = spawnSync('apt-get', ['-qq', ...args], { stdio: 'inherit', env: environment })
  if (status !== 0) {
    console.error(`apt-get ${args[0]} failed: check the network and /etc/apt/sources.list, then run this again.`)
    process.exit(1)
  }
}
const still = missing.filter((name) => findProgram(name) === undefined)
if (still.length > 0) {
  console.error(`Installed, but still not found: ${still.join(', ')}.`)
  process.exit(1)
}
process.exit(fetchBootParts())

/** Files out of packages that are looked at and never installed; the answer is the exit code. */
function fetchBootParts(): number {
  if (!existsSync('/usr/bin/apt-get')) return 0
  console.log('Fetching boot software to look at (not installed): a stub, a shim, a kernel.')
  const failed = fetchParts()
  if (failed.length > 0) console.error(`Not fetched: ${failed.join(', ')}; their tests are skipped.`)
  return process.env.CI === 'true' && failed.length > 0 ? 1 : 0
}
