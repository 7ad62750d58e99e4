import { openSeal } from '../../src/seal/seal-file.ts'
import { sumLine } from '../../src/seal/seal-line.ts'
import { printStatement } from '../../src/seal/statement.ts'

const statement = printStatement({
  storeDir: '/nix/store',
  roots: [{ path: `/nix/store/${'b'.repeat(32)}-tool-1.0`, narHash: 'a'.repeat(64) }],
  generation: 7,
  root: 'c'.repeat(64),
  paths: 1,
  files: 2,
  bytes: 100,
  revoked: [{ key: 'd'.repeat(64), after: 3 }],
})
const envelope = JSON.stringify({
  payloadType: 'application/vnd.in-toto+json',
  payload: Buffer.from(statement).toString('base64'),
  signatures: [{ keyid: 'd'.repeat(64), sig: Buffer.alloc(64, 1).toString('base64') }],
})
const line = JSON.stringify({
  name: `${'b'.repeat(32)}-tool-1.0`,
  narHash: 'a'.repeat(64),
  narSize: 100,
  references: [`${'e'.repeat(32).replaceAll('e', 'f')}-lib`],
  ca: '',
  tree: [
    'd',
    'bin',
    ['d', 'tool', ['x', 12, '0'.repeat(64)]],
    'link',
    ['l', '../bin'],
    'note',
    ['f', 3, '1'.repeat(64)],
  ],
})

export const corpus = [Buffer.from(`${envelope}\n${line}\n`), Buffer.from(`${envelope}\n`)]

/** As anybody's file is read: looked at, not believed. */
export function target(bytes: Uint8Array): void {
  const seal = openSeal(bytes)
  for (const each of seal.lines) sumLine(each, seal.statement.storeDir)
}
