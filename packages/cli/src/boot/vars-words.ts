import type { VariableChange } from '@firn/boot/efivars'
import { plain } from '@firn/report/plain'

/** What changes, variable by variable, an entry a line. */
export function changesInWords(changes: readonly VariableChange[]): string {
  if (changes.length === 0) return 'nothing changes\n'
  const lines = changes.flatMap(({ name, kind, lines }) => [`${name}: ${kind}`, ...lines.map((line) => `  ${line}`)])
  return `${lines.map(plain).join('\n')}\n`
}
