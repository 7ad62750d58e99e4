import type { SearchView } from '../../domain/views.ts'
import { exploitedBadge, severityBadge } from '../components/badge.ts'
import { gist } from '../components/cves.ts'
import { type Html, html } from '../components/html.ts'
import { cveLink, packageLink, paths } from '../components/link.ts'
import { pagination } from '../components/pagination.ts'
import { searchBox } from '../components/searchbox.ts'
import { day } from '../components/when.ts'
import type { Frame } from '../frame.ts'
import { layout } from './layout.ts'

/** What was found for a query, packages first. An empty query is only the search box. */
export function searchPage(frame: Frame, view: SearchView): Html {
  const body = html`<article class="results"><h1>${view.query === '' ? 'Search' : html`Results for “${view.query}”`}</h1>
${searchBox(view.query, true)}
<div id="results" aria-live="polite">${view.query === '' ? html`<p>A CVE id, the attribute or name of a package, or words of a description.</p>` : results(view)}</div></article>`
  return layout(frame, {
    title: view.query === '' ? 'Search' : `${view.query}: search`,
    json: `/api/v1/search?q=${encodeURIComponent(view.query)}${view.page > 1 ? `&page=${view.page}` : ''}`,
    search: false,
    body,
  })
}

function results(view: SearchView): Html {
  if (view.packages.length === 0 && view.cves.length === 0) {
    return view.page > 1
      ? html`<p>There is no page ${view.page}. <a href="${paths.search(view.query)}">The first page</a></p>`
      : html`<p>Nothing found for “${view.query}”: no package of the channels we look at has this name, and no record we have says these words.</p>`
  }
  return html`${
    view.packages.length === 0
      ? ''
      : html`<h2>Packages</h2><ul class="found">${view.packages.map(
          (found) => html`<li>${packageLink(found.attribute)} <span>${found.description ?? ''}</span></li>`,
        )}</ul>`
  }
${
  view.cves.length === 0
    ? ''
    : html`<h2>CVEs</h2><ul class="news">${view.cves.map(
        (cve) =>
          html`<li><div class="head">${cveLink(cve.id)} ${severityBadge(cve.severity)} ${exploitedBadge(cve.knownExploited)}${cve.published === undefined ? '' : html`<span class="date">${day(cve.published)}</span>`}</div><p>${gist(cve)}</p></li>`,
      )}</ul>`
}
${pagination(view.page, undefined, view.more, (page) => paths.search(view.query, page))}`
}
