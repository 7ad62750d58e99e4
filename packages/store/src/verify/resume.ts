import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { writeFileAtomic } from '@firn/core/fs'
import type { PathInfo } from '@firn/nix/store'

/** A path that was found whole: its record, and what is still to be told of it in the end. */
interface Done {
  readonly key: string
  readonly files: number
  readonly touched: number
}

/** What a verification that was cut off had found whole, to go on from there. */
export interface State {
  readonly done: Map<string, Done>
  /** When the first of it was read; milliseconds. */
  readonly since: number
}

const SCHEMA = 'firn/store-verify-state/1'
/** What was read longer ago than this is read again. */
const MAX_AGE_MS = 24 * 3600_000

/** What makes two runs the same: this start of this machine, this user, this store, these questions. */
export function runIdentity(parts: readonly string[]): string {
  let boot = ''
  try {
    boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Another system: then the age alone bounds it.
  }
  return digest([boot, String(process.getuid?.() ?? ''), ...parts])
}

/** The record of a path; when any of it changes, the path is read again. */
export function recordKey({ path, narHash, narSize, references, ca, registrationTime }: PathInfo): string {
  return digest([path, narHash, String(narSize), ca ?? '', String(registrationTime ?? ''), ...references])
}

/** What an earlier run left, if it was the same; a damaged file, or one of another run, is none. */
export function readState(file: string, identity: string, now = Date.now()): State | undefined {
  try {
    const json = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const { schema, since, done } = json
    if (schema !== SCHEMA || json.identity !== identity || typeof since !== 'number') return undefined
    if (!(now - since < MAX_AGE_MS && since <= now) || !Array.isArray(done)) return undefined
    const entries = new Map<string, Done>()
    for (const entry of done as unknown[]) {
      const [path, key, files, touched] = Array.isArray(entry) ? (entry as unknown[]) : []
      if (typeof path !== 'string' || typeof key !== 'string') return undefined
      if (typeof files !== 'number' || typeof touched !== 'number') return undefined
      entries.set(path, { key, files, touched })
    }
    return { done: entries, since }
  } catch {
    return undefined
  }
}

export function writeState(file: string, identity: string, { done, since }: State): void {
  const rows = [...done].map(([path, { key, files, touched }]) => [path, key, files, touched])
  writeFileAtomic(file, JSON.stringify({ schema: SCHEMA, identity, since, done: rows }), 0o600)
}

/** What cannot be removed is of no more use than an old one: the records of paths tell what it is worth. */
export function removeState(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // Read-only, say.
  }
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
