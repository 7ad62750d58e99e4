import { type Pe, sectionRange } from '@firn/binary/pe'
import type { ByteSource } from '@firn/core'

/** `16.1`: what a shim was built as (version.c), or undefined. */
export interface ShimVersion {
  readonly text: string
  readonly major: number
  readonly minor: number
}

interface Shimlike {
  readonly source: ByteSource
  readonly image: { readonly pe: Pe }
}

const MARK = Buffer.from('UEFI SHIM\n$Version: ')
const MOST_TEXT = 32
/** A shim's data have some 300 kB. */
const MOST_DATA = 4 * 2 ** 20

export function shimVersion({ source, image }: Shimlike): ShimVersion | undefined {
  for (const section of image.pe.sections) {
    const { from, to } = sectionRange(section)
    if (!section.name.startsWith('.data') || to - from > MOST_DATA) continue
    const bytes = Buffer.from(source.read(from, to - from))
    const at = bytes.indexOf(MARK)
    if (at < 0) continue
    const told = bytes.toString('latin1', at + MARK.length, at + MARK.length + MOST_TEXT)
    const [text, major, minor] = /^(\d{1,4})(?:\.(\d{1,4}))?/.exec(told) ?? []
    if (text !== undefined) return { text, major: Number(major), minor: Number(minor ?? 0) }
  }
  return undefined
}

export function isAtLeast(version: ShimVersion | undefined, major: number, minor: number): boolean {
  return version !== undefined && (version.major > major || (version.major === major && version.minor >= minor))
}
