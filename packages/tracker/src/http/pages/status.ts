import type { FeedStatus, IngestionStatus, StatusView } from '../../domain/views.ts'
import { feedBadge, ingestionBadge } from '../components/badge.ts'
import { type Html, html } from '../components/html.ts'
import { foreignLink } from '../components/link.ts'
import { age, day, moment } from '../components/when.ts'
import type { Frame } from '../frame.ts'
import { count, grouped, label } from '../words.ts'
import { layout } from './layout.ts'

/** How far the data can be trusted: each feed, each import, and what could not be read. */
export function statusPage(frame: Frame, view: StatusView): Html {
  const running = view.ingestions.some((run) => run.state === 'running' || run.state === 'queued')
  const refresh = running
    ? html` hx-get="/status" hx-trigger="every 3s" hx-select="#live" hx-target="#live" hx-swap="outerHTML"`
    : ''
  const body = html`<article><header class="title"><h1>Status</h1>
<p class="lede">${verdict(view)}</p></header>
<div id="live"${refresh}>
<section aria-labelledby="feeds"><h2 id="feeds">Feeds</h2>${feeds(frame, view.feeds)}</section>
<section aria-labelledby="imports"><h2 id="imports">Imports</h2>${ingestions(frame, view.ingestions)}</section>
<section aria-labelledby="aside"><h2 id="aside">Records kept aside</h2>${aside(frame, view)}</section>
</div>
<section aria-labelledby="counts"><h2 id="counts">In the database</h2>
<dl class="figures">${Object.entries(view.counts).map(([key, number]) => html`<div><dt>${label(key)}</dt><dd>${grouped(number)}</dd></div>`)}</dl>
<p class="quiet">firn ${view.version} on ${view.database === 'pglite' ? 'embedded PGlite' : 'PostgreSQL'}.</p></section>
</article>`
  return layout(frame, { title: 'Status', json: '/api/v1/status', body })
}

function verdict(view: StatusView): Html {
  if (view.feeds.length === 0) return html`No feed is set up: data comes only from files imported by hand.`
  const failing = view.feeds.filter((feed) => feed.state === 'failing').length
  const reachable = view.feeds.filter((feed) => feed.state === 'fresh' || feed.state === 'stale').length
  if (failing > 0 && reachable === 0)
    return html`<strong>Offline.</strong> The last attempt of every feed failed. What is shown is as old as the dates below.`
  const late = view.feeds.filter((feed) => feed.state !== 'fresh').length
  return late === 0
    ? html`Every feed is up to date.`
    : html`${count(late, 'feed')} of ${view.feeds.length} ${late === 1 ? 'is' : 'are'} not up to date.`
}

function feeds(frame: Frame, list: readonly FeedStatus[]): Html {
  if (list.length === 0) return html`<p>None.</p>`
  return html`<table><caption class="sr">Feeds: state, last success, last error, and the newest date in their data</caption>
<thead><tr><th scope="col">Feed</th><th scope="col">State</th><th scope="col">Last success</th><th scope="col">Newest record</th><th scope="col" class="number">Records</th></tr></thead>
${list.map(
  (
    feed,
  ) => html`<tbody><tr><th scope="row">${feed.name}</th><td data-label="State">${feedBadge(feed.state)}</td><td data-label="Last success">${
    feed.lastSuccess === undefined ? 'never' : moment(feed.lastSuccess, frame.now)
  }</td><td data-label="Newest record">${feed.newestRecord === undefined ? 'none' : html`${day(feed.newestRecord)} <span class="quiet">${age(feed.newestRecord, frame.now)}</span>`}</td><td class="number" data-label="Records">${grouped(feed.records)}</td></tr>
${feed.lastError === undefined && feed.url === undefined ? '' : html`<tr class="because"><td colspan="5">${feed.lastError === undefined ? '' : html`<p>${feed.state === 'failing' ? 'Last attempt failed' : 'Last error'} ${age(feed.lastError.at, frame.now)}: ${feed.lastError.message}</p>`}${feed.url === undefined ? '' : html`<p class="quiet">${foreignLink(feed.url)}</p>`}</td></tr>`}</tbody>`,
)}</table>`
}

function ingestions(frame: Frame, list: readonly IngestionStatus[]): Html {
  if (list.length === 0) return html`<p>Nothing has been imported.</p>`
  return html`<table><caption class="sr">Imports, newest first</caption>
<thead><tr><th scope="col">What</th><th scope="col">State</th><th scope="col">Started</th><th scope="col">Progress</th></tr></thead>
<tbody>${list.map(
    (run) =>
      html`<tr><th scope="row">${run.kind}<br><span class="quiet">${run.origin}</span></th><td data-label="State">${ingestionBadge(run.state)}${run.error === undefined ? '' : html`<br>${run.error}`}</td><td data-label="Started">${
        run.started === undefined ? 'not yet' : moment(run.started, frame.now)
      }</td><td data-label="Progress">${progress(run)}</td></tr>`,
  )}</tbody></table>`
}

function progress(run: IngestionStatus): Html {
  const counts = Object.entries(run.counts).filter(([, number]) => number > 0)
  return html`${run.state === 'running' && run.total !== undefined && run.total > 0 ? html`<progress max="${run.total}" value="${run.done}" aria-label="Progress of ${run.kind} from ${run.origin}"></progress> ` : ''}${grouped(run.done)}${
    run.total === undefined ? '' : ` of ${grouped(run.total)}`
  }${counts.length === 0 ? '' : html`<br><span class="quiet">${counts.map(([key, number]) => `${grouped(number)} ${label(key).toLowerCase()}`).join(', ')}</span>`}`
}

function aside(frame: Frame, view: StatusView): Html {
  if (view.asideTotal === 0) return html`<p>None: every record could be read.</p>`
  return html`<p>${count(view.asideTotal, 'record')} could not be read and ${view.asideTotal === 1 ? 'is' : 'are'} kept aside; all others went in.${view.asideTotal > view.aside.length ? ` The newest ${view.aside.length}:` : ''}</p>
<table><caption class="sr">Records that could not be read, newest first</caption>
<thead><tr><th scope="col">Record</th><th scope="col">From</th><th scope="col">Why</th><th scope="col">When</th></tr></thead>
<tbody>${view.aside.map(
    (record) =>
      html`<tr><th scope="row">${record.name}</th><td data-label="From">${record.origin}</td><td data-label="Why">${record.error}</td><td data-label="When">${age(record.at, frame.now)}</td></tr>`,
  )}</tbody></table>`
}
