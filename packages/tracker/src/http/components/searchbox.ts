import { type Html, html } from './html.ts'

/** The longest query that is looked for. */
export const QUERY_LIMIT = 200

/** The one search box. With JavaScript the results page answers while one types; without, Enter does. */
export function searchBox(query: string, live: boolean, focus = false): Html {
  return html`<form class="search" role="search" action="/search" method="get">
<label for="q" class="sr">CVE id, package or words</label>
<input id="q" name="q" type="search" value="${query}" maxlength="${QUERY_LIMIT}" placeholder="CVE id, package or words" autocomplete="off" autocapitalize="off" spellcheck="false"${focus ? html` autofocus` : ''}${
    live
      ? html` hx-get="/search?all=1" hx-trigger="input changed delay:250ms" hx-select="#results" hx-target="#results" hx-swap="outerHTML" hx-sync="this:replace"`
      : ''
  }>
<button type="submit">Search</button>
</form>`
}
