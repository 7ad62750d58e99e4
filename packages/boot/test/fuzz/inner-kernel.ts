import { bytesSource } from '@firn/binary/source'
import { identity } from '../../../attest/test/authority.ts'
import { makePe, TEXT } from '../../../binary/test/pe-fixture.ts'
import { firmwareOf } from '../../src/explain/firmware.ts'
import { innerKernel } from '../../src/explain/inner-kernel.ts'
import { shimOf } from '../../src/explain/shim.ts'
import { buildUki, readProgram } from '../../src/index.ts'
import { certs, lists, shim, signedBy } from '../explain-fixture.ts'
import { bytesOf } from '../fixture.ts'

const key = await identity('key', {}, undefined, 'ec-p256')
const variables = [lists('PK', certs(key)), lists('db', certs(key))]
const kernel = makePe({ sections: [TEXT, { name: '.data', content: Buffer.from('data'), virtualSize: 9000 }] })
// The version of the image by which a stub knows a kernel that it can start like any program.
kernel.writeUInt16LE(1, 0x40 + 24 + 44)
const magic = { name: '.sdmagic', content: Buffer.from('#### LoaderInfo: systemd-stub 252 ####') }
const ukiOf = (linux: Uint8Array) =>
  bytesOf(buildUki({ stub: bytesSource(makePe({ sections: [TEXT, magic] })), linux: bytesSource(linux) }))

const shims = ['16.0', '16.1'].map((version) => shim(key.certificate.encoded, undefined, version))
const known = shims.map((image) => {
  return shimOf(readProgram(bytesSource(image)), variables, firmwareOf(variables, 'x64'))
})

export const corpus = [ukiOf(kernel), ukiOf(await signedBy(key, kernel)), ...shims]

/** The bytes as a unified image under shim, and as a shim. */
export function target(bytes: Uint8Array): void {
  const program = readProgram(bytesSource(bytes))
  for (const one of [...known, shimOf(program, variables, firmwareOf(variables, 'x64'))]) innerKernel(program, one)
}
