import { buildIso, layoutSource, PARTITION_TYPE, readIso } from '../../src/index.ts'
import { memory } from '../memory.ts'

function smallIso(): Uint8Array {
  const { layout } = buildIso({
    volumeId: 'SMALL',
    time: new Date(0),
    diskId: '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f60',
    efi: 1,
    partitions: [{ type: PARTITION_TYPE.esp, id: '6a0a1b8e-8c3e-4d0a-9f0e-2b1c3d4e5f61', name: 'esp', size: 4096 }],
    files: [
      { name: 'README.TXT', content: Buffer.from('text') },
      { name: 'ESP.IMG', content: { partition: 1 } },
    ],
  })
  return layoutSource(layout).read(0, layout.size)
}

/** Only from the first descriptor to the end of the texts; the partition table is fuzzed by `gpt`. */
const START = 16 * 2048
export const corpus = [Uint8Array.from(smallIso().subarray(START, 26 * 2048))]

export function target(bytes: Uint8Array): void {
  readIso(memory(Buffer.concat([Buffer.alloc(START), bytes])))
}
