import { decodeText } from './text.ts'

/**
 * A path of the file system, a character a byte (latin1): names need not be UTF-8, and strings of bytes sort as NARs do.
 */
export type BytePath = string

/** A path as people write it. */
export function bytePath(path: string | Uint8Array): BytePath {
  return Buffer.from(path as string).toString('latin1')
}

/** A byte path as text; bytes that are not UTF-8 as `decodeText` has them. */
export function textOfBytePath(place: BytePath): string {
  return NOT_ASCII.test(place) ? decodeText(Buffer.from(place, 'latin1')) : place
}

/** What Node's fs takes for a byte path: of ASCII the text itself, which is quicker. */
export function bytes(place: BytePath): string | Buffer {
  return NOT_ASCII.test(place) ? Buffer.from(place, 'latin1') : place
}

/** `bytes` of what has this name in a directory: to look through whole paths again and again would cost more. */
export function bytesInside(directory: string | Buffer, place: BytePath, name: BytePath): string | Buffer {
  return typeof directory === 'string' && isAscii(name) ? place : Buffer.from(place, 'latin1')
}

function isAscii(name: BytePath): boolean {
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) > 0x7f) return false
  return true
}

const NOT_ASCII = /[\u0080-\u00ff]/
