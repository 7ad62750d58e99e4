import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { type BytePath, bytes, TreeError } from '@firn/nix/tree'
import { STATE, StatRecords } from '../seal/stat-record.ts'

/** More directories in each other than a NAR may have. */
const MAX_DEPTH = 1024

/** Stat everything in a tree, in the order of a NAR; nothing is opened. What it throws is a TreeError. */
export function statTree(root: BytePath): Float64Array {
  const records = new StatRecords()
  walk(root, records, 1)
  return records.end()
}

function walk(place: BytePath, records: StatRecords, depth: number): void {
  const stat = statOf(place)
  records.add(stat, STATE.unread)
  if (!stat.isDirectory()) return
  if (depth > MAX_DEPTH) throw new TreeError('deep', place, `more than ${MAX_DEPTH} directories in each other`)
  for (const name of namesOf(place)) walk(`${place}/${name}`, records, depth + 1)
}

export function statOf(place: BytePath): Stats {
  return attempt(place, () => lstatSync(bytes(place)))
}

/** In byte order. */
export function namesOf(place: BytePath): BytePath[] {
  return attempt(place, () => readdirSync(bytes(place), { encoding: 'latin1' })).sort()
}

export function attempt<T>(place: BytePath, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new TreeError('unreadable', place, code ?? message, code)
  }
}
