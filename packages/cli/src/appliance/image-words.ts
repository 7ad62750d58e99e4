import { MOST_COUNTER } from '@firn/appliance'
import { UserError } from '@firn/core'
import { parseTime } from '../boot/signing.ts'
import type { Io } from '../command.ts'

/** The time of all files in an image: `--time`, else SOURCE_DATE_EPOCH, else 1980, before which FAT knows none. */
export function imageTime(time: string | undefined, io: Io): Date {
  if (time !== undefined) return checkYear(`--time ${time}`, parseTime(time))
  const epoch = io.env.SOURCE_DATE_EPOCH
  if (epoch === undefined) return new Date(Date.UTC(1980, 0, 1))
  if (!/^\d{1,11}$/.test(epoch)) throw new UserError(`SOURCE_DATE_EPOCH=${epoch} is no time`, 'give seconds since 1970')
  return checkYear(`SOURCE_DATE_EPOCH=${epoch}`, new Date(Math.max(Number(epoch) * 1000, Date.UTC(1980, 0, 1))))
}

function checkYear(word: string, time: Date): Date {
  if (time.getUTCFullYear() >= 1980 && time.getUTCFullYear() <= 2107) return time
  throw new UserError(`${word}: the times of FAT go from 1980 to 2107`, 'give another time')
}

/** A system's label may hold signs that a version may not. */
export function versionOf(label: string | undefined): string {
  return label?.replaceAll(/[^\w.~^ -]+/g, '').slice(0, 64) ?? '1'
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }

/** A size in bytes: `512M`, `20G`, a bare number. */
export function parseSize(option: string, text: string): number {
  const [, number, unit] = /^(\d{1,15})([KMGT]?)$/.exec(text) ?? []
  const size = Number(number) * (UNITS[unit ?? ''] ?? 1)
  if (Number.isSafeInteger(size) && size > 0) return size
  throw new UserError(`${option} ${text}: not a size`, `write ${option} 20G`)
}

/** A counter: a whole number from 1 on, as far as names of boot entries hold it. */
export function parseCounter(option: string, text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text) && Number(text) <= MOST_COUNTER) return Number(text)
  throw new UserError(
    `${option} ${text}: not a counter`,
    `give a whole number, one more than that of the system before, at most ${MOST_COUNTER}`,
  )
}

/** A size for people: `12.0 MiB`, right-aligned. */
export function mebibytes(size: number): string {
  return `${(size / 2 ** 20).toFixed(1)} MiB`.padStart(12)
}
