import type { Evidence } from '@firn/report'
import { count } from '../words.ts'
import { type Html, html } from './html.ts'
import { foreignLink, isWebUrl } from './link.ts'

/** The chain of reasons behind a verdict, folded away but there without JavaScript. */
export function evidenceList(evidence: readonly Evidence[], about: string): Html {
  if (evidence.length === 0) return html`<p class="quiet">No evidence was kept.</p>`
  return html`<details class="why"><summary>Why<span class="sr"> is this said of ${about}</span>? ${count(evidence.length, 'step')}</summary>
<ol>${evidence.map((step) => html`<li>${step.text}${step.source === undefined ? '' : html` ${source(step.source)}`}</li>`)}</ol></details>`
}

function source(place: string): Html {
  return isWebUrl(place) ? foreignLink(place) : html`<code>${place}</code>`
}
