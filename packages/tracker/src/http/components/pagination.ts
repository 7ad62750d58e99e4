import { type Html, html } from './html.ts'

/** Links to the pages around `page`; `last` is absent where the number of pages is not known. */
export function pagination(
  page: number,
  last: number | undefined,
  more: boolean,
  link: (page: number) => string,
): Html | '' {
  if (page === 1 && !more) return ''
  return html`<nav class="pages" aria-label="Pages">
${page > 1 ? html`<a rel="prev" href="${link(page - 1)}">← Previous</a>` : html`<span class="quiet">← Previous</span>`}
<span>Page ${page}${last === undefined ? '' : ` of ${last}`}</span>
${more ? html`<a rel="next" href="${link(page + 1)}">Next →</a>` : html`<span class="quiet">Next →</span>`}
</nav>`
}
