import { ago } from '../words.ts'
import { type Html, html } from './html.ts'

/** A day: `2024-06-27`. */
export function day(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 10)}</time>`
}

/** A moment and how long ago it was: `2024-06-27 10:30 UTC, 3 days ago`. */
export function moment(iso: string, now: Date): Html {
  return html`<time datetime="${iso}">${minute(iso)}</time>, ${ago(iso, now)}`
}

/** Only how long ago; the moment itself is in the title. */
export function age(iso: string, now: Date): Html {
  return html`<time datetime="${iso}" title="${minute(iso)}">${ago(iso, now)}</time>`
}

function minute(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return iso
  return iso.length <= 10 ? iso : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
