import type { CveView, PackageMatch } from '../../domain/views.ts'
import { exploitedBadge, severityBadge } from '../components/badge.ts'
import { decisionTable } from '../components/decisions.ts'
import { type Html, html } from '../components/html.ts'
import { cveLink, foreignLink, isWebUrl, packageLink } from '../components/link.ts'
import { statementTable } from '../components/statement.ts'
import { matchHead, matchRows } from '../components/verdicts.ts'
import { age, day, moment } from '../components/when.ts'
import type { Frame } from '../frame.ts'
import { count, label, listed } from '../words.ts'
import { layout, lookedAt } from './layout.ts'

/** Everything known of one CVE, the answer for nixpkgs first. */
export function cvePage(frame: Frame, view: CveView): Html {
  const body = html`<article class="cve">
<header class="title"><h1><span class="id">${view.id}</span>${view.title === undefined ? '' : html` <span class="name">${view.title}</span>`}</h1>
<p class="badges">${severityBadge(view.severity)} ${exploitedBadge(view.knownExploited)}${view.tags.map((tag) => html` <span class="tag">${label(tag)}</span>`)}</p>
${rejection(view)}</header>
<div class="split"><div>
<section aria-labelledby="answer"><h2 id="answer">In nixpkgs</h2>
${answer(frame, view)}
${view.matches.length === 0 ? '' : matches(view)}</section>
${view.decisions.length === 0 ? '' : html`<section aria-labelledby="decided"><h2 id="decided">Decided by maintainers</h2>${decisionTable(view.decisions, frame.now, ({ attribute }) => packageLink(attribute))}</section>`}
<section aria-labelledby="says"><h2 id="says">What it says</h2>
<div class="prose">${paragraphs(view.description)}</div></section>
<section aria-labelledby="scores"><h2 id="scores">Scores</h2>${scores(view)}</section>
<section aria-labelledby="stated"><h2 id="stated">Versions, as stated</h2>${statements(view)}</section>
<section aria-labelledby="references"><h2 id="references">References</h2>${references(view)}</section>
</div>
<aside aria-label="Facts">${facts(frame, view)}</aside></div>
</article>`
  const title = view.title === undefined ? view.id : `${view.id}: ${view.title}`
  return layout(frame, { title, json: `/api/v1/cves/${view.id}`, body })
}

function rejection(view: CveView): Html | '' {
  if (view.state !== 'REJECTED') return ''
  return html`<div class="notice"><p><strong>This record was rejected.</strong> ${view.rejectedReason ?? 'No reason was given.'}</p>
${view.replacedBy.length === 0 ? '' : html`<p>See instead: ${view.replacedBy.map((id, index) => html`${index > 0 ? ', ' : ''}${/^CVE-/.test(id) ? cveLink(id) : id}`)}</p>`}</div>`
}

/** The sentence a reader came for. Silence is never left to be guessed at: it says what was compared, and when. */
function answer(frame: Frame, view: CveView): Html {
  if (view.state === 'REJECTED')
    return html`<p class="answer">A rejected record affects nothing; no package is compared with it.</p>`
  if (frame.channels.length === 0)
    return html`<p class="answer">Not known: no channel has been imported, so no package was compared.</p>`
  const affected = view.matches.filter((match) => match.verdict === 'affected')
  const open = view.matches.filter((match) => match.verdict === 'undetermined')
  if (affected.length > 0) return affectedAnswer(view, affected, open)
  if (open.length > 0) {
    return html`<p class="answer undetermined">Not decided: ${count(open.length, 'package')} may be affected, and the data does not say. The reason stands beside each.</p>`
  }
  if (view.matches.length > 0)
    return html`<p class="answer fine">Not affected as of the data below: each package with this product was compared, and each has a reason.</p>`
  if (view.statements.length === 0) {
    return html`<p class="answer undetermined">Not known: the record names no product, so it cannot be compared with packages.</p>`
  }
  return html`<p class="answer">No package found. No package of the channels we look at is known under a product named below. It may be absent from nixpkgs, or known there under another name.</p>`
}

/** Up to this many affected packages are named in the answer; more are counted. */
const NAMED = 3

function affectedAnswer(view: CveView, affected: readonly PackageMatch[], undecided: readonly PackageMatch[]): Html {
  const rest = undecided.length === 0 ? '' : ` For ${count(undecided.length, 'more package')} the data does not decide.`
  if (affected.length > NAMED) {
    const channels = new Set(affected.flatMap((match) => channelsWith(match, true)))
    const least = view.matchesTotal > view.matches.length ? 'At least ' : ''
    return html`<p class="answer affected">${least}${affected.length} packages are affected in ${listed([...channels])}.${rest}</p>`
  }
  return html`<p class="answer affected">${affected.map((match) => html`${sentence(match)} `)}${rest}</p>`
}

/** `openssl is affected in nixos-24.05, and not in nixos-unstable.` */
function sentence(match: PackageMatch): Html {
  const inChannels = channelsWith(match, true)
  const clear = channelsWith(match, false)
  if (inChannels.length === 0) return html`<span class="id">${match.attribute}</span> is affected.`
  return html`<span class="id">${match.attribute}</span> is affected in ${listed(inChannels)}${clear.length === 0 ? '' : `, and not in ${listed(clear)}`}.`
}

function channelsWith(match: PackageMatch, affected: boolean): string[] {
  const chosen = match.channels.filter((at) => (affected ? at.verdict === 'affected' : isClear(at.verdict)))
  return chosen.map((at) => at.channel)
}

function isClear(verdict: PackageMatch['verdict']): boolean {
  return verdict !== 'affected' && verdict !== 'undetermined'
}

/** How many packages are shown before the rest is folded away. */
const PACKAGES = 12

function matches(view: CveView): Html {
  const folded = view.matches.slice(PACKAGES)
  return html`${matchTable(view.matches.slice(0, PACKAGES), `Packages that were compared with ${view.id}`)}
${
  folded.length === 0
    ? ''
    : html`<details class="closed"><summary>${count(folded.length, 'more package')}</summary>${matchTable(folded, `More packages that were compared with ${view.id}`)}</details>`
}
${view.matchesTotal > view.matches.length ? html`<p class="quiet">The first ${view.matches.length} of ${view.matchesTotal} packages are listed.</p>` : ''}`
}

function matchTable(list: readonly PackageMatch[], caption: string): Html {
  return html`<table class="matches"><caption class="sr">${caption}</caption>
${matchHead('Package')}
${list.map((match) => matchRows(match, packageLink(match.attribute), match.attribute))}</table>`
}

function paragraphs(text: string): Html {
  const parts = text.split(/\n\s*\n/).filter((part) => part.trim() !== '')
  if (parts.length === 0) return html`<p class="quiet">The record has no description.</p>`
  return html`${parts.map((part) => html`<p>${part.split('\n').map((line, index) => html`${index > 0 ? html`<br>` : ''}${line}`)}</p>`)}`
}

function scores(view: CveView): Html {
  if (view.severities.length === 0)
    return html`<p>Nobody has given it a CVSS score, in the records we have. That says nothing about how bad it is.</p>`
  return html`<table><caption class="sr">CVSS scores, computed from their vectors</caption>
<thead><tr><th scope="col">Score</th><th scope="col">By</th><th scope="col">CVSS</th><th scope="col">Vector</th></tr></thead>
<tbody>${view.severities.map(
    (severity) =>
      html`<tr><td data-label="Score">${severityBadge(severity)}</td><td data-label="By">${severity.provider}</td><td data-label="CVSS">${severity.version}</td><td data-label="Vector"><code class="vector">${severity.vector}</code></td></tr>`,
  )}</tbody></table>`
}

function statements(view: CveView): Html {
  if (view.statements.length === 0) return html`<p>No record states which product or versions are affected.</p>`
  const shown = view.statements.slice(0, 6)
  const folded = view.statements.slice(6)
  return html`${shown.map(statementTable)}${
    folded.length === 0
      ? ''
      : html`<details><summary>${count(folded.length, 'more statement')}</summary>${folded.map(statementTable)}</details>`
  }`
}

function references(view: CveView): Html {
  return html`${view.references.length === 0 ? html`<p>The record names none.</p>` : ''}<ul class="references">${view.references.map(
    (reference) =>
      html`<li>${foreignLink(reference.url)}${reference.name === undefined || reference.name === reference.url ? '' : html` <span>${reference.name}</span>`}${reference.tags.map(
        (tag) => html` <span class="tag">${tag.replaceAll('-', ' ')}</span>`,
      )}</li>`,
  )}
<li>${foreignLink(`https://www.cve.org/CVERecord?id=${view.id}`, `${view.id} at cve.org`)}</li>
<li>${foreignLink(`https://nvd.nist.gov/vuln/detail/${view.id}`, `${view.id} at NVD`)}</li></ul>`
}

function facts(frame: Frame, view: CveView): Html {
  return html`<section aria-labelledby="urgency"><h2 id="urgency">Urgency</h2><dl class="facts">
<div><dt>Exploited</dt><dd>${view.kev === undefined ? 'Not in CISA’s list of known exploited vulnerabilities' : html`In CISA’s list since ${day(view.kev.dateAdded)}${view.kev.ransomware ? '; used by ransomware' : ''}. To be done by ${day(view.kev.dueDate)}: ${view.kev.requiredAction}${view.kev.notes.map((note) => html`<br>${isWebUrl(note) ? foreignLink(note) : note}`)}`}</dd></div>
<div><dt>EPSS</dt><dd>${view.epssDetail === undefined ? 'No estimate' : html`${percent(view.epssDetail.score)} chance of exploitation in 30 days; higher than ${percent(view.epssDetail.percentile)} of all CVEs <span class="quiet">(${day(view.epssDetail.date)})</span>`}</dd></div>
${Object.entries(view.ssvc ?? {}).map(([question, reply]) => html`<div><dt>${label(question)} <span class="quiet">SSVC</span></dt><dd>${reply}</dd></div>`)}
</dl></section>
<section aria-labelledby="record"><h2 id="record">Record</h2><dl class="facts">
<div><dt>State</dt><dd>${view.state === 'REJECTED' ? 'Rejected' : 'Published'}${view.published === undefined ? '' : html` ${day(view.published)}`}</dd></div>
<div><dt>Updated</dt><dd>${view.updated === undefined ? 'not said' : moment(view.updated, frame.now)}</dd></div>
<div><dt>Assigner</dt><dd>${view.assigner ?? 'not said'}</dd></div>
<div><dt>Weakness</dt><dd>${view.weaknesses.length === 0 ? 'not said' : view.weaknesses.map((weakness, index) => html`${index > 0 ? html`<br>` : ''}${weaknessText(weakness)}`)}</dd></div>
${view.aliases.length === 0 ? '' : html`<div><dt>Also known as</dt><dd>${view.aliases.map((alias, index) => html`${index > 0 ? ', ' : ''}<span class="id">${alias}</span>`)}</dd></div>`}
</dl></section>
<section aria-labelledby="looked"><h2 id="looked">What was looked at</h2>
<ul class="looked">${view.records.map((record) => html`<li>${record.source.toUpperCase()} record <span class="id">${record.id}</span> <span class="quiet">imported ${age(record.imported, frame.now)}</span></li>`)}</ul>
${lookedAt(frame)}</section>`
}

function weaknessText({ id, name }: CveView['weaknesses'][number]): Html {
  const number = /^CWE-(\d+)$/.exec(id ?? '')?.[1]
  if (number === undefined) return html`${name}`
  const rest = name.replace(/^CWE-\d+:?\s*/, '')
  return html`${foreignLink(`https://cwe.mitre.org/data/definitions/${number}.html`, id)}${rest === '' ? '' : ` ${rest}`}`
}

/** A share as `0.4 %`, `97 %`: two digits where it matters. */
function percent(share: number): string {
  const value = share * 100
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`
}
