import { UserError } from '@firn/core'
import { type BillFormat, type VulnerabilityFinding, writeBill } from '@firn/scan'
import type { Io } from '../command.ts'
import { version } from '../version.ts'
import type { Subject } from './subject.ts'

/** What a closure is made of, with findings where a scan has some. */
export async function printBill(
  subject: Subject,
  format: BillFormat,
  io: Io,
  findings: readonly VulnerabilityFinding[] = [],
): Promise<string> {
  if (subject.snapshot === undefined) {
    throw new UserError(
      `--format ${format} describes a closure, and an SBOM has none`,
      'choose --format json, or scan the closure itself',
    )
  }
  const tool = { version: version(), sourceDateEpoch: io.env.SOURCE_DATE_EPOCH }
  return writeBill(format, subject.snapshot, subject.composition, tool, findings)
}
