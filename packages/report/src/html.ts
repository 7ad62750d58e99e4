import type { Finding } from './finding.ts'
import { plain } from './plain.ts'
import { columnsOf, type Report } from './report.ts'

/** The report as one HTML file that loads nothing: to be kept, mailed and printed. */
export function printHtml<F extends Finding>(report: Report<F>): string {
  const columns = columnsOf(report)
  const rows = report.findings.map(
    (finding) =>
      `<tr class="${finding.level}">${columns.map((column) => cell(column.text(finding))).join('')}<td>${why(finding)}</td></tr>`,
  )
  const table =
    rows.length === 0
      ? '<p class="none">No findings.</p>'
      : `<table><caption>${rows.length.toLocaleString('en')} finding${rows.length === 1 ? '' : 's'}</caption>
<thead><tr>${columns.map((column) => `<th scope="col">${escapeHtml(column.title)}</th>`).join('')}<th scope="col">Why</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>firn: ${escapeHtml(report.subject)}</title><style>${STYLE}${labels(columns.map(({ title }) => title))}</style></head>
<body><main><h1>${escapeHtml(report.subject)}</h1>
<dl>${report.facts.map(([label, text]) => `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(text)}</dd></div>`).join('')}</dl>
${table}
</main><footer>firn ${escapeHtml(report.tool.version)}</footer></body></html>
`
}

/** What is short stays on one line: a number or an id that is broken in two is no longer read as one. */
function cell(text: string): string {
  return `<td${text.length <= SHORT ? ' class="short"' : ''}>${escapeHtml(text)}</td>`
}

const SHORT = 24

/** On a narrow screen a row is a list, and each entry says what it is: there is no head of the table above it. */
function labels(titles: readonly string[]): string {
  const rules = titles.map((title, i) => `td:nth-child(${i + 1})::before{content:${JSON.stringify(title)}}`)
  return `@media(max-width:40rem){${rules.join('')}}\n`
}

function why(finding: Finding): string {
  const steps = finding.evidence.map(
    (step) =>
      `<li>${escapeHtml(step.text)}${step.source === undefined ? '' : ` <code>${escapeHtml(step.source)}</code>`}</li>`,
  )
  const remedy = finding.remedy === undefined ? '' : `<p>${escapeHtml(finding.remedy)}</p>`
  if (steps.length === 0) return `${escapeHtml(finding.message)}${remedy}`
  return `<details><summary>${escapeHtml(finding.message)}</summary><ol>${steps.join('')}</ol>${remedy}</details>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!)
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2328;--soft:#5a6770;--line:#d8dee2;--paper:#fff;--error:#a3201c;--warning:#7a5200}
@media(prefers-color-scheme:dark){:root{--ink:#e3e8eb;--soft:#9aa7b0;--line:#34414a;--paper:#12181c;--error:#ff8b84;--warning:#f0bf5a}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;max-width:72rem;padding:1.5rem}
h1{font-size:1.15rem;overflow-wrap:anywhere}
dl div{display:grid;grid-template-columns:minmax(8rem,12rem) 1fr;gap:1rem}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;margin-top:1.5rem}caption{text-align:left;color:var(--soft);padding-bottom:.4rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-top:1px solid var(--line)}td{overflow-wrap:anywhere}.short{white-space:nowrap}
.error td:first-child{color:var(--error);font-weight:600}.warning td:first-child{color:var(--warning);font-weight:600}
code{font-size:.85em;color:var(--soft)}summary{cursor:pointer}footer{margin-top:2rem;color:var(--soft)}
@media(max-width:40rem){thead{display:none}td{display:grid;grid-template-columns:6rem minmax(0,1fr);border-top:0;padding:.1rem 0}td:empty{display:none}.short{white-space:normal}table,tbody{display:block}td:last-child{display:block}td::before{color:var(--soft);font-weight:400}tr{display:block;border-top:1px solid var(--line);padding:.5rem 0}dl div{grid-template-columns:1fr;gap:0}}
`
