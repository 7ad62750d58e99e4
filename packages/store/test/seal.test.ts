import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generateKey, merkleRoot, parsePublicKey, pemSigner } from '@firn/attest'
import { UserError } from '@firn/core'
import { FsVerityHasher } from '@firn/image'
import { bytePath, TreeReader } from '@firn/nix'
import fc from 'fast-check'
import { diffSeals, tellDiff } from '../src/seal/diff.ts'
import { judgeFreshness, NEVER, parseRevocation, readLastSeen, remember, writeLastSeen } from '../src/seal/freshness.ts'
import { prove, verifyProof } from '../src/seal/proof.ts'
import { signStatement } from '../src/seal/seal.ts'
import { openSeal, readSeal, type Seal, verifyLines, writeSeal } from '../src/seal/seal-file.ts'
import { parseLine, printLine, sumLine } from '../src/seal/seal-line.ts'
import { SealWatcher } from '../src/seal/seal-watcher.ts'
import { newDigestMemory, SharedDigests } from '../src/seal/shared-digests.ts'
import { readShared } from '../src/seal/shared-file.ts'
import { parseStatement, printStatement, type SealStatement } from '../src/seal/statement.ts'
import type { SealedNode } from '../src/seal/tree.ts'
import { hashNode, readNode, TreeText } from '../src/seal/tree-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-seal-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const STORE = '/nix/store'
const [ours, theirs, third] = [generateKey(), generateKey(), generateKey()]
const [key, otherKey, thirdKey] = [ours, theirs, third].map(({ publicPem }) => parsePublicKey(publicPem))
const signer = pemSigner(ours.privatePem)
const hash = (letter: string) => letter.repeat(64)

function sha256(...parts: (string | Uint8Array)[]): Buffer {
  const all = createHash('sha256')
  for (const part of parts) all.update(part)
  return all.digest()
}

const u64 = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function sealTree(root: string, shared?: SharedDigests) {
  const watcher = new SealWatcher(shared)
  new TreeReader().read(bytePath(root), () => {}, watcher)
  return watcher.end()
}

/** A seal of paths given as name and tree, in any order. */
async function sealOf(
  paths: Readonly<Record<string, SealedNode>>,
  more: Partial<SealStatement> = {},
  signers = [signer],
): Promise<Uint8Array> {
  const lines = Object.entries(paths)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, tree]) => {
      const facts = { name, narHash: hash('a'), narSize: 100, references: [name], ca: '' }
      return printLine(facts, Buffer.from(JSON.stringify(json(tree))))
    })
  const sums = lines.map((line) => sumLine(line, STORE))
  const statement: SealStatement = {
    storeDir: STORE,
    roots: [],
    generation: 1,
    root: merkleRoot(sums.map(({ leaf }) => leaf)).toString('hex'),
    paths: lines.length,
    files: sums.reduce((sum, { files }) => sum + files, 0),
    bytes: lines.length * 100,
    revoked: [],
    ...more,
  }
  const file = join(folder, 'made.seal')
  const digest = writeSeal(file, await signStatement(statement, signers), lines)
  const bytes = readFileSync(file)
  assert.equal(digest, createHash('sha256').update(bytes).digest('hex'))
  return bytes
}

function textOf(json: unknown): TreeText {
  return new TreeText(Buffer.from(JSON.stringify(json)))
}

function json(node: SealedNode): unknown {
  if (node.kind === 'file') return [node.executable ? 'x' : 'f', node.size, node.digest]
  if (node.kind === 'symlink') return ['l', node.target]
  return ['d', ...node.entries.flatMap(([name, child]) => [name, json(child)])]
}

const file = (letter: string, size = 5): SealedNode => ({ kind: 'file', executable: false, size, digest: hash(letter) })
const name = (letter: string, rest: string) => `${letter.repeat(32)}-${rest}`

const leaf: fc.Arbitrary<SealedNode> = fc.oneof(
  fc.record(
    {
      kind: fc.constant('file' as const),
      executable: fc.boolean(),
      size: fc.maxSafeNat(),
      digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    },
    { noNullPrototype: true },
  ),
  fc.record(
    { kind: fc.constant('symlink' as const), target: fc.constantFrom('a', '../b', '\xff\x01') },
    { noNullPrototype: true },
  ),
)
const entryName = fc
  .uint8Array({ minLength: 1, maxLength: 5 })
  .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll(/[\0/]/g, '_'))
  .filter((text) => text !== '.' && text !== '..')
const tree: fc.Arbitrary<SealedNode> = fc.letrec<{ node: SealedNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.dictionary(entryName, tie('node'), { maxKeys: 5, noNullPrototype: true }).map((entries) => ({
      kind: 'directory' as const,
      entries: Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1)),
    })),
  ),
})).node

test('hashes of a tree are those that docs/reference/seal-format.md defines', () => {
  const one = sha256('firn seal 1 file\0', Buffer.of(1), u64(5), Buffer.from(hash('b'), 'hex'))
  const two = sha256('firn seal 1 symlink\0', u64(2), Buffer.from('xy'))
  const entry = (entryName: string, node: Buffer) => sha256(Buffer.of(0), u64(entryName.length), entryName, node)
  const head = sha256(Buffer.of(1), entry('a', one), entry('bc', two))
  const directory = sha256('firn seal 1 directory\0', u64(2), head)
  const node = textOf(['d', 'a', ['x', 5, hash('b')], 'bc', ['l', 'xy']])
  assert.equal(hashNode(node).toString('hex'), directory.toString('hex'))
  const line = Buffer.from(
    JSON.stringify({
      name: name('a', 'p'),
      narHash: hash('c'),
      narSize: 7,
      references: [name('a', 'p'), name('b', 'q')],
      ca: 'ca',
      tree: ['x', 5, hash('b')],
    }),
  )
  const path = sha256(
    Buffer.of(0),
    'firn seal 1 path\0',
    u64(34),
    name('a', 'p'),
    one,
    Buffer.from(hash('c'), 'hex'),
    u64(7),
    u64(2),
    u64(34),
    name('a', 'p'),
    u64(34),
    name('b', 'q'),
    u64(2),
    'ca',
  )
  const { leaf } = sumLine(line, STORE)
  assert.equal(Buffer.from(leaf).toString('hex'), path.toString('hex'))
  assert.equal(leaf.buffer.byteLength, leaf.length, 'posted to another thread, it takes nothing else along')
})

test('a tree is read back as it was written, and no two trees have one hash', () => {
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      assert.deepEqual(readNode(textOf(json(a))), a)
      const [one, other] = [a, b].map((each) => hashNode(textOf(json(each))))
      assert.equal(one!.equals(other!), JSON.stringify(json(a)) === JSON.stringify(json(b)))
    }),
  )
})

test('damaged trees are refused', () => {
  for (const damage of [
    null,
    {},
    [],
    ['f'],
    ['f', -1, hash('a')],
    ['f', 1.5, hash('a')],
    ['f', 1, hash('g')],
    ['f', 1, hash('A')],
    ['f', 1, hash('a'), 2],
    ['l', ''],
    ['l', 'a\0'],
    ['l', '\u0100'],
    ['d', 'a'],
    ['d', '..', ['l', 'a']],
    ['d', 'a/b', ['l', 'a']],
    ['d', 'b', ['l', 'a'], 'a', ['l', 'a']],
    ['d', 'a', ['l', 'a'], 'a', ['l', 'a']],
  ]) {
    assert.throws(() => readNode(textOf(damage)), UserError, JSON.stringify(damage))
  }
  const whole = `["d","a",["f",10,"${hash('a')}"],"b",["l","a\\"b"]]`
  readNode(new TreeText(Buffer.from(whole)))
  for (let end = 0; end < whole.length; end++) {
    assert.throws(() => readNode(new TreeText(Buffer.from(whole.slice(0, end)))), UserError, whole.slice(0, end))
  }
  for (const other of [whole.replace('10', '010'), whole.replace('10', '1e1'), whole.replace(',10', ', 10')]) {
    assert.throws(() => readNode(new TreeText(Buffer.from(other))), UserError, other)
  }
  const facts = { name: name('a', 'p'), narHash: hash('c'), narSize: 7, references: [], ca: ',"tree":["l","x"]' }
  const line = printLine(facts, Buffer.from(whole)).toString()
  assert.deepEqual(parseLine(Buffer.from(line), STORE).facts, facts)
  for (const other of [
    line.slice(0, -1),
    `${line} `,
    line.replace(/\]\}$/, '],["l","a"]}'),
    line.replace(',"tree":', ''),
  ]) {
    for (const read of [parseLine, sumLine]) assert.throws(() => read(Buffer.from(other), STORE), UserError, other)
  }
  let deep: unknown = ['l', 'a']
  for (let i = 0; i < 5000; i++) deep = ['d', 'a', deep]
  assert.throws(() => readNode(textOf(deep)), UserError)
})

test('reading a tree for its NAR gives what a seal needs, each inode hashed once', () => {
  const root = join(folder, 'tree')
  mkdirSync(join(root, 'deep/er'), { recursive: true })
  for (const size of [0, 1, 4096, 4097, 600_000]) writeFileSync(join(root, `deep/${size}`), Buffer.alloc(size, 'firn'))
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0x41])]), 'odd name')
  writeFileSync(join(root, 'run'), 'x', { mode: 0o755 })
  symlinkSync('nowhere', join(root, 'link'))
  for (let i = 0; i < 20; i++) linkSync(join(root, 'deep/600000'), join(root, `same${i}`))
  const plain = sealTree(root)
  const text = Buffer.from(plain.text).toString()
  const node = readNode(new TreeText(plain.text))
  assert.equal(hashNode(new TreeText(plain.text)).toString('hex'), plain.node)
  assert.deepEqual(node.kind === 'directory' && node.entries.map(([entry]) => entry).slice(-2), ['same9', '\xffA'])
  const hasher = new FsVerityHasher()
  hasher.update(Buffer.alloc(4097, 'firn'))
  assert.ok(text.includes(`"4097",["f",4097,"${Buffer.from(hasher.digest().digest).toString('hex')}"]`))
  assert.ok(text.includes('"run",["x",1,'))

  const hashed: number[] = []
  const update = FsVerityHasher.prototype.update
  FsVerityHasher.prototype.update = function (bytes) {
    hashed.push(bytes.length)
    update.call(this, bytes)
  }
  try {
    const shared = new SharedDigests(newDigestMemory())
    assert.equal(sealTree(root, shared).node, plain.node)
    assert.ok(hashed.reduce((sum, size) => sum + size, 0) < 700_000)
    // Touched since, so that what is remembered of it does not count.
    chmodSync(join(root, 'deep/600000'), 0o600)
    writeFileSync(join(root, 'deep/600000'), Buffer.alloc(600_000, 'other'))
    assert.notEqual(sealTree(root, shared).node, plain.node)
  } finally {
    FsVerityHasher.prototype.update = update
  }
})

test('a digest is found by whoever shares the memory, for that very file only, and a full memory takes no more', () => {
  const statOf = (ino: number, ctimeMs = 1000) =>
    ({ ino, dev: 1, size: 5, ctimeMs }) as Parameters<SharedDigests['add']>[0]
  fc.assert(
    fc.property(fc.uniqueArray(fc.maxSafeNat(), { maxLength: 200 }), fc.maxSafeNat(), (inodes, other) => {
      const memory = newDigestMemory()
      const one = new SharedDigests(memory)
      for (const [at, ino] of inodes.entries()) one.add(statOf(ino), Buffer.alloc(32, at + 1))
      const another = new SharedDigests(memory)
      for (const [at, ino] of inodes.entries()) {
        assert.deepEqual(another.find(statOf(ino)), Buffer.alloc(32, at + 1))
        assert.equal(another.find(statOf(ino, 1001)), undefined)
      }
      assert.equal(another.find(statOf(other))?.[0], inodes.includes(other) ? inodes.indexOf(other) + 1 : undefined)
    }),
    { numRuns: 20 },
  )
  const full = new SharedDigests(newDigestMemory())
  for (let ino = 1; ino < 300_000; ino++) full.add(statOf(ino), Buffer.alloc(32, ino % 251))
  assert.deepEqual(full.find(statOf(200_000)), Buffer.alloc(32, 200_000 % 251))
  assert.equal(full.find(statOf(299_999)), undefined)
})

test('a seal is read by who has the key, and by nobody else', async () => {
  const bytes = await sealOf({ [name('a', 'one')]: file('a'), [name('b', 'two')]: file('b') })
  assert.deepEqual(
    bytes,
    await sealOf({ [name('b', 'two')]: file('b'), [name('a', 'one')]: file('a') }),
    'deterministic',
  )
  const path = join(folder, 'a.seal')
  writeFileSync(path, bytes)
  const seal = readSeal(path, [otherKey!, key!])
  verifyLines(seal)
  assert.deepEqual(seal.signers, [key])
  assert.throws(
    () => readSeal(path, [otherKey!]),
    (error) => error instanceof UserError && error.exit === 3,
  )
  assert.throws(() => readSeal(path, []), UserError)
  assert.throws(() => readSeal(join(folder, 'absent'), [key!]), UserError)
  for (let at = 0; at < bytes.length; at += 7) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 4
    const check = () => {
      const opened = openSeal(damaged, [key!])
      // What is shown of the signer's key id is a hint that nobody signed.
      if (JSON.stringify(opened.statement) === JSON.stringify(seal.statement)) verifyLines(opened)
      else assert.fail('another statement was believed')
      return opened
    }
    try {
      const opened = check()
      const texts = ({ lines }: Seal) => lines.map((line) => Buffer.from(line).toString())
      assert.deepEqual(texts(opened), texts(seal), `byte ${at}`)
    } catch (error) {
      assert.ok(error instanceof UserError, String(error))
    }
  }
  const text = bytes.toString()
  const lines = text.trimEnd().split('\n')
  for (const other of [
    text.slice(0, -1),
    `${lines.slice(0, 2).join('\n')}\n`,
    `${lines[0]}\n${lines[2]}\n${lines[1]}\n`,
    `${text}${lines[2]}\n`,
    text.replace(hash('b'), hash('c')),
    text.replace('"narSize":100', '"narSize":101'),
    text.replace(`"references":["${name('a', 'one')}"]`, '"references":[]'),
    text.replace('["f",5', '["x",5'),
  ]) {
    assert.notEqual(other, text)
    assert.throws(() => verifyLines(openSeal(Buffer.from(other), [key!])), UserError)
  }
})

test('what tells no size is read to its end, and no further than a seal may be', () => {
  const pipe = spawnSync(
    'sh',
    [
      '-c',
      'head -c 200000 /dev/zero | "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      `import { readShared } from '${new URL('../src/seal/shared-file.ts', import.meta.url)}'
     console.log(readShared('/dev/stdin', 200000, 'a seal').length)`,
    ],
    { encoding: 'utf8' },
  )
  assert.equal(pipe.stdout, '200000\n', pipe.stderr)
  for (const most of [1000, 100_000]) {
    assert.throws(
      () => readShared('/dev/zero', most, 'a seal'),
      new RegExp(`more than ${most} bytes are too many for a seal`),
    )
  }
  const file = join(folder, 'large')
  writeFileSync(file, Buffer.alloc(1001))
  assert.throws(() => readShared(file, 1000, 'a seal'), UserError)
  assert.equal(readShared(file, 1001, 'a seal').length, 1001)
})

test('a statement of another kind is no seal', () => {
  const statement: SealStatement = {
    storeDir: STORE,
    roots: [{ path: `${STORE}/${name('a', 'x')}`, narHash: hash('a') }],
    generation: 7,
    root: hash('b'),
    paths: 1,
    files: 2,
    bytes: 3,
    created: '2026-11-25T00:00:00.000Z',
    revoked: [{ key: hash('c'), after: 3 }],
  }
  const text = Buffer.from(printStatement(statement)).toString()
  assert.deepEqual(parseStatement(Buffer.from(text)), statement)
  assert.deepEqual(parseStatement(printStatement({ ...statement, roots: [] })), { ...statement, roots: [] })
  const whole = Buffer.from(printStatement({ ...statement, roots: [] })).toString()
  for (const other of [
    // Of a whole store the subject says the root, too: only one of the two is another.
    whole.replace(hash('b'), hash('d')),
    text.replace('urn:firn:store-seal:1', 'urn:firn:store-seal:2'),
    text.replace('in-toto.io/Statement/v1', 'in-toto.io/Statement/v9'),
    text.replace('"generation":7', '"generation":0'),
    text.replace('"generation":7', '"generation":"7"'),
    text.replace('"paths":1', '"paths":-1'),
    text.replace(hash('b'), hash('b').slice(1)),
    text.replace('"after":3', '"after":-3'),
    text.replace('"/nix/store"', '"nix/store"'),
    text.replace(`"${STORE}/`, '"/other/'),
    text.slice(1),
    '[]',
    'null',
  ]) {
    assert.ok(other !== text && other !== whole)
    assert.throws(() => parseStatement(Buffer.from(other)), UserError, other)
  }
})

test('a generation never goes back, and one number is not used twice', async () => {
  const at = async (generation: number, root = hash('a')) =>
    openSeal(await sealOf({}, { generation, root, files: 0, bytes: 0 }), [key!])
  const judge = (seal: Seal, seen = NEVER, least?: number) =>
    judgeFreshness(seal.statement, seal.signers, seen, least).map(({ rule }) => rule)
  const [one, two] = [await at(1), await at(2)]
  assert.deepEqual(judge(one), [])
  const seen = remember(NEVER, two.statement, two.signers)
  assert.deepEqual(judge(two, seen), [])
  assert.deepEqual(judge(one, seen), ['store/seal-rollback'])
  assert.deepEqual(judge(await at(3), seen), [])
  assert.deepEqual(judge(await at(2, hash('b')), seen), ['store/seal-rollback'])
  assert.deepEqual(judge(two, NEVER, 3), ['store/seal-rollback'])
  // Believing an older one does not make the newest forgotten.
  const older = await at(1, hash('b'))
  assert.deepEqual(remember(seen, older.statement, older.signers), seen)
  const path = join(folder, 'seen.json')
  assert.deepEqual(readLastSeen(path), NEVER)
  writeLastSeen(path, seen)
  assert.deepEqual(readLastSeen(path), seen)
  for (const damage of ['', '{}', '[]', 'null', readFileSync(path, 'utf8').replace('2', '"2"')]) {
    writeFileSync(path, damage)
    assert.throws(() => readLastSeen(path), UserError)
  }
})

test('keys are changed by signing with both, and the old one is revoked by the new', async () => {
  const seal = async (generation: number, signers: string[], revoked: SealStatement['revoked'] = []) =>
    openSeal(await sealOf({}, { generation, root: hash('a'), files: 0, bytes: 0, revoked }, signers.map(pemSigner)), [
      key!,
      otherKey!,
      thirdKey!,
    ])
  const revoked = [{ key: key!.id, after: 2 }]
  const both = await seal(2, [ours.privatePem, theirs.privatePem])
  assert.deepEqual(both.signers, [key, otherKey])
  const rotated = await seal(3, [theirs.privatePem], revoked)
  const seen = remember(remember(NEVER, both.statement, both.signers), rotated.statement, rotated.signers)
  const judge = (each: Seal) => judgeFreshness(each.statement, each.signers, seen).map(({ rule }) => rule)
  assert.deepEqual(judge(rotated), [])
  assert.deepEqual(judge(await seal(4, [ours.privatePem])), ['store/seal-revoked'])
  assert.deepEqual(judge(await seal(4, [ours.privatePem, theirs.privatePem])), [])
  // Who has the old key cannot take it back, nor lock out others by revoking itself.
  assert.deepEqual(judge(await seal(5, [ours.privatePem], [{ key: key!.id, after: 9 }])), ['store/seal-revoked'])
  const alone = await seal(6, [third.privatePem], [{ key: thirdKey!.id, after: 1 }])
  assert.deepEqual(judge(alone), [])
  assert.deepEqual(remember(seen, alone.statement, alone.signers).revoked, revoked)
  // What it signed until then is as good as it was; and of two revocations the stricter holds.
  const fresh = { ...seen, generation: 0 }
  const old = (generation: number) =>
    seal(generation, [ours.privatePem]).then((each) => judgeFreshness(each.statement, each.signers, fresh))
  assert.deepEqual(await old(2), [])
  assert.deepEqual(
    (await old(3)).map(({ rule }) => rule),
    ['store/seal-revoked'],
  )
  const laxer = await seal(7, [theirs.privatePem], [{ key: key!.id, after: 9 }])
  assert.deepEqual(remember(seen, laxer.statement, laxer.signers).revoked, revoked)
  const stricter = await seal(7, [theirs.privatePem], [{ key: key!.id, after: 1 }])
  assert.deepEqual(remember(seen, stricter.statement, stricter.signers).revoked, [{ key: key!.id, after: 1 }])
  assert.deepEqual(parseRevocation(`${hash('a')}:7`), { key: hash('a'), after: 7 })
  for (const word of ['a:7', hash('a'), `${hash('a')}:-1`]) assert.throws(() => parseRevocation(word), UserError)
})

test('a proof shows one path or file, to who has the key', async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.integer({ min: 1, max: 6 }), fc.nat(), fc.nat(), async (sealed, count, choice, bit) => {
      const paths = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [name('abcdfg'[i]!, 'x'), i === choice % count ? sealed : file('a')]),
      )
      const seal = openSeal(await sealOf(paths), [key!])
      const path = name('abcdfg'[choice % count]!, 'x')
      // Down to the first thing that is no directory, or an empty one.
      let node = sealed
      const inside: string[] = []
      while (node.kind === 'directory' && node.entries.length > 0) {
        const [entry, child] = node.entries[choice % node.entries.length]!
        inside.push(entry)
        node = child
      }
      fc.pre(inside.every((part) => /^[ -~]+$/.test(part)))
      const text = prove(seal, [STORE, path, ...inside].join('/'))
      const proven = verifyProof(Buffer.from(text), [otherKey!, key!])
      assert.deepEqual([proven.facts.name, proven.place], [path, inside.join('/')])
      assert.deepEqual(proven.node, node.kind === 'directory' ? undefined : node)
      assert.throws(() => verifyProof(Buffer.from(text), [otherKey!]), UserError)
      const damaged = Buffer.from(text)
      damaged[bit % damaged.length]! ^= 1
      try {
        const other = verifyProof(damaged, [key!])
        assert.deepEqual([other.facts, other.place, other.node], [proven.facts, proven.place, proven.node])
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }),
    { numRuns: 60 },
  )
  const seal = openSeal(await sealOf({ [name('a', 'x')]: file('a') }), [key!])
  for (const path of [
    '',
    STORE,
    `${STORE}/${name('b', 'x')}`,
    `${STORE}/${name('a', 'x')}/in`,
    `/etc/${name('a', 'x')}`,
  ]) {
    assert.throws(() => prove(seal, path), UserError)
  }
})

test('the difference of two seals, in words', async () => {
  const before = openSeal(
    await sealOf(
      {
        [name('a', 'openssl-3.0.1')]: file('a'),
        [name('b', 'openssl-3.0.1-bin')]: file('a'),
        [name('c', 'glibc-2.38')]: file('a'),
        [name('d', 'kept-1')]: file('a'),
        [name('f', 'gone-1')]: file('a'),
        [name('g', 'edited-1')]: {
          kind: 'directory',
          entries: [
            ['x', file('a')],
            ['y', file('b')],
          ],
        },
      },
      { generation: 41 },
    ),
  )
  const later = openSeal(
    await sealOf(
      {
        [name('h', 'openssl-3.0.2')]: file('a'),
        [name('i', 'openssl-3.0.2-bin')]: file('a'),
        [name('j', 'glibc-2.38')]: file('a'),
        [name('d', 'kept-1')]: file('a'),
        [name('k', 'new-1')]: file('a'),
        [name('g', 'edited-1')]: {
          kind: 'directory',
          entries: [
            ['x', file('a')],
            ['y', file('c')],
            ['z', file('c')],
          ],
        },
      },
      { generation: 42 },
    ),
  )
  const diff = diffSeals(before, later)
  assert.equal(
    tellDiff(diff),
    `6 paths changed between generations 41 and 42; 1 are the same
changed in place, which no update does (1):
  ${name('g', 'edited-1')}: y, z
another version or build (3):
  glibc 2.38: built anew
  openssl: 3.0.1 -> 3.0.2
  openssl bin: 3.0.1-bin -> 3.0.2-bin
added (1):
  ${name('k', 'new-1')}
removed (1):
  ${name('f', 'gone-1')}
`,
  )
  assert.match(
    tellDiff(diffSeals(before, before)),
    /^nothing changed between generations 41 and 41: 6 paths are the same/,
  )
})
