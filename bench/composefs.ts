import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePublicKey } from '../packages/attest/src/envelope.ts'
import { readSeal, sealedImage } from '../packages/store/src/index.ts'
import { findProgram } from '../scripts/needs.ts'
import { buildDebianStore } from './store/build.ts'

/**
 * `./firn node bench/composefs.ts [FOLDER]`: the image of names and digests by which the kernel enforces a sealed store,
 * beside an image of the whole store by mkfs.erofs, in turns. 20,000 files, built by the real Nix from the installed Debian
 * packages. What each takes of the processor and of the disk. FOLDER keeps the store for next time.
 */
const ROUNDS = 3
const root = new URL('..', import.meta.url).pathname
const [kept] = process.argv.slice(2)
const mkfs = findProgram('mkfs.erofs')
if (mkfs === undefined) throw new Error('mkfs.erofs is missing: npm run setup:tests')

const store = buildDebianStore(kept ?? join(tmpdir(), 'firn-bench-composefs'), { files: 20_000, bytes: 1e8 })
const at = (name: string) => join(store.folder, name)
const env = { ...process.env, ...store.env, FIRN_CACHE_DIR: at('cache'), FIRN_STATE_DIR: at('state') }
const firn = (...words: readonly string[]) => [join(root, 'firn'), 'store', ...words]

/** Seconds of the processor, the program's own and the kernel's for it. */
function processor(words: readonly string[]): number {
  const report = at('time.txt')
  const { status, stderr } = spawnSync('/usr/bin/time', ['-f', '%U %S', '-o', report, ...words], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${status}\n${stderr.slice(-2000)}`)
  const [user, system] = execFileSync('tail', ['-n', '1', report], { encoding: 'utf8' }).trim().split(' ').map(Number)
  return user! + system!
}

try {
  const [key, seal, whole] = [at('seal.key'), at('bench.seal'), at('whole.erofs')]
  if (!existsSync(key)) processor(firn('seal', 'key', '-o', key))
  processor(firn('seal', '--all', '--key', key, '-o', seal))
  const costs = { firn: [] as number[], mkfs: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    rmSync(whole, { force: true })
    costs.mkfs.push(processor([mkfs, '-T1', whole, store.env.NIX_STORE_DIR!]))
    costs.firn.push(processor(firn('enforce', 'digest', '--seal', seal, '--key', `${key}.pub`)))
  }
  const opened = readSeal(seal, [parsePublicKey(readFileSync(`${key}.pub`, 'utf8'))])
  const { size } = sealedImage(opened, store.env.NIX_STORE_DIR!)
  const { paths, files, bytes } = opened.statement
  const megabytes = (count: number) => `${(count / 1e6).toFixed(1)} MB`
  const best = (list: readonly number[]) => Math.min(...list)
  console.log(
    `machine: ${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)}`,
  )
  console.log(`store: ${paths} paths, ${files} files, ${megabytes(bytes)}; best of ${ROUNDS}, seconds of the processor`)
  console.log(
    `image of names and digests: ${megabytes(size)} (${((100 * size) / bytes).toFixed(1)} %), ${best(costs.firn).toFixed(2)} s`,
  )
  console.log(
    `image of the whole store:   ${megabytes(statSync(whole).size)}, ${best(costs.mkfs).toFixed(2)} s (mkfs.erofs)`,
  )
  console.log(`mkfs.erofs / firn: ${(best(costs.mkfs) / best(costs.firn)).toFixed(2)}`)
} finally {
  if (kept === undefined) store.remove()
  else rmSync(at('whole.erofs'), { force: true })
}
