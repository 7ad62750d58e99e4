import assert from 'node:assert/strict'
import type { ByteSource } from '@firn/core'

/** Bytes as a source, that minds its bounds. */
export function memory(bytes: Uint8Array): ByteSource {
  const whole: ByteSource = {
    size: bytes.length,
    read: (offset, length) => {
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, `read of ${offset} ${length}`)
      return bytes.subarray(offset, offset + length)
    },
    *chunks(from, to) {
      yield whole.read(from, to - from)
    },
    close() {},
  }
  return whole
}
