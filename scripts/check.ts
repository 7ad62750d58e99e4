import { execFile } from 'node:child_process'

/** `npm run check`: types, format and lint, dead code; side by side, told in this order. */
const root = new URL('..', import.meta.url).pathname
const checks = [
  ['types', 'tsc', ['--noEmit']],
  ['format and lint', 'biome', ['check', '--error-on-warnings', '.']],
  ['dead code', 'knip', ['--no-progress']],
] as const

const results = checks.map(([, program, words]) => run(program, words))
for (const [at, [label]] of checks.entries()) {
  const { passed, output } = await results[at]!
  process.stdout.write(passed ? '' : output)
  console.log(`${label}: ${passed ? 'good' : 'FAILED'}`)
  if (!passed) process.exitCode = 1
}

function run(program: string, words: readonly string[]): Promise<{ passed: boolean; output: string }> {
  // These three are scripts with a `#!/usr/bin/env node` line or native programs: our own Node goes first on the PATH.
  const path = `${new URL('.', `file://${process.execPath}`).pathname}:${process.env.PATH}`
  const options = { cwd: root, env: { ...process.env, PATH: path }, maxBuffer: 1 << 28 }
  return new Promise((resolve) => {
    execFile(`${root}/node_modules/.bin/${program}`, words, options, (error, stdout, stderr) =>
      resolve({
        passed: error === null,
        output: stdout + stderr + (error?.code === 'ENOENT' ? `${error.message}\n` : ''),
      }),
    )
  })
}
