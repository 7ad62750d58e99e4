import type { ChannelView } from '../../domain/views.ts'
import { cveSubject } from '../components/cves.ts'
import { evidenceList } from '../components/evidence.ts'
import { type Html, html } from '../components/html.ts'
import { packageLink, paths } from '../components/link.ts'
import { pagination } from '../components/pagination.ts'
import { versionText } from '../components/verdicts.ts'
import { moment } from '../components/when.ts'
import type { Frame } from '../frame.ts'
import { count, grouped } from '../words.ts'
import { layout } from './layout.ts'

/** One channel: what affects its packages, the most urgent first, and which package sets we have seen of it. */
export function channelPage(frame: Frame, view: ChannelView): Html {
  const body = html`<article class="channel">
<header class="title"><h1>${view.name}</h1>
<p class="lede">${view.imported === undefined ? 'No package set of this channel has been imported, so nothing was compared.' : html`${count(view.packages, 'package')}, imported ${moment(view.imported, frame.now)}${view.revision === undefined ? '' : html`, revision <code>${view.revision.slice(0, 12)}</code>`}`}</p>
<dl class="figures"><div><dt>Packages</dt><dd>${grouped(view.packages)}</dd></div><div><dt>Affected pairs</dt><dd>${grouped(view.affected)}</dd></div><div><dt>Undetermined pairs</dt><dd>${grouped(view.undetermined)}</dd></div></dl></header>
<section aria-labelledby="affected"><h2 id="affected">Affected packages</h2>
<p class="quiet">A pair is one CVE and one package. Known exploited first, then by score, then the newest.</p>
${pairs(view)}</section>
<section aria-labelledby="sets"><h2 id="sets">Package sets seen</h2>${evaluations(frame, view)}</section>
</article>`
  const title = `${view.name}: affected packages${view.page > 1 ? `, page ${view.page}` : ''}`
  return layout(frame, {
    title,
    json: `/api/v1/channels/${encodeURIComponent(view.name)}${view.page > 1 ? `?page=${view.page}` : ''}`,
    body,
  })
}

function pairs(view: ChannelView): Html {
  if (view.matches.length === 0) {
    return view.page > 1
      ? html`<p>There is no page ${view.page}. <a href="${paths.channel(view.name)}">The first page</a></p>`
      : html`<p>${view.packages === 0 ? 'No package was compared.' : `No record we have affects any of its ${count(view.packages, 'package')}.`}</p>`
  }
  const last = Math.max(1, Math.ceil(view.matchesTotal / view.pageSize))
  const first = (view.page - 1) * view.pageSize + 1
  return html`<table class="matches"><caption>${grouped(first)} to ${grouped(first + view.matches.length - 1)} of ${grouped(view.matchesTotal)}</caption>
<thead><tr><th scope="col">CVE</th><th scope="col">Package</th><th scope="col">Version here</th><th scope="col">Fixed in</th><th scope="col">Evidence</th></tr></thead>
${[...Map.groupBy(view.matches, ({ cve }) => cve.id).values()].map((group) => pairsOfOne(view, group))}</table>
${pagination(view.page, last, view.page < last, (page) => paths.channel(view.name, page))}`
}

/** The pairs of one CVE, which is told once: a kernel's are in twenty packages. */
function pairsOfOne(view: ChannelView, group: ChannelView['matches']): Html {
  return html`<tbody>${group.map(
    ({ cve, match }, at) =>
      html`<tr>${at === 0 && html`<th scope="rowgroup" rowspan="${group.length}">${cveSubject(cve)}</th>`}<td data-label="Package">${packageLink(match.attribute)}</td><td data-label="Version here">${versionText(
        match.channels.find((at) => at.channel === view.name)?.version,
      )}</td><td data-label="Fixed in">${match.fixedIn === undefined ? html`<span class="quiet">not said</span>` : html`<code>${match.fixedIn}</code>`}</td><td>${evidenceList(match.evidence, `${cve.id} and ${match.attribute}`)}</td></tr>`,
  )}</tbody>`
}

function evaluations(frame: Frame, view: ChannelView): Html {
  if (view.evaluations.length === 0) return html`<p>None.</p>`
  return html`<table><caption class="sr">Package sets of ${view.name}, newest first</caption>
<thead><tr><th scope="col">Imported</th><th scope="col">Revision</th><th scope="col" class="number">Packages</th><th scope="col" class="number">Added</th><th scope="col" class="number">Changed</th><th scope="col" class="number">Removed</th></tr></thead>
<tbody>${view.evaluations.map(
    (set) =>
      html`<tr><td data-label="Imported">${moment(set.imported, frame.now)}</td><td data-label="Revision">${set.revision === undefined ? html`<span class="quiet">not known</span>` : html`<code>${set.revision.slice(0, 12)}</code>`}</td><td class="number" data-label="Packages">${grouped(set.packages)}</td><td class="number" data-label="Added">${grouped(set.added)}</td><td class="number" data-label="Changed">${grouped(set.changed)}</td><td class="number" data-label="Removed">${grouped(set.removed)}</td></tr>`,
  )}</tbody></table>`
}
