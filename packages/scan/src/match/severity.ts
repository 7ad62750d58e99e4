import type { CveContainer } from '@firn/advisories'
import type { Advisory } from './model.ts'
export function severityOf(_containers: readonly CveContainer[]): Advisory['severity'] {
  return undefined
}
