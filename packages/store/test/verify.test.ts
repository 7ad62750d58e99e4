import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bytePath, NarWriter, TreeError, TreeReader, walkTree } from '@firn/nix'
import fc from 'fast-check'
import { changedLater, type Times } from '../src/verify/changed-later.ts'
import { newControl } from '../src/verify/control.ts'
import { newCrew, type Reply, runAll, startJob } from '../src/verify/job.ts'
import { LinkSort } from '../src/verify/link-check.ts'
import { type LinkName, linkNames } from '../src/verify/link-names.ts'
import { type CheckSettings, PathChecker } from '../src/verify/path-check.ts'
import type { PathResult } from '../src/verify/path-reading.ts'
import { ReferenceScan } from '../src/verify/reference-scan.ts'
import { readState, writeState } from '../src/verify/resume.ts'
import { listXattrs, parseGetfattr } from '../src/verify/xattr-program.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-verify-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const uid = process.getuid?.() ?? 0
const settings = { owner: { uid }, xattrs: false }
const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'
const hashPart = fc.array(fc.constantFrom(...ALPHABET), { minLength: 32, maxLength: 32 }).map((all) => all.join(''))

test('hash parts are found wherever they are cut', () => {
  fc.assert(
    fc.property(
      hashPart,
      hashPart,
      fc.array(fc.oneof(fc.constant('PART'), fc.constant('OTHER'), fc.string(), fc.constantFrom(...ALPHABET)), {
        maxLength: 20,
      }),
      fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1 }),
      (part, other, words, cuts) => {
        const text = words.map((word) => (word === 'PART' ? part : word === 'OTHER' ? other : word)).join('')
        const bytes = Buffer.from(text)
        const scan = new ReferenceScan(new Set([part]))
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = cuts[i % cuts.length]!
          scan.update(bytes.subarray(at, at + size))
          at += size
        }
        assert.equal(scan.found.has(part), bytes.includes(part), JSON.stringify(text))
        assert.ok(part === other || !scan.found.has(other))
      },
    ),
  )
})

test('names of one file in .links are hashed but for one that is the only name of a file found whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.string(), inode: fc.nat(9) })),
      fc.uniqueArray(fc.nat(9)),
      (all, whole) => {
        const sort = new LinkSort(all.map(({ inode }) => inode))
        for (const some of [whole.slice(3), whole.slice(0, 3), whole.slice(2, 4)]) sort.foundWhole(some)
        const isTrusted = ({ inode }: LinkName) =>
          inode > 0 && whole.includes(inode) && all.filter((other) => other.inode === inode).length === 1
        const suspects = all.filter((each) => !isTrusted(each))
        assert.deepEqual(
          all.filter(({ inode }) => sort.isSuspect(inode)),
          suspects,
        )
        assert.equal(sort.suspects, suspects.length)
      },
    ),
  )
  // What a double cannot hold exactly is never known.
  const sort = new LinkSort([2 ** 53 + 2])
  sort.foundWhole([2 ** 53 + 2])
  assert.ok(sort.suspects === 1 && sort.isSuspect(2 ** 53 + 2))
})

test('names in .links tell the inodes that looking them up tells', () => {
  const links = join(folder, 'named links')
  mkdirSync(links)
  for (let i = 0; i < 3000; i++) writeFileSync(join(links, `${i}`), '')
  writeFileSync(join(links, '.tmp-link-1-2'), '')
  writeFileSync(Buffer.concat([Buffer.from(`${links}/`), Buffer.from([0xff])]), '')
  const found = [...linkNames(bytePath(links))].flat()
  const names = readdirSync(links, { encoding: 'latin1' }).filter((name) => !name.startsWith('.tmp-'))
  assert.deepEqual(found.map(({ name }) => name).sort(), names.sort())
  for (const { name, inode } of found)
    assert.equal(inode, lstatSync(Buffer.from(`${bytePath(links)}/${name}`, 'latin1')).ino)
  assert.deepEqual([...linkNames(bytePath(join(folder, 'no links')))], [])
  symlinkSync(links, join(folder, 'led elsewhere'))
  assert.throws(() => [...linkNames(bytePath(join(folder, 'led elsewhere')))], /led elsewhere: this is no folder/)
})

test('the quick reading of a tree gives the NAR that the plain one gives', () => {
  const root = join(folder, 'tree')
  mkdirSync(join(root, 'deep/er'), { recursive: true })
  for (const size of [0, 1, 7, 8, 9, 262_143, 262_144, 262_145, 600_001]) {
    writeFileSync(join(root, `deep/${size}`), Buffer.alloc(size, 'firn'))
  }
  writeFileSync(join(root, 'deep/run'), 'x', { mode: 0o755 })
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x41])]), 'odd name')
  for (const name of ['ä', '\u{10000}', '\uffff', 'z']) writeFileSync(join(root, name), name)
  symlinkSync('ä/../nowhere', join(root, 'link'))
  const plain = createHash('sha256')
  const writer = new NarWriter((bytes) => void plain.update(bytes))
  walkTree(root, writer)
  writer.end()
  const reader = new TreeReader()
  for (let run = 0; run < 2; run++) {
    const quick = createHash('sha256')
    reader.read(bytePath(root), (bytes) => void quick.update(bytes))
    assert.equal(quick.digest('hex'), run === 0 ? plain.copy().digest('hex') : plain.digest('hex'))
  }
})

function checkPath(place: string, how: CheckSettings): PathResult {
  const steps = new PathChecker(how, () => {}).check({ place, size: 0 })
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

test('what changes while it is read is told, never hashed over', () => {
  const file = join(folder, 'changing')
  for (const change of [() => truncateSync(file, 10), () => appendFileSync(file, 'more')]) {
    writeFileSync(file, Buffer.alloc(1 << 20))
    let pieces = 0
    const read = () =>
      new TreeReader().read(bytePath(file), () => {
        if (++pieces === 1) change()
      })
    assert.throws(read, (error) => error instanceof TreeError && error.kind === 'changed')
  }
  const gone = checkPath(bytePath(join(folder, 'nothing')), settings)
  assert.equal(gone.narHash, undefined)
  assert.deepEqual([gone.failure?.code, gone.failure?.atRoot], ['ENOENT', true])
  const device = checkPath('/dev/null', settings)
  assert.equal(device.failure?.kind, 'type')
})

test('many files with one fault make one fault', () => {
  const root = join(folder, 'many')
  mkdirSync(root)
  for (let i = 0; i < 50; i++) {
    writeFileSync(join(root, `file ${i}`), '')
    chmodSync(join(root, `file ${i}`), 0o444)
    utimesSync(join(root, `file ${i}`), 1, 1)
  }
  chmodSync(join(root, 'file 3'), 0o664)
  chmodSync(root, 0o555)
  utimesSync(root, 5, 5)
  const { faults, files } = checkPath(bytePath(root), settings)
  assert.equal(files, 50)
  assert.deepEqual(faults.map(({ rule }) => rule).sort(), ['store/mode', 'store/mtime'])
  assert.deepEqual(faults.find(({ rule }) => rule === 'store/mode')!.repair, [`chmod a=rX,ug-s,-t '${root}/file 3'`])
  chmodSync(root, 0o755)
  assert.equal(statSync(root).isDirectory(), true)
})

test('who was touched among many that were not is suspect; a copied store is not', () => {
  const registered = 1_700_000_000
  const untouched = (path: string): Times => ({ path, registered, touched: registered * 1000 - 500 })
  const touchedAt = (path: string, seconds: number): Times => ({
    path,
    registered,
    touched: (registered + seconds) * 1000,
  })
  const rules = (times: Times[]) => [...changedLater(times).keys()]
  assert.deepEqual(rules([untouched('a'), untouched('b'), touchedAt('c', 60)]), ['c'])
  assert.deepEqual(rules([untouched('a'), untouched('b'), touchedAt('c', 2)]), [], 'the second runs on')
  assert.deepEqual(rules([touchedAt('a', 60), touchedAt('b', 61), touchedAt('c', 62)]), [], 'all were copied')
  const afterCopy = Array.from(
    { length: 9 },
    (_, i): Times => ({ path: `new${i}`, registered: registered + 100, touched: (registered + 99) * 1000 }),
  )
  assert.deepEqual(rules([touchedAt('a', 60), touchedAt('b', 61), ...afterCopy]), [], 'copied, and grown since')
  assert.deepEqual(rules([touchedAt('a', 60), touchedAt('b', 61), ...afterCopy, touchedAt('c', 200)]), ['c'])
  assert.deepEqual(rules([]), [])
})

test('a state is taken up by the same run only', () => {
  const file = join(folder, 'state.json')
  const done = new Map([['/nix/store/x', { key: 'k', files: 3, touched: 9 }]])
  writeState(file, 'me', { done, since: 1000 })
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(readState(file, 'me', 2000)?.done, done)
  assert.equal(readState(file, 'somebody else', 2000), undefined)
  assert.equal(readState(file, 'me', 1000 + 25 * 3_600_000), undefined, 'too old')
  assert.equal(readState(file, 'me', 999), undefined, 'the clock jumped back')
  for (const damage of [
    '',
    '{',
    '[]',
    '{"schema":"firn/store-verify-state/1","identity":"me","since":1000,"done":[["x"]]}',
  ]) {
    writeFileSync(file, damage)
    assert.equal(readState(file, 'me', 2000), undefined)
  }
  assert.equal(readState(join(folder, 'absent'), 'me'), undefined)
})

test('what getfattr prints is read, and its absence told', () => {
  const printed = '# file: /s/a\\040b\\377\nsecurity.capability\nuser.x\n\n# file: /s/c\nuser.y\n\n'
  assert.deepEqual(parseGetfattr(Buffer.from(printed)), [
    { place: '/s/a b\xff', name: 'security.capability' },
    { place: '/s/a b\xff', name: 'user.x' },
    { place: '/s/c', name: 'user.y' },
  ])
  assert.equal(listXattrs(['/'], 'no-such-program'), undefined)
})

test('all tasks are done once, alone or by several; an abort ends them', async () => {
  const paths = Array.from({ length: 40 }, (_, i) => {
    const file = join(folder, `task${i}`)
    writeFileSync(file, Buffer.alloc(1000 * i))
    return { place: bytePath(file), size: 1000 * i }
  })
  const hashes: string[][] = []
  const crew = newCrew()
  after(() => crew.dismiss())
  // The same crew takes one job after the other, with any number of its members.
  for (const workers of [0, 3, 2]) {
    const found: string[] = []
    const tell = (reply: Reply) => {
      if (reply.kind === 'path') found[reply.at] = reply.result.narHash!
    }
    const running = { signal: new AbortController().signal, workers }
    assert.equal(await runAll({ settings, paths, links: [] }, crew, 0, running, tell), true)
    hashes.push(found)
  }
  assert.deepEqual(hashes[0], hashes[1])
  assert.deepEqual(hashes[0], hashes[2])
  assert.equal(new Set(hashes[0]).size, 40)
  assert.equal(crew.size, 2)
  for (const workers of [1, 2]) {
    assert.equal(
      await runAll({ settings, paths, links: [] }, crew, 0, { signal: AbortSignal.abort(), workers }, () => {}),
      false,
    )
  }
})

test('what goes wrong in a worker is told to who waits for it, then and later', async () => {
  const crew = newCrew()
  const nonsense = crew.work(0, { paths: 'none' }, () => assert.fail('there is nothing to tell'))
  await assert.rejects(nonsense, TypeError)
  await assert.rejects(
    crew.work(0, {}, () => {}),
    TypeError,
  )
  crew.dismiss()
})

test('a large file leaves pauses, in which an abort is heard', async () => {
  const file = join(folder, 'large')
  writeFileSync(file, '')
  truncateSync(file, 1 << 30)
  const abort = new AbortController()
  setImmediate(() => abort.abort())
  let read = 0
  const onProgress = (bytes: number) => {
    read = bytes
  }
  const job = { settings, paths: [{ place: bytePath(file), size: 1 << 30 }], links: [] }
  assert.equal(
    await runAll(job, newCrew(), 0, { signal: abort.signal, onProgress }, () => assert.fail('it was read whole')),
    false,
  )
  assert.ok(read < 1 << 30, `${read} bytes were read`)
})

test('while a rate is kept, progress is told', async () => {
  const file = join(folder, 'slow')
  writeFileSync(file, Buffer.alloc(2_000_000))
  const told: number[] = []
  const running = {
    signal: new AbortController().signal,
    maxRate: 4e6,
    onProgress: (bytes: number) => void told.push(bytes),
  }
  const crew = newCrew()
  const job = { settings, paths: [{ place: bytePath(file), size: 2_000_000 }], links: [] }
  assert.equal(await runAll(job, crew, 0, running, () => {}), true)
  crew.dismiss()
  assert.ok(told.length > 1 && told.some((bytes) => bytes > 0 && bytes < 2_000_000), told.join(' '))
})

test('a rate is kept', () => {
  const file = join(folder, 'rated')
  writeFileSync(file, Buffer.alloc(1 << 20))
  const started = performance.now()
  const job = {
    control: newControl(),
    settings,
    paths: [{ place: bytePath(file), size: 1 << 20 }],
    links: [],
    rate: 4 << 20,
  }
  assert.equal([...startJob(job)].length, 1)
  // It may be slower on a busy machine, never quicker: a quarter of a second less the last piece.
  assert.ok(performance.now() - started > 150)
})
