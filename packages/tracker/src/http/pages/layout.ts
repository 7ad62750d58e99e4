import { ASSETS } from '../assets.ts'
import { type Html, html } from '../components/html.ts'
import { channelLink } from '../components/link.ts'
import { searchBox } from '../components/searchbox.ts'
import { age } from '../components/when.ts'
import { type Frame, lastUpdate } from '../frame.ts'

export interface Page {
  readonly title: string
  /** The same as JSON, at this URL. */
  readonly json?: string
  /** What stands in the search box of the header; false where the page has its own. */
  readonly search?: string | false
  readonly body: Html
}

const HTMX_CONFIG = '{"includeIndicatorCSS":false,"history":false}'

/** A whole page: head, header with the search box, the body in `main`, and the age of the data. */
export function layout(frame: Frame, page: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content="${HTMX_CONFIG}">
<title>${page.title}</title>
<link rel="stylesheet" href="${ASSETS.style.path}">
<link rel="icon" type="image/svg+xml" href="${ASSETS.icon.path}">
${page.json === undefined ? '' : html`<link rel="alternate" type="application/json" href="${page.json}">`}
<script src="${ASSETS.htmx.path}" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top"><div class="wide">
<a class="brand" href="/"><img src="${ASSETS.icon.path}" alt="" width="26" height="26"><span>firn</span></a>
${page.search === false ? '' : searchBox(page.search ?? '', false)}
<nav aria-label="Site"><a href="/#channels">Channels</a><a href="/status">Status</a><a href="/api">API</a></nav>
</div></header>
<main id="main" class="wide" tabindex="-1">
${ageNotice(frame)}
${page.body}
</main>
<footer><div class="wide">
<p>${dataAge(frame)} <a href="/status">How old is each part?</a></p>
<p>${page.json === undefined ? '' : html`<a href="${page.json}">This page as JSON</a> · `}firn ${frame.version}</p>
</div></footer>
</body>
</html>`
}

function dataAge(frame: Frame): Html {
  const updated = lastUpdate(frame)
  if (updated === undefined)
    return frame.cves === 0 ? html`No advisory data has been loaded yet.` : html`No feed has come in whole yet.`
  const channels = frame.channels.filter((channel) => channel.imported !== undefined)
  const oldest = channels.map((channel) => channel.imported!).sort()[0]
  return html`Advisories were last updated ${age(updated, frame.now)}${
    oldest === undefined
      ? '; no channel has been imported.'
      : html`; the oldest of ${channels.length} channel${channels.length === 1 ? '' : 's'} was imported ${age(oldest, frame.now)}.`
  }`
}

/** Old or missing data is said on top of every page: what is not shown may only be not known yet. */
function ageNotice(frame: Frame): Html | '' {
  const late = frame.feeds.filter((feed) => feed.state === 'stale' || feed.state === 'failing')
  if (lastUpdate(frame) === undefined && frame.cves > 0) {
    return html`<p class="notice"><strong>This is not all.</strong> No feed has come in whole yet: what is here is a part, or the bundled sample, which is small and old. What is not in it is not seen here. <a href="/status">Status</a></p>`
  }
  if (late.length === 0) return ''
  return html`<p class="notice"><strong>Not up to date.</strong> ${late.map(
    (feed, index) =>
      html`${index > 0 ? '; ' : ''}${feed.name} ${feed.state === 'failing' ? 'could not be updated' : 'is older than it should be'} (${
        feed.lastSuccess === undefined ? 'never a success' : html`last success ${age(feed.lastSuccess, frame.now)}`
      })`,
  )}. What is newer than that is not seen here. <a href="/status">Status</a></p>`
}

/** Where the pages looked, and when: so that silence can be told from ignorance. */
export function lookedAt(frame: Frame): Html {
  if (frame.channels.length === 0) return html`<p>No channel has been imported, so no package was compared.</p>`
  return html`<ul class="looked">${frame.channels.map(
    (channel) =>
      html`<li>${channelLink(channel.name)} <span class="quiet">${
        channel.imported === undefined
          ? 'never imported'
          : html`as of ${age(channel.imported, frame.now)}${channel.revision === undefined ? '' : html`, revision <code>${channel.revision.slice(0, 12)}</code>`}`
      }</span></li>`,
  )}</ul>`
}
