import type { PeSection } from '@firn/binary/pe'
import { ByteReader, type ByteSource, UserError } from '@firn/core'
import { type Piece, piecesSource } from '../pe/pieces.ts'
import { contentOf } from '../uki/inspect.ts'
import { stubVersion } from '../uki/stub.ts'
import type { Decision } from './firmware.ts'
import { type Program, readProgram } from './program.ts'
import type { Shim } from './shim.ts'

/** The kernel inside of a unified image, where shim is asked about it once more. */
export interface InnerKernel {
  readonly decision: Decision
  /** Authenticode, hex, with the zeros that it has in memory. */
  readonly sha256: string
  /** Shim had seen it as a part of the image already: it neither admits nor measures it again. */
  readonly isKnown: boolean
}

/** The first systemd-stub that has the firmware load the kernel; and so shim, where that has taken over loading. */
const LOADS_KERNEL = 252
/** A kernel wants some 50 MB more in memory than its file has. */
const MOST_ZEROS = 128 * 2 ** 20
const ZEROS = new Uint8Array(1 << 20)
const MAJOR_IMAGE_VERSION = 44
const [CODE, INITIALIZED_DATA, READ] = [0x20, 0x40, 0x4000_0000]

/**
 * What becomes of the kernel when a stub under shim starts it; undefined where nobody is asked. The stub hands over the
 * section as it lies in memory. A kernel that is no program of the sort that knows to find its initrd, it starts by itself.
 */
export function innerKernel(uki: Program, shim: Shim | undefined): InnerKernel | undefined {
  const section = uki.image.pe.sections.find(({ name }) => name === '.linux')
  const stub = stubVersion(uki.source, uki.image.pe)?.major
  if (shim?.loads !== true || section === undefined || stub === undefined || stub < LOADS_KERNEL) return undefined
  const content = inMemory(uki.source, section)
  const kernel = content === undefined ? undefined : tryProgram(content)
  if (kernel === undefined || !findsItsInitrd(kernel)) return undefined
  const isSeen = (section.characteristics & (CODE | INITIALIZED_DATA)) !== 0 && (section.characteristics & READ) !== 0
  const { decision, isKnown } = shim.decideInner(kernel, isSeen)
  return { decision, isKnown, sha256: Buffer.from(kernel.image.sha256).toString('hex') }
}

function inMemory(source: ByteSource, section: PeSection): ByteSource | undefined {
  const content = contentOf(source, section)
  const missing = section.virtualSize - content.size
  if (missing > MOST_ZEROS) return undefined
  const zeros: Piece[] = []
  for (let left = missing; left > 0; left -= ZEROS.length) zeros.push(ZEROS.subarray(0, Math.min(left, ZEROS.length)))
  return piecesSource([{ source: content, from: 0, to: content.size }, ...zeros])
}

function tryProgram(content: ByteSource): Program | undefined {
  try {
    return readProgram(content)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Its image version says so. */
function findsItsInitrd({ source, image }: Program): boolean {
  const at = image.pe.optionalHeaderOffset + MAJOR_IMAGE_VERSION
  return new ByteReader(source.read(at, 2), 'PE').u16('image version') >= 1
}
