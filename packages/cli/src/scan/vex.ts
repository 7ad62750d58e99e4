import { naming, namingAsync } from '@firn/core'
import { nameOfPath, type Ruling, readRulings } from '@firn/scan'
import type { Io } from '../command.ts'
import { readInput, type Subject } from './subject.ts'

/** The files of --vex, in order. One that cannot be read ends the scan: nobody may believe that it applied. */
export async function loadRulings(files: readonly string[], subject: Subject, io: Io): Promise<readonly Ruling[]> {
  const roots = subject.snapshot?.roots ?? []
  const whole = roots.flatMap((root) => [root, nameOfPath(root)])
  const rulings: Ruling[] = []
  for (const file of files) {
    const text = naming('--vex', () => readInput(file))
    const read = await namingAsync(file, () => readRulings(text, file, whole))
    for (const warning of read.warnings) io.stderr(`firn: ${file}: ${warning}\n`)
    rulings.push(...read.rulings)
  }
  return rulings
}
