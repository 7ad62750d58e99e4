export {
  addSignature,
  type Envelope,
  openEnvelope,
  parseEnvelope,
  printEnvelope,
  signEnvelope,
  signersOf,
} from './dsse.ts'
export { type PublicKey, parsePublicKey } from './key.ts'
export { inclusionProof, leafHash, merkleRoot, rootOfInclusion } from './merkle.ts'
export { pemSigner, type Signer } from './signer.ts'
