import type { ReasonCode, Verdict } from '@firn/scan'
import type { CveSummary, FeedStatus, IngestionStatus } from '../../domain/views.ts'
import { FEED_STATES, INGESTION_STATES, REASONS, VERDICTS } from '../words.ts'
import { type Html, html } from './html.ts'

/** Each verdict has its own sign, so that colour is never the only difference. */
const SIGNS: Readonly<Record<Verdict, string>> = {
  affected: '■',
  undetermined: '?',
  patched: '✓',
  not_affected: '✓',
  different_product: '≠',
}

export function verdictBadge(verdict: Verdict, reason?: ReasonCode): Html {
  return html`<span class="verdict ${verdict}"><span class="sign" aria-hidden="true">${SIGNS[verdict]}</span>${VERDICTS[verdict]}</span>${
    reason === undefined ? '' : html` <span class="reason">${REASONS[reason]}</span>`
  }`
}

export function severityBadge(severity: CveSummary['severity']): Html {
  if (severity === undefined) return html`<span class="severity none">no score</span>`
  return html`<span class="severity ${severity.rating}"><b>${severity.score.toFixed(1)}</b> ${severity.rating}</span>`
}

export function exploitedBadge(knownExploited: boolean): Html | '' {
  return knownExploited
    ? html`<span class="exploited" title="In CISA’s list of known exploited vulnerabilities">known exploited</span>`
    : ''
}

export function feedBadge(state: FeedStatus['state']): Html {
  const signs: Readonly<Record<FeedStatus['state'], string>> = { fresh: '✓', stale: '!', failing: '■', never: '–' }
  return html`<span class="state ${state}"><span class="sign" aria-hidden="true">${signs[state]}</span>${FEED_STATES[state]}</span>`
}

export function ingestionBadge(state: IngestionStatus['state']): Html {
  const signs: Readonly<Record<IngestionStatus['state'], string>> = {
    queued: '…',
    running: '▸',
    done: '✓',
    failed: '■',
  }
  return html`<span class="state ${state}"><span class="sign" aria-hidden="true">${signs[state]}</span>${INGESTION_STATES[state]}</span>`
}
