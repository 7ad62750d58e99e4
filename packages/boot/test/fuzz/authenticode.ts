import { bytesSource } from '@firn/binary/source'
import { identity } from '../../../attest/test/authority.ts'
import { makePe } from '../../../binary/test/pe-fixture.ts'
import { admit, signImage, stripSignatures } from '../../src/index.ts'
import { bytesOf, inspectBytes, trustIn } from '../fixture.ts'

const db = await identity('db', {}, undefined, 'ec-p256')
const options = { certificates: [db.certificate] } as const
const once = await signImage(bytesSource(makePe()), db.signer, options)
const twice = await signImage(once, db.signer, { ...options, signingTime: new Date(0) })

export const corpus = [bytesOf(once), bytesOf(twice), makePe({ directories: 5 })]

export function target(bytes: Uint8Array): void {
  admit(inspectBytes(bytes), trustIn(db))
  bytesOf(stripSignatures(bytesSource(bytes)))
}
