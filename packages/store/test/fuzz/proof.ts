import { createPrivateKey } from 'node:crypto'
import { parsePublicKey, pemSigner } from '@firn/attest'
import { GrowingTree } from '@firn/attest/merkle'
import { prove, verifyProof } from '../../src/seal/proof.ts'
import { signStatement } from '../../src/seal/seal.ts'
import { openSeal } from '../../src/seal/seal-file.ts'
import { printLine, sumLine } from '../../src/seal/seal-line.ts'

// A key of no worth, the same in each run: PKCS#8 of an ed25519 key whose 32 bytes are all 7 (RFC 8410).
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)])
const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
const signer = pemSigner(secret.export({ format: 'pem', type: 'pkcs8' }).toString())
const keys = [parsePublicKey(signer.publicKey.export({ format: 'pem', type: 'spki' }).toString())]

const names = ['b', 'c', 'd'].map((letter) => `${letter.repeat(32)}-tool-1.0`)
const tree = [
  'd',
  'bin',
  ['d', 'tool', ['x', 12, '0'.repeat(64)]],
  'link',
  ['l', '../bin'],
  'note',
  ['f', 3, '1'.repeat(64)],
]
const lines = names.map((name) =>
  printLine({ name, narHash: 'a'.repeat(64), narSize: 100, references: [], ca: '' }, Buffer.from(JSON.stringify(tree))),
)
const leaves = new GrowingTree()
for (const line of lines) leaves.add(sumLine(line, '/nix/store').leaf)
const envelope = await signStatement(
  {
    storeDir: '/nix/store',
    roots: [],
    generation: 7,
    root: leaves.root().toString('hex'),
    paths: names.length,
    files: 6,
    bytes: 300,
    revoked: [],
  },
  [signer],
)
const head = JSON.stringify({
  payloadType: envelope.payloadType,
  payload: Buffer.from(envelope.payload).toString('base64'),
  signatures: envelope.signatures.map(({ keyId, signature }) => ({
    keyid: keyId,
    sig: Buffer.from(signature).toString('base64'),
  })),
})
const seal = openSeal(Buffer.concat([head, ...lines].flatMap((line) => [Buffer.from(line), Buffer.from('\n')])), keys)

const shown = ['', '/bin', '/bin/tool', '/link', '/note'].map((inside) =>
  prove(seal, `/nix/store/${names[1]}${inside}`),
)
export const corpus = shown.map((proof) => Buffer.from(proof))
const known = new Set(corpus.map((bytes) => fact(bytes)))

/** Whatever is believed is what was signed, however the proof was changed. */
export function target(bytes: Uint8Array): void {
  if (!known.has(fact(bytes))) throw new Error('a proof of what was not signed is believed')
}

function fact(bytes: Uint8Array): string {
  const { statement, facts, place, node } = verifyProof(bytes, keys)
  return JSON.stringify([statement, facts, place, node ?? null])
}
