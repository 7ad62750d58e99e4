import { ReferenceScan } from '../../src/verify/reference-scan.ts'

const parts = new Set(['0123456789abcdfghijklmnpqrsvwxyz', 'a'.repeat(32)])

export const corpus = [
  Buffer.from(`/nix/store/${'a'.repeat(32)}-hello\0${'0123456789abcdfghijklmnpqrsvwxyz'}`),
  Buffer.from('a'.repeat(200)),
]

export function target(bytes: Uint8Array): void {
  const scan = new ReferenceScan(parts)
  const middle = bytes.length >> 1
  scan.update(bytes.subarray(0, middle))
  scan.update(bytes.subarray(middle))
  for (const part of parts) {
    if (scan.found.has(part) !== Buffer.from(bytes).includes(part)) throw new Error(`${part} was missed or made up`)
  }
}
