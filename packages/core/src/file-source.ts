import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import type { ByteSource } from './byte-source.ts'
import { diskError } from './disk-error.ts'
import { EXIT, UserError } from './error.ts'

/** Large enough that calls cost nothing, small enough that hashing finds the bytes still in the processor's cache. */
const CHUNK = 256 * 1024

export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read(offset, length) {
      checkRange(bytes.length, offset, offset + length)
      return bytes.subarray(offset, offset + length)
    },
    *chunks(from, to) {
      checkRange(bytes.length, from, to)
      if (to > from) yield bytes.subarray(from, to)
    },
    close() {},
  }
}

/** A file, open until `close`. Errors: what the disk says; a file that shrinks while it is read. */
export function fileSource(name: string | Buffer): ByteSource {
  const path = name.toString()
  const file = openedFile(name)
  if (!fstatSync(file).isFile()) {
    closeSync(file)
    throw new UserError(`${path}: this is not a file`, 'give a file')
  }
  return descriptorSource(file, path)
}

/** As `fileSource`, for a disk (a block device) or an image of one. */
export function diskSource(path: string): ByteSource {
  const file = openedFile(path)
  try {
    return descriptorSource(file, path, diskSize(file, path))
  } catch (error) {
    closeSync(file)
    throw error
  }
}

/**
 * Bytes of an open disk, or of an image of one. The size of a block device is not in its inode; the kernel tells it in
 * sectors of 512 bytes. Errors: neither of both.
 */
export function diskSize(file: number, path: string): number {
  const stat = fstatSync(file)
  if (stat.isFile()) return stat.size
  if (!stat.isBlockDevice()) throw new UserError(`${path}: this is neither a disk nor an image`, 'give one of these')
  const [major, minor] = [(stat.rdev >> 8) & 0xfff, (stat.rdev & 0xff) | ((stat.rdev >> 12) & 0xfff00)]
  try {
    return Number(readFileSync(`/sys/dev/block/${major}:${minor}/size`, 'utf8')) * 512
  } catch (error) {
    throw diskError(path, error)
  }
}

function openedFile(name: string | Buffer): number {
  try {
    // A pipe in a file's place would keep us waiting for its other end.
    return openSync(name, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw diskError(name.toString(), error)
  }
}

/** As `fileSource`, for a file that is open already; `close` closes it. */
export function descriptorSource(file: number, path: string, size = fstatSync(file).size): ByteSource {
  const fill = (buffer: Buffer, offset: number, length: number) => {
    for (let done = 0; done < length; ) {
      const got = readSync(file, buffer, done, length - done, offset + done)
      if (got === 0) {
        throw new UserError(`${path}: the file shrank while it was read`, 'run it again when it is whole', EXIT.store)
      }
      done += got
    }
  }
  return {
    size,
    read(offset, length) {
      checkRange(size, offset, offset + length)
      const buffer = Buffer.allocUnsafe(length)
      fill(buffer, offset, length)
      return buffer
    },
    *chunks(from, to) {
      checkRange(size, from, to)
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, to - from))
      for (let offset = from; offset < to; offset += CHUNK) {
        const length = Math.min(CHUNK, to - offset)
        fill(buffer, offset, length)
        yield buffer.subarray(0, length)
      }
    },
    close() {
      closeSync(file)
    },
  }
}

/** Who asks for more has not checked: that is a fault of ours. */
function checkRange(size: number, from: number, to: number): void {
  if (from < 0 || to < from || to > size) throw new RangeError(`bytes ${from} to ${to} of ${size}`)
}
