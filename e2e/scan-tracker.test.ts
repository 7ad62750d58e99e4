import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../scripts/needs.ts'
import { buildFixtureStore } from './store/build.ts'
import { firn, scratch, served } from './tracker/run.ts'

const fixtures = new URL('../fixtures/store', import.meta.url).pathname

interface SavedDerivation {
  readonly path: string
  readonly name: string
  readonly pname?: string
  readonly version?: string
  readonly system: string
  readonly outputs: Readonly<Record<string, string>>
  readonly patches: readonly string[]
}

/** The lines that nix-eval-jobs would have printed where this store was evaluated. */
function evaluated(snapshot: string): string {
  const { derivations } = JSON.parse(readFileSync(snapshot, 'utf8')) as { derivations: SavedDerivation[] }
  const line = ({ path, name, system, outputs, patches }: SavedDerivation) =>
    JSON.stringify({ attr: name, attrPath: [name], name, system, drvPath: path, outputs, extraValue: { patches } })
  return `${derivations.map(line).join('\n')}\n`
}

test('a copied closure learns its patches from the tracker that evaluated it', needs('nix'), async () => {
  const store = buildFixtureStore(join(fixtures, 'packages.json'))
  const folder = join(scratch, 'asked')
  let server: Awaited<ReturnType<typeof served>> | undefined
  try {
    const env = { ...store.env, FIRN_CACHE_DIR: join(scratch, 'cache'), NO_COLOR: '1' }
    const updated = await firn(folder, ['scan', '--update', '--from', join(fixtures, 'cves')], env)
    assert.equal(updated.status, 0, updated.stderr)
    const snapshot = join(scratch, 'snapshot.json')
    await firn(folder, ['scan', store.system, '--save', snapshot], env)
    const lines = join(scratch, 'evaluated.jsonl')
    writeFileSync(lines, evaluated(snapshot))

    server = await served(folder, '--no-sync')
    for (const words of [[join(fixtures, 'cves')], [lines, '--channel', 'nixos-fixture']]) {
      const imported = await firn(folder, ['tracker', 'import', ...words])
      assert.equal(imported.status, 0, imported.stderr)
    }
    const other = join(store.folder, 'other')
    store.nix('nix', 'copy', '--no-check-sigs', '--to', other, store.system)
    const tracker = ['--tracker', server.url]
    const scan = async (...words: string[]) => {
      const { stdout, stderr } = await firn(folder, ['scan', store.system, '--store', other, '--json', ...words], env)
      assert.notEqual(stdout, '', stderr)
      const { findings } = JSON.parse(stdout) as { findings: { component: string; cve: string; verdict: string }[] }
      return findings.filter(({ component }) => component === 'openssl-3.3.1').map(({ cve }) => cve)
    }
    const ofSample = 'CVE-2024-5535'
    const byName = await scan(...tracker)
    assert.deepEqual(byName.sort(), [ofSample, 'CVE-2024-6119', 'CVE-2024-9143'], 'by name and version')
    assert.deepEqual(await scan(...tracker, '--tracker-paths'), [ofSample], 'its patch names the other two')
    const alone = await firn(folder, ['scan', store.system, '--tracker-paths'], env)
    assert.equal(alone.status, 2)
    assert.match(alone.stderr, /--tracker-paths.*\n.*--tracker URL/)
  } finally {
    server?.child.kill('SIGTERM')
    await server?.ended
    store.remove()
  }
})
