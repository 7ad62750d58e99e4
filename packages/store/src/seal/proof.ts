import {
  type Envelope,
  inclusionProof,
  openEnvelope,
  type PublicKey,
  parseEnvelope,
  printEnvelope,
  rootOfInclusion,
} from '@firn/attest/envelope'
import { EXIT, UserError } from '@firn/core'
import { FsVerityHasher } from '@firn/image/fs-verity'
import { type BytePath, bytePath, TreeError, TreeReader, textOfBytePath } from '@firn/nix/tree'
import type { Seal } from './seal-file.ts'
import { nameOfLine, openLine, parseFacts, sumLine } from './seal-line.ts'
import { arrayOf, isHex, objectOf, PAYLOAD_TYPE, parseJson, parseStatement, type SealStatement } from './statement.ts'
import { damaged, entryLeaf, headHash, isSize, type PathFacts, pathLeaf, type SealedNode } from './tree.ts'
import { hashNode, readNode, TreeText } from './tree-text.ts'

const SCHEMA = 'firn/seal-proof/1'
const MAX_DEPTH = 1024

/** What a proof shows: that this was sealed, in this generation, by this key. */
export interface Proven {
  readonly statement: SealStatement
  readonly key: PublicKey
  readonly facts: PathFacts
  /** Within the store path; '' is the path itself. */
  readonly place: BytePath
  /** A file or link as it was sealed; undefined for a directory, of which only the hash is shown. */
  readonly node: SealedNode | undefined
}

/** One directory on the way from the store path down. */
interface Step {
  readonly name: BytePath
  readonly index: number
  readonly count: number
  readonly proof: readonly Uint8Array[]
}

/**
 * A proof that a path, or a file in it, was sealed: some kilobytes that say so without the rest of the seal, whose lines
 * must have been verified. `path` is full: `/nix/store/HASH-NAME[/inside…]`. JSON text.
 */
export function prove(seal: Seal, path: string): string {
  const { storeDir } = seal.statement
  const [name = '', ...inside] = path.startsWith(`${storeDir}/`)
    ? path
        .slice(storeDir.length + 1)
        .replace(/\/+$/, '')
        .split('/')
    : []
  const names = seal.lines.map(nameOfLine)
  const index = names.indexOf(name)
  if (index < 0) throw notSealed(path)
  const leaves = seal.lines.map((line) => sumLine(line, storeDir).leaf)
  const line = seal.lines[index]!
  const { facts, text } = openLine(line, storeDir)
  const steps: object[] = []
  let { at } = text
  for (const part of inside.map(bytePath)) {
    const step = stepInto(new TreeText(line, at), part)
    if (step === undefined) throw notSealed(path)
    const { index: entry, hashes } = step
    steps.push({ name: part, index: entry, count: hashes.length, proof: inclusionProof(hashes, entry).map(hex) })
    at = step.at
  }
  const { name: _, ...rest } = facts
  const json = {
    schema: SCHEMA,
    envelope: JSON.parse(printEnvelope(seal.envelope)) as unknown,
    path: { name, ...rest, index, proof: inclusionProof(leaves, index).map(hex) },
    inside: steps,
    ...(new TreeText(line, at).node() === 'directory'
      ? { node: hex(hashNode(new TreeText(line, at))) }
      : { tree: jsonOf(line, at) }),
  }
  return `${JSON.stringify(json)}\n`
}

/** An entry of the directory that follows: which it is, where its node begins, and the leaves of them all. */
function stepInto(text: TreeText, part: BytePath) {
  if (text.node() !== 'directory') return undefined
  const hashes: Buffer[] = []
  let found: { readonly index: number; readonly at: number } | undefined
  for (let name = text.entry(); name !== undefined; name = text.entry()) {
    if (name === part) found = { index: hashes.length, at: text.at }
    hashes.push(entryLeaf(name, hashNode(text)))
  }
  return found === undefined ? undefined : { ...found, hashes }
}

/** Check a proof. It does not hold, or none of `keys` signed: UserError, exit 3. */
export function verifyProof(bytes: Uint8Array, keys: readonly PublicKey[]): Proven {
  const json = proofOf(bytes)
  const envelope: Envelope = parseEnvelope(JSON.stringify(json.envelope ?? null))
  const { payload, key } = openEnvelope(envelope, PAYLOAD_TYPE, keys)
  const statement = parseStatement(payload)
  const { facts, index, proof } = parsePath(json.path, statement.storeDir)
  const steps = arrayOf(json.inside, 'the way inside').map(parseStep)
  if (steps.length > MAX_DEPTH) throw damaged('the way inside')
  const node = json.tree === undefined ? undefined : nodeOf(json.tree)
  if (node === undefined ? !isHex(json.node) : node.kind === 'directory') throw damaged('what it shows')
  let hash: Uint8Array = node === undefined ? Buffer.from(json.node as string, 'hex') : hashNode(textOf(json.tree))
  for (const step of steps.toReversed()) {
    hash = headHash(step.count, rootOfInclusion(entryLeaf(step.name, hash), step.index, step.count, step.proof))
  }
  const root = rootOfInclusion(pathLeaf(facts, hash), index, statement.paths, proof)
  if (hex(root) !== statement.root) {
    throw new UserError(
      'the proof does not lead to what was signed',
      'it is damaged, or was made of another seal: ask for it again',
      EXIT.data,
    )
  }
  return { statement, key, facts, place: steps.map(({ name }) => name).join('/'), node }
}

function proofOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    const json = objectOf(parseJson(bytes), 'the proof')
    if (json.schema === SCHEMA) return json
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
  throw new UserError('not a proof of a seal', 'give a file that firn store seal prove made')
}

/** The digest (hex) by which a seal knows a file that is here; nothing but a plain file has one. */
export function sealedDigestOf(file: string): string {
  const hasher = new FsVerityHasher()
  const watcher = {
    directory: refuse,
    symlink: refuse,
    file: () => {},
    contents: (bytes: Uint8Array) => hasher.update(bytes),
  }
  try {
    new TreeReader().read(bytePath(file), () => {}, watcher)
  } catch (error) {
    if (!(error instanceof TreeError)) throw error
    if (error.code === 'ENOENT') throw new UserError(`${file}: no such file`, 'check the path')
    throw new UserError(`${file}: ${error.message}`, 'give a file that can be read', EXIT.store)
  }
  return hex(hasher.digest().digest)
}

function refuse(place: BytePath): never {
  throw new TreeError('type', place, 'this is no file')
}

function parsePath(json: unknown, storeDir: string) {
  const { index, proof, ...rest } = objectOf(json, 'the path')
  if (!isSize(index)) throw damaged('the path')
  return { facts: parseFacts(rest, storeDir), index, proof: hashesOf(proof) }
}

function parseStep(json: unknown): Step {
  const { name, index, count, proof } = objectOf(json, 'a step')
  if (typeof name !== 'string' || !isSize(index) || !isSize(count)) throw damaged('a step')
  // A directory of this one entry is refused where such a name may not be.
  nodeOf(['d', name, ['l', '.']])
  return { name, index, count, proof: hashesOf(proof) }
}

function textOf(json: unknown): TreeText {
  return new TreeText(Buffer.from(JSON.stringify(json)))
}

function nodeOf(json: unknown): SealedNode {
  return readNode(textOf(json))
}

function hashesOf(json: unknown): Uint8Array[] {
  return arrayOf(json, 'a step').map((part) => {
    if (!isHex(part)) throw damaged('a step')
    return Buffer.from(part, 'hex')
  })
}

/** A file or link, as it stands there. */
function jsonOf(line: Uint8Array, at: number): unknown {
  const text = new TreeText(line, at)
  text.rest(text.node())
  return parseJson(line.subarray(at, text.at))
}

function notSealed(path: string): UserError {
  return new UserError(
    `${textOfBytePath(bytePath(path))}: not in this seal`,
    'give a store path, or a file in one',
    EXIT.data,
  )
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
