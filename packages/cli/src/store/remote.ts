import { EXIT, UserError } from '@firn/core'
import { connectDaemonProgram, type DaemonClient, isStorePath, type StorePlace } from '@firn/nix'
import type { Scope } from '@firn/store'
import type { Io } from '../command.ts'

/** Another machine's store: where it is, and how to talk to its Nix. */
export interface RemoteStore {
  readonly place: StorePlace
  /** What it is called to people. */
  readonly name: string
  readonly connect: () => Promise<DaemonClient>
}

/**
 * `ssh://[USER@]HOST[:PORT]`. Nothing of it is seen by a shell here, and none of it can be an option of ssh; over there
 * ssh runs `nix-daemon --stdio`, always these words. Keys, jump hosts and the like are for ssh's own configuration.
 */
export function connectStore(store: string, io: Io): RemoteStore {
  const [, host, port] = /^ssh:\/\/((?:[A-Za-z0-9_][\w.-]*@)?[A-Za-z0-9_][\w.-]*)(?::(\d{1,5}))?\/?$/.exec(store) ?? []
  if (host === undefined) throw new UserError(`--store ${store}: no such address`, 'write ssh://user@host:port')
  const storeDir = io.env.NIX_STORE_DIR ?? '/nix/store'
  const options = port === undefined ? [] : ['-p', port]
  return {
    place: { storeDir, realStoreDir: `${store.replace(/\/$/, '')}${storeDir}`, stateDir: '', root: '' },
    name: host,
    connect: () =>
      connectDaemonProgram(['ssh', ...options, '-T', '--', host, 'nix-daemon', '--stdio'], store, storeDir),
  }
}

/** What is asked of files and folders, and how they are read: over there nothing but Nix is. */
const HERE_ONLY = [
  'scan-references',
  'links',
  'touched-known-until',
  'workers',
  'max-rate',
  'idle',
  'resume',
  'repair',
] as const

/** No word of the command is passed over in silence. */
export function requireRemoteWords(words: Readonly<Record<string, unknown>>): void {
  const word = HERE_ONLY.find((each) => words[each] !== undefined)
  if (word === undefined) return
  throw new UserError(`--${word}: not over ssh`, 'leave it out, or run firn on that machine')
}

/** What went wrong on the way to another machine's Nix; the daemon's own hints are for the one that is here. */
export function overSsh(error: unknown): unknown {
  if (!(error instanceof UserError) || error.exit !== EXIT.store) return error
  const hint = 'look at what ssh said; on that machine ssh must find nix-daemon, of Nix 2.4 or later'
  return new UserError(error.message, hint, EXIT.store, { cause: error })
}

/** Links such as `result` lie on the other machine, so paths are given whole. */
export function remoteScope(
  words: readonly string[],
  { all, closure }: { readonly all?: boolean | undefined; readonly closure?: boolean | undefined },
  storeDir: string,
): Scope {
  if (all === true && (words.length > 0 || closure === true)) {
    throw new UserError('--all is every path', 'leave out --closure and the paths')
  }
  if (all === true) return { kind: 'all' }
  const strange = words.find((word) => !isStorePath(word, storeDir))
  if (words.length > 0 && strange === undefined) {
    return { kind: closure === true ? 'closure' : 'paths', paths: [...new Set(words)] }
  }
  throw new UserError(
    strange === undefined ? 'which paths of that machine?' : `${strange}: no store path of that machine`,
    `give --all, or whole paths in ${storeDir}`,
  )
}
