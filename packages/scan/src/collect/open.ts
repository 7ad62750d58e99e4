import { existsSync } from 'node:fs'
import { UserError } from '@firn/core'
import type { StorePlace } from '@firn/nix'
import { isBehindSocket } from '@firn/nix/closure'
import type { ClosureSource } from './source.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Ways to read a store, in the order in which they are tried. All give the same snapshot, byte for byte. */
const BACKENDS = ['database', 'daemon', 'nix'] as const
type Backend = (typeof BACKENDS)[number]
const BEHIND_SOCKET: readonly Backend[] = ['daemon', 'nix']

/**
 * Open a store for reading: its database, else its daemon, else by the `nix` command; a binary cache by its narinfo
 * files. `backend` insists on one. What every way says is told when none works.
 */
export async function openSource(place: StorePlace, env: Env, backend?: string): Promise<ClosureSource> {
  if (backend === undefined && existsSync(`${place.root}/nix-cache-info`)) {
    return (await import('./narinfos.ts')).narinfoSource(place)
  }
  if (backend !== undefined) return open(knownBackend(backend), place, env)
  const reasons: UserError[] = []
  // A daemon that somebody named may be that of another store than the database here.
  for (const candidate of isBehindSocket(place, env) ? BEHIND_SOCKET : BACKENDS) {
    try {
      return await open(candidate, place, env)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      reasons.push(error)
    }
  }
  const [first] = reasons
  throw new UserError(reasons.map((reason) => reason.message).join('; '), first!.hint, first!.exit)
}

/** Each is loaded when it is wanted: most scans need the database alone. */
async function open(backend: Backend, place: StorePlace, env: Env): Promise<ClosureSource> {
  switch (backend) {
    case 'database':
      return (await import('./database.ts')).databaseSource(place)
    case 'daemon':
      return (await import('./daemon.ts')).daemonSource(place, env)
    case 'nix':
      return (await import('./command.ts')).commandSource(place, env)
  }
}

function knownBackend(word: string): Backend {
  const known = BACKENDS.find((backend) => backend === word)
  if (known !== undefined) return known
  throw new UserError(`--backend ${word}: not known`, `choose one of ${BACKENDS.join(', ')}`)
}
