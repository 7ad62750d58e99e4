import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { UserError } from '@firn/core'
import { needs } from '../../../scripts/needs.ts'
import {
  fingerprint,
  HashModulo,
  makeContentAddressedPath,
  NarWriter,
  type PathInfo,
  parseContentAddress,
  parseNarInfo,
  parsePathInfo,
  parseStorePath,
  parseTrustedKey,
  printNarInfo,
  verifySignature,
  walkTree,
} from '../src/index.ts'
import { type RealNix, realNix } from './nix.ts'

const fixtures = new URL('../../../fixtures/nix/path-info/', import.meta.url)
const fixture = (name: string) => readFileSync(new URL(name, fixtures), 'utf8')

test('every generation of the JSON says the same', () => {
  const expected: PathInfo[] = [
    {
      path: '/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar',
      narHash: 'sha256-FePFYIlMuycIXPZbWi7LGEiMmZSX9FMbaQenWBzm1Sc=',
      narSize: 0,
      references: [],
      signatures: [],
      ultimate: false,
    },
    {
      path: '/nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo',
      narHash: 'sha256-FePFYIlMuycIXPZbWi7LGEiMmZSX9FMbaQenWBzm1Sc=',
      narSize: 34878,
      references: [
        '/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar',
        '/nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo',
      ],
      deriver: '/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar.drv',
      registrationTime: 23423,
      signatures: ['asdf', 'qwer'].map((name) => `${name}:${Buffer.alloc(64).toString('base64')}`),
      ultimate: true,
      ca: 'fixed:r:sha256:1lr187v6dck1rjh2j6svpikcfz53wyl3qrlcbb405zlh13x0khhh',
    },
  ]
  const names = readdirSync(fixtures)
  assert.equal(names.length, 6)
  for (const name of names) assert.deepEqual(parsePathInfo(fixture(name), '/nix/store'), expected, name)
})

test('a path that is not valid is named, in each way of saying so', () => {
  const path = '/nix/store/g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar'
  for (const text of [
    `{"${path}":null}`,
    `[{"path":"${path}","valid":false}]`,
    `{"version":2,"storeDir":"/nix/store","info":{"${path.slice(11)}":null}}`,
  ]) {
    assert.throws(() => parsePathInfo(text, '/nix/store'), {
      message: /g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar is not valid/,
    })
  }
})

test('JSON that is damaged, of another store or of a later Nix is refused', () => {
  const refuse = (name: string, from: string, to: string, message: RegExp) =>
    assert.throws(() => parsePathInfo(fixture(name).replaceAll(from, to), '/nix/store'), { message })
  refuse('format-3.json', '"version": 3', '"version": 4', /version is 4, firn knows 1 to 3/)
  refuse('format-1.json', '"storeDir": "/nix/store"', '"storeDir": "/s"', /of the store \/s, not \/nix\/store/)
  refuse('format-1.json', '"/nix/store/g1w7', '"/etc/g1w7', /not right below \/nix\/store/)
  refuse('format-2.json', '"g1w7', '"../g1w7', /not a store path/)
  refuse('format-2.json', 'sha256-Fe', 'sha1-Fe', /it is sha1, not sha256/)
  refuse('format-2.json', '"method": "nar"', '"method": "__proto__"', /method is no way/)
  refuse('2.18.json', '34878', '-1', /narSize is not a whole number/)
  refuse('2.18.json', '34878', '1e300', /narSize is not a whole number/)
  refuse('2.18.json', ']', '', /not JSON/)
  assert.throws(() => parsePathInfo('null', '/nix/store'), UserError)
})

const NARINFO = `StorePath: /nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
URL: nar/1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3.nar.xz
Compression: xz
FileHash: sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
FileSize: 4029176
NarHash: sha256:09ymwqf5i9q7d4dm7x4pjjcqqj0qrcp5lnznbh42gfsci5hcbqqm
NarSize: 34878
References: g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
Deriver: g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar.drv
Sig: asdf:AAAA
Sig: qwer:AAAA
CA: fixed:r:sha256:1lr187v6dck1rjh2j6svpikcfz53wyl3qrlcbb405zlh13x0khhh
`

test('a narinfo file is read, and printed with the same bytes', () => {
  const info = parseNarInfo(NARINFO, '/nix/store')
  assert.equal(printNarInfo(info), NARINFO)
  assert.equal(info.narHash, 'sha256-FePFYIlMuycIXPZbWi7LGEiMmZSX9FMbaQenWBzm1Sc=')
  const bare = NARINFO.split('\n')
    .filter((line) => !/^(Comp|File|Der|Sig|CA)/.test(line))
    .join('\n')
  const { compression, signatures, deriver } = parseNarInfo(
    `${bare}Unknown: field\nDeriver: unknown-deriver\n`,
    '/nix/store',
  )
  assert.deepEqual(
    { compression, signatures, deriver },
    { compression: 'bzip2', signatures: undefined, deriver: undefined },
  )
})

test('a narinfo file that is cut, doubled or points elsewhere is refused', () => {
  for (let length = 0; length < NARINFO.indexOf('NarSize: 34878\n') + 14; length++) {
    assert.throws(() => parseNarInfo(NARINFO.slice(0, length), '/nix/store'), UserError, `${length} characters`)
  }
  assert.throws(() => parseNarInfo(NARINFO.slice(0, -1), '/nix/store'), { message: /does not end/ })
  for (const [from, to, message] of [
    ['URL: nar', 'URL: other\nURL: nar', /URL twice/],
    ['34878', '0', /NarSize is missing or 0/],
    ['34878', '0x10', /NarSize is no number/],
    ['34878', '99999999999999999999', /NarSize is no number/],
    ['References: ', 'References: ../../etc/passwd ', /not a store path/],
    ['StorePath: /nix/store', 'StorePath: /etc', /not right below/],
    ['NarHash: sha256:09', 'NarHash: sha256:0', /not a hash/],
    ['Compression: xz', 'Compression', /no colon/],
  ] as const) {
    assert.throws(() => parseNarInfo(NARINFO.replace(from, to), '/nix/store'), { message }, to)
  }
})

describe('a real store, signed and copied to a cache', needs('nix'), () => {
  let nix: RealNix
  let paths: string[]
  let infos: readonly PathInfo[]
  let key: string

  before(() => {
    nix = realNix()
    const secret = nix.run('nix', ['key', 'generate-secret', '--key-name', 'test-1'])
    key = nix.run('nix', ['key', 'convert-secret-to-public'], secret).toString()
    writeFileSync(join(nix.folder, 'secret'), secret)
    const expression = `
      let mk = name: script: derivation { inherit name; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" script ]; };
          text = builtins.toFile "text" "some text";
          low = mk "low" "echo \${text} > $out";
      in mk "self" "echo $out \${low} $out > $out; echo done >> $out"`
    const built = nix.run('nix-build', ['--no-out-link', '-E', expression]).toString().trim()
    mkdirSync(join(nix.folder, 'added'))
    writeFileSync(join(nix.folder, 'added/file'), 'added')
    const added = ['nar', 'flat'].map((mode) =>
      nix
        .run('nix', [
          'store',
          mode === 'nar' ? 'add-path' : 'add-file',
          join(nix.folder, mode === 'nar' ? 'added' : 'added/file'),
        ])
        .toString()
        .trim(),
    )
    const sha1 = nix
      .run('nix-store', ['--add-fixed', '--recursive', 'sha1', join(nix.folder, 'added')])
      .toString()
      .trim()
    const flat = nix
      .run('nix-store', ['--add-fixed', 'sha512', join(nix.folder, 'added/file')])
      .toString()
      .trim()
    const rewritten = JSON.parse(nix.run('nix', ['store', 'make-content-addressed', '--json', built]).toString()) as {
      rewrites: Record<string, string>
    }
    const drv = nix.run('nix-store', ['--query', '--deriver', built]).toString().trim()
    paths = [built, ...added, sha1, flat, drv, ...Object.values(rewritten.rewrites)]
    nix.run('nix', ['store', 'sign', '--key-file', join(nix.folder, 'secret'), '--recursive', ...paths])
    infos = parsePathInfo(nix.run('nix', ['path-info', '--json', '--recursive', ...paths]).toString(), nix.storeDir)
  })
  after(() => nix.remove())

  test('what Nix prints is read, and hashes to what the files are', () => {
    assert(infos.length >= 10)
    for (const info of infos) {
      const { hash, size } = narHash(info.path)
      assert.equal(info.narHash, `sha256-${hash}`)
      assert.equal(info.narSize, size)
      const references = nix
        .run('nix-store', ['--query', '--references', info.path])
        .toString()
        .split('\n')
        .filter(Boolean)
      assert.deepEqual(info.references, references.sort())
    }
  })

  test('signatures hold for what was signed and for nothing else', () => {
    const trusted = parseTrustedKey(key)
    const other = parseTrustedKey(
      nix
        .run(
          'nix',
          ['key', 'convert-secret-to-public'],
          nix.run('nix', ['key', 'generate-secret', '--key-name', 'test-1']),
        )
        .toString(),
    )
    for (const info of infos) {
      const signed = fingerprint(info)
      const [signature] = info.signatures!
      assert.equal(verifySignature(signed, signature!, [other, trusted]), trusted, info.path)
      assert.equal(fingerprint({ ...info, references: [...info.references].reverse() }), signed)
      assert.equal(verifySignature(signed, signature!, [other]), undefined)
      assert.equal(verifySignature(signed, signature!, []), undefined)
      assert.equal(verifySignature(signed, signature!.replace('test-1', 'test-2'), [trusted]), undefined)
      assert.equal(verifySignature(signed, signature!.slice(0, -4), [trusted]), undefined)
      assert.equal(verifySignature(signed, '', [trusted]), undefined)
      for (const changed of [
        { ...info, narSize: info.narSize + 1 },
        { ...info, path: info.path.replace(/-[^-]*$/, '-evil') },
        { ...info, references: info.references.length > 0 ? [] : [info.path] },
      ]) {
        assert.equal(verifySignature(fingerprint(changed), signature!, [trusted]), undefined)
      }
    }
  })

  test('a path follows from its content address and its references, as Nix computes it', () => {
    const addressed = infos.filter((info) => info.ca !== undefined)
    const methods = new Set(addressed.map((info) => info.ca!.replace(/:[^:]*$/, '')))
    assert.deepEqual([...methods].sort(), [
      'fixed:r:sha1',
      'fixed:r:sha256',
      'fixed:sha256',
      'fixed:sha512',
      'text:sha256',
    ])
    assert(addressed.some((info) => info.references.includes(info.path)))
    for (const info of addressed) {
      const { storeDir, name } = parseStorePath(info.path)
      const references = {
        others: info.references.filter((reference) => reference !== info.path),
        self: info.references.includes(info.path),
      }
      const address = parseContentAddress(info.ca!)
      assert.equal(makeContentAddressedPath(storeDir, name, address, references), info.path)
      const otherName = makeContentAddressedPath(storeDir, `${name}x`, address, references)
      assert.notEqual(parseStorePath(otherName).hash, parseStorePath(info.path).hash)
    }
  })

  test('a path that names itself hashes to its content address with its own name left out', () => {
    const info = infos.find((one) => one.ca !== undefined && one.references.includes(one.path))!
    const nar = narBytes(info.path)
    for (const size of [1, 7, 64, 1 << 16]) {
      const modulo = new HashModulo('sha256', parseStorePath(info.path).hash)
      for (let at = 0; at < nar.length; at += size) modulo.update(nar.subarray(at, at + size))
      assert.deepEqual(Buffer.from(modulo.digest()), Buffer.from(parseContentAddress(info.ca!).hash.bytes), `${size}`)
    }
  })

  test('the narinfo files of a cache are read and printed as Nix wrote them, and agree with the store', () => {
    const cache = join(nix.folder, 'cache')
    nix.run('nix', ['copy', '--to', `file://${cache}`, ...paths])
    const files = readdirSync(cache).filter((name) => name.endsWith('.narinfo'))
    assert.equal(files.length, infos.length)
    for (const name of files) {
      const text = readFileSync(join(cache, name), 'utf8')
      const info = parseNarInfo(text, nix.storeDir)
      assert.equal(printNarInfo(info), text)
      const { narHash, narSize, references, deriver, ca } = infos.find((one) => one.path === info.path)!
      assert.deepEqual(
        [info.narHash, info.narSize, info.references, info.deriver, info.ca],
        [narHash, narSize, references, deriver, ca],
      )
      const file = readFileSync(join(cache, info.url))
      assert.equal(info.fileHash, `sha256-${createHash('sha256').update(file).digest('base64')}`)
      assert.equal(info.fileSize, file.length)
    }
  })
})

test('a key that is none, and an info that no signature can cover, are refused', () => {
  for (const bad of ['', 'name', 'name:', ':AAAA', `name:${Buffer.alloc(31).toString('base64')}`, 'name:*']) {
    assert.throws(() => parseTrustedKey(bad), { message: /not a Nix public key/ }, bad)
  }
  const info = parseNarInfo(NARINFO, '/nix/store')
  assert.throws(() => fingerprint({ ...info, narSize: 0 }), { message: /no size/ })
  // One reference with a comma in it would read as two.
  assert.throws(() => fingerprint({ ...info, references: [info.references.join(',')] }), {
    message: /not a store path/,
  })
})

test('references that a way of addressing cannot have are refused', () => {
  const hash = { algorithm: 'sha256', bytes: new Uint8Array(32) } as const
  const make = (method: 'text' | 'flat' | 'nar', algorithm: 'sha256' | 'sha1', self: boolean, others: string[]) => () =>
    makeContentAddressedPath('/nix/store', 'a', { method, hash: { ...hash, algorithm } }, { self, others })
  assert.throws(make('text', 'sha256', true, []), UserError)
  assert.throws(make('text', 'sha1', false, []), UserError)
  assert.throws(make('flat', 'sha256', false, ['/nix/store/x']), UserError)
  assert.throws(make('nar', 'sha1', true, []), UserError)
  assert.throws(() => makeContentAddressedPath('/nix/store', 'a/b', { method: 'nar', hash }), UserError)
})

function narBytes(path: string): Buffer {
  const pieces: Buffer[] = []
  const writer = new NarWriter((bytes) => pieces.push(Buffer.from(bytes)))
  walkTree(path, writer)
  writer.end()
  return Buffer.concat(pieces)
}

function narHash(path: string): { hash: string; size: number } {
  const bytes = narBytes(path)
  return { hash: createHash('sha256').update(bytes).digest('base64'), size: bytes.length }
}
