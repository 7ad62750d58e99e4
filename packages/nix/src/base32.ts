import { UserError } from '@firn/core'

/** Nix's alphabet: digits and letters without e, o, t, u. */
const BASE32_ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'

const VALUES = new Map([...BASE32_ALPHABET].map((character, value) => [character, value]))

/** Nix base32 (Nix manual, "Store path protocol"): groups of 5 bits from the end of the bytes, the last group first. */
export function encodeBase32(bytes: Uint8Array): string {
  let text = ''
  for (let group = base32Length(bytes.length) - 1; group >= 0; group--) {
    const bit = group * 5
    const at = bit >> 3
    const pair = bytes[at]! | ((bytes[at + 1] ?? 0) << 8)
    text += BASE32_ALPHABET[(pair >> (bit & 7)) & 31]
  }
  return text
}

/** The bytes of Nix base32. A letter outside the alphabet, a length no bytes have or padding bits set: UserError. */
export function decodeBase32(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  if (base32Length(bytes.length) !== text.length) throw notBase32(text, `${text.length} characters make no whole bytes`)
  for (let group = 0; group < text.length; group++) {
    const character = text[text.length - 1 - group]!
    const value = VALUES.get(character)
    if (value === undefined) throw notBase32(text, `${JSON.stringify(character)} is not in its alphabet`)
    const bit = group * 5
    const at = bit >> 3
    const shifted = value << (bit & 7)
    bytes[at]! |= shifted & 0xff
    if (shifted > 0xff) {
      if (at + 1 >= bytes.length) throw notBase32(text, 'bits beyond the last byte are set')
      bytes[at + 1]! |= shifted >> 8
    }
  }
  return bytes
}

/** How many characters that many bytes take. */
export function base32Length(bytes: number): number {
  return Math.ceil((bytes * 8) / 5)
}

function notBase32(text: string, why: string): UserError {
  return new UserError(`not Nix base32: ${JSON.stringify(text.slice(0, 80))}: ${why}`, 'check where the text came from')
}
