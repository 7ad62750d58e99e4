import { bytesSource, parsePe } from '../../src/index.ts'
import { makePe, TEXT } from '../pe-fixture.ts'

export const corpus = [
  makePe(),
  makePe({ is64: false, directories: 4 }),
  makePe({ sections: [{ ...TEXT, name: '/4', gap: 16 }], tail: Buffer.alloc(64, 0x41) }),
]

export function target(bytes: Uint8Array): void {
  const { sections, sizeOfHeaders, fileSize } = parsePe(bytesSource(bytes))
  const held = sections.reduce((sum, { rawSize }) => sum + rawSize, sizeOfHeaders)
  if (held > fileSize) throw new Error('sections longer than the file')
}
