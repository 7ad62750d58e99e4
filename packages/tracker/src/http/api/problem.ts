import type { Context } from 'hono'

export type ProblemStatus = 400 | 404 | 405 | 413 | 500

const TITLES: Readonly<Record<ProblemStatus, string>> = {
  400: 'Bad request',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Too large',
  500: 'Internal error',
}

/** An error of the web API, as RFC 9457 has it: the title is for the status, the detail for this case. */
export function problem<S extends ProblemStatus>(c: Context, status: S, detail: string) {
  return c.json({ type: 'about:blank', title: TITLES[status], status, detail }, status, {
    'Content-Type': 'application/problem+json',
  })
}
