import { plain } from '@firn/report'
import { html as template } from 'hono/html'

/** A piece of a page, already escaped. */
export type Html = ReturnType<typeof template>

/** What may stand in a template: text and numbers are escaped, absent is nothing. */
export type Value = Html | string | number | undefined | false | readonly Value[]

/**
 * hono's template, which escapes every value; before that, control characters and bidirectional marks become visible,
 * so that no record can reorder or hide what stands beside it. All pages are written with this one.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return template(strings, ...values.map(visible))
}

function visible(value: Value): unknown {
  if (typeof value === 'string') return plain(value)
  if (Array.isArray(value)) return value.map(visible)
  return value
}
