import type { ChannelSummary, FrontView } from '../../domain/views.ts'
import { exploitedBadge, severityBadge } from '../components/badge.ts'
import { gist } from '../components/cves.ts'
import { type Html, html } from '../components/html.ts'
import { channelLink, cveLink, packageLink } from '../components/link.ts'
import { searchBox } from '../components/searchbox.ts'
import { age, day } from '../components/when.ts'
import type { Frame } from '../frame.ts'
import { count, grouped, label } from '../words.ts'
import { layout } from './layout.ts'

/** The front page: one question, then what is new, and how far it can be trusted. */
export function frontPage(frame: Frame, view: FrontView): Html {
  const isEmpty = view.channels.length === 0 && view.recent.length === 0
  const body = html`<section class="hero">
<h1>Is it in nixpkgs, and is it fixed?</h1>
<p>Known vulnerabilities, compared with the packages of each channel. Ask for a CVE, a package, or words.</p>
${searchBox('', false, true)}
${isEmpty ? '' : html`<dl class="figures">${Object.entries(view.counts).map(([key, number]) => html`<div><dt>${label(key)}</dt><dd>${grouped(number)}</dd></div>`)}</dl>`}
</section>
${isEmpty ? nothingYet() : html`<div class="columns">${recent(view)}${channels(frame, view.channels)}</div>`}`
  return layout(frame, { title: 'firn: vulnerabilities in nixpkgs', json: '/api/v1/front', search: false, body })
}

function nothingYet(): Html {
  return html`<section class="empty"><h2>There is no data yet</h2>
<p>Nothing has been imported, so nothing can be said of any package. Feeds are fetched in the background when there is a network; <a href="/status">the status page</a> shows what they are doing. Files can be imported by hand:</p>
<pre tabindex="0"><code>./firn tracker import FILE…</code></pre></section>`
}

function recent(view: FrontView): Html {
  return html`<section class="recent" aria-labelledby="recent"><h2 id="recent">Newest that affect a package</h2>
${
  view.recent.length === 0
    ? html`<p>No CVE we know of affects a package of these channels.</p>`
    : html`<ul class="news">${view.recent.map(
        ({ cve, attributes, more }) =>
          html`<li><div class="head">${cveLink(cve.id)} ${severityBadge(cve.severity)} ${exploitedBadge(cve.knownExploited)}${
            cve.published === undefined ? '' : html`<span class="date">${day(cve.published)}</span>`
          }</div><p>${gist(cve)}</p><p class="in">in ${attributes.map((attribute, index) => html`${index > 0 ? ', ' : ''}${packageLink(attribute)}`)}${
            more > 0 ? ` and ${count(more, 'more package', 'more packages')}` : ''
          }</p></li>`,
      )}</ul>`
}</section>`
}

function channels(frame: Frame, list: readonly ChannelSummary[]): Html {
  return html`<section aria-labelledby="channels"><h2 id="channels">Channels</h2>
${
  list.length === 0
    ? html`<p>No channel has been imported, so no package was compared.</p>`
    : html`<table class="channels"><caption class="sr">Channels, the age of their package sets, and pairs of a CVE and a package</caption>
<thead><tr><th scope="col">Channel</th><th scope="col" class="number">Affected</th><th scope="col" class="number">Undetermined</th></tr></thead>
<tbody>${list.map(
        (channel) =>
          html`<tr><th scope="row">${channelLink(channel.name)}<br><span class="quiet">${channel.imported === undefined ? 'never imported' : html`imported ${age(channel.imported, frame.now)}`}</span></th><td class="number" data-label="Affected">${grouped(channel.affected)}</td><td class="number" data-label="Undetermined">${grouped(channel.undetermined)}</td></tr>`,
      )}</tbody></table>`
}</section>`
}
