import { type Html, html } from './html.ts'

/** Where a thing has its page. */
export const paths = {
  cve: (id: string) => `/cve/${encodeURIComponent(id)}`,
  package: (attribute: string) => `/package/${encodeURIComponent(attribute)}`,
  channel: (name: string, page = 1) => `/channel/${encodeURIComponent(name)}${page > 1 ? `?page=${page}` : ''}`,
  search: (query: string, page = 1) => `/search?q=${encodeURIComponent(query)}&all=1${page > 1 ? `&page=${page}` : ''}`,
}

export function cveLink(id: string): Html {
  return html`<a class="id" href="${paths.cve(id)}">${id}</a>`
}

/** The id of a vulnerability: only CVE ids have pages. */
export function idLink(id: string): Html {
  return id.startsWith('CVE-') ? cveLink(id) : html`<span class="id">${id}</span>`
}

export function packageLink(attribute: string): Html {
  return html`<a class="id" href="${paths.package(attribute)}">${dotted(attribute)}</a>`
}

/** An attribute, which may be broken into lines after its dots. */
export function dotted(attribute: string): Html {
  return html`${attribute.split('.').map((part, index) => html`${index > 0 ? html`.<wbr>` : ''}${part}`)}`
}

export function channelLink(name: string): Html {
  return html`<a href="${paths.channel(name)}">${name}</a>`
}

/** A URL out of a record: a link only if it leads to a web page (never `javascript:`), otherwise text. */
export function foreignLink(url: string, text: string = url): Html {
  if (!isWebUrl(url)) return html`<code>${url}</code>`
  return html`<a href="${url}" rel="nofollow noreferrer">${text}</a>`
}

export function isWebUrl(url: string): boolean {
  const parsed = URL.parse(url)
  return parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:')
}
