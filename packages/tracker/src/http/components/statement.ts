import type { Statement } from '@firn/scan'
import { count, defaultInWords, productInWords, rangeInWords, SOURCES, statusInWords } from '../words.ts'
import { type Html, html } from './html.ts'

/** How many rows of one statement are shown before the rest is folded away. */
const ROWS = 12

/** What one container of one record says of one product: version ranges in words. */
export function statementTable(statement: Statement): Html {
  const shown = statement.versions.slice(0, ROWS)
  const folded = statement.versions.slice(ROWS)
  return html`<table class="statement"><caption><strong>${productInWords(statement)}</strong> <span class="quiet">${SOURCES[statement.source]} ${statement.provider}; <code>${statement.at}</code></span></caption>
<thead><tr><th scope="col">Versions</th><th scope="col">Are</th></tr></thead>
<tbody>${shown.map(row)}
<tr><td colspan="2" class="quiet">${defaultInWords(statement)}${statement.platforms === undefined || statement.platforms.length === 0 ? '' : `; on ${statement.platforms.join(', ')}`}</td></tr></tbody></table>
${folded.length === 0 ? '' : html`<details><summary>${count(folded.length, 'more range')} of ${productInWords(statement)}</summary><table class="statement"><caption class="sr">More ranges of ${productInWords(statement)}</caption><thead><tr><th scope="col">Versions</th><th scope="col">Are</th></tr></thead><tbody>${folded.map(row)}</tbody></table></details>`}`
}

function row(version: Statement['versions'][number]): Html {
  return html`<tr><td data-label="Versions">${rangeInWords(version)}</td><td data-label="Are">${statusInWords(version.status)}</td></tr>`
}
