export { alignUp, type Piece, piecesSource, writeSource } from '../pe/pieces.ts'
export { attachSignature, requestSignature, type SignOptions, signImage, stripSignatures } from './sign.ts'
export * from './verify.ts'
