import { type Pe, parsePe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { signImage, stripSignatures } from '../authenticode/sign.ts'
import type { Signing } from '../esp/wanted.ts'
import { isAtLeast, shimVersion } from '../explain/shim-version.ts'
import { piecesSource } from '../pe/pieces.ts'

/**
 * A kernel as shim wants it inside of a unified image: signed by ourselves, in place of who signed it before. Since
 * version 16 shim is asked about what a program under it loads, and so about the kernel that the stub loads; 16.0 wants it
 * signed, 16.1 knows it as a part of what it let pass. The stub hands the kernel over with the size that it has in memory,
 * and both refuse a program with something behind its signature; so the file is made as long as that, with zeros before the
 * signature. A kernel that is no EFI program stays as it is.
 */
export async function kernelForShim(kernel: ByteSource, { signer, options }: Signing): Promise<ByteSource> {
  const pe = tryPe(kernel)
  if (pe === undefined) return kernel
  const bare = stripSignatures(kernel)
  const zeros = new Uint8Array(Math.max(0, pe.sizeOfImage - bare.size))
  return signImage(piecesSource([{ source: bare, from: 0, to: bare.size }, zeros]), signer, options)
}

/** Whether shim 16 refuses this kernel inside of a unified image: something follows its signature in memory. */
export function isRefusedInside(kernel: ByteSource): boolean {
  const pe = tryPe(kernel)
  if (pe?.certificateTable === undefined) return false
  const { offset, size } = pe.certificateTable
  return Math.max(kernel.size, pe.sizeOfImage) > offset + size
}

/**
 * A kernel that shim 16.1 takes inside: without the signature, where there is one that it would stumble over. Nobody else
 * looks at it there, and without a key the same kernel stays the same bytes.
 */
export function withoutRefusedSignature(kernel: ByteSource): ByteSource {
  return isRefusedInside(kernel) ? stripSignatures(kernel) : kernel
}

/**
 * A kernel as that shim wants it inside: since 16.1 it need not be signed, and is left as it is but for a signature in the way; a shim
 * that does not tell its version, or an older one, gets it signed.
 */
export async function kernelBehindShim(kernel: ByteSource, shim: ByteSource, signing: Signing): Promise<ByteSource> {
  const version = shimVersion({ source: shim, image: { pe: parsePe(shim) } })
  return isAtLeast(version, 16, 1) ? withoutRefusedSignature(kernel) : kernelForShim(kernel, signing)
}

function tryPe(kernel: ByteSource): Pe | undefined {
  try {
    return parsePe(kernel)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
