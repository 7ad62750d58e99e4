import { type Html, html } from '../components/html.ts'
import { foreignLink, paths } from '../components/link.ts'
import { day } from '../components/when.ts'
import { type Frame, newestRecord } from '../frame.ts'
import { layout, lookedAt } from './layout.ts'

/** A CVE id of valid form for which there is no record: all that can honestly be said of it. */
export function unknownCvePage(frame: Frame, id: string): Html {
  const body = html`<article class="error"><h1>No record of <span class="id">${id}</span> here</h1>
<p class="answer undetermined">Whether it affects nixpkgs is not known.</p>
<p>${known(frame)} The id may be reserved and not yet published, published after our data, or never assigned.</p>
<ul><li>${foreignLink(`https://www.cve.org/CVERecord?id=${id}`, `${id} at cve.org`)}</li><li>${foreignLink(`https://nvd.nist.gov/vuln/detail/${id}`, `${id} at NVD`)}</li><li><a href="/status">How old is our data?</a></li></ul></article>`
  return layout(frame, { title: `${id}: no record`, search: id, body })
}

function known(frame: Frame): Html {
  const newest = newestRecord(frame)
  if (newest !== undefined) return html`The newest record we have is of ${day(newest)}.`
  return frame.cves === 0
    ? html`No CVE record has been loaded at all.`
    : html`No feed has come in whole yet, so most records are not here.`
}

/** An attribute that no channel we look at has, or ever had. */
export function unknownPackagePage(frame: Frame, attribute: string): Html {
  const body = html`<article class="error"><h1>No package <span class="id">${attribute}</span> here</h1>
<p>No channel we look at has an attribute of exactly this name. <a href="${paths.search(attribute)}">Search for “${attribute}”</a></p>
<h2>What was looked at</h2>${lookedAt(frame)}</article>`
  return layout(frame, { title: `${attribute}: no package`, search: attribute, body })
}

export function unknownChannelPage(frame: Frame, name: string): Html {
  const body = html`<article class="error"><h1>No channel “${name}” here</h1>
<p>These are the channels we look at:</p>${lookedAt(frame)}</article>`
  return layout(frame, { title: `${name}: no channel`, body })
}

/** Any other failure: what went wrong in a sentence, and the way out. */
export function errorPage(frame: Frame, title: string, hint: string): Html {
  const body = html`<article class="error"><h1>${title}</h1><p>${hint}</p><p><a href="/">Front page</a> · <a href="/status">Status</a></p></article>`
  return layout(frame, { title, body })
}
