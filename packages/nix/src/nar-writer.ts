import { isEntryName, NAR_LIMITS, NAR_MAGIC, type NarVisitor } from './nar.ts'
import { encodeText } from './text.ts'

const BUFFER_SIZE = 1 << 16

/**
 * Writes a NAR of what it is told, as `NarReader` tells it or a walk over files does, to `sink`. Gathers 64 KiB at a
 * time, and uses that memory again: `sink` keeps nothing beyond the call. Telling it what makes no canonical NAR (a
 * wrong order, a size that is not kept) is a fault of the caller and throws.
 */
export class NarWriter implements NarVisitor {
  readonly #sink: (bytes: Uint8Array) => void
  readonly #buffer = Buffer.allocUnsafe(BUFFER_SIZE)
  readonly #open: { readonly path: string; last: Uint8Array | undefined }[] = []
  #used = 0
  /** Bytes of the file under way that are still to come, and its padding. */
  #left = 0
  #padding = 0
  #state: 'empty' | 'open' | 'whole' = 'empty'

  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink
  }

  directory(path: string): void {
    this.#node(path)
    this.#words('type', 'directory')
    this.#open.push({ path, last: undefined })
  }

  leave(): void {
    this.#checkFile()
    if (this.#open.pop() === undefined) throw new Error('NAR: no directory is open')
    this.#close()
  }

  file(path: string, size: number, executable: boolean): void {
    this.#node(path)
    this.#words('type', 'regular')
    if (executable) this.#words('executable', '')
    this.#words('contents')
    this.#length(size)
    this.#left = size
    this.#padding = -size & 7
    if (size === 0) this.#close()
  }

  contents(bytes: Uint8Array): void {
    if (bytes.length > this.#left) throw new Error('NAR: a file has more contents than its size')
    if (bytes.length === 0) return
    this.#bytes(bytes)
    this.#left -= bytes.length
    if (this.#left > 0) return
    this.#bytes(ZEROS.subarray(0, this.#padding))
    this.#close()
  }

  symlink(path: string, target: string): void {
    const bytes = encodeText(target)
    if (bytes.length === 0 || bytes.length > NAR_LIMITS.target || bytes.includes(0)) {
      throw new Error('NAR: a link target that no NAR may have')
    }
    this.#node(path)
    this.#words('type', 'symlink', 'target')
    this.#string(bytes)
    this.#close()
  }

  /** Hand over what is gathered. The NAR must be whole. */
  end(): void {
    this.#checkFile()
    if (this.#state !== 'whole') throw new Error('NAR: it is not whole')
    this.#flush()
  }

  /** The beginning of a node, with the entry around it unless it is the root. */
  #node(path: string): void {
    this.#checkFile()
    const directory = this.#open.at(-1)
    if (directory === undefined) {
      if (path !== '' || this.#state !== 'empty') throw new Error('NAR: it has one root, whose path is empty')
      this.#state = 'open'
      this.#words(NAR_MAGIC, '(')
      return
    }
    const prefix = directory.path === '' ? '' : `${directory.path}/`
    const name = encodeText(path.slice(prefix.length))
    if (!path.startsWith(prefix) || !isEntryName(name)) throw new Error(`NAR: ${path} is no entry of ${prefix}`)
    if (directory.last !== undefined && Buffer.compare(directory.last, name) >= 0) {
      throw new Error(`NAR: ${path} is out of order`)
    }
    directory.last = name
    this.#words('entry', '(', 'name')
    this.#string(name)
    this.#words('node', '(')
  }

  #close(): void {
    this.#words(')')
    if (this.#open.length > 0) this.#words(')')
    else this.#state = 'whole'
  }

  #checkFile(): void {
    if (this.#left > 0) throw new Error(`NAR: a file lacks ${this.#left} bytes of its contents`)
  }

  #words(...words: readonly string[]): void {
    for (const word of words) this.#string(Buffer.from(word, 'latin1'))
  }

  #string(bytes: Uint8Array): void {
    this.#length(bytes.length)
    this.#bytes(bytes)
    this.#bytes(ZEROS.subarray(0, -bytes.length & 7))
  }

  #length(value: number): void {
    if (this.#used + 8 > BUFFER_SIZE) this.#flush()
    this.#buffer.writeBigUInt64LE(BigInt(value), this.#used)
    this.#used += 8
  }

  /** What does not fit goes straight through: copying megabytes gains nothing. */
  #bytes(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_SIZE) this.#flush()
    if (bytes.length > BUFFER_SIZE) {
      this.#sink(bytes)
      return
    }
    this.#buffer.set(bytes, this.#used)
    this.#used += bytes.length
  }

  #flush(): void {
    if (this.#used > 0) this.#sink(this.#buffer.subarray(0, this.#used))
    this.#used = 0
  }
}

const ZEROS = new Uint8Array(8)
