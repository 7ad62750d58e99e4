import { parsePe } from '@firn/binary/pe'
import {
  contentOf,
  effectiveSections,
  hasPolicyFor,
  parsePolicyKey,
  predictPcr11,
  requireStubVersion,
} from '@firn/boot'
import { type ByteSource, UserError } from '@firn/core'
import type { DataWords, EntryWords } from '../slots/entry.ts'

const BOTH = 'build it with --data-size and --pcr-key, as the systems before it'

/** What is known of a system: which one it is, and which data it opens. */
type Opening = Pick<EntryWords, 'counter' | 'opens'>

/**
 * Whether the data that one system has will be open to the next. `newKey`: the owner wants another key to sign PCR 11 from
 * here on, and has the recovery key at hand. Errors: the data would stay closed, or not be mounted at all.
 */
export function checkData(before: Opening, { counter, opens }: Opening, newKey = false): void {
  const had = before.opens
  if (had === undefined) return
  const what = `partition ${had.partition}, which system ${before.counter} opens`
  if (opens?.partition !== had.partition) throw new UserError(`update ${counter} does not open ${what}`, BOTH)
  if (opens.pcrKey === had.pcrKey || newKey) return
  throw new UserError(
    `the TPM would not open ${what}, to update ${counter}: ${short(opens)} signed its PCR 11, not ${short(had)}`,
    'build it with the --pcr-key of the system before; or, with the recovery key at hand, say --new-pcr-key',
  )
}

/** As much of a key as people compare. */
function short({ pcrKey }: DataWords): string {
  return `key ${pcrKey.slice(0, 16)}…`
}

/**
 * Whether a unified kernel that opens data carries a signature of what PCR 11 will be when its initrd does so: before any
 * phase of the boot. Errors: it does not, so no TPM would give the key.
 */
export function checkPolicy(kernel: ByteSource, { counter, opens }: EntryWords): void {
  if (opens === undefined) return
  const pe = parsePe(kernel)
  const sections = effectiveSections(pe.sections)
  const text = (name: string): string => {
    const section = sections.find((one) => one.name === name)
    if (section === undefined) return ''
    const content = contentOf(kernel, section)
    return Buffer.from(content.read(0, Math.min(content.size, MOST_TEXT)))
      .toString('utf8')
      .replace(/\0+$/, '')
  }
  const { values } = predictPcr11(kernel, sections, requireStubVersion(kernel, pe), 'sha256', [''])
  const { key } = parsePolicyKey(text('.pcrpkey'))
  if (hasPolicyFor(text('.pcrsig'), key, 'sha256', values[0]!.value)) return
  throw new UserError(
    `system ${counter} opens the partition ${opens.partition}, but carries no signature of its own PCR 11`,
    BOTH,
  )
}

const MOST_TEXT = 64 * 1024
