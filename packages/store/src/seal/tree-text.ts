import { GrowingTree } from '@firn/attest/merkle'
import type { BytePath } from '@firn/nix/tree'
import { damaged, directoryHash, entryLeaf, fileHash, linkHash, type SealedNode } from './tree.ts'

/** More directories in each other than a NAR may have are not read. */
const MAX_DEPTH = 1024
const [QUOTE, COMMA, OPEN, CLOSE, BACKSLASH, SPACE] = [0x22, 0x2c, 0x5b, 0x5d, 0x5c, 0x20]
const KINDS: Readonly<Record<number, SealedNode['kind']>> = {
  102: 'file',
  120: 'file',
  108: 'symlink',
  100: 'directory',
}
const EXECUTABLE = 0x78
const DIGEST = 64

/**
 * Reads a tree as a seal has it, node after node, without making anything of what was read before: as objects, a path of
 * fifty thousand files would take more room than all else a check needs. JSON without spaces: `["f"|"x",size,digest]`,
 * `["l",target]`, `["d",name,node,name,node,…]`. What is not that is a UserError.
 */
export class TreeText {
  readonly #bytes: Buffer
  /** The last name of each directory that is open. */
  readonly #open: string[] = []
  #digestAt = 0
  /** Where what was not read yet begins. */
  at: number
  /** Nodes, and files among them, that were read. */
  nodes = 0
  files = 0
  /** Of the file read last. */
  executable = false
  size = 0
  /** Of the link read last. */
  target: BytePath = ''

  /** `at`: where the node begins. */
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.at = at
  }

  /** The same, to be read from here a second time. */
  again(): TreeText {
    return new TreeText(this.#bytes, this.at)
  }

  /** The fs-verity digest of the file read last, hex. */
  get digest(): string {
    return this.#bytes.toString('latin1', this.#digestAt, this.#digestAt + DIGEST)
  }

  /** A node. The entries of a directory follow. */
  node(): SealedNode['kind'] {
    const bytes = this.#bytes
    const letter = bytes[this.at + 2]!
    const kind = KINDS[letter]
    if (kind === undefined || bytes[this.at] !== OPEN || bytes[this.at + 1] !== QUOTE || bytes[this.at + 3] !== QUOTE)
      throw damaged('a node')
    this.at += 4
    this.nodes++
    if (kind === 'directory') {
      this.#open.push('')
      if (this.#open.length > MAX_DEPTH) throw damaged('a node')
    } else if (kind === 'file') {
      this.executable = letter === EXECUTABLE
      this.#file()
    } else {
      this.#expect(COMMA, 'a link')
      this.target = this.#text('a link')
      this.#expect(CLOSE, 'a link')
    }
    return kind
  }

  /** The name of the next entry, whose node follows; undefined: the directory ends here. */
  entry(): BytePath | undefined {
    const next = this.#bytes[this.at++]
    if (next === CLOSE) {
      this.#open.pop()
      return undefined
    }
    if (next !== COMMA) throw damaged('a directory')
    const name = this.#text('a name')
    const last = this.#open.length - 1
    // In the order of their bytes, each once.
    if (name <= this.#open[last]! || name === '.' || name === '..' || name.includes('/')) throw damaged('a name')
    this.#open[last] = name
    this.#expect(COMMA, 'a directory')
    return name
  }

  /** Read on to the end of the node that was read last and is of this kind. */
  rest(kind: SealedNode['kind']): void {
    if (kind === 'directory') while (this.entry() !== undefined) this.rest(this.node())
  }

  #file(): void {
    this.files++
    this.#expect(COMMA, 'a file')
    this.size = this.#number()
    this.#expect(COMMA, 'a file')
    this.#expect(QUOTE, 'a file')
    this.#digestAt = this.at
    const end = this.at + DIGEST
    while (this.at < end) if (!isHexDigit(this.#bytes[this.at++])) throw damaged('a file')
    this.#expect(QUOTE, 'a file')
    this.#expect(CLOSE, 'a file')
  }

  #number(): number {
    const start = this.at
    let value = 0
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) {
      value = value * 10 + digit
      this.at++
    }
    const digits = this.at - start
    if (digits === 0 || (digits > 1 && this.#bytes[start] === 0x30) || !Number.isSafeInteger(value))
      throw damaged('a file')
    return value
  }

  #digit(): number {
    const digit = (this.#bytes[this.at] ?? 0) - 0x30
    return digit <= 9 ? digit : -1
  }

  /** A string of characters that each stand for a byte, none of them NUL, and not empty. */
  #text(what: string): BytePath {
    const bytes = this.#bytes
    this.#expect(QUOTE, what)
    const start = this.at
    let isPlain = true
    for (let byte = bytes[this.at]; byte !== QUOTE; byte = bytes[this.at]) {
      if (byte === undefined || byte < SPACE) throw damaged(what)
      if (byte === BACKSLASH) this.at++
      if (byte === BACKSLASH || byte > 0x7f) isPlain = false
      this.at++
    }
    const end = this.at++
    if (start === end) throw damaged(what)
    return isPlain ? bytes.toString('latin1', start, end) : unescaped(bytes.toString('utf8', start, end), what)
  }

  #expect(byte: number, what: string): void {
    if (this.#bytes[this.at++] !== byte) throw damaged(what)
  }
}

function unescaped(text: string, what: string): BytePath {
  let name: unknown
  try {
    name = JSON.parse(`"${text}"`)
  } catch {
    throw damaged(what)
  }
  if (typeof name !== 'string' || !/^[\u0001-\u00ff]+$/.test(name)) throw damaged(what)
  return name
}

function isHexDigit(byte: number | undefined): boolean {
  return byte !== undefined && ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))
}

/** The hash that stands for the next node: of a directory it covers all names, types, modes, sizes and contents below. */
export function hashNode(text: TreeText): Buffer {
  const kind = text.node()
  if (kind === 'file') return fileHash(text.executable, text.size, Buffer.from(text.digest, 'hex'))
  if (kind === 'symlink') return linkHash(Buffer.from(text.target, 'latin1'))
  const entries = new GrowingTree()
  for (let name = text.entry(); name !== undefined; name = text.entry()) entries.add(entryLeaf(name, hashNode(text)))
  return directoryHash(entries)
}

/** The next node, for who needs all of it at once. */
export function readNode(text: TreeText): SealedNode {
  const kind = text.node()
  if (kind === 'file') return { kind, executable: text.executable, size: text.size, digest: text.digest }
  if (kind === 'symlink') return { kind, target: text.target }
  const entries: (readonly [BytePath, SealedNode])[] = []
  for (let name = text.entry(); name !== undefined; name = text.entry()) entries.push([name, readNode(text)])
  return { kind, entries }
}
