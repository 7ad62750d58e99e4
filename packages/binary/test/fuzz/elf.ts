import { bytesSource, readElf } from '../../src/index.ts'
import { makeElf } from '../elf-fixture.ts'

export const corpus = [
  makeElf({ interpreter: '/lib/ld.so', needed: ['liba.so', 'libb.so'], soname: 'c', runpath: '$ORIGIN:/lib' }),
  makeElf({ is64: false, needed: ['liba.so'], sections: { '.modinfo': Buffer.from('name=a\0depends=b\0') } }),
  makeElf({ type: 1, sections: { '.text': Buffer.alloc(16), '.modinfo': Buffer.from('name=a\0') } }),
]

export function target(bytes: Uint8Array): void {
  const { sections } = readElf(bytesSource(bytes))
  if (sections.some(({ offset, size }) => size > 0 && offset + size > bytes.length))
    throw new Error('a section outside')
}
