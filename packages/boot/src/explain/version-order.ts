/**
 * The order of versions by which systemd-boot sorts (UAPI.10, Version Format Specification): `~` comes before the end of a
 * text, then `-`, `^`, `.`; numbers by their value, letters by ASCII, upper case before lower; all else separates.
 * Below 0, 0 or above 0, as a before b.
 */
export function compareVersions(a: string, b: string): number {
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    while (i < a.length && !IS_PART.test(a[i]!)) i++
    while (j < b.length && !IS_PART.test(b[j]!)) j++
    for (const sign of ['~', '', '-', '^', '.']) {
      const [left, right] = [signAt(a, i, sign), signAt(b, j, sign)]
      if (sign === '' && (left || right)) return Number(right) - Number(left)
      if (left !== right) return left ? -1 : 1
      if (left) {
        i++
        j++
      }
    }
    const isNumber = DIGIT.test(a[i] ?? '') || DIGIT.test(b[j] ?? '')
    const run = isNumber ? /^[0-9]*/ : /^[a-zA-Z]*/
    const [left, right] = [run.exec(a.slice(i))![0], run.exec(b.slice(j))![0]]
    const order = isNumber ? compareNumbers(left, right) : left < right ? -1 : left > right ? 1 : 0
    if (order !== 0) return order
    i += left.length
    j += right.length
  }
  return 0
}

const IS_PART = /[0-9a-zA-Z~\-^.]/
const DIGIT = /[0-9]/

function signAt(text: string, at: number, sign: string): boolean {
  return sign === '' ? at >= text.length : text[at] === sign
}

/** Digits of any length; no digits come before all others. */
function compareNumbers(a: string, b: string): number {
  if (a === '' || b === '') return a === b ? 0 : a === '' ? -1 : 1
  const [left, right] = [BigInt(a), BigInt(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
