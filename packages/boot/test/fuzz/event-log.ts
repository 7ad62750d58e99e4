import {
  describeEvent,
  EVENT,
  expectPcr7,
  explainDifference,
  parseEventLog,
  replay,
  variableData,
} from '../../src/index.ts'
import { printLog } from '../log-fixture.ts'

const expected = expectPcr7([], true, [])

export const corpus = [
  printLog([
    { pcr: 7, type: EVENT.variableDriverConfig, data: Buffer.from(variableData('SecureBoot', Uint8Array.of(1))) },
    { pcr: 7, type: EVENT.separator, data: Buffer.alloc(4) },
    { pcr: 4, type: EVENT.application, data: Buffer.alloc(48) },
    { pcr: 8, type: EVENT.ipl, data: Buffer.from('a\0b\0', 'latin1') },
  ]),
]

export function target(bytes: Uint8Array): void {
  const log = parseEventLog(bytes)
  for (const event of log.events) describeEvent(event)
  for (const bank of log.banks) replay(log, bank)
  explainDifference(expected, log, 7)
}
