/** A small seeded generator (xorshift32), so that a run is told by its seed. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return limit <= 0 ? 0 : this.#state % limit
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}

type Mutation = (bytes: Buffer, random: Random, corpus: readonly Uint8Array[]) => Buffer

/** Lengths and counts that parsers get wrong: zero, one, signs and the edges of 16, 32, 53 and 64 bits. */
const NUMBERS = [
  0n,
  1n,
  7n,
  8n,
  255n,
  256n,
  65535n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
]
const TOKENS = [
  '"',
  '\\',
  '\0',
  '\n',
  '\r\n',
  '{',
  '}',
  '[',
  ']',
  '(',
  ')',
  ',',
  ':',
  ';',
  '=',
  '/',
  '..',
  '\u0000',
  'null',
  '-1',
  '1e999',
  '9'.repeat(40),
  '\ufeff',
  '\ud800',
  '%',
  '*',
  '<',
  '>=',
  '__proto__',
  'constructor',
]

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  writeNumber,
  truncate,
  dropPiece,
  repeatPiece,
  insertToken,
  replaceDigits,
  swapLines,
  nest,
  splice,
]

/** An input near `bytes`: one to four changes that keep to the structure of numbers, tokens, lines and brackets. */
export function mutate(bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]): Buffer {
  let result: Buffer = Buffer.from(bytes)
  for (let i = 1 + random.below(4); i > 0; i--) result = random.pick(MUTATIONS)(result, random, corpus)
  return result.length > MAX_INPUT ? result.subarray(0, MAX_INPUT) : result
}

const MAX_INPUT = 256 * 1024

function flipBits(bytes: Buffer, random: Random): Buffer {
  const result = Buffer.from(bytes)
  if (result.length > 0) result[random.below(result.length)]! ^= 1 << random.below(8)
  return result
}

function writeNumber(bytes: Buffer, random: Random): Buffer {
  const result = Buffer.from(bytes)
  const size = random.pick([2, 4, 8])
  if (result.length < size) return result
  // Where a format has numbers they are mostly aligned.
  const at = Math.min(random.below(result.length) & (random.below(3) === 0 ? -1 : -size), result.length - size)
  const number = Buffer.alloc(8)
  number.writeBigUInt64LE(random.pick(NUMBERS))
  if (random.below(2) === 0) number.subarray(0, size).reverse()
  number.copy(result, at, 0, size)
  return result
}

function truncate(bytes: Buffer, random: Random): Buffer {
  return bytes.subarray(0, random.below(bytes.length + 1))
}

function dropPiece(bytes: Buffer, random: Random): Buffer {
  const [from, to] = piece(bytes, random)
  return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
}

function repeatPiece(bytes: Buffer, random: Random): Buffer {
  const [from, to] = piece(bytes, random)
  const times = random.pick([1, 2, 50])
  return Buffer.concat([
    bytes.subarray(0, to),
    ...Array.from({ length: times }, () => bytes.subarray(from, to)),
    bytes.subarray(to),
  ])
}

function insertToken(bytes: Buffer, random: Random): Buffer {
  const at = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(TOKENS)), bytes.subarray(at)])
}

function replaceDigits(bytes: Buffer, random: Random): Buffer {
  const start = bytes.subarray(random.below(bytes.length + 1)).findIndex((byte) => byte >= 0x30 && byte <= 0x39)
  if (start < 0) return bytes
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(String(random.pick(NUMBERS))), bytes.subarray(start + 1)])
}

function swapLines(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString('latin1').split('\n')
  const a = random.below(lines.length)
  const b = random.below(lines.length)
  const moved = lines[a]!
  lines[a] = lines[b]!
  lines[b] = moved
  return Buffer.from(lines.join('\n'), 'latin1')
}

function nest(bytes: Buffer, random: Random): Buffer {
  const open = random.pick(['[', '{"a":', '('])
  const at = random.below(bytes.length + 1)
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(open.repeat(random.pick([1, 100, 20000]))),
    bytes.subarray(at),
  ])
}

function splice(bytes: Buffer, random: Random, corpus: readonly Uint8Array[]): Buffer {
  const other = random.pick(corpus)
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ])
}

function piece(bytes: Buffer, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length + 1)
  return [from, Math.min(bytes.length, from + 1 + random.below(random.pick([4, 16, 256])))]
}
