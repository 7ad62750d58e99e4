import type { ChannelVerdict, PackageMatch } from '../../domain/views.ts'
import { verdictBadge } from './badge.ts'
import { evidenceList } from './evidence.ts'
import { type Html, html } from './html.ts'
import { channelLink } from './link.ts'

/** Channels that have the same version with the same verdict are one row. */
interface Group {
  readonly version: string | undefined
  readonly verdict: ChannelVerdict['verdict']
  readonly reason: ChannelVerdict['reason']
  readonly channels: readonly string[]
}

/**
 * One match as rows of a table whose columns are: subject, version, channels, verdict, fixed in. `subject` is what
 * the rows are about: the package on a CVE's page, the CVE on a package's.
 */
export function matchRows(match: PackageMatch, subject: Html, name: string): Html {
  const [first, ...rest] = grouped(match)
  return html`<tbody class="match">
<tr><th scope="rowgroup" rowspan="${rest.length + 2}">${subject}</th>${first === undefined ? nowhere(match) : cells(first)}<td data-label="Fixed in" rowspan="${rest.length + 1}">${match.fixedIn === undefined ? html`<span class="quiet">not said</span>` : html`<code>${match.fixedIn}</code>`}</td></tr>
${rest.map((group) => html`<tr>${cells(group)}</tr>`)}
<tr class="because"><td colspan="4">${evidenceList(match.evidence, name)}</td></tr>
</tbody>`
}

export function matchHead(subject: string): Html {
  return html`<thead><tr><th scope="col">${subject}</th><th scope="col">Version</th><th scope="col">Channels</th><th scope="col">Verdict</th><th scope="col">Fixed in</th></tr></thead>`
}

function cells(group: Group): Html {
  return html`<td data-label="Version">${versionText(group.version)}</td><td data-label="Channels">${group.channels.map(
    (channel, index) => html`${index > 0 ? ', ' : ''}${channelLink(channel)}`,
  )}</td><td data-label="Verdict">${verdictBadge(group.verdict, group.reason)}</td>`
}

function nowhere(match: PackageMatch): Html {
  return html`<td data-label="Version">–</td><td data-label="Channels">none now</td><td data-label="Verdict">${verdictBadge(match.verdict, match.reason)}</td>`
}

export function versionText(version: string | undefined): Html {
  return version === undefined ? html`<span class="quiet">no version</span>` : html`<code>${version}</code>`
}

const URGENCY: readonly ChannelVerdict['verdict'][] = [
  'affected',
  'undetermined',
  'patched',
  'not_affected',
  'different_product',
]

function grouped(match: PackageMatch): Group[] {
  const groups = new Map<string, Group & { channels: string[] }>()
  for (const { channel, version, verdict, reason } of match.channels) {
    const key = JSON.stringify([version, verdict, reason])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { version, verdict, reason, channels: [channel] })
    else group.channels.push(channel)
  }
  return [...groups.values()].sort((a, b) => URGENCY.indexOf(a.verdict) - URGENCY.indexOf(b.verdict))
}
