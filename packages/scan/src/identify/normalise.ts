import { memo } from './memo.ts'

/**
 * Names as keys: lower case; spaces, dots, underscores and `::` are one hyphen; signs of trade and quotes fall away.
 * `Node.js` and `node_js` become `node-js`; `libstdc++` stays.
 */
export function normaliseName(text: string): string {
  return text
    .toLowerCase()
    .replace(/(?<![a-z])([cf])#/g, '$1sharp')
    .replace(/[^\p{L}\p{N}+@/_.: -]+/gu, '')
    .trim()
    .replace(/[\s_.:-]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

/** What records write where they have no name. */
const NOTHING = new Set([
  ...['', 'n/a', 'na', 'none', 'unknown', 'unspecified', 'not-specified', 'multiple', 'various', 'multiple-vendors'],
  ...['product', 'vendor'],
])

/** A name of a record, normalised, or undefined where the record says nothing (`n/a`, `unspecified`). */
export const saidName = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : saidText(text)

const saidText = memo((text) => {
  const name = normaliseName(text)
  return NOTHING.has(name) ? undefined : name
})
