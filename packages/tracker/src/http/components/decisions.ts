import type { StoredDecision } from '../../domain/storedDecision.ts'
import { RULINGS } from '../words.ts'
import { type Html, html } from './html.ts'
import { channelLink } from './link.ts'
import { day } from './when.ts'

/** What maintainers decided, newest first; `subject` is what the page is not about: the package, or the CVE. */
export function decisionTable(
  list: readonly StoredDecision[],
  now: Date,
  subject: (decision: StoredDecision) => Html,
): Html {
  const today = now.toISOString().slice(0, 10)
  return html`<table><caption class="sr">Decisions, newest first; of two on the same thing the newer counts</caption>
<thead><tr><th scope="col">Of</th><th scope="col">Decision</th><th scope="col">Where</th><th scope="col">By</th></tr></thead>
<tbody>${[...list]
    .reverse()
    .map(
      (decision) =>
        html`<tr><th scope="row">${subject(decision)}</th><td data-label="Decision">${what(decision)}</td><td data-label="Where">${where(decision)}</td><td data-label="By">${decision.author}, ${day(decision.created)}${until(decision, today)}</td></tr>`,
    )}</tbody></table>`
}

function what({ status, justification, statement }: StoredDecision): Html {
  const why = justification === undefined ? '' : html` <span class="quiet">${justification.replaceAll('_', ' ')}</span>`
  return html`<strong>${RULINGS[status]}</strong>${why}${statement === undefined ? '' : html`<br>${statement}`}`
}

function where({ versions, channel }: StoredDecision): Html {
  return html`${versions === undefined ? 'all versions' : html`<code>${versions}</code>`}, ${channel === undefined ? 'all channels' : channelLink(channel)}`
}

function until({ expires }: StoredDecision, today: string): Html | '' {
  if (expires === undefined) return ''
  return expires <= today
    ? html` <span class="quiet">(expired ${day(expires)})</span>`
    : html` <span class="quiet">(until ${day(expires)})</span>`
}
