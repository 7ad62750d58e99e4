/**
 * A word for a command that a person will paste into a shell: quoted where it must be; control characters and bytes
 * that are no UTF-8 as $'\xNN', so that nothing in a name can act.
 */
export function shellWord(text: string): string {
  if (/^[0-9A-Za-z_./:=@%+-]+$/.test(text)) return text
  if (!/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/.test(text)) {
    return `'${text.replaceAll("'", `'\\''`)}'`
  }
  return `$'${Array.from(text, quoted).join('')}'`
}

function quoted(character: string): string {
  if (/^[ -&(-[\]-~]$/.test(character)) return character
  const code = character.codePointAt(0)!
  // A byte that is not UTF-8 stands as a lone surrogate.
  const bytes = code >= 0xdc80 && code <= 0xdcff ? [code & 0xff] : [...Buffer.from(character)]
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
