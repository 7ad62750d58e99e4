import { QUERY_LIMIT } from './components/searchbox.ts'

/** What a URL may ask for. Each parser answers undefined for what cannot be meant, so that no query sees it. */

const CVE_ID = /^CVE-\d{4}-\d{4,19}$/

export function parseCveId(text: string): string | undefined {
  const id = text.toUpperCase()
  return CVE_ID.test(id) ? id : undefined
}

/** A CVE id as people type it: any case, spaces around, a space or underscore for a hyphen. */
export function guessCveId(text: string): string | undefined {
  return parseCveId(text.trim().replaceAll(/[\s_\u2010-\u2015]+/g, '-'))
}

/** The name of a package or channel: one line of at most 200 characters. */
export function parseName(text: string): string | undefined {
  return /^[^\u0000-\u001f\u007f]{1,200}$/.test(text) ? text : undefined
}

export function parsePage(text: string | undefined): number | undefined {
  if (text === undefined) return 1
  return /^[1-9]\d{0,4}$/.test(text) ? Number(text) : undefined
}

/** A search query, spaces folded; undefined if it is too long. */
export function parseQuery(text: string | undefined): string | undefined {
  const query = (text ?? '').replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').trim()
  return query.length > QUERY_LIMIT ? undefined : query
}
