import type { CveSummary } from '../../domain/views.ts'
import { exploitedBadge, severityBadge } from './badge.ts'
import { type Html, html } from './html.ts'
import { cveLink } from './link.ts'

/** A CVE in a cell: id, badges, and its title or the beginning of what it says. */
export function cveSubject(cve: CveSummary): Html {
  return html`${cveLink(cve.id)} ${exploitedBadge(cve.knownExploited)}<br>${severityBadge(cve.severity)}<span class="gist">${gist(cve)}</span>`
}

export function gist(cve: CveSummary): string {
  return cve.title ?? cve.summary
}
