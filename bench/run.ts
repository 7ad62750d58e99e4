import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

/** `npm run bench`: what can be measured; `npm run bench -- NAME WORDS…`: measure it. A bench says itself how it is called. */
const root = new URL('..', import.meta.url).pathname
const [name, ...words] = process.argv.slice(2)
const benches = new Map(globSync('bench/*.ts', { cwd: root }).sort().flatMap(usageOf))

if (name === undefined) {
  for (const [each, usage] of benches) console.log(`npm run bench -- ${each}${usage}`)
} else if (benches.has(name)) {
  process.exitCode =
    spawnSync(`${root}/firn`, ['node', `${root}/bench/${name}.ts`, ...words], { stdio: 'inherit' }).status ?? 1
} else {
  console.error(`there is no bench '${name}': choose from ${[...benches.keys()].join(', ')}`)
  process.exitCode = 2
}

/** The name of a bench, and the words it takes, from the comment at its head. Helpers have none. */
function usageOf(file: string): [name: string, words: string][] {
  const bench = basename(file, '.ts')
  const text = readFileSync(`${root}/${file}`, 'utf8').replaceAll(/\n \* ?/g, ' ')
  const usage = new RegExp(`\`(?:\\./firn node bench/${bench}\\.ts|npm run --silent bench:${bench} --)([^\`]*)\``).exec(
    text,
  )
  return usage === null ? [] : [[bench, usage[1]!]]
}
