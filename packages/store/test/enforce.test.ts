import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { generateKey, merkleRoot, pemSigner } from '@firn/attest'
import { EXIT, UserError } from '@firn/core'
import { bytesSource } from '@firn/core/fs'
import { erofsTree, type FileTree, fsVerityDigest, layoutSource, objectPath, openErofs } from '@firn/image'
import { bytePath } from '@firn/nix'
import { type BootCheck, bootScript } from '../src/enforce/boot-script.ts'
import { enableVerity } from '../src/enforce/enable.ts'
import { digestOfCommandLine, mountSealed } from '../src/enforce/mount.ts'
import { linkObject, pruneObjects } from '../src/enforce/objects.ts'
import { imageDigest, requireSealed, sealedImage } from '../src/enforce/sealed-image.ts'
import { signStatement } from '../src/seal/seal.ts'
import { openSeal, type Seal, writeSeal } from '../src/seal/seal-file.ts'
import { printLine, sumLine } from '../src/seal/seal-line.ts'
import type { SealStatement } from '../src/seal/statement.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-enforce-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const at = (name: string) => join(folder, name)
const digestOf = (content: string) =>
  Buffer.from(fsVerityDigest(bytesSource(Buffer.from(content))).digest).toString('hex')

const NAME = `${'a'.repeat(32)}-thing`
const SMALL = 'of some bytes'
const LARGE = 'large '.repeat(100)

/** A seal of one path: an executable, a small file, a link. */
async function seal(file: string): Promise<Seal> {
  const tree = [
    'd',
    ...['large', ['x', LARGE.length, digestOf(LARGE)]],
    ...['link', ['l', 'large']],
    ...['small', ['f', SMALL.length, digestOf(SMALL)]],
  ]
  const facts = { name: NAME, narHash: 'b'.repeat(64), narSize: 100, references: [], ca: '' }
  const line = printLine(facts, Buffer.from(JSON.stringify(tree)))
  const { leaf, files } = sumLine(line, '/nix/store')
  const statement: SealStatement = {
    storeDir: '/nix/store',
    roots: [],
    generation: 1,
    root: merkleRoot([leaf]).toString('hex'),
    paths: 1,
    files,
    bytes: 100,
    revoked: [],
  }
  const signers = [pemSigner(generateKey().privatePem)]
  writeSeal(at(file), await signStatement(statement, signers), [line])
  return openSeal(readFileSync(at(file)))
}

function makeStore(name: string, small = SMALL): string {
  mkdirSync(join(at(name), NAME), { recursive: true })
  writeFileSync(join(at(name), NAME, 'small'), small)
  return at(name)
}

test('the image has the names, modes and small files of the seal, and is the same for the same seal', async () => {
  const sealed = await seal('one.seal')
  const store = makeStore('store')
  const source = layoutSource(sealedImage(sealed, store))
  const tree = erofsTree(openErofs(source), source.size).entries.get(NAME) as FileTree
  const entry = (name: string) => {
    const node = tree.entries.get(name)!
    return node.kind === 'file' ? [node.mode & 0o7777, node.size, node.xattrs?.size ?? 0] : node.kind
  }
  assert.deepEqual(['large', 'small', 'link'].map(entry), [
    [0o555, LARGE.length, 2],
    [0o444, SMALL.length, 0],
    'symlink',
  ])
  source.close()
  assert.equal(imageDigest(sealedImage(sealed, store)), imageDigest(sealedImage(await seal('two.seal'), store)))
})

test('what is not as it was sealed gets into no image, and is not made immutable', async () => {
  const other = makeStore('other', 'of somebytes!')
  const image = sealedImage(await seal('three.seal'), other)
  const refused = (error: unknown) => error instanceof UserError && error.exit === EXIT.store
  assert.throws(() => imageDigest(image), refused)
  assert.throws(() => requireSealed(bytePath(join(other, NAME, 'small')), digestOf(SMALL)), refused)
  requireSealed(bytePath(join(other, NAME, 'small')), digestOf('of somebytes!'))
})

test('the command line names one image, or none is taken', () => {
  const digest = 'c'.repeat(64)
  assert.equal(digestOfCommandLine(`quiet firn.store.composefs=${digest} init=/x\n`), digest)
  for (const [text, why] of [
    ['quiet', /names no image/],
    [`firn.store.composefs=${digest} firn.store.composefs=${digest}`, /names several/],
    ['firn.store.composefs=', /is no digest/],
    [`firn.store.composefs=${digest.toUpperCase()}`, /is no digest/],
    [`xfirn.store.composefs=${digest}`, /names no image/],
  ] as const) {
    assert.throws(() => digestOfCommandLine(text), { name: 'UserError', message: why }, text)
  }
})

test('objects: one for each content, whichever file of the store it is the name of', () => {
  const [file, twin, objects] = [at('file'), at('twin'), at('objects')]
  for (const path of [file, twin]) writeFileSync(path, 'same')
  const digest = digestOf('same')
  const object = join(objects, objectPath(Buffer.from(digest, 'hex')))
  const inode = (path: string) => lstatSync(path).ino
  assert.equal(
    linkObject(bytePath(file), digest, objects, () => digest),
    true,
  )
  assert.equal(inode(object), inode(file))
  assert.equal(
    linkObject(bytePath(file), digest, objects, () => digest),
    false,
  )
  // Optimised: the store's file is now another one, and the object a copy that nobody has a name for.
  rmSync(file)
  assert.equal(
    linkObject(bytePath(twin), digest, objects, () => digest),
    false,
  )
  assert.equal(inode(object), inode(twin))
  mkdirSync(at('.links'))
  linkSync(twin, at('.links/name'))
  assert.equal(pruneObjects(objects, folder), 0)
  assert.throws(() => linkObject(bytePath(twin), digest, objects, () => 'd'.repeat(64)), /not what its name says/)
  // Collected: only Nix's further name is left, and Nix waits for ours to go.
  rmSync(twin)
  assert.equal(pruneObjects(objects, folder), 1)
  assert.equal(existsSync(object), false)
  linkObject(bytePath(at('.links/name')), digest, objects, () => digest)
  rmSync(at('.links/name'))
  assert.equal(pruneObjects(objects, folder), 1)
  assert.equal(pruneObjects(at('nowhere'), folder), 0)
})

test('objects are on the file system of the store, or what to do is said', {
  skip: !existsSync('/dev/shm') && 'needs /dev/shm',
}, () => {
  const elsewhere = mkdtempSync('/dev/shm/firn-')
  try {
    const file = join(elsewhere, 'file')
    writeFileSync(file, 'x')
    assert.throws(() => linkObject(bytePath(file), digestOf('x'), at('far'), () => undefined), {
      name: 'UserError',
      hint: /unshare --mount/,
    })
    // The system's own file system may have it, and mostly has not.
    writeFileSync(at('near'), 'x')
    for (const path of [file, at('near')]) {
      try {
        assert.equal(enableVerity(bytePath(path)), true)
      } catch (error) {
        assert.match(String(error), /UserError.*(no fs-verity|switched off)/)
      }
    }
    assert.throws(() => enableVerity(bytePath(file)), { name: 'UserError', message: /no fs-verity/ })
  } finally {
    rmSync(elsewhere, { recursive: true })
  }
})

test('nothing is mounted that was not asked for', () => {
  const digest = 'e'.repeat(64)
  const request = { folder: at('sealed'), digest, at: at('mounted') }
  assert.throws(() => mountSealed({ ...request, digest: 'e'.repeat(63) }), { name: 'UserError', message: /no digest/ })
  for (const odd of ['a:b', 'a,b', 'a\\b']) {
    assert.throws(() => mountSealed({ ...request, at: odd }), { name: 'UserError', message: /would misread/ })
    assert.throws(() => mountSealed({ ...request, folder: odd }), { name: 'UserError', message: /would misread/ })
  }
  assert.throws(() => mountSealed(request), { message: /there is no such image/, exit: EXIT.store })
  mkdirSync(at('sealed/images'), { recursive: true })
  writeFileSync(at(`sealed/images/${digest}.erofs`), 'no image')
  assert.throws(() => mountSealed(request), { message: /the kernel does not check this image/, exit: EXIT.store })
  assert.deepEqual(
    readdirSync('/run').filter((name) => name.startsWith('firn-image-')),
    [],
  )
})

/** Run a script of an initial RAM disk where the kernel's command line is `words`. */
function judge(by: BootCheck, words: string, root = folder) {
  writeFileSync(at('cmdline'), `${words}\n`)
  const script = bootScript(by).replaceAll('/proc/cmdline', at('cmdline'))
  return spawnSync('sh', ['-c', script, 'judge', root, '--trusted-key', 'k:AA=='], { encoding: 'utf8' })
}

test('the scripts for an initial RAM disk refuse what the command line does not bind', () => {
  const [digest, system] = ['a'.repeat(64), `/nix/store/${NAME}`]
  for (const [by, words, why] of [
    ['image', 'quiet', /names no image/],
    ['image', `firn.store.composefs=${digest} firn.store.composefs=${digest}`, /names several images/],
    ['image', 'firn.store.composefs=../../x', /is no digest/],
    ['signatures', 'quiet', /init= is no path of a store/],
    ['signatures', `init=${system}/init init=/bin/sh`, /names several systems/],
    ['signatures', `init=${system}/../x/init`, /is no plain path/],
    ['signatures', 'init=/bin/sh', /is no path of a store/],
  ] as const) {
    const { status, stderr } = judge(by, words)
    assert.equal(status, 1, words)
    assert.match(stderr, why)
    assert.match(stderr, /Nothing of it was started/)
  }
})

test('the scripts follow no link on the disk: it leads elsewhere once the system has started', () => {
  const image = `firn.store.composefs=${'a'.repeat(64)}`
  const folders = ['nix/store', 'nix/firn-sealed/images', 'nix/firn-sealed/objects', 'nix/firn-sealed/store']
  const root = at('system')
  const make = () => {
    rmSync(root, { recursive: true, force: true })
    for (const name of folders) mkdirSync(join(root, name), { recursive: true })
  }
  make()
  assert.match(judge('image', image, root).stderr, /its image a{64} is missing/)
  for (const name of ['nix', 'nix/firn-sealed', ...folders]) {
    for (const by of ['image', 'signatures'] as const) {
      if (by === 'signatures' && name.startsWith('nix/firn')) continue
      make()
      renameSync(join(root, name), join(root, 'real'))
      symlinkSync(join(root, 'real'), join(root, name))
      const { status, stderr } = judge(by, `${image} init=/nix/store/${NAME}/init`, root)
      assert.equal(status, 1)
      assert.match(stderr, new RegExp(`${name} is no folder`), by)
    }
  }
})
