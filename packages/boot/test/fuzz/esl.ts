import { identity } from '../../../attest/test/authority.ts'
import { makePe } from '../../../binary/test/pe-fixture.ts'
import { parseVendorSection } from '../../src/authenticode/vendor.ts'
import { admit, forbiddenBy, parseSignatureLists, printSignatureLists, trustOf } from '../../src/index.ts'
import { certificateList, hashList, inspectBytes } from '../fixture.ts'

const db = await identity('db', {}, undefined, 'ec-p256')
const report = inspectBytes(makePe())
const lists = printSignatureLists([certificateList(db), hashList(new Uint8Array(32), new Uint8Array(32).fill(1))])
const sizes = Buffer.alloc(16)
sizes.writeUInt32LE(lists.length, 0)
sizes.writeUInt32LE(16, 8)
sizes.writeUInt32LE(16 + lists.length, 12)

export const corpus = [lists, printSignatureLists([hashList(new Uint8Array(32))]), Buffer.concat([sizes, lists])]

export function target(bytes: Uint8Array): void {
  if (bytes.length % 2 === 0) parseVendorSection(bytes)
  const parsed = parseSignatureLists(bytes)
  admit(report, { ...trustOf(parsed, 'fuzz'), forbidden: forbiddenBy(parsed) })
}
