import { UserError } from '@firn/core'
import { type PublicKey, verifySignature } from './key.ts'
import type { Signer } from './signer.ts'

/** A DSSE envelope (secure-systems-lab/dsse, protocol 1.0): a typed payload and signatures over both. */
export interface Envelope {
  readonly payloadType: string
  readonly payload: Uint8Array
  readonly signatures: readonly { readonly keyId?: string; readonly signature: Uint8Array }[]
}

/** What is signed: `DSSEv1 LEN(type) type LEN(payload) payload`. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType)
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload])
}

/** Sign a payload; the answer is the envelope's JSON. */
export async function signEnvelope(payloadType: string, payload: Uint8Array, signer: Signer): Promise<string> {
  return printEnvelope(await addSignature({ payloadType, payload, signatures: [] }, signer))
}

/** The envelope with one more signature; one that the same key made before is replaced. */
export async function addSignature(envelope: Envelope, signer: Signer): Promise<Envelope> {
  const signature = await signer.sign(preAuthEncoding(envelope.payloadType, envelope.payload))
  const others = envelope.signatures.filter(({ keyId }) => keyId !== signer.keyId)
  return { ...envelope, signatures: [...others, { keyId: signer.keyId, signature }] }
}

/** The envelope as JSON: one line. */
export function printEnvelope({ payloadType, payload, signatures }: Envelope): string {
  return `${JSON.stringify({
    payloadType,
    payload: Buffer.from(payload).toString('base64'),
    signatures: signatures.map(({ keyId, signature }) => ({
      ...(keyId !== undefined && { keyid: keyId }),
      sig: Buffer.from(signature).toString('base64'),
    })),
  })}\n`
}

/** Read an envelope; nothing in it is to be believed before `openEnvelope`. */
export function parseEnvelope(text: string): Envelope {
  const { payloadType, payload, signatures } = parseObject(text)
  if (typeof payloadType !== 'string' || typeof payload !== 'string' || !Array.isArray(signatures))
    throw notAnEnvelope()
  return {
    payloadType,
    payload: fromBase64(payload),
    signatures: signatures.map((entry: unknown) => {
      const { keyid, sig } = (entry ?? {}) as Record<string, unknown>
      if (typeof sig !== 'string' || (keyid !== undefined && typeof keyid !== 'string')) throw notAnEnvelope()
      return { ...(keyid !== undefined && { keyId: keyid }), signature: fromBase64(sig) }
    }),
  }
}

/** The payload, when one of `keys` signed it as `payloadType`. */
export function openEnvelope(
  envelope: Envelope,
  payloadType: string,
  keys: readonly PublicKey[],
): { payload: Uint8Array; key: PublicKey } {
  if (envelope.payloadType !== payloadType) {
    throw new UserError(
      `the envelope holds ${envelope.payloadType}, not ${payloadType}`,
      'give the file that belongs here',
    )
  }
  const [key] = signersOf(envelope, keys)
  if (key !== undefined) return { payload: envelope.payload, key }
  throw new UserError(
    'no signature by a trusted key',
    `trusted are: ${keys.map((key) => key.id.slice(0, 16)).join(', ') || 'none'}`,
  )
}

/**
 * Those of `keys` that signed the envelope. The key id in it is a hint that nobody signed, so every key is tried.
 */
export function signersOf({ payloadType, payload, signatures }: Envelope, keys: readonly PublicKey[]): PublicKey[] {
  const signed = preAuthEncoding(payloadType, payload)
  const made = (key: PublicKey) => signatures.some(({ signature }) => verifySignature(key, signed, signature))
  return keys.filter(made)
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Told below: what is wrong is the same for a reader.
  }
  throw notAnEnvelope()
}

/** Both alphabets are allowed by the protocol; anything else is damage, which Buffer would pass over in silence. */
function fromBase64(text: string): Uint8Array {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) throw notAnEnvelope()
  return Buffer.from(text, 'base64')
}

function notAnEnvelope(): UserError {
  return new UserError('not a DSSE envelope', 'it is JSON with payloadType, payload and signatures, in base64')
}
