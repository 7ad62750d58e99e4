import { createHash, type Hash, hash } from 'node:crypto'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import {
  type Envelope,
  merkleRoot,
  openEnvelope,
  type PublicKey,
  parseEnvelope,
  printEnvelope,
  signersOf,
} from '@firn/attest/envelope'
import { EXIT, naming, UserError } from '@firn/core'
import { diskError, writePiecesAtomic } from '@firn/core/fs'
import { type LineSum, sumLine } from './seal-line.ts'
import { readShared } from './shared-file.ts'
import { PAYLOAD_TYPE, parseStatement, type SealStatement } from './statement.ts'
import { damaged } from './tree.ts'

/** A seal: the signed statement, and a line for each store path. Nobody vouches for the lines before `verifyLines`. */
export interface Seal {
  readonly envelope: Envelope
  readonly statement: SealStatement
  /** Keys that were given and signed it. */
  readonly signers: readonly PublicKey[]
  /** SHA-256 of the whole file, hex. */
  readonly digest: string
  readonly lines: readonly Uint8Array[]
}

/** A path of one file needs some hundred bytes, one of a hundred thousand files some megabytes. */
const MOST = 2 ** 30
/** The statement names the roots, some hundred bytes each. */
const MOST_HEAD = 1 << 20

/** A seal from a file. `keys`: whoever signed it must be among them. UserError (exit 3): it is not signed by one. */
export function readSeal(file: string, keys: readonly PublicKey[]): Seal {
  return naming(file, () => openSeal(readBounded(file), keys))
}

/** In memory that workers share. */
function readBounded(file: string): Uint8Array {
  try {
    return readShared(file, MOST, 'a seal')
  } catch (error) {
    throw diskError(file, error)
  }
}

/** A seal from its bytes. `keys` undefined: it is looked at, not believed. */
export function openSeal(bytes: Uint8Array, keys?: readonly PublicKey[]): Seal {
  const [first, ...lines] = linesOf(bytes)
  if (first === undefined) throw damaged('the first line')
  const envelope = parseEnvelope(Buffer.from(first).toString('utf8'))
  const statement = parseStatement(keys === undefined ? ownPayload(envelope) : trustedPayload(envelope, keys))
  return {
    envelope,
    statement,
    signers: signersOf(envelope, keys ?? []),
    digest: hash('sha256', bytes),
    lines,
  }
}

/** What the head of a file says, if it is a seal at all: to count on from it, not to believe it. */
export function openSealLoosely(file: string): SealStatement | undefined {
  try {
    const head = readHead(file)
    const end = head.indexOf(10)
    return end < 0 ? undefined : parseStatement(ownPayload(parseEnvelope(head.toString('utf8', 0, end))))
  } catch (error) {
    const told = diskError(file, error)
    if (told instanceof UserError) return undefined
    throw told
  }
}

function readHead(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const bytes = Buffer.allocUnsafe(MOST_HEAD)
    return bytes.subarray(0, readSync(file, bytes, 0, MOST_HEAD, null))
  } finally {
    closeSync(file)
  }
}

function trustedPayload(envelope: Envelope, keys: readonly PublicKey[]): Uint8Array {
  try {
    return openEnvelope(envelope, PAYLOAD_TYPE, keys).payload
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(error.message, error.hint, EXIT.data, { cause: error })
  }
}

function ownPayload(envelope: Envelope): Uint8Array {
  if (envelope.payloadType !== PAYLOAD_TYPE) throw damaged('the type of the statement')
  return envelope.payload
}

/** Every line ends with a newline; a file that was cut off in the middle of one does not. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = []
  let at = 0
  // A Buffer's search is the quick one.
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let end = all.indexOf(NEWLINE); end >= 0; end = all.indexOf(NEWLINE, at)) {
    lines.push(bytes.subarray(at, end))
    at = end + 1
  }
  if (at !== bytes.length) throw damaged('the last line')
  return lines
}

/**
 * Whether the lines, in order, are those that were signed: the head of the Merkle tree over them is the statement's, and
 * its counts are right. Otherwise UserError, exit 3.
 */
export function verifySums(statement: SealStatement, sums: readonly LineSum[]): void {
  for (const [at, { name }] of sums.entries()) {
    if (at > 0 && name <= sums[at - 1]!.name) throw damaged('the order of paths')
  }
  const { paths, files, bytes, roots, root, storeDir } = statement
  const total = (of: (sum: LineSum) => number) => sums.reduce((all, sum) => all + of(sum), 0)
  const isSigned =
    merkleRoot(sums.map(({ leaf }) => leaf)).toString('hex') === root &&
    paths === sums.length &&
    files === total((sum) => sum.files) &&
    bytes === total((sum) => sum.bytes)
  const hashes = new Map(sums.map(({ name, narHash }) => [`${storeDir}/${name}`, narHash]))
  if (!isSigned || roots.some(({ path, narHash }) => hashes.get(path) !== narHash)) throw notSigned()
}

/** `verifySums` for a whole seal. */
export function verifyLines({ statement, lines }: Pick<Seal, 'statement' | 'lines'>): void {
  verifySums(
    statement,
    lines.map((line) => sumLine(line, statement.storeDir)),
  )
}

function notSigned(): UserError {
  return new UserError(
    'the list of files is not the one that was signed',
    'the file was changed or mixed up: fetch the seal again, or seal again',
    EXIT.data,
  )
}

/** Write a seal: the old file, or the whole new one. Gives the SHA-256 of the file, hex. */
export function writeSeal(file: string, envelope: Envelope, lines: Iterable<Uint8Array>): string {
  const digest = createHash('sha256')
  writePiecesAtomic(file, hashing(digest, piecesOf(envelope, lines)))
  return digest.digest('hex')
}

function* piecesOf(envelope: Envelope, lines: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield Buffer.from(printEnvelope(envelope))
  const end = Buffer.from([NEWLINE])
  for (const line of lines) {
    yield line
    yield end
  }
}

function* hashing(digest: Hash, pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) {
    digest.update(piece)
    yield piece
  }
}

const NEWLINE = 10
