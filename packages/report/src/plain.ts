import { stripVTControlCharacters } from 'node:util'

/**
 * Text from records and stores may hold anything: control characters and bidirectional marks would let a record
 * rewrite the terminal, so they are shown as U+FFFD.
 */
export function plain(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\t\r\n]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}
