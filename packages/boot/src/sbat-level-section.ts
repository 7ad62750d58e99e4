import { ByteReader } from '@firn/core'

/** The two levels that a shim brings along: what it sets by itself, and the later one that an administrator may choose. */
export interface BuiltInLevels {
  readonly automatic: string
  readonly latest: string
}

/**
 * A shim's `.sbatlevel` section (shim's sbat_var.S): a version of four bytes, two offsets counted from behind it, and at
 * each a text that ends with a zero. Undefined when it is too short for that; a text may be empty.
 */
export function parseSbatLevelSection(bytes: Uint8Array): BuiltInLevels | undefined {
  const reader = new ByteReader(bytes, '.sbatlevel')
  if (reader.remaining < 12) return undefined
  reader.skip(4, 'version')
  const [automatic, latest] = [reader.u32('offset'), reader.u32('offset')].map((offset) => {
    const from = Math.min(bytes.length, 4 + offset)
    return Buffer.from(bytes.subarray(from)).toString('latin1').replace(/\0.*$/s, '')
  })
  return { automatic: automatic!, latest: latest! }
}
