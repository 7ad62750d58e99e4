import { parsePe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { signImage, stripSignatures } from '../authenticode/sign.ts'
import type { Signing } from '../esp/wanted.ts'
import { piecesSource } from '../pe/pieces.ts'

/**
 * A kernel as shim wants it inside of a unified image: signed by ourselves, in place of who signed it before. Since
 * version 16 shim is asked about what a program under it loads, and so about the kernel that the stub loads. The stub
 * hands the kernel over with the size that it has in memory, and shim refuses a program with something behind its
 * signature; so the file is made as long as that, with zeros before the signature. A kernel that is no EFI program stays
 * as it is.
 */
export async function kernelForShim(kernel: ByteSource, { signer, options }: Signing): Promise<ByteSource> {
  const sizeOfImage = sizeInMemory(kernel)
  if (sizeOfImage === undefined) return kernel
  const bare = stripSignatures(kernel)
  const zeros = new Uint8Array(Math.max(0, sizeOfImage - bare.size))
  return signImage(piecesSource([{ source: bare, from: 0, to: bare.size }, zeros]), signer, options)
}

function sizeInMemory(kernel: ByteSource): number | undefined {
  try {
    return parsePe(kernel).sizeOfImage
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
