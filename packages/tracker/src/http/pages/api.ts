import { type Html, html } from '../components/html.ts'
import { foreignLink } from '../components/link.ts'
import type { Frame } from '../frame.ts'
import { layout } from './layout.ts'

/** One route as the documentation lists it. */
export interface ApiRoute {
  readonly path: string
  readonly summary: string
  /** GET where it is not said. */
  readonly method?: 'POST'
  /** A URL to try. */
  readonly example?: string
}

/** What the web API offers, on one page. */
export function apiPage(frame: Frame, routes: readonly ApiRoute[], origin: string): Html {
  const body = html`<article><header class="title"><h1>Web API</h1>
<p class="lede">All that the pages show, as JSON. Nothing can be changed, no key, open to scripts of any origin.</p></header>
<section aria-labelledby="routes"><h2 id="routes">Routes</h2>
<table><caption class="sr">Routes of the web API</caption><thead><tr><th scope="col">Route</th><th scope="col">Answer</th><th scope="col">Example</th></tr></thead>
<tbody>${routes.map((route) => html`<tr><th scope="row"><code>${route.method ?? 'GET'} ${route.path}</code></th><td data-label="Answer">${route.summary}</td><td data-label="Example">${route.example === undefined ? html`<span class="quiet">see the OpenAPI document</span>` : html`<a href="${route.example}">${route.example}</a>`}</td></tr>`)}</tbody></table></section>
<section aria-labelledby="rules"><h2 id="rules">Rules</h2>
<ul><li>Described by <a href="/api/v1/openapi.json">OpenAPI 3.1</a>, made from the schemas that the answers are checked with in our tests.</li>
<li>Times are ISO 8601 in UTC. Lists are in the order the pages show them. Absent means not known.</li>
<li>Each answer has an <code>ETag</code>; send it back in <code>If-None-Match</code> and an unchanged answer is a short 304.</li>
<li>Errors are ${foreignLink('https://www.rfc-editor.org/rfc/rfc9457', 'RFC 9457')} problem documents, <code>application/problem+json</code>.</li>
<li>Within version 1 fields may be added, never renamed or removed.</li></ul>
<pre tabindex="0"><code>curl ${origin}/api/v1/cves/CVE-2024-3094</code></pre></section></article>`
  return layout(frame, { title: 'Web API', json: '/api/v1/openapi.json', body })
}
