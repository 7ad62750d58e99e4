import { spawnSync } from 'node:child_process'

/** `npm run check`: types, format and lint, dead code. */
const root = new URL('..', import.meta.url).pathname
const bin = `${root}/node_modules/.bin`
let failed = false
for (const [label, program, args] of [
  ['types', 'tsc', ['--noEmit']],
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['dead code', 'knip', ['--no-progress']],
] as const) {
  // These three are scripts with a `#!/usr/bin/env node` line or native programs: our own Node goes first on the PATH.
  const path = `${new URL('.', `file://${process.execPath}`).pathname}:${process.env.PATH}`
  const { status } = spawnSync(`${bin}/${program}`, [...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  })
  if (status !== 0) failed = true
  console.log(`${label}: ${status === 0 ? 'good' : 'FAILED'}`)
}
process.exitCode = failed ? 1 : 0
