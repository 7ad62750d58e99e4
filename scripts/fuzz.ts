import { parseArgs } from 'node:util'
import { fuzz, fuzzTargets } from './fuzz/run.ts'

/** `npm run fuzz -- NAME --seconds N [--seed S]`: one target, or all of them without NAME. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } },
})
const targets = fuzzTargets()
const names = positionals.length > 0 ? positionals : [...targets.keys()]
const seed = Number(values.seed ?? Date.now() & 0x7fffffff)
for (const name of names) {
  const file = targets.get(name)
  if (file === undefined) {
    console.error(`no fuzz target ${name}; there are: ${[...targets.keys()].join(', ')}`)
    process.exit(2)
  }
  const { runs, failure } = await fuzz(name, file, seed, Number(values.seconds))
  console.log(`${name}: ${runs} inputs, seed ${seed}${failure === undefined ? '' : `\n${failure}`}`)
  if (failure !== undefined) process.exitCode = 1
}
