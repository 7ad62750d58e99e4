import { parseLoadOption } from '../../src/efivars/load-option.ts'
import { bootEntry } from '../explain-fixture.ts'

export const corpus = [
  bootEntry(1, 'a title', '\\EFI\\BOOT\\BOOTX64.EFI', { data: Buffer.from('optional') }).data,
  bootEntry(2, '', undefined).data,
]

export function target(bytes: Uint8Array): void {
  parseLoadOption(bytes)
}
