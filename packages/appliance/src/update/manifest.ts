import { createHash } from 'node:crypto'
import { openEnvelope, type PublicKey, parseEnvelope, type Signer, signEnvelope } from '@firn/attest/envelope'
import { type ByteSource, UserError } from '@firn/core'
import { DATA_PARTITION } from '../init/words.ts'
import { checkName, type DataWords, MOST_COUNTER } from '../slots/entry.ts'

/** What an update is made of (`firn/update/1`): signed whole, and by it every piece of every payload. */
export interface Manifest {
  /** Which appliance it is for. */
  readonly name: string
  /** The higher is the newer; one counter stands for one system. */
  readonly counter: number
  /** For people. */
  readonly version: string
  /** Root hash of the store's verity tree, in hex. */
  readonly root: string
  readonly data: Payload
  readonly hash: Payload
  /** The unified kernel, signed for the firmware. */
  readonly kernel: Payload
  /** The partition for data that the system opens, and whose signature of its PCR 11 it carries. */
  readonly opens?: DataWords
}

/** A file of an update. Each piece has its own digest: one is checked before it is written, and found again if it is there. */
export interface Payload {
  /** Beside the manifest. */
  readonly file: string
  readonly size: number
  /** SHA-256 of each `PIECE` bytes, in hex; the last piece may be shorter. */
  readonly pieces: readonly string[]
}

export const PIECE = 1 << 20
/** What a manifest's file is called. */
export const MANIFEST_FILE = 'update.json'
export const MOST_MANIFEST = 16 * 2 ** 20

const TYPE = 'application/vnd.firn.update.v1+json'
const MOST_PAYLOAD = 64 * 2 ** 30
/** A unified kernel is held in memory while it is fetched. */
const MOST_KERNEL = 512 * 2 ** 20

/** Sign a manifest: the text of a DSSE envelope. */
export async function signManifest(manifest: Manifest, signer: Signer): Promise<string> {
  const bytes = Buffer.from(JSON.stringify({ schema: 'firn/update/1', piece: PIECE, ...manifest }))
  // What no machine would take is not signed.
  parseManifest(bytes)
  return signEnvelope(TYPE, bytes, signer)
}

/** Read a signed manifest. Errors: none of `keys` signed it, it was signed as something else, it is not well-formed. */
export function openManifest(text: string, keys: readonly PublicKey[]): Manifest {
  const { payload } = openEnvelope(parseEnvelope(text), TYPE, keys)
  return parseManifest(payload)
}

/** The manifest itself, as it is signed. */
export function parseManifest(bytes: Uint8Array): Manifest {
  const value = parseObject(Buffer.from(bytes).toString('utf8'))
  if (value.schema !== 'firn/update/1') {
    throw new UserError(`an update of another kind: ${String(value.schema).slice(0, 60)}`, 'a newer firn may read it')
  }
  if (value.piece !== PIECE) throw malformed('pieces of another size')
  const { name, counter, version, root } = value
  if (typeof name !== 'string' || typeof version !== 'string' || version.length > 64)
    throw malformed('no name, no version')
  if (!Number.isSafeInteger(counter) || (counter as number) < 1 || (counter as number) > MOST_COUNTER) {
    throw malformed('its counter')
  }
  if (typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) throw malformed('its root hash')
  return {
    name: checkName(name),
    counter: counter as number,
    version,
    root,
    data: payload(value.data, 'data', MOST_PAYLOAD),
    hash: payload(value.hash, 'hash', MOST_PAYLOAD),
    kernel: payload(value.kernel, 'kernel', MOST_KERNEL),
    ...(value.opens !== undefined && { opens: dataWords(value.opens) }),
  }
}

function dataWords(value: unknown): DataWords {
  const { partition, pcrKey } = (value ?? {}) as Record<string, unknown>
  if (typeof partition !== 'string' || !DATA_PARTITION.test(partition)) throw malformed('the partition it opens')
  if (typeof pcrKey !== 'string' || !/^[0-9a-f]{64}$/.test(pcrKey)) throw malformed('who signed its PCR 11')
  return { partition, pcrKey }
}

/** The payload that these bytes are. */
export function payloadOf(file: string, source: ByteSource): Payload {
  const pieces: string[] = []
  for (let at = 0; at < source.size; at += PIECE) {
    pieces.push(digestOf(source, at, Math.min(PIECE, source.size - at)))
  }
  return { file, size: source.size, pieces }
}

/** Where a piece begins, and how long it is. */
export function pieceAt({ size }: Payload, index: number): { readonly offset: number; readonly length: number } {
  const offset = index * PIECE
  return { offset, length: Math.min(PIECE, size - offset) }
}

export function digestOf(source: ByteSource, offset: number, length: number): string {
  const hash = createHash('sha256')
  for (const chunk of source.chunks(offset, offset + length)) hash.update(chunk)
  return hash.digest('hex')
}

function payload(value: unknown, what: string, most: number): Payload {
  const { file, size, pieces } = (value ?? {}) as Record<string, unknown>
  if (typeof file !== 'string' || !/^[a-z0-9][a-z0-9._-]{0,99}$/i.test(file)) throw malformed(`the file of ${what}`)
  if (!Number.isSafeInteger(size) || (size as number) < 1) throw malformed(`the size of ${what}`)
  if ((size as number) > most) throw malformed(`${what} of ${size} bytes`)
  const isDigest = (piece: unknown) => typeof piece === 'string' && /^[0-9a-f]{64}$/.test(piece)
  if (!Array.isArray(pieces) || pieces.length !== Math.ceil((size as number) / PIECE) || !pieces.every(isDigest)) {
    throw malformed(`the pieces of ${what}`)
  }
  return { file, size: size as number, pieces }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Told below.
  }
  throw malformed('no JSON object')
}

function malformed(what: string): UserError {
  return new UserError(`the update's manifest is not as it should be: ${what}`, 'make it with firn appliance bundle')
}
