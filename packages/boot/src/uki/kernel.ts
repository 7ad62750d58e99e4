import { parsePe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'

/** What a kernel image says of itself. */
export interface KernelFacts {
  /** `uname -r`; x86 kernels alone bear it in a place of their header. */
  readonly release?: string
  /** How much memory it takes when it is loaded as a PE image. */
  readonly sizeOfImage?: number
  /** Its `.sbat` section. */
  readonly sbat?: Uint8Array
}

const MAX_VERSION = 256

/** Look into a kernel: the x86 boot protocol's header (Documentation/arch/x86/boot.rst) and the PE headers. */
export function readKernel(source: ByteSource): KernelFacts {
  const release = x86Release(source)
  const pe = tryPe(source)
  const sbat = pe?.sections.find(({ name }) => name === '.sbat')
  return {
    ...(release !== undefined && { release }),
    ...(pe !== undefined && { sizeOfImage: pe.sizeOfImage }),
    ...(sbat !== undefined && { sbat: source.read(sbat.rawOffset, Math.min(sbat.rawSize, sbat.virtualSize)) }),
  }
}

/** "HdrS" at 0x202; at 0x20e where the version stands, counted from 0x200; its first word is the release. */
function x86Release(source: ByteSource): string | undefined {
  if (source.size < 0x210) return undefined
  const header = Buffer.from(source.read(0x200, 0x10))
  if (header.toString('latin1', 2, 6) !== 'HdrS') return undefined
  const at = 0x200 + header.readUInt16LE(0x0e)
  if (at >= source.size) return undefined
  const text = Buffer.from(source.read(at, Math.min(MAX_VERSION, source.size - at))).toString('latin1')
  return /^[\x21-\x7e]+/.exec(text)?.[0]
}

/** Kernels without an EFI stub are no PE images; the stub starts them all the same. */
function tryPe(source: ByteSource) {
  try {
    return parsePe(source)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
