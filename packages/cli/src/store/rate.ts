import { UserError } from '@firn/core'

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1e3, M: 1e6, G: 1e9 }

/** Bytes a second: `50M`, `1.5G`, `800K`, a bare number. */
export function parseRate(text: string): number {
  const [, number, unit] = /^(\d{1,12}(?:\.\d{1,3})?)([KMG]?)$/.exec(text) ?? []
  const rate = Number(number) * (UNITS[unit ?? ''] ?? 1)
  if (rate >= 1) return rate
  throw new UserError(`--max-rate ${text}: no number of bytes a second`, 'write --max-rate 50M')
}
