import { generateKey, openEnvelope, parseEnvelope, parsePublicKey } from '../../src/index.ts'

const key = parsePublicKey(generateKey().publicPem)

export const corpus = [
  Buffer.from('{"payloadType":"a/b","payload":"aGVsbG8=","signatures":[{"keyid":"k","sig":"AAAA"},{"sig":""}]}'),
  Buffer.from('{"payloadType":"","payload":"","signatures":[]}'),
]

export function target(bytes: Uint8Array): void {
  const envelope = parseEnvelope(Buffer.from(bytes).toString())
  openEnvelope(envelope, envelope.payloadType, [key])
}
