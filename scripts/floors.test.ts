import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FLOORS, importsOf, violation } from './floors.ts'

const root = new URL('..', import.meta.url).pathname
const sources = globSync('packages/*/{src,test}/**/*.ts', { cwd: root })

test('no room imports its own floor or a higher one, nor past another face', () => {
  assert.ok(sources.length > 50, 'the glob finds the sources')
  const wrong = sources.flatMap((file) =>
    importsOf(file, readFileSync(`${root}/${file}`, 'utf8')).flatMap((found) => violation(found) ?? []),
  )
  assert.deepEqual(wrong, [])
})

test('each dependency between packages is declared, and none that is declared is unused', () => {
  for (const room of new Set(sources.map((file) => file.split('/')[1]!))) {
    const declared = Object.keys(JSON.parse(readFileSync(`${root}/packages/${room}/package.json`, 'utf8')).dependencies)
    const used = new Set(
      globSync(`packages/${room}/src/**/*.ts`, { cwd: root })
        .flatMap((file) => importsOf(file, readFileSync(`${root}/${file}`, 'utf8')))
        .map(({ target }) => /^(@[^/]+\/[^/]+|[^./][^/]*)/.exec(target)?.[1])
        .filter((name) => name !== undefined && !name.startsWith('node:')),
    )
    const loadedByPath = ['htmx.org']
    assert.deepEqual(
      [...used].sort(),
      declared.filter((name) => !loadedByPath.includes(name)).sort(),
      `packages/${room}/package.json`,
    )
  }
})

test('the rules themselves can fail', () => {
  const at = (file: string, target: string) => violation({ file, target })
  assert.match(at('packages/nix/src/a.ts', '@firn/report')!, /floor 1.*floor 1/)
  assert.match(at('packages/nix/src/a.ts', '@firn/scan')!, /floor 3/)
  assert.match(at('packages/scan/src/a.ts', '@firn/nix/src/nar.ts')!, /past the face/)
  assert.match(at('packages/scan/src/a.ts', '../../nix/src/nar.ts')!, /by path/)
  assert.match(at('packages/tracker/src/db/a.ts', '../domain/b.ts')!, /tracker\/db/)
  assert.match(at('packages/tracker/src/http/a.ts', '../jobs/b.ts')!, /tracker\/http/)
  assert.match(at('packages/attic/src/a.ts', 'node:fs')!, /no floor/)
  assert.equal(at('packages/tracker/src/http/a.ts', '../domain/b.ts'), undefined)
  assert.equal(at('packages/scan/src/a.ts', '@firn/core/fs'), undefined)
  assert.deepEqual(
    importsOf('f', `import 'a'\nimport x from "b"\nexport { y } from './c.ts'\nawait import('d')`).map((i) => i.target),
    ['a', 'b', './c.ts', 'd'],
  )
  assert.ok(Object.keys(FLOORS).length > 10)
})

test('the architecture names each room on its floor, and only files that are there', () => {
  const text = readFileSync(`${root}/docs/architecture.md`, 'utf8')
  const rooms = [...text.matchAll(/^\| (\d) \| `(\w+)` \|/gm)].map(([, floor, room]) => [room!, Number(floor)] as const)
  const made = globSync('packages/*', { cwd: root }).map((folder) => folder.split('/')[1]!)
  assert.deepEqual(Object.fromEntries(rooms), Object.fromEntries(made.map((room) => [room, FLOORS[room]])))
  const files = globSync('{packages,scripts}/**/*.ts', { cwd: root, exclude: ['**/node_modules'] })
  const named = [...text.matchAll(/`([\w./-]+\.ts)`/g)].map(([, file]) => file!)
  assert.ok(named.length > 100)
  const plain = (file: string) => `/${file}`.replace('/src/', '/')
  const isThere = (name: string) => files.some((file) => plain(file).endsWith(plain(name)))
  assert.deepEqual(
    named.filter((name) => !isThere(name)),
    [],
  )
})
