import type { StorePlace } from '@firn/nix/place'
import type { PathInfo } from '@firn/nix/store'
import type { SealedTree } from '../seal/seal-watcher.ts'
import type { StoreFinding } from './finding.ts'
import type { Running } from './pool.ts'
import type { SignaturePolicy } from './signature-check.ts'

/** Which part of a store: all of it, some paths, or paths with all they refer to. */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  | { readonly kind: 'closure'; readonly paths: readonly string[] }

export interface VerifyRequest extends Omit<Running, 'onProgress'> {
  readonly place: StorePlace
  readonly scope: Scope
  readonly signatures: SignaturePolicy
  /** Look for references in the contents that are not registered. */
  readonly scanReferences?: boolean
  /** Hash each name in `.links`, also of files that were hashed as part of a path. */
  readonly allLinks?: boolean
  /** Milliseconds since 1970: that files were touched until then is known (a repair, say). */
  readonly touchedKnownUntil?: number
  /** Told of each path that was found whole, with what a seal says of it. Nothing that an earlier run did counts then. */
  readonly onSealed?: (info: PathInfo, sealed: SealedTree) => void
  /** Where to keep what was done when it is cut off; `resume`: go on from there. */
  readonly state?: { readonly file: string; readonly resume: boolean }
  readonly onProgress?: (done: number, total: number) => void
}

/** What a verification did and found. */
export interface Verification {
  readonly findings: readonly StoreFinding[]
  /** Paths that were read, and are still valid. */
  readonly paths: number
  /** Paths that were found to hold exactly what the database says. */
  readonly whole: number
  readonly files: number
  /** Bytes of their NARs. */
  readonly bytes: number
  /** Paths whose record a trusted key has signed, and paths whose contents are their address. */
  readonly signed: number
  readonly addressed: number
  /** Paths that garbage collection took meanwhile. */
  readonly collected: number
  /** Paths that an earlier run, cut off since, had read. */
  readonly resumed: number
  readonly links: { readonly names: number; readonly hashed: number } | undefined
  readonly xattrs: 'system call' | 'getfattr' | 'not checked'
  /** Everything was read; false after an interruption. */
  readonly complete: boolean
  /** Why what was done could not be kept for `--resume`. */
  readonly unsaved?: string
}
