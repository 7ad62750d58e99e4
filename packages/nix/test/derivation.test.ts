import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { type Derivation, encodeText, parseDerivation, parseDerivationShow, printDerivation } from '../src/index.ts'
import { realNix } from './nix.ts'

const fixtures = new URL('../../../fixtures/nix/derivations/', import.meta.url)
const HASH = '7h7qgvs4kgzsn8a6rb273saxyqh4jxlz'
const EMPTY = 'Derive([],[],[],"","",[],[])'
const DYNAMIC_INPUT = `("/nix/store/${HASH}-a.drv",(["out"],[("out",["dev"])]))`

test('the derivations of the real Nix are read, and printed with the same bytes', () => {
  const files = readdirSync(fixtures).filter((name) => name.endsWith('.drv'))
  assert.equal(files.length, 6)
  for (const name of files) {
    const bytes = readFileSync(new URL(name, fixtures))
    assert.equal(printDerivation(parseDerivation(bytes)), bytes.toString(), name)
  }
})

test('a derivation says what its expression said', () => {
  const library = parseDerivation(readFileSync(new URL('qfk8gvymq0pzycnwikaypn0cwzk42b88-library-1.2.drv', fixtures)))
  assert.deepEqual([...library.outputs.keys()], ['bin', 'dev', 'out'])
  assert.equal(library.env.get('text'), 'two\nlines\ttab "quoted" \\ é 😀 ')
  assert.deepEqual(library.args, ['-c', 'echo "a\\b\t$x" > $out'])
  assert.equal(library.platform, 'x86_64-linux')
  assert.equal(library.inputDrvs.size, 3)
  assert.equal(library.inputSrcs.length, 1)
  const dynamic = parseDerivation(readFileSync(new URL('dynamic.drv', fixtures)))
  const [input] = [...dynamic.dynamicInputDrvs!.values()]
  assert.deepEqual(
    input,
    new Map(
      Object.entries({
        cat: { outputs: ['kitten'], dynamicOutputs: new Map() },
        goose: { outputs: ['gosling'], dynamicOutputs: new Map() },
      }),
    ),
  )
})

test('every generation of the JSON tells the same derivations as the files', () => {
  const files = readdirSync(fixtures).filter((name) => name.endsWith('.drv') && name !== 'dynamic.drv')
  const expected = new Map(
    files.map((name) => [`/nix/store/${name}`, parseDerivation(readFileSync(new URL(name, fixtures)))]),
  )
  for (const version of ['2.8', '2.18', '2.23', '2.30', '2.32', '2.33']) {
    const text = readFileSync(new URL(`show-${version}.json`, fixtures), 'utf8')
    const found = parseDerivationShow(text, '/nix/store')
    assert.deepEqual([...found.keys()].sort(), [...expected.keys()].sort(), version)
    for (const [path, derivation] of found) {
      assert.deepEqual(comparable(derivation), comparable(expected.get(path)!), `${version}: ${path}`)
    }
  }
})

test('outputs of outputs are the same in the JSON and in the file', () => {
  const json = readFileSync(new URL('dynamic-2.36.json', fixtures), 'utf8')
  const text = `{"version":4,"derivations":{"${HASH}-dyn-dep-derivation.drv":${json}}}`
  const [derivation] = [...parseDerivationShow(text, '/nix/store').values()]
  assert.equal(printDerivation(derivation!), readFileSync(new URL('dynamic.drv', fixtures), 'utf8'))
})

test('what the real Nix instantiates and what it shows of it agree, experimental outputs too', needs('nix'), () => {
  const nix = realNix()
  try {
    const expression = `
      let base = { system = "x"; builder = "/bin/sh"; };
          made = derivation (base // { name = "made"; __contentAddressed = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; });
          impure = derivation (base // { name = "impure"; __impure = true; outputHashMode = "recursive"; outputHashAlgo = "sha256"; });
          git = derivation (base // { name = "g"; outputHash = "${'0'.repeat(128)}"; outputHashAlgo = "sha512"; outputHashMode = "flat"; });
      in derivation (base // { name = "top"; args = [ made git ]; odd = "\\r\\n\\t\\\\\\"$é"; })
      // { inherit impure; }`
    const instantiate = (text: string) => nix.run('nix-instantiate', ['-E', text]).toString().trim().split('\n').at(-1)!
    const paths = [instantiate(expression), instantiate(`(${expression}).impure`)]
    const shown = parseDerivationShow(nix.run('nix', ['show-derivation', '-r', ...paths]).toString(), nix.storeDir)
    assert.equal(shown.size, 4)
    for (const [path, derivation] of shown) {
      const bytes = readFileSync(path)
      assert.deepEqual(comparable(derivation), comparable(parseDerivation(bytes)), path)
      assert.equal(printDerivation(derivation), bytes.toString())
    }
    assert.deepEqual([...shown.values()].map((one) => one.outputs.get('out')?.hash).sort(), [
      '0'.repeat(128),
      'impure',
      undefined,
      undefined,
    ])
  } finally {
    nix.remove()
  }
})

test('printing and reading are inverse, whatever the bytes', () => {
  const text = fc.string({ unit: 'binary', maxLength: 12 }).map((odd) => Buffer.from(odd).toString())
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', 'é', '"', '\\', '\n'), maxLength: 5 })
  const path = fc.stringMatching(/^[a-z0-9]{1,6}$/).map((tail) => `/nix/store/${HASH}-${tail}`)
  const derivation = fc.record({
    outputs: mapOf(
      name,
      fc.oneof(path, fc.constant('')).map((output) => ({ path: output, hashAlgo: 'r:sha256' })),
    ),
    inputDrvs: mapOf(path, fc.uniqueArray(name)),
    inputSrcs: fc.uniqueArray(path),
    platform: text,
    builder: text,
    args: fc.array(text),
    env: mapOf(name, text),
  })
  fc.assert(
    fc.property(derivation, (one) => {
      const printed = printDerivation(one)
      const read = parseDerivation(encodeText(printed))
      assert.equal(printDerivation(read), printed)
      assert.deepEqual(comparable(read), comparable(one))
    }),
  )
  const bytes = Buffer.from(EMPTY.replace('""', '"\xff\xfe"'), 'latin1')
  assert.deepEqual(Buffer.from(encodeText(printDerivation(parseDerivation(bytes)))), bytes)
})

test('names are printed in the order of their bytes, each once', () => {
  const none = { outputs: new Map(), inputSrcs: [], platform: '', builder: '', args: [] }
  const one = `/nix/store/${HASH}-a.drv`
  const printed = printDerivation({
    ...none,
    inputDrvs: new Map([[one, ['😀', 'ﬀ', 'a', 'ﬀ']]]),
    env: new Map([
      ['😀', '1'],
      ['ﬀ', '2'],
    ]),
  })
  assert.equal(printed, `Derive([],[("${one}",["a","ﬀ","😀"])],[],"","",[],[("ﬀ","2"),("😀","1")])`)
})

test('a file cut anywhere, and one that goes on, is refused', () => {
  const bytes = readFileSync(new URL('qfk8gvymq0pzycnwikaypn0cwzk42b88-library-1.2.drv', fixtures))
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => parseDerivation(bytes.subarray(0, length)), UserError, `${length} bytes`)
  }
  assert.throws(() => parseDerivation(Buffer.concat([bytes, Buffer.from(' ')])), { message: /after the end/ })
})

test('what Nix would not write is refused', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    [EMPTY.replace('Derive', 'Derived'), /does not begin/],
    [EMPTY.replace('Derive(', 'DrvWithVersion("xp-new",'), /version "xp-new"/],
    ['Derive([],[],["/etc/passwd"],"","",[],[])', /not a store path/],
    [`Derive([],[],["/nix/store/${HASH}-a/../../etc"],"","",[],[])`, /not a store path/],
    ['Derive([("out","/etc/passwd","","")],[],[],"","",[],[])', /not a store path/],
    ['Derive([],[("/etc/passwd",["out"])],[],"","",[],[])', /not a store path/],
    ['Derive([],[],[],"","",[],[("a","1"),("a","2")])', /"a" twice/],
    ['Derive([("o","","",""),("o","","","")],[],[],"","",[],[])', /"o" twice/],
    ['Derive([],[],[],"","",["a",],[])', /here should be "/],
    ['Derive([],[],[],"","",["a""b"],[])', /here should be \]/],
    [`Derive([],[${DYNAMIC_INPUT}],[],"","",[],[])`, /outputs of outputs/],
  ]
  for (const [text, message] of refused) assert.throws(() => parseDerivation(Buffer.from(text)), { message })
  parseDerivation(Buffer.from(`DrvWithVersion("xp-dyn-drv",[],[${DYNAMIC_INPUT}],[],"","",[],[])`))
})

test('nesting without end is refused and does not exhaust the stack', () => {
  const deep = (depth: number) => `${'(["out"],[("out",'.repeat(depth)}["out"]${')])'.repeat(depth)}`
  const file = (depth: number) =>
    Buffer.from(`DrvWithVersion("xp-dyn-drv",[],[("/nix/store/${HASH}-a.drv",${deep(depth)})],[],"","",[],[])`)
  parseDerivation(file(64))
  assert.throws(() => parseDerivation(file(65)), { message: /outputs of outputs/ })
  assert.throws(() => parseDerivation(file(100_000)), { message: /outputs of outputs/ })
  const json = (inner: string) =>
    `{"${HASH}-a.drv":{"outputs":{},"inputDrvs":{},"inputSrcs":[],"system":"","builder":"","args":[],"env":{},"structuredAttrs":${inner}}}`
  const nested = `${'{"1":'.repeat(200_000)}1${'}'.repeat(200_000)}`
  assert.throws(() => parseDerivationShow(json(nested), '/nix/store'), { message: /nested too deep/ })
  assert.equal(parseDerivationShow(json('{"__proto__":1}'), '/nix/store').size, 1)
})

test('JSON that is damaged or of a later Nix is named with its place', () => {
  const text = readFileSync(new URL('show-2.33.json', fixtures), 'utf8')
  const refuse = (from: string, to: string, message: RegExp) =>
    assert.throws(() => parseDerivationShow(text.replaceAll(from, to), '/nix/store'), { message })
  refuse('"version": 4', '"version": 5', /version is 5, firn knows up to 4/)
  refuse('"method": "nar"', '"method": "rar"', /method is no way of addressing content/)
  refuse('"hash": "sha256-', '"hash": "sha999-', /hash algorithm "sha999"/)
  refuse('"args": [', '"arguments": [', /args is not a list/)
  refuse('"n5lbd', '"../n5lbd', /not a store path/)
  refuse('}', '', /not JSON/)
  const older = readFileSync(new URL('show-2.8.json', fixtures), 'utf8')
  assert.throws(() => parseDerivationShow(older, '/other/store'), { message: /not right below \/other\/store/ })
})

/** Structured attributes as the value they are, sets sorted: texts and orders may differ between generations. */
function comparable(derivation: Derivation): unknown {
  const env = Object.fromEntries(derivation.env)
  if (env.__json !== undefined) env.__json = JSON.parse(env.__json)
  const sorted = (map: ReadonlyMap<string, readonly string[]>) =>
    [...map].map(([path, names]) => [path, [...names].sort()]).sort()
  return {
    ...derivation,
    env,
    outputs: Object.fromEntries(derivation.outputs),
    inputDrvs: sorted(derivation.inputDrvs),
    inputSrcs: [...derivation.inputSrcs].sort(),
  }
}

function mapOf<T>(key: fc.Arbitrary<string>, value: fc.Arbitrary<T>): fc.Arbitrary<Map<string, T>> {
  return fc.array(fc.tuple(key, value), { maxLength: 5 }).map((entries) => new Map(entries))
}
