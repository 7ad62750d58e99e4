export { type Envelope, openEnvelope, parseEnvelope, signEnvelope } from './dsse.ts'
export { generateKey, type PublicKey, parsePublicKey } from './key.ts'
export { pemSigner, type Signer } from './signer.ts'
