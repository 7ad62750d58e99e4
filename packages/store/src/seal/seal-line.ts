import { isStorePath } from '@firn/nix/tree'
import { parseJson } from './statement.ts'
import { damaged, isSize, nodeHash, type PathFacts, parseNode, pathLeaf, type SealedNode } from './tree.ts'

/** One path of a seal. */
export interface SealedPath {
  readonly facts: PathFacts
  readonly tree: SealedNode
}

/** What a line adds to what was signed. */
export interface LineSum {
  readonly name: string
  readonly narHash: string
  /** Its leaf in the tree over all paths. */
  readonly leaf: Uint8Array
  readonly files: number
  readonly bytes: number
}

export function sumLine({ facts, tree }: SealedPath): LineSum {
  const { name, narHash, narSize } = facts
  return { name, narHash, leaf: pathLeaf(facts, nodeHash(tree)), files: countFiles(tree), bytes: narSize }
}

/** One line of a seal; its own hashes are not compared with anything. */
export function parseLine(line: Uint8Array, storeDir: string): SealedPath {
  const json = parseJson(line) as Record<string, unknown> | null
  if (typeof json !== 'object' || json === null) throw damaged('a path')
  const { name, narHash, narSize, references, ca, tree } = json
  const isPath = (value: unknown): value is string =>
    typeof value === 'string' && !value.includes('/') && isStorePath(`${storeDir}/${value}`, storeDir)
  if (!isPath(name) || typeof narHash !== 'string' || !/^[0-9a-f]{64}$/.test(narHash)) throw damaged('a path')
  if (!isSize(narSize) || !Array.isArray(references) || !references.every(isPath)) throw damaged('a path')
  if (typeof ca !== 'string' || ca.length > 500) throw damaged('a content address')
  return { facts: { name, narHash, narSize, references, ca }, tree: parseNode(tree) }
}

/** The name on a line, without reading the rest of it. */
export function nameOfLine(line: Uint8Array): string {
  const start = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 300)).toString('latin1')
  const [, name] = /^\{"name":"([0-9A-Za-z+\-._?=]+)"/.exec(start) ?? []
  if (name === undefined) throw damaged('a path')
  return name
}

/** A line, without its newline. `tree` is the text that a SealWatcher made. */
export function printLine({ name, narHash, narSize, references, ca }: PathFacts, tree: Uint8Array): Uint8Array {
  const facts = JSON.stringify({ name, narHash, narSize, references, ca })
  return Buffer.concat([Buffer.from(`${facts.slice(0, -1)},"tree":`), tree, Buffer.from('}')])
}

export function countFiles(node: SealedNode): number {
  if (node.kind !== 'directory') return node.kind === 'file' ? 1 : 0
  return node.entries.reduce((sum, [, child]) => sum + countFiles(child), 0)
}
