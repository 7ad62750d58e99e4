import { identity } from '../../../attest/test/authority.ts'
import { parseAuth, printAuth, SECURE_ATTRIBUTES, signUpdate, vendorOf, verifyUpdate } from '../../src/index.ts'

const kek = await identity('KEK', {}, undefined, 'ec-p256')
const db = { name: 'db', vendor: vendorOf('db'), attributes: SECURE_ATTRIBUTES }
const update = await signUpdate(db, Buffer.alloc(76), new Date('2026-01-01'), kek.signer, [kek.certificate])

export const corpus = [printAuth(update)]

export function target(bytes: Uint8Array): void {
  verifyUpdate(db, parseAuth(bytes), [kek.certificate])
}
