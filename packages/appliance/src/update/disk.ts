import { closeSync, constants, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { type ByteSource, EXIT, UserError } from '@firn/core'
import { diskError, diskSize } from '@firn/core/fs'

/** A disk, or the image of one, that is written to in places. */
export interface Disk extends ByteSource {
  /** For messages. */
  readonly name: string
  write(offset: number, bytes: Uint8Array): void
  /** Put what was written on the disk for good. */
  flush(): void
}

const CHUNK = 256 * 1024

/** Open a disk (a block device) or an image of one, for reading and writing. */
export function openDisk(path: string): Disk {
  const guard = <T>(act: () => T): T => {
    try {
      return act()
    } catch (error) {
      throw diskError(path, error)
    }
  }
  const file = guard(() => openSync(path, constants.O_RDWR | constants.O_NONBLOCK))
  let size: number
  try {
    size = diskSize(file, path)
  } catch (error) {
    closeSync(file)
    throw error
  }
  const inside = (offset: number, length: number) => {
    if (offset < 0 || length < 0 || offset + length > size) throw new RangeError(`${offset} + ${length} of ${size}`)
  }
  const fill = (buffer: Uint8Array, offset: number) => {
    for (let done = 0; done < buffer.length; ) {
      const got = guard(() => readSync(file, buffer, done, buffer.length - done, offset + done))
      if (got === 0) throw new UserError(`${path}: it ended while it was read`, 'look at the disk', EXIT.store)
      done += got
    }
    return buffer
  }
  return {
    name: path,
    size,
    read(offset, length) {
      inside(offset, length)
      return fill(Buffer.allocUnsafe(length), offset)
    },
    *chunks(from, to) {
      inside(from, to - from)
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, to - from))
      for (let at = from; at < to; at += CHUNK) yield fill(buffer.subarray(0, Math.min(CHUNK, to - at)), at)
    },
    write(offset, bytes) {
      inside(offset, bytes.length)
      guard(() => {
        for (let done = 0; done < bytes.length; ) {
          done += writeSync(file, bytes, done, bytes.length - done, offset + done)
        }
      })
    },
    flush: () => guard(() => fsyncSync(file)),
    close: () => closeSync(file),
  }
}
