import type { ByteSource } from '@firn/core'

/** A file on an EFI system partition. */
export interface EspFile {
  /** From the root, with `/`, spelled as it is on the disk. Names differ in more than capitals. */
  readonly path: string
  readonly size: number
}

/** How much room there is. */
export interface EspSpace {
  readonly free: number
  /** Files take whole clusters. */
  readonly cluster: number
}

/**
 * An EFI system partition, as the installer uses it: a mounted one (`directoryEsp`), or one in a test that stops at any
 * call. Whatever was done may be lost in a power cut, in part and in any order, until it was flushed.
 */
export interface Esp {
  /** For messages: where it is mounted. */
  readonly name: string
  /** The files in these folders, not those in folders below them. A folder that is missing has none. */
  list(folders: readonly string[]): readonly EspFile[]
  open(path: string): ByteSource
  /** Write a new file, or write over one; its folder is made when it is missing. Not yet on the disk for good. */
  write(path: string, content: ByteSource): void
  /** Put a file's content and size on the disk. */
  flush(path: string): void
  /** Put what a folder lists on the disk. */
  flushFolder(folder: string): void
  /** Give a file another name; one that has it already is replaced. */
  rename(from: string, to: string): void
  remove(path: string): void
  /** Whether every user of the machine can read a file. On FAT, mounting decides that for all files at once. */
  isReadableByAll(path: string): boolean
  space(): EspSpace
}

/** Something to do with each file while it is open. */
export function withEspFile<T>(esp: Esp, path: string, act: (source: ByteSource) => T): T {
  const source = esp.open(path)
  try {
    return act(source)
  } finally {
    source.close()
  }
}
