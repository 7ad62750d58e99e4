import { createHash } from 'node:crypto'
import { fingerprint, type Signer } from '@firn/attest'
import { parsePe } from '@firn/binary/pe'
import { type ByteSource, bytesSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { admit, NO_TRUST } from '../authenticode/admit.ts'
import { hashToSign } from '../authenticode/hash.ts'
import { type ImageReport, inspectImage } from '../authenticode/report.ts'
import { type SignOptions, signImage } from '../authenticode/sign.ts'
import { base32 } from './layout.ts'

/** A file that shall be on the ESP, as it will be, and how to tell whether one that is there is it. */
export interface WantedFile {
  readonly kind: 'kernel' | 'initrd' | 'entry' | 'loader' | 'settings'
  /** Where it goes; an entry that is there may have another counter in its name. */
  readonly path: string
  /** At most this many bytes. */
  readonly size: number
  /** For people. */
  readonly what: string
  /** Its bytes. What needs a signature is signed the first time: a token may want a finger for each. */
  readonly make: () => Promise<ByteSource>
  /** Whether these are the very bytes, or those bytes signed. False for what cannot be read. */
  readonly isWhole: (present: ByteSource) => boolean
  /** For a program: whether it is some program that this key signed, an older one maybe. */
  readonly isSigned?: (present: ByteSource) => boolean
  /** For an entry: the files that it starts, beside itself. */
  readonly needs: readonly string[]
}

/** Who signs what goes to the ESP. */
export interface Signing {
  readonly signer: Signer
  readonly options: SignOptions
}

/** A file that is used as it is. */
export function wantedContent(
  kind: 'kernel' | 'initrd' | 'settings',
  path: string,
  what: string,
  content: ByteSource,
  sha256: Uint8Array = sha256Of(content),
): WantedFile {
  const isWhole = (present: ByteSource) =>
    present.size === content.size && Buffer.compare(sha256Of(present), sha256) === 0
  return { kind, path, what, size: content.size, make: async () => content, isWhole, needs: [] }
}

/** An EFI program that is signed on its way. `pathOf` gets the hash for its name. */
export function wantedProgram(
  kind: 'entry' | 'loader',
  what: string,
  unsigned: ByteSource,
  signing: Signing,
  pathOf: (hash: string) => string,
  needs: readonly string[] = [],
): WantedFile {
  const { certificates } = signing.options
  const image = hashToSign(unsigned, parsePe(unsigned))
  const name = createHash('sha256').update(image).update(fingerprint(certificates[0])).digest()
  const trust = { ...NO_TRUST, certificates: [{ certificate: certificates[0], from: 'the key in use' }] }
  const signature = certificates.reduce((sum, { encoded }) => sum + encoded.length, SIGNATURE_ROOM)
  const check = (present: ByteSource, further: (report: ImageReport) => boolean) => {
    const report = readable(present)
    return report !== undefined && further(report) && admit(report, trust).admitted
  }
  let made: Promise<ByteSource> | undefined
  const make = () => signImage(unsigned, signing.signer, { ...signing.options, replace: true })
  return {
    kind,
    what,
    path: pathOf(base32(name)),
    size: unsigned.size + signature,
    make: () => (made ??= make()),
    isWhole: (present) => check(present, (report) => Buffer.compare(report.sha256, image) === 0),
    isSigned: (present) => check(present, () => true),
    needs,
  }
}

/** An EFI program; undefined for what is none: it is not the one that is looked for. */
export function readable(source: ByteSource): ImageReport | undefined {
  try {
    return inspectImage(source)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** A shim bears the certificates of who built it. */
export function isShim(report: ImageReport | undefined): boolean {
  return report?.pe.sections.some(({ name }) => name === '.vendor_cert') === true
}

/** A text that is used as it is. */
export function wantedSettings(path: string, text: string): WantedFile {
  return wantedContent('settings', path, 'settings of the boot menu', bytesSource(Buffer.from(text)))
}

export function sha256Of(source: ByteSource): Uint8Array {
  const hash = createHash('sha256')
  for (const chunk of source.chunks(0, source.size)) hash.update(chunk)
  return hash.digest()
}

/** More than a PKCS#7 structure and an RSA-4096 signature take, certificates aside. */
const SIGNATURE_ROOM = 2048
