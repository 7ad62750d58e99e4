import { stripVTControlCharacters } from 'node:util'
import { EXIT, UserError } from '@firn/core'
import { formatHash, parseHash } from './hash.ts'
import { type PathInfo, sortedPaths } from './path-info.ts'
import { isStorePath } from './store-path.ts'
import { decodeText, encodeText } from './text.ts'

/**
 * The words of Nix's worker protocol (src/libstore/worker-protocol.hh, 1.34). Integers are 64 bits, little-endian; a
 * string is its length, its bytes, zeros up to a multiple of 8; a list is its length and its items.
 *
 * A `Reading` takes a value apart as it comes, without a socket: it yields how many bytes it needs next and is given a
 * view of just these.
 */
export type Reading<T> = Generator<number, T, Uint8Array>

const PROTOCOL = { major: 1, minor: 34, oldestMinor: 27 } as const

export const OPERATIONS = {
  queryAllValidPaths: 23,
  queryPathInfo: 26,
  queryValidPaths: 31,
  queryValidDerivers: 33,
  narFromPath: 38,
} as const

const CLIENT_MAGIC = 0x6e697863
const SERVER_MAGIC = 0x6478696f
/** Longer than any message of Nix, and than any path by far. */
const TEXT_LIMIT = 1 << 20
const MESSAGE_SHOWN = 1000
/** Of every store on earth there are fewer paths. */
const ITEMS_LIMIT = 1 << 24

/** What is sent: each number as an integer, each text as a string, each list with its length. */
export function encode(...values: readonly (number | string | readonly string[])[]): Uint8Array {
  return Buffer.concat(
    values.flatMap((value) => {
      if (typeof value === 'number') return integer(value)
      if (typeof value === 'string') return string(value)
      return [integer(value.length), ...value.flatMap(string)]
    }),
  )
}

/** What a client says first, and what it adds when it knows the server's version: no CPU to keep to, no reserve. */
export const HELLO = encode(CLIENT_MAGIC)
export const INTRODUCTION = encode((PROTOCOL.major << 8) | PROTOCOL.minor, 0, 0)

/** The server's answer to `HELLO`: the minor version that both speak. */
export function* readVersion(): Reading<number> {
  if ((yield* readInteger()) !== SERVER_MAGIC) throw broken('this is no Nix daemon: it does not greet as one')
  const version = yield* readInteger()
  const [major, minor] = [version >> 8, version & 0xff]
  if (major !== PROTOCOL.major || minor < PROTOCOL.oldestMinor) {
    throw broken(
      `it speaks protocol ${major}.${minor}, firn 1.${PROTOCOL.oldestMinor} to 1.${PROTOCOL.minor}`,
      'read the store itself with --backend database, or bring Nix to 2.4 or later',
    )
  }
  return Math.min(minor, PROTOCOL.minor)
}

/** The rest of the greeting: which Nix it is, '' before 1.33. */
export function* readWelcome(minor: number): Reading<string> {
  const nix = minor >= 33 ? yield* readText() : ''
  yield* readMessages()
  return nix
}

/**
 * What comes before each reply: log lines, progress, and the end of both. An error of the daemon's is thrown as a
 * UserError: no reply follows then.
 */
export function* readMessages(): Reading<void> {
  for (;;) {
    const kind = yield* readInteger()
    if (kind === MESSAGES.last) return
    if (kind === MESSAGES.error) throw yield* readError()
    if (kind === MESSAGES.next) yield* readText()
    else if (kind === MESSAGES.startActivity) yield* readStartActivity()
    else if (kind === MESSAGES.stopActivity) yield* readInteger()
    else if (kind === MESSAGES.result) yield* readResult()
    else throw broken(`it sent message 0x${kind.toString(16)}, which has no place here`)
  }
}

/** The reply to `queryPathInfo`; undefined for a path that is not valid. */
export function* readPathInfo(path: string, storeDir: string): Reading<PathInfo | undefined> {
  yield* readMessages()
  if ((yield* readInteger()) === 0) return undefined
  const deriver = yield* readText()
  const narHash = yield* readText()
  const references = yield* readPaths(storeDir)
  const registrationTime = yield* readInteger()
  const narSize = yield* readInteger()
  const ultimate = yield* readInteger()
  const signatures = yield* readTexts()
  const ca = yield* readText()
  return {
    path,
    narHash: hash(narHash),
    narSize,
    references: sortedPaths(references),
    registrationTime,
    ...(deriver === '' ? {} : { deriver: storePath(deriver, storeDir) }),
    ...(ultimate === 0 ? {} : { ultimate: true }),
    ...(signatures.length === 0 ? {} : { signatures }),
    ...(ca === '' ? {} : { ca }),
  }
}

/** The reply of operations that answer with paths. */
export function* readPathsReply(storeDir: string): Reading<string[]> {
  yield* readMessages()
  return yield* readPaths(storeDir)
}

const MESSAGES = {
  last: 0x616c7473,
  error: 0x63787470,
  next: 0x6f6c6d67,
  startActivity: 0x53545254,
  stopActivity: 0x53544f50,
  result: 0x52534c54,
} as const

function* readError(): Reading<UserError> {
  yield* readText() // type: 'Error'
  yield* readInteger() // level
  yield* readText() // name
  const message = yield* readText()
  yield* readInteger() // whether there is a position: never, as Nix has it
  for (let traces = yield* readCount(); traces > 0; traces--) {
    yield* readInteger()
    yield* readText()
  }
  const plain = stripVTControlCharacters(message.slice(0, MESSAGE_SHOWN)).replaceAll(/\s+/g, ' ').trim()
  return broken(`it says: ${plain}`, 'ask Nix the same with nix path-info, or use --backend database')
}

function* readStartActivity(): Reading<void> {
  for (let i = 0; i < 3; i++) yield* readInteger() // id, level, type
  yield* readText()
  yield* readFields()
  yield* readInteger() // parent
}

function* readResult(): Reading<void> {
  yield* readInteger()
  yield* readInteger()
  yield* readFields()
}

function* readFields(): Reading<void> {
  for (let count = yield* readCount(); count > 0; count--) {
    const type = yield* readInteger()
    if (type === 0) yield* readInteger()
    else if (type === 1) yield* readText()
    else throw broken(`it sent a field of type ${type}, which is not known`)
  }
}

function* readPaths(storeDir: string): Reading<string[]> {
  return (yield* readTexts()).map((path) => storePath(path, storeDir))
}

function* readTexts(): Reading<string[]> {
  const texts: string[] = []
  for (let count = yield* readCount(); count > 0; count--) texts.push(yield* readText())
  return texts
}

function* readCount(): Reading<number> {
  const count = yield* readInteger()
  if (count > ITEMS_LIMIT) throw broken(`it announced a list of ${count} items`)
  return count
}

function* readText(): Reading<string> {
  const length = yield* readInteger()
  if (length > TEXT_LIMIT) throw broken(`it announced a text of ${length} bytes`)
  if (length === 0) return ''
  const bytes = yield padded(length)
  for (let at = length; at < bytes.length; at++) if (bytes[at] !== 0) throw broken('padding that is not zero')
  return decodeText(bytes.subarray(0, length))
}

function* readInteger(): Reading<number> {
  const bytes = yield 8
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8)
  const high = view.getUint32(4, true)
  if (high >= 0x20_0000) throw broken(`it sent the number ${view.getBigUint64(0, true)}, which nothing reaches`)
  return high * 0x1_0000_0000 + view.getUint32(0, true)
}

function storePath(path: string, storeDir: string): string {
  if (isStorePath(path, storeDir)) return path
  throw broken(
    `it named ${JSON.stringify(path.slice(0, 200))}, which is no path of ${storeDir}`,
    'set NIX_STORE_DIR to the store of this daemon',
  )
}

/** Before 1.35 a digest in base16, without its algorithm. */
function hash(text: string): string {
  try {
    return formatHash(parseHash(text, 'sha256'), 'sri')
  } catch {
    throw broken(`it sent the hash ${JSON.stringify(text.slice(0, 100))}, which is none`)
  }
}

/** What a daemon did wrong, or refused to do. */
export function broken(what: string, hint = 'check NIX_REMOTE and --store, or use --backend database'): UserError {
  return new UserError(`Nix daemon: ${what}`, hint, EXIT.store)
}

function integer(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function string(text: string): Uint8Array[] {
  const bytes = encodeText(text)
  return [integer(bytes.length), bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]
}

function padded(length: number): number {
  return (length + 7) & ~7
}
