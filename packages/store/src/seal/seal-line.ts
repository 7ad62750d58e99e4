import { hash } from 'node:crypto'
import { isStorePath } from '@firn/nix/tree'
import { parseJson } from './statement.ts'
import { damaged, isSize, type PathFacts, pathLeaf, type SealedNode } from './tree.ts'
import { hashNode, readNode, TreeText } from './tree-text.ts'

const TREE = Buffer.from(',"tree":')
const CLOSE = Buffer.from('}')

/** One path of a seal. */
export interface SealedPath {
  readonly facts: PathFacts
  readonly tree: SealedNode
}

/** What a line adds to what was signed. */
export interface LineSum {
  readonly name: string
  readonly narHash: string
  /** Its leaf in the tree over all paths, in memory of its own: a Buffer takes all it shares with others to another thread. */
  readonly leaf: Uint8Array
  readonly files: number
  readonly bytes: number
}

/** All of a line is read, and nothing of it kept. */
export function sumLine(line: Uint8Array, storeDir: string): LineSum {
  const { facts, text } = openLine(line, storeDir)
  const node = hashNode(text)
  requireEnd(line, text)
  return {
    name: facts.name,
    narHash: facts.narHash,
    leaf: new Uint8Array(pathLeaf(facts, node)),
    files: text.files,
    bytes: facts.narSize,
  }
}

/** One line of a seal; its own hashes are not compared with anything. */
export function parseLine(line: Uint8Array, storeDir: string): SealedPath {
  const { facts, text } = openLine(line, storeDir)
  const tree = readNode(text)
  requireEnd(line, text)
  return { facts, tree }
}

/** The facts of a line, and its tree, of which nothing was read yet. */
export function openLine(line: Uint8Array, storeDir: string): { readonly facts: PathFacts; readonly text: TreeText } {
  // Quotes within the facts' own strings are escaped, so that these stand before the tree only.
  const end = Buffer.from(line.buffer, line.byteOffset, line.length).indexOf(TREE)
  if (end < 0) throw damaged('a path')
  const json = parseJson(Buffer.concat([line.subarray(0, end), CLOSE]))
  return { facts: parseFacts(json, storeDir), text: new TreeText(line, end + TREE.length) }
}

/** What is said of a path beside its tree. */
export function parseFacts(json: unknown, storeDir: string): PathFacts {
  if (typeof json !== 'object' || json === null) throw damaged('a path')
  const { name, narHash, narSize, references, ca } = json as Record<string, unknown>
  const isPath = (value: unknown): value is string =>
    typeof value === 'string' && !value.includes('/') && isStorePath(`${storeDir}/${value}`, storeDir)
  if (!isPath(name) || typeof narHash !== 'string' || !/^[0-9a-f]{64}$/.test(narHash)) throw damaged('a path')
  if (!isSize(narSize) || !Array.isArray(references) || !references.every(isPath)) throw damaged('a path')
  if (typeof ca !== 'string' || ca.length > 500) throw damaged('a content address')
  return { name, narHash, narSize, references, ca }
}

function requireEnd(line: Uint8Array, { at }: TreeText): void {
  if (line[at] !== CLOSE[0] || at + 1 !== line.length) throw damaged('a path')
}

/** The name on a line, without reading the rest of it. */
export function nameOfLine(line: Uint8Array): string {
  const start = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 300)).toString('latin1')
  const [, name] = /^\{"name":"([0-9A-Za-z+\-._?=]+)"/.exec(start) ?? []
  if (name === undefined) throw damaged('a path')
  return name
}

/** A line, without its newline. `tree` is the text that a SealWatcher made. */
export function printLine({ name, narHash, narSize, references, ca }: PathFacts, tree: Uint8Array): Buffer {
  const facts = JSON.stringify({ name, narHash, narSize, references, ca })
  return Buffer.concat([Buffer.from(facts.slice(0, -1)), TREE, tree, CLOSE])
}

/** What is said of a line of a seal: enough to tell one from another by accident. */
export function lineKey(line: Uint8Array): string {
  return hash('sha256', line).slice(0, 32)
}
