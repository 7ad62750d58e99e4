import { bytesSource } from '@firn/binary/source'
import { makePe, TEXT } from '../../../binary/test/pe-fixture.ts'
import { buildUki, diffUki, effectiveSections, inspectUki, predictPcr11, readKernel } from '../../src/index.ts'
import { bytesOf } from '../fixture.ts'

const stub = bytesSource(
  makePe({ sections: [TEXT, { name: '.sdmagic', content: Buffer.from('#### LoaderInfo: systemd-stub 257 ####') }] }),
)
const parts = { stub, linux: bytesSource(makePe()), initrds: [bytesSource(Buffer.from('initrd'))], cmdline: 'quiet' }
const plain = buildUki({ ...parts, osRelease: Buffer.from('ID=x\nNAME="y"\n') })
const before = inspectUki(plain)

export const corpus = [
  bytesOf(plain),
  bytesOf(buildUki({ ...parts, profiles: [{ text: 'ID=a' }, { text: 'ID=b', cmdline: 'c' }] })),
]

export function target(bytes: Uint8Array): void {
  const source = bytesSource(bytes)
  readKernel(source)
  const report = inspectUki(source)
  diffUki(before, report)
  // Zeros that only exist in memory cost time and no space; the bound on them is tested by itself.
  if (report.image.pe.sizeOfImage < 1 << 24) predictPcr11(source, effectiveSections(report.image.pe.sections, 1), 258)
  bytesOf(buildUki({ ...parts, stub: source }))
}
