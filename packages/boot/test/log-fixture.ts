import { createHash } from 'node:crypto'

export interface Event {
  readonly pcr: number
  readonly type: number
  readonly data: Buffer
  /** SHA-256; without it, the hash of the data. */
  readonly digest?: Uint8Array
}

/** A crypto-agile event log with SHA-1 and SHA-256. */
export function printLog(events: readonly Event[]): Buffer {
  const u16 = (...values: readonly number[]) => Buffer.from(Uint16Array.from(values).buffer)
  const u32 = (...values: readonly number[]) => Buffer.from(Uint32Array.from(values).buffer)
  const spec = Buffer.concat([
    Buffer.from('Spec ID Event03\0', 'latin1'),
    u32(0),
    Buffer.from([0, 2, 0, 2]),
    u32(2),
    u16(4, 20, 11, 32),
    Buffer.from([0]),
  ])
  const head = Buffer.concat([u32(0, 3), Buffer.alloc(20), u32(spec.length), spec])
  const body = events.map(({ pcr, type, data, digest }) => {
    const isMeasured = type !== 3
    const of = (name: string, length: number) =>
      isMeasured ? createHash(name).update(data).digest() : Buffer.alloc(length)
    const sha256 = digest ?? of('sha256', 32)
    return Buffer.concat([u32(pcr, type, 2), u16(4), of('sha1', 20), u16(11), sha256, u32(data.length), data])
  })
  return Buffer.concat([head, ...body])
}
