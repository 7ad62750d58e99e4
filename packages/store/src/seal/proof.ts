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
import { nameOfLine, parseLine } from './seal-line.ts'
import { arrayOf, isHex, objectOf, PAYLOAD_TYPE, parseJson, parseStatement, type SealStatement } from './statement.ts'
import {
  damaged,
  entryLeaf,
  headHash,
  isSize,
  nodeHash,
  type PathFacts,
  parseNode,
  pathLeaf,
  type SealedNode,
} from './tree.ts'

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
  const [name = '', ...inside] = path.startsWith(`${storeDir}/`) ? path.slice(storeDir.length + 1).split('/') : []
  const names = seal.lines.map(nameOfLine)
  const index = names.indexOf(name)
  if (index < 0) throw notSealed(path)
  const leaves = seal.lines.map((line) => {
    const { facts, tree } = parseLine(line, storeDir)
    return pathLeaf(facts, nodeHash(tree))
  })
  const { facts, tree } = parseLine(seal.lines[index]!, storeDir)
  const steps: object[] = []
  let node = tree
  for (const part of inside.map(bytePath)) {
    if (node.kind !== 'directory') throw notSealed(path)
    const at = node.entries.findIndex(([entry]) => entry === part)
    if (at < 0) throw notSealed(path)
    const hashes = node.entries.map(([entry, child]) => entryLeaf(entry, nodeHash(child)))
    steps.push({ name: part, index: at, count: hashes.length, proof: inclusionProof(hashes, at).map(hex) })
    node = node.entries[at]![1]
  }
  const { name: _, ...rest } = facts
  const json = {
    schema: SCHEMA,
    envelope: JSON.parse(printEnvelope(seal.envelope)) as unknown,
    path: { name, ...rest, index, proof: inclusionProof(leaves, index).map(hex) },
    inside: steps,
    ...(node.kind === 'directory' ? { node: hex(nodeHash(node)) } : { tree: jsonOf(node) }),
  }
  return `${JSON.stringify(json)}\n`
}

/** Check a proof. It does not hold, or none of `keys` signed: UserError, exit 3. */
export function verifyProof(bytes: Uint8Array, keys: readonly PublicKey[]): Proven {
  const json = objectOf(parseJson(bytes), 'the proof')
  if (json.schema !== SCHEMA)
    throw new UserError('not a proof of a seal', 'give a file that firn store seal prove made')
  const envelope: Envelope = parseEnvelope(JSON.stringify(json.envelope ?? null))
  const { payload, key } = openEnvelope(envelope, PAYLOAD_TYPE, keys)
  const statement = parseStatement(payload)
  const { facts, index, proof } = parsePath(json.path, statement.storeDir)
  const steps = arrayOf(json.inside, 'the way inside').map(parseStep)
  if (steps.length > MAX_DEPTH) throw damaged('the way inside')
  const node = json.tree === undefined ? undefined : parseNode(json.tree)
  if (node === undefined ? !isHex(json.node) : node.kind === 'directory') throw damaged('what it shows')
  let hash: Uint8Array = node === undefined ? Buffer.from(json.node as string, 'hex') : nodeHash(node)
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
  // A line's own reader checks the rest; what it holds is of no interest here.
  const line = Buffer.from(JSON.stringify({ ...rest, tree: ['l', '.'] }))
  return { facts: parseLine(line, storeDir).facts, index, proof: hashesOf(proof) }
}

function parseStep(json: unknown): Step {
  const { name, index, count, proof } = objectOf(json, 'a step')
  if (typeof name !== 'string' || !isSize(index) || !isSize(count)) throw damaged('a step')
  // A directory of this one entry is refused where such a name may not be.
  parseNode(['d', name, ['l', '.']])
  return { name, index, count, proof: hashesOf(proof) }
}

function hashesOf(json: unknown): Uint8Array[] {
  return arrayOf(json, 'a step').map((part) => {
    if (!isHex(part)) throw damaged('a step')
    return Buffer.from(part, 'hex')
  })
}

function jsonOf(node: Exclude<SealedNode, { kind: 'directory' }>): unknown {
  return node.kind === 'symlink' ? ['l', node.target] : [node.executable ? 'x' : 'f', node.size, node.digest]
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
