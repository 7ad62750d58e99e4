import { bytesSource } from '@firn/binary/source'
import { CA, type Identity, identity } from '../../attest/test/authority.ts'
import { FIELD, makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import { type ReviewSubject, readReviewed, readShim } from '../src/index.ts'

const SBAT_HEADER = 'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n'
/** Of the optional header, as `FIELD` counts: where NX_COMPAT stands. */
const DLL_CHARACTERISTICS = FIELD.checksum + 6
const NX_COMPAT = 0x100

export const authority: Identity = await identity('Firn Example CA', { ...CA })

export interface ShimWords {
  readonly version?: string
  readonly sbat?: string
  readonly certificate?: Identity
  readonly nx?: boolean
}

export function shimBytes({
  version = '16.1',
  sbat = 'shim,4,UEFI shim,shim,1,https://github.com/rhboot/shim\nshim.example,1,Example,shim,16.1,https://example.org\n',
  certificate = authority,
  nx = true,
}: ShimWords = {}): Buffer {
  const { encoded } = certificate.certificate
  const vendor = Buffer.alloc(16)
  vendor.writeUInt32LE(encoded.length, 0)
  vendor.writeUInt32LE(16, 8)
  vendor.writeUInt32LE(16 + encoded.length, 12)
  return withNx(
    makePe({
      sections: [
        TEXT,
        { name: '.data', content: Buffer.from(`UEFI SHIM\n$Version: ${version} $\n`) },
        { name: '.sbat', content: Buffer.from(SBAT_HEADER + sbat) },
        { name: '.sbatlevel', content: levels('sbat,1,2025021800\nshim,4\n', 'sbat,1,2025051000\nshim,4\ngrub,5\n') },
        { name: '.vendor_cert', content: Buffer.concat([vendor, encoded]) },
      ],
    }),
    nx,
  )
}

export function ukiBytes(sbat: string | undefined, cmdline = 'quiet lockdown=integrity', nx = true): Buffer {
  const sections = [
    TEXT,
    { name: '.cmdline', content: Buffer.from(cmdline) },
    { name: '.uname', content: Buffer.from('6.12.1') },
    { name: '.linux', content: Buffer.from('kernel') },
    ...(sbat === undefined ? [] : [{ name: '.sbat', content: Buffer.from(SBAT_HEADER + sbat) }]),
  ]
  return withNx(makePe({ sections }), nx)
}

export const GOOD_UKI_SBAT =
  'systemd-stub,1,The systemd Developers,systemd,257,https://systemd.io/\nsystemd-stub.example,1,Example,systemd,257-1,https://example.org\nuki.example,1,UKI of Example,linux,6.12.1,https://example.org\n'

export function withNx(image: Buffer, nx: boolean): Buffer {
  image.writeUInt16LE(nx ? NX_COMPAT : 0, DLL_CHARACTERISTICS)
  return image
}

/** A subject that reviewers would take as it is; what is given takes the place of what is good. */
export function subjectOf(words: Partial<ReviewSubject> & { readonly shimWords?: ShimWords } = {}): ReviewSubject {
  const { shimWords, ...rest } = words
  return {
    shim: readShim('shimx64.efi', bytesSource(shimBytes(shimWords))),
    launched: [readReviewed('linux.efi', bytesSource(ukiBytes(GOOD_UKI_SBAT)))],
    patches: [],
    rebuilds: [],
    previous: [],
    now: new Date('2026-11-01T00:00:00Z'),
    ...rest,
  }
}

function levels(automatic: string, latest: string): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(1, 0)
  head.writeUInt32LE(8, 4)
  head.writeUInt32LE(8 + automatic.length + 1, 8)
  return Buffer.concat([head, Buffer.from(`${automatic}\0${latest}\0`)])
}
