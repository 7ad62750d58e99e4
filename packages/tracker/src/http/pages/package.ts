import type { PackageView } from '../../domain/views.ts'
import { cveSubject } from '../components/cves.ts'
import { decisionTable } from '../components/decisions.ts'
import { type Html, html } from '../components/html.ts'
import { channelLink, dotted, foreignLink, idLink, paths } from '../components/link.ts'
import { matchHead, matchRows, versionText } from '../components/verdicts.ts'
import { age, day } from '../components/when.ts'
import type { Frame } from '../frame.ts'
import { count, listed } from '../words.ts'
import { layout, lookedAt } from './layout.ts'

type Listed = PackageView['cves'][number]

/** One attribute of nixpkgs: which version each channel has, and what is known to be wrong with it. */
export function packagePage(frame: Frame, view: PackageView): Html {
  const open = view.cves.filter(({ match }) => match.verdict === 'affected' || match.verdict === 'undetermined')
  const closed = view.cves.filter(({ match }) => match.verdict !== 'affected' && match.verdict !== 'undetermined')
  const body = html`<article class="package">
<header class="title"><h1 class="id">${dotted(view.attribute)}</h1>
<p class="lede">${view.description ?? 'nixpkgs gives no description.'}</p></header>
<div class="split"><div>
${warning(view)}
<section aria-labelledby="cves"><h2 id="cves">Vulnerabilities</h2>
${summary(view, open, closed)}
${open.length === 0 ? '' : openTables(open, view.attribute)}
${closed.length === 0 ? '' : html`<details class="closed"><summary>${count(closed.length, 'vulnerability', 'vulnerabilities')} compared and found not to affect it</summary>${cveTable(closed, `Vulnerabilities that do not affect ${view.attribute}`)}</details>`}
${view.cvesTotal > view.cves.length ? html`<p class="quiet">The first ${view.cves.length} of ${view.cvesTotal} are shown.</p>` : ''}</section>
${view.decisions.length === 0 ? '' : html`<section aria-labelledby="decided"><h2 id="decided">Decided by maintainers</h2>${decisionTable(view.decisions, frame.now, ({ vulnerability }) => idLink(vulnerability))}</section>`}
${history(view)}
</div>
<aside aria-label="Facts">
<section aria-labelledby="versions"><h2 id="versions">Versions now</h2>${versions(frame, view)}</section>
<section aria-labelledby="about"><h2 id="about">About</h2>${about(view)}
<p><a href="${paths.search(view.attribute)}">All results for “${view.attribute}”</a></p></section>
<section aria-labelledby="looked"><h2 id="looked">What was looked at</h2>${lookedAt(frame)}</section>
</aside></div>
</article>`
  return layout(frame, {
    title: `${view.attribute} in nixpkgs`,
    json: `/api/v1/packages/${encodeURIComponent(view.attribute)}`,
    body,
  })
}

function warning(view: PackageView): Html | '' {
  if (view.knownVulnerabilities.length === 0) return ''
  return html`<div class="notice"><p><strong>Marked insecure in nixpkgs.</strong></p><ul>${view.knownVulnerabilities.map((text) => html`<li>${text}</li>`)}</ul></div>`
}

function summary(view: PackageView, open: readonly Listed[], closed: readonly Listed[]): Html {
  const affects = open.filter(({ match }) => match.verdict === 'affected')
  const affected = affects.length
  const at = new Set(
    affects.flatMap(({ match }) =>
      match.channels.filter((one) => one.verdict === 'affected').map((one) => one.channel),
    ),
  )
  if (affected > 0) {
    const undecided = open.length - affected
    // The worst come first: when all that are shown affect it, more may.
    const least = view.cvesTotal > affected && affected === view.cves.length ? 'At least ' : ''
    return html`<p class="answer affected">${least}${count(affected, 'known vulnerability affects', 'known vulnerabilities affect')} it${at.size === 0 ? '' : ` in ${listed([...at])}`}.${undecided > 0 ? ` For ${undecided} more the data does not decide.` : ''}</p>`
  }
  if (open.length > 0)
    return html`<p class="answer undetermined">Not decided: ${count(open.length, 'vulnerability', 'vulnerabilities')} may affect it. The reason stands beside each.</p>`
  if (closed.length > 0)
    return html`<p class="answer fine">None of the ${count(view.cvesTotal, 'vulnerability', 'vulnerabilities')} recorded for this product affects the versions the channels have now.</p>`
  return html`<p class="answer">No record found. None of the records we have names this product, under the names we know it by. That is no proof that it has no flaws.</p>`
}

/** So many are shown before the rest is folded away. */
const UNFOLDED = 25

function openTables(list: readonly Listed[], attribute: string): Html {
  const folded = list.slice(UNFOLDED)
  return html`${cveTable(list.slice(0, UNFOLDED), `Vulnerabilities that affect or may affect ${attribute}`)}
${folded.length === 0 ? '' : html`<details class="closed"><summary>${count(folded.length, 'more vulnerability', 'more vulnerabilities')}</summary>${cveTable(folded, `More vulnerabilities that affect or may affect ${attribute}`)}</details>`}`
}

function cveTable(list: readonly Listed[], caption: string): Html {
  return html`<table class="matches"><caption class="sr">${caption}</caption>${matchHead('CVE')}${list.map((cve) => matchRows(cve.match, cveSubject(cve), cve.id))}</table>`
}

function versions(frame: Frame, view: PackageView): Html {
  if (view.channels.length === 0) return html`<p>In no channel now.</p>`
  return html`<table><caption class="sr">The version each channel has now</caption>
<thead><tr><th scope="col">Channel</th><th scope="col">Version</th><th scope="col">Since</th></tr></thead>
<tbody>${view.channels.map(
    (at) =>
      html`<tr><th scope="row">${channelLink(at.channel)}</th><td data-label="Version">${versionText(at.version)}</td><td data-label="Since">${age(at.since, frame.now)}</td></tr>`,
  )}</tbody></table>`
}

function about(view: PackageView): Html {
  return html`<dl class="facts">
<div><dt>Name</dt><dd>${view.pname ?? 'not said'}</dd></div>
<div><dt>Home page</dt><dd>${view.homepages.length === 0 ? 'not said' : view.homepages.map((url, index) => html`${index > 0 ? html`<br>` : ''}${foreignLink(url)}`)}</dd></div>
<div><dt>Defined in</dt><dd>${view.position === undefined ? 'not said' : html`<code>${view.position}</code>`}</dd></div>
<div><dt>Licence</dt><dd>${view.licences.length === 0 ? 'not said' : view.licences.join(', ')}</dd></div>
<div><dt>Maintainers</dt><dd>${view.maintainers.length === 0 ? 'nobody' : view.maintainers.join(', ')}</dd></div>
</dl>`
}

/** How many changes are shown before the rest is folded away. */
const CHANGES = 10

function history(view: PackageView): Html {
  const shown = view.history.slice(0, CHANGES)
  const folded = view.history.slice(CHANGES)
  return html`<section aria-labelledby="history"><h2 id="history">History</h2>
${shown.length === 0 ? html`<p>No version of it was ever seen.</p>` : changes(shown, `Versions of ${view.attribute} by channel, newest first`)}
${folded.length === 0 ? '' : html`<details><summary>${count(folded.length, 'earlier change')}</summary>${changes(folded, `Earlier versions of ${view.attribute}`)}</details>`}</section>`
}

function changes(list: PackageView['history'], caption: string): Html {
  return html`<table class="history"><caption class="sr">${caption}</caption>
<thead><tr><th scope="col">Version</th><th scope="col">Channel</th><th scope="col">From</th><th scope="col">Until</th></tr></thead>
<tbody>${list.map(
    (change) =>
      html`<tr><td data-label="Version">${versionText(change.version)}</td><td data-label="Channel">${channelLink(change.channel)}</td><td data-label="From">${day(change.since)}</td><td data-label="Until">${change.until === undefined ? 'now' : day(change.until)}</td></tr>`,
  )}</tbody></table>`
}
