import { derWrite, OID, parseSignedData, readTimestamp, signData, timestampsOf, verifySigner } from '../../src/index.ts'
import { identity } from '../authority.ts'

const { octetString } = derWrite
const { certificate, signer } = await identity('signer', {}, undefined, 'ec-p256')
const hashed = Buffer.from('content')
const signing = { hashed, content: octetString(hashed), certificates: [certificate] } as const

export const corpus = await Promise.all([
  signData({ ...signing, contentType: OID.spcIndirectData, attributes: true, signingTime: new Date(0) }, signer),
  signData({ ...signing, contentType: OID.data, attributes: false, bare: true }, signer),
  signData({ ...signing, contentType: OID.tstInfo, attributes: true }, signer),
])

export function target(bytes: Uint8Array): void {
  readTimestamp(bytes, hashed)
  const signed = parseSignedData(bytes)
  for (const one of signed.signers) {
    timestampsOf(one)
    verifySigner(signed, one, signed.content?.content ?? hashed)
  }
}
