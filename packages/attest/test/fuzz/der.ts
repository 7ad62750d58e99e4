import { UserError } from '@firn/core'
import {
  DerReader,
  type DerValue,
  derBits,
  derBoolean,
  derFlags,
  derInteger,
  derOid,
  derText,
  derTime,
  derWrite,
  TAG,
} from '../../src/index.ts'

const { boolean, flagString, integer, octetString, oid, sequence, setOf, time, utf8String } = derWrite

export const corpus = [
  sequence(integer(1n << 70n), oid('1.2.840.113549'), sequence(boolean(true), utf8String('grüß'))),
  setOf(time(new Date(0)), time(new Date('2060-01-01')), flagString(1, 6), octetString(new Uint8Array(200))),
]

/** Every value is decoded as everything: what does not fit must say so, and nothing else. */
const DECODERS: readonly ((value: DerValue, what: string) => unknown)[] = [
  derBits,
  derBoolean,
  derFlags,
  derInteger,
  derOid,
  derText,
  derTime,
]

export function target(bytes: Uint8Array): void {
  const stack = [bytes]
  for (let content = stack.pop(); content !== undefined; content = stack.pop()) {
    const reader = new DerReader(content, 'fuzz')
    while (reader.more) {
      const value = reader.any('value')
      if (value.tag === TAG.sequence || value.tag === TAG.set) stack.push(value.content)
      for (const decode of DECODERS) attempt(() => decode(value, 'value'))
    }
  }
}

function attempt(decode: () => unknown): void {
  try {
    decode()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
}
