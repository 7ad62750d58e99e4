import type { Composition } from '../collect/components.ts'
import type { Snapshot } from '../collect/snapshot.ts'
import type { VulnerabilityFinding } from '../finding.ts'

/** The formats of a bill of materials. */
export type BillFormat = 'cyclonedx' | 'spdx'

/** Who writes, and when: `SOURCE_DATE_EPOCH` in seconds makes the document reproducible. */
export interface BillTool {
  readonly version: string
  readonly sourceDateEpoch?: string | undefined
}

/** A closure as CycloneDX 1.6 or SPDX 2.3 JSON. The writers are loaded when called: a plain scan needs none of them. */
export async function writeBill(
  format: BillFormat,
  snapshot: Snapshot,
  composition: Composition,
  tool: BillTool,
  findings: readonly VulnerabilityFinding[] = [],
): Promise<string> {
  const { makeBill } = await import('./bill.ts')
  const bill = makeBill(snapshot, composition, tool, findings)
  if (format === 'spdx') return (await import('./spdx.ts')).printSpdx(bill)
  return (await import('./cyclonedx.ts')).printCycloneDx(bill)
}
