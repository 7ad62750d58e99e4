import { createHash } from 'node:crypto'
import type { HashName } from '@firn/attest/verify'
import type { Pe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { hashedRanges } from '../pe/layout.ts'

/** The Authenticode hash of an image as it lies there: what firmware computes and compares. */
export function authenticodeHash(source: ByteSource, pe: Pe, algorithm: HashName = 'sha256'): Buffer {
  return hashImage(source, pe, algorithm, 0)
}

/**
 * The hash it will have when it is signed: a file whose length is no multiple of 8 is padded with zeros first, so that
 * the certificate table behind it is aligned. The same as `authenticodeHash` for all others.
 */
export function hashToSign(source: ByteSource, pe: Pe): Buffer {
  return hashImage(source, pe, 'sha256', signingPadding(pe))
}

/** How many zero bytes go behind an unsigned image before it is signed. */
export function signingPadding(pe: Pe): number {
  return pe.certificateTable === undefined ? (8 - (pe.fileSize % 8)) % 8 : 0
}

function hashImage(source: ByteSource, pe: Pe, algorithm: HashName, zeros: number): Buffer {
  const hash = createHash(algorithm)
  for (const { from, to } of hashedRanges(pe)) for (const chunk of source.chunks(from, to)) hash.update(chunk)
  return hash.update(new Uint8Array(zeros)).digest()
}
