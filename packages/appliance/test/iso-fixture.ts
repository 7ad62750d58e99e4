import { bytesSource } from '@firn/binary/source'
import type { EfiVariable } from '@firn/boot'
import type { ByteSource } from '@firn/core'
import { layoutSource } from '@firn/image'
import { identity } from '../../attest/test/authority.ts'
import { bootloader, FAT_STUB, makeKernel } from '../../boot/test/esp-fixture.ts'
import { certs, lists, shim, signedBy } from '../../boot/test/explain-fixture.ts'
import { type ApplianceIso, buildApplianceIso, type IsoWords, type Trust } from '../src/index.ts'

/** Who signs shims, and whose image it is. */
export const vendor = await identity('Vendor of shims')
export const owner = await identity('Owner of the image')
export const SHIM = await signedBy(vendor, shim(vendor.certificate.encoded))
export const SIGNING = { signer: owner.signer, options: { certificates: [owner.certificate] } } as const
export const TIME = new Date('2026-01-02T03:04:06Z')

/** A machine as it is sold, whose owner put his certificate into shim's list. */
export const TRUST: Trust = {
  variables: [...['PK', 'KEK', 'db'].map((name) => lists(name, certs(vendor), 0x27)), lists('MokList', certs(owner))],
  architecture: 'x64',
}
/** A machine whose firmware knows the owner. */
export const OWN_TRUST: Trust = {
  variables: ['PK', 'KEK', 'db'].map((name): EfiVariable => lists(name, certs(owner), 0x27)),
  architecture: 'x64',
}

export const STORE = Buffer.alloc(300 * 4096)
for (let at = 0; at < STORE.length; at += 4) STORE.writeUInt32LE(Math.imul(at + 1, 0x9e3779b1) >>> 0, at)

export function isoWords(more: Partial<IsoWords> = {}): IsoWords {
  return {
    name: 'router',
    version: '26.11',
    store: bytesSource(STORE),
    fileSystem: 'erofs',
    check: 'verity',
    mismatch: 'stop',
    init: '/nix/store/abc-system/init',
    kernelParams: ['quiet'],
    kernel: bytesSource(makeKernel('6.12.1')),
    initrds: [bytesSource(Buffer.alloc(9000, 'initrd'))],
    start: { by: 'unified', stub: FAT_STUB },
    signing: SIGNING,
    shim: bytesSource(SHIM),
    time: TIME,
    ...more,
  }
}

export const LOADER = bootloader('257')

export async function isoImage(
  more: Partial<IsoWords> = {},
): Promise<{ readonly made: ApplianceIso; readonly bytes: Buffer }> {
  const made = await buildApplianceIso(isoWords(more))
  const image = layoutSource(made.layout)
  return { made, bytes: Buffer.from(image.read(0, image.size)) }
}

export function source(bytes: Uint8Array): ByteSource {
  return bytesSource(bytes)
}
