import { bytesSource } from '@firn/binary/source'
import { grubModules } from '../../src/index.ts'
import { makeGrub } from '../grub-fixture.ts'

export const corpus = [makeGrub(['linux', 'fat']), makeGrub([])]

export function target(bytes: Uint8Array): void {
  grubModules(bytesSource(bytes))
}
