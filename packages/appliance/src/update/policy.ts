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
import type { EntryWords } from '../slots/entry.ts'
import { BOTH } from './data.ts'

const MOST_TEXT = 64 * 1024

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
