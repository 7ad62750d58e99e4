import { UserError } from '@firn/core'

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800 }

/** `--max-age` as milliseconds: a number and m, h, d or w. */
export function parseAge(text: string): number {
  const match = /^(\d{1,6})([mhdw])$/.exec(text)
  if (match === null) {
    throw new UserError(`--max-age ${text}: this is no length of time`, 'give a number and a unit: 12h, 7d, 2w')
  }
  return Number(match[1]) * UNITS[match[2]!]! * 1000
}

/** How long ago, in the largest unit that fits: `3 days`. */
export function describeAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000))
  const [size, unit] = seconds < 3600 ? [60, 'minute'] : seconds < 172_800 ? [3600, 'hour'] : [86_400, 'day']
  const count = Math.floor(seconds / Number(size))
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
