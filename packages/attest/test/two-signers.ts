import { context, derReader, derWrite, parseDer, TAG } from '../src/verify.ts'

/** The same SignedData (with ContentInfo, or bare) with its one signer named twice. */
export function namedTwice(bytes: Uint8Array): Uint8Array {
  const [first, second] = derReader(parseDer(bytes, 'PKCS#7'), TAG.sequence, 'PKCS#7').rest('part')
  if (first!.tag !== TAG.oid) return withSigners(bytes)
  return derWrite.sequence(first!.encoded, derWrite.der(context(0), withSigners(second!.content)))
}

function withSigners(signedData: Uint8Array): Uint8Array {
  const parts = derReader(parseDer(signedData, 'SignedData'), TAG.sequence, 'SignedData').rest('part')
  const { content } = parts.pop()!
  return derWrite.sequence(...parts.map(({ encoded }) => encoded), derWrite.der(TAG.set, content, content))
}
