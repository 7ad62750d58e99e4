import { type ByteSource, fileSource } from '@firn/binary/source'

/** What is open until an image is written. */
export class OpenFiles {
  readonly #open: { close(): void }[] = []

  keep<T extends { close(): void }>(one: T): T {
    this.#open.push(one)
    return one
  }

  open(path: string): ByteSource
  open(path: string | undefined): ByteSource | undefined
  open(path: string | undefined): ByteSource | undefined {
    return path === undefined ? undefined : this.keep(fileSource(path))
  }

  close(): void {
    for (const one of this.#open) one.close()
  }
}
