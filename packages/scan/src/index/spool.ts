import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { diskError } from '@firn/core/fs'

/** Where a piece lies in the spool. */
export interface Piece {
  readonly offset: number
  readonly length: number
}

const BUFFER = 1 << 20

/**
 * Texts put aside on disk until they are wanted in another order: a file beside `path` that loses its name as soon as
 * it is open, so that nothing is left behind however the process ends.
 */
export class Spool {
  readonly #path: string
  readonly #file: number
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #written = 0

  constructor(path: string) {
    this.#path = path
    const name = `${path}.${process.pid}.tmp`
    try {
      this.#file = openSync(name, 'wx+', 0o600)
      unlinkSync(name)
    } catch (error) {
      throw diskError(path, error)
    }
  }

  add(text: string): Piece {
    const bytes = Buffer.from(text)
    const piece = { offset: this.#written + this.#waitingBytes, length: bytes.length }
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes >= BUFFER) this.#flush()
    return piece
  }

  read({ offset, length }: Piece): string {
    if (this.#waitingBytes > 0) this.#flush()
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const count = readSync(this.#file, bytes, done, length - done, offset + done)
      if (count === 0) throw new RangeError(`spool: nothing at ${offset + done}`)
      done += count
    }
    return bytes.toString('utf8')
  }

  close(): void {
    closeSync(this.#file)
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#waiting)
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#file, bytes, done, bytes.length - done, this.#written + done)
      }
    } catch (error) {
      throw diskError(this.#path, error)
    }
    this.#written += bytes.length
    this.#waiting = []
    this.#waitingBytes = 0
  }
}
