import { UserError } from '@firn/core'

/**
 * How hard a check looks. 0: stat only. 1: that, and a part of the contents, another each time. 2: the digests by which
 * the kernel checks each read (fs-verity); what it does not check is read. 3: everything is read.
 */
export type CheckLevel = 0 | 1 | 2 | 3

export function parseLevel(word: string): CheckLevel {
  if (/^[0-3]$/.test(word)) return Number(word) as CheckLevel
  throw new UserError(
    `--level ${word}: there is no such level`,
    'choose 0 (stat), 1 (a part), 2 (fs-verity) or 3 (all)',
  )
}
