import {
  type Certificate,
  type Chain,
  chainTo,
  OID,
  parseSignedData,
  type Signer,
  type Signing,
  signData,
  verifySigner,
} from '@firn/attest'
import { ByteReader, type Guid, readGuid, UserError, writeGuid } from '@firn/core'
import { readEfiTime, writeEfiTime } from './efi-time.ts'
import { ATTRIBUTE, type EfiVariable, vendorOf } from './variable.ts'

/**
 * EFI_VARIABLE_AUTHENTICATION_2 (UEFI 2.10, section 8.2.2): a new value for PK, KEK, db or dbx with the signature that
 * makes firmware take it. Called an `.auth` file.
 */
export interface AuthenticatedUpdate {
  /** EFI_TIME, 16 bytes: it must be later than that of the value that is there. */
  readonly time: Uint8Array
  /** PKCS#7 SignedData, DER. */
  readonly signature: Uint8Array
  /** The new value (or what is appended): signature lists; empty removes the variable. */
  readonly data: Uint8Array
}

/** What the signature is over: which variable, with which attributes. */
export type Target = Pick<EfiVariable, 'name' | 'vendor' | 'attributes'>

const PKCS7: Guid = '4aafd29d-68df-49ee-8aa9-347d375665a7'
const HEADER = { revision: 0x0200, type: 0x0ef1, size: 24 } as const

/** Whether these bytes begin as an `.auth` file does. */
export function isAuth(bytes: Uint8Array): boolean {
  const kind = Buffer.concat([Buffer.from([0x00, 0x02, 0xf1, 0x0e]), writeGuid(PKCS7)])
  return Buffer.from(bytes.subarray(20, 40)).equals(kind)
}

export function parseAuth(bytes: Uint8Array): AuthenticatedUpdate {
  const reader = new ByteReader(bytes, '.auth')
  const time = reader.take(16, 'time')
  if (readEfiTime(time) === undefined || time[7] !== 0 || time.subarray(8, 16).some((byte) => byte !== 0)) {
    reader.fail('the time is none that firmware takes', 0)
  }
  const length = reader.u32('size of the certificate')
  const revision = reader.u16('revision')
  const type = reader.u16('type')
  if (revision !== HEADER.revision || type !== HEADER.type)
    reader.fail(`a certificate of type 0x${type.toString(16)}`, 22)
  if (readGuid(reader.take(16, 'kind of the certificate')) !== PKCS7) reader.fail('not a PKCS#7 signature', 24)
  const signature = reader.take(length - HEADER.size, 'signature')
  return { time, signature, data: reader.take(reader.remaining, 'value') }
}

export function printAuth({ time, signature, data }: AuthenticatedUpdate): Uint8Array {
  const header = Buffer.alloc(8)
  header.writeUInt32LE(HEADER.size + signature.length, 0)
  header.writeUInt16LE(HEADER.revision, 4)
  header.writeUInt16LE(HEADER.type, 6)
  return Buffer.concat([time, header, writeGuid(PKCS7), signature, data])
}

/**
 * Sign a new value: by PK for PK and KEK, by a KEK for db and dbx. The attributes count: an update that is appended is
 * another one than the same value written whole. The same words and key (RSA) give the same bytes.
 */
export async function signUpdate(
  target: Target,
  data: Uint8Array,
  at: Date,
  signer: Signer,
  certificates: Signing['certificates'],
): Promise<AuthenticatedUpdate> {
  const time = writeEfiTime(at)
  const hashed = signedBytes(target, time, data)
  const signing = { contentType: OID.data, hashed, certificates, attributes: false, bare: true } as const
  return { time, signature: await signData(signing, signer), data }
}

/**
 * Whether firmware would take the update from one of `trusted`: the signature is over this very variable, value and time,
 * and leads to a trusted certificate. The time itself is not compared here.
 */
export function verifyUpdate(
  target: Target,
  update: AuthenticatedUpdate,
  trusted: readonly Certificate[],
): { readonly chain: Chain } | { readonly reason: string } {
  if (update.signature.length === 0) return { reason: 'it is not signed' }
  const signed = parseSignedData(update.signature)
  const [signer] = signed.signers
  if (signer === undefined || signed.signers.length > 1) return { reason: `it has ${signed.signers.length} signers` }
  // Some makers leave what was signed inside, a second time. Firmware checks what it makes itself (PKCS7_verify).
  if (signed.contentType !== OID.data) return { reason: `it signs content of another type: ${signed.contentType}` }
  const verified = verifySigner(signed, signer, signedBytes(target, update.time, update.data))
  if ('reason' in verified) {
    const other = othersThan(target).find(
      ({ target: meant }) =>
        'certificate' in verifySigner(signed, signer, signedBytes(meant, update.time, update.data)),
    )
    return other === undefined ? verified : { reason: other.told }
  }
  const chain = chainTo(verified.certificate, signed.certificates, trusted)
  return 'reason' in chain ? chain : { chain }
}

/** What an update may have been signed for instead, in words: the flag to append, and the name, are part of it. */
function othersThan({ name, vendor, attributes }: Target): { readonly target: Target; readonly told: string }[] {
  const appends = (attributes & ATTRIBUTE.append) !== 0
  const turned = attributes ^ ATTRIBUTE.append
  const told = appends ? 'it was signed to replace the value, not to be appended' : 'it was signed to be appended'
  const names = ['PK', 'KEK', 'db', 'dbx'].filter((other) => other !== name)
  return [
    { target: { name, vendor, attributes: turned }, told },
    ...names.flatMap((other) =>
      [attributes, turned].map((flags) => ({
        target: { name: other, vendor: vendorOf(other), attributes: flags },
        told: `it was signed for ${other}`,
      })),
    ),
  ]
}

function signedBytes({ name, vendor, attributes }: Target, time: Uint8Array, data: Uint8Array): Uint8Array {
  if (name === '' || name.includes('\0')) throw new UserError('a variable without a name', 'name it: db, KEK, PK')
  const word = Buffer.alloc(4)
  word.writeUInt32LE(attributes)
  return Buffer.concat([Buffer.from(name, 'utf16le'), writeGuid(vendor), word, time, data])
}

/** An update that nobody signed: what firmware in setup mode takes for all but PK. */
export function unsignedUpdate(data: Uint8Array, at: Date): AuthenticatedUpdate {
  return { time: writeEfiTime(at), signature: new Uint8Array(), data }
}
