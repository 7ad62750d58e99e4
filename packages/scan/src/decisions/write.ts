import type { ClosureComponent } from '../collect/components.ts'
import type { VulnerabilityFinding } from '../finding.ts'
import type { VexAuthor, VexFormat } from './publish.ts'

/** Findings as a VEX document, see publish.ts. It is loaded when called: a plain scan needs none of it. */
export async function writeVex(
  format: VexFormat,
  subject: string,
  findings: readonly VulnerabilityFinding[],
  components: readonly ClosureComponent[],
  author: VexAuthor,
): Promise<string> {
  return (await import('./publish.ts')).publishFindings(format, subject, findings, components, author)
}
