import { UserError } from '@firn/core'
import { NarReader } from './nar.ts'

/**
 * The contents of a NAR that is one file, such as that of a `.drv`, taken in pieces. A folder, a link, more than
 * `limit` bytes and whatever is no NAR are UserErrors.
 */
export class NarFileReader {
  readonly #pieces: Uint8Array[] = []
  readonly #reader: NarReader

  constructor(limit: number) {
    const refuse = () => {
      throw new UserError(`NAR: this is no file, or larger than ${limit} bytes`, 'name a path that is a file')
    }
    this.#reader = new NarReader({
      directory: refuse,
      leave: () => {},
      file: (_path, size) => {
        if (size > limit) refuse()
      },
      contents: (bytes) => this.#pieces.push(Uint8Array.from(bytes)),
      symlink: refuse,
    })
  }

  get done(): boolean {
    return this.#reader.done
  }

  push(piece: Uint8Array): void {
    this.#reader.push(piece)
  }

  /** The whole file; a UserError while it is not whole. */
  bytes(): Uint8Array {
    this.#reader.end()
    return Buffer.concat(this.#pieces)
  }
}
