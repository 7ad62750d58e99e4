import { isAscii } from 'node:buffer'
import { ByteReader } from '@firn/core'
import { isStorePath } from './store-path.ts'
import { compareText, decodeText } from './text.ts'

/** A derivation as a `.drv` file holds it. The derivation's name is not in the file: it is in the file's own name. */
export interface Derivation {
  readonly outputs: ReadonlyMap<string, DerivationOutput>
  /** Derivations whose outputs are inputs, and which of these. */
  readonly inputDrvs: ReadonlyMap<string, readonly string[]>
  readonly inputSrcs: readonly string[]
  /** `x86_64-linux`, `builtin`. */
  readonly platform: string
  readonly builder: string
  readonly args: readonly string[]
  /** With structured attributes, `__json` holds these. */
  readonly env: ReadonlyMap<string, string>
  /** Outputs of outputs that are derivations themselves (dynamic derivations), by input derivation. */
  readonly dynamicInputDrvs?: ReadonlyMap<string, ReadonlyMap<string, DynamicInput>>
}

export interface DerivationOutput {
  /** '' when it is known only after building. */
  readonly path: string
  /** `[r:|text:|git:]ALGORITHM`, for outputs addressed by content. */
  readonly hashAlgo?: string
  /** Base16 of what a fixed output must hash to; `impure` for an impure one. */
  readonly hash?: string
}

export interface DynamicInput {
  readonly outputs: readonly string[]
  readonly dynamicOutputs: ReadonlyMap<string, DynamicInput>
}

/** Derivations that make derivations that make … : nobody nests as deep, and a parser must end somewhere. */
export const DYNAMIC_DEPTH = 64

/**
 * Read a `.drv` file (ATerm; Nix manual, "Derivation ATerm format"): `Derive(…)` or `DrvWithVersion("xp-dyn-drv",…)`.
 * One pass over the bytes, which are data and never evaluated. Stricter than Nix where two readers could differ: a
 * name given twice, an input that is no store path and bytes after the end are UserErrors.
 */
export function parseDerivation(bytes: Uint8Array): Derivation {
  const reader = new AtermReader(bytes)
  const versioned = reader.header()
  const outputs = reader.map('outputs', () => {
    const name = reader.string()
    const [path, hashAlgo, hash] = [reader.next(), reader.next(), reader.next()]
    if (path !== '' && !isStorePath(path)) reader.fail(`output ${JSON.stringify(name)} is not a store path`)
    return [name, { path, ...(hashAlgo === '' ? {} : { hashAlgo }), ...(hash === '' ? {} : { hash }) }]
  })
  reader.expect(',')
  const dynamicInputDrvs = new Map<string, ReadonlyMap<string, DynamicInput>>()
  const inputDrvs = reader.map('input derivations', () => {
    const path = reader.storePath()
    reader.expect(',')
    const { outputs: names, dynamicOutputs } = reader.dynamicInput(versioned ? DYNAMIC_DEPTH : 0)
    if (dynamicOutputs.size > 0) dynamicInputDrvs.set(path, dynamicOutputs)
    return [path, names]
  })
  reader.expect(',')
  const inputSrcs = reader.list(() => reader.storePath())
  const [platform, builder] = [reader.next(), reader.next()]
  reader.expect(',')
  const args = reader.list(() => reader.string())
  reader.expect(',')
  const env = reader.map('variables', () => [reader.string(), reader.next()])
  reader.expect(')')
  if (reader.remaining > 0) reader.fail('bytes after the end')
  const derivation = { outputs, inputDrvs, inputSrcs, platform, builder, args, env }
  return dynamicInputDrvs.size === 0 ? derivation : { ...derivation, dynamicInputDrvs }
}

/**
 * The ATerm of a derivation, the same that Nix writes: everything but the arguments sorted by bytes. Bytes that are
 * not UTF-8 come as `decodeText` has them; `encodeText` gives the file's bytes.
 */
export function printDerivation(derivation: Derivation): string {
  const { outputs, inputDrvs, inputSrcs, platform, builder, args, env, dynamicInputDrvs } = derivation
  const dynamic = dynamicInputDrvs ?? NONE
  return [
    [...dynamic.values()].some((inner) => inner.size > 0) ? 'DrvWithVersion("xp-dyn-drv",' : 'Derive(',
    printMap(outputs, ({ path, hashAlgo = '', hash = '' }) => `${quote(path)},${quote(hashAlgo)},${quote(hash)}`),
    ',',
    printMap(inputDrvs, (names, path) => printInput(names, dynamic.get(path) ?? NONE)),
    `,${printSet(inputSrcs)},${quote(platform)},${quote(builder)},[${args.map(quote).join()}],`,
    printMap(env, quote),
    ')',
  ].join('')
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>()

/** Reads the file as one text, of which most strings are slices: some thousand files are read for one closure. */
class AtermReader extends ByteReader {
  /** A character a byte, so that places in it are places in the file. */
  readonly #text: string
  readonly #ascii: boolean
  /** Where strings with escapes are put together: no string is longer than the file. */
  #scratch: Buffer | undefined

  constructor(bytes: Uint8Array) {
    super(bytes, 'derivation')
    this.#ascii = isAscii(bytes)
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  }

  /** Whether the version allows dynamic inputs. */
  header(): boolean {
    if (this.#starts('Derive(')) return false
    if (!this.#starts('DrvWithVersion(')) this.fail('it does not begin with Derive( or DrvWithVersion(')
    const version = this.string()
    if (version !== 'xp-dyn-drv') this.fail(`version ${JSON.stringify(version.slice(0, 80))} is not known`)
    this.expect(',')
    return true
  }

  string(): string {
    this.expect('"')
    const start = this.offset
    const quote = this.#text.indexOf('"', start)
    const plain = this.#text.slice(start, Math.max(start, quote))
    if (quote >= 0 && !plain.includes('\\') && (this.#ascii || !NOT_ASCII.test(plain))) {
      this.offset = quote + 1
      return plain
    }
    const end = this.#endOfString(start)
    this.offset = end + 1
    return this.#unescape(start, end)
  }

  #endOfString(start: number): number {
    for (let at = start; at < this.bytes.length; at++) {
      if (this.bytes[at] === QUOTE) return at
      if (this.bytes[at] === BACKSLASH) at++
    }
    return this.fail('a string does not end', this.bytes.length)
  }

  #unescape(start: number, end: number): string {
    const { bytes } = this
    this.#scratch ??= Buffer.allocUnsafe(bytes.length)
    const scratch = this.#scratch
    let length = 0
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!
      scratch[length++] = byte === BACKSLASH ? unescaped(bytes[++at]!) : byte
    }
    return decodeText(scratch.subarray(0, length))
  }

  /** A comma and a string. */
  next(): string {
    this.expect(',')
    return this.string()
  }

  storePath(): string {
    const at = this.offset
    const path = this.string()
    return isStorePath(path) ? path : this.fail(`${JSON.stringify(path.slice(0, 200))} is not a store path`, at)
  }

  list<T>(read: () => T): T[] {
    const found: T[] = []
    this.expect('[')
    if (this.#starts(']')) return found
    do found.push(read())
    while (this.#starts(','))
    this.expect(']')
    return found
  }

  /** A list of pairs, each name once. */
  map<T>(what: string, read: () => readonly [string, T]): Map<string, T> {
    const found = new Map<string, T>()
    this.list(() => {
      this.expect('(')
      const at = this.offset
      const [name, value] = read()
      if (found.has(name)) this.fail(`${what} name ${JSON.stringify(name.slice(0, 200))} twice`, at)
      found.set(name, value)
      this.expect(')')
    })
    return found
  }

  /** Output names; with `depth` left, also `(names, [(name, these again), …])`. */
  dynamicInput(depth: number): DynamicInput {
    if (!this.#starts('(')) return { outputs: this.list(() => this.string()), dynamicOutputs: NONE }
    if (depth === 0) this.fail('outputs of outputs are not allowed here')
    const outputs = this.list(() => this.string())
    this.expect(',')
    const dynamicOutputs = this.map('dynamic outputs', () => {
      const name = this.string()
      this.expect(',')
      return [name, this.dynamicInput(depth - 1)]
    })
    this.expect(')')
    return { outputs, dynamicOutputs }
  }

  expect(text: string): void {
    if (!this.#starts(text)) this.fail(`here should be ${text}`)
  }

  #starts(text: string): boolean {
    if (!this.#text.startsWith(text, this.offset)) return false
    this.offset += text.length
    return true
  }
}

const NOT_ASCII = /[\x80-\xff]/
const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Any other byte after a backslash stands for itself. */
function unescaped(byte: number): number {
  if (byte === 0x6e) return 0x0a
  if (byte === 0x72) return 0x0d
  return byte === 0x74 ? 0x09 : byte
}

const ESCAPED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function quote(text: string): string {
  return `"${text.replace(/["\\\n\r\t]/g, (character) => ESCAPED[character] ?? `\\${character}`)}"`
}

function printSet(texts: readonly string[]): string {
  return `[${[...new Set(texts)].sort(compareText).map(quote).join()}]`
}

function printMap<T>(map: ReadonlyMap<string, T>, print: (value: T, name: string) => string): string {
  const sorted = [...map].sort(([a], [b]) => compareText(a, b))
  return `[${sorted.map(([name, value]) => `(${quote(name)},${print(value, name)})`).join()}]`
}

function printInput(outputs: readonly string[], dynamic: ReadonlyMap<string, DynamicInput>): string {
  if (dynamic.size === 0) return printSet(outputs)
  return `(${printSet(outputs)},${printMap(dynamic, (inner) => printInput(inner.outputs, inner.dynamicOutputs))})`
}
