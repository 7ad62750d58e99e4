import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { UserError } from '@firn/core'
import type { Validators } from '@firn/core/download'
import { diskError, makeFolder, writeFileAtomic } from '@firn/core/fs'
import type { IngestionRequest } from '../domain/ingestion.ts'
import { channelFor, type KnownFile, knowFile } from './detect.ts'
import { fileDigest, folderDigest } from './digest.ts'

/** A file that shall go in, as it was given. */
export interface GivenFile {
  readonly path: string
  readonly channel?: string
  readonly revision?: string
  /** Of a package set: it may be less than half as large as the channel's last one. */
  readonly acceptShrinking?: boolean
  /** What people are shown; the path's last part when absent. */
  readonly origin?: string
  /** The feed that it renews; `false`: none. When absent, the one of its kind, unless it is a single record. */
  readonly feed?: string | false
  /** What the feed's server said of it, to be remembered once it is in. */
  readonly validators?: Validators
}

/** A file that waits in the spool, or is being read. */
export interface SpooledFile extends Omit<IngestionRequest, 'total' | 'kind'> {
  readonly kind: KnownFile['kind']
  readonly name: string
  /** Where its content is: in the spool, or, for a folder, where it was given. */
  readonly path: string
  readonly validators?: Validators
  readonly acceptShrinking?: true
}

/**
 * Files on their way into the database. A file is copied here before anything is read from it, so that an ingestion
 * that was killed can be finished at the next start, even when the file it came from is gone. Folders are not copied.
 * An entry is a `.json` beside a `.data`; it counts once its `.json` is there, and both go when the data is in.
 * One process at a time uses a spool: who opens it owns the tracker's folder.
 */
export class Spool {
  readonly folder: string
  #count = 0

  constructor(folder: string) {
    this.folder = folder
    makeFolder(folder, 0o700)
    try {
      this.#sweep()
    } catch (error) {
      throw diskError(folder, error)
    }
  }

  /** Oldest first. */
  pending(): SpooledFile[] {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.json'))
    return names.sort().map((name) => JSON.parse(readFileSync(join(this.folder, name), 'utf8')) as SpooledFile)
  }

  /** Take in a file or a folder. The same content for the same purpose, still waiting, is not taken twice. */
  async add(given: GivenFile): Promise<SpooledFile> {
    const path = resolve(given.path)
    const known = await knowFile(path, given.path)
    const purpose = purposeOf(known, given)
    if (known.container === 'folder') return this.#enter(this.#name(), path, folderDigest(path), purpose)
    return this.#fill(purpose, (data) => copyFileSync(path, data, constants.COPYFILE_FICLONE))
  }

  /** Take in a file that lies in the spool's folder already (a download): it is moved, not copied. */
  async adopt(temporary: string, given: Omit<GivenFile, 'path'> & { readonly origin: string }): Promise<SpooledFile> {
    try {
      const known = await knowFile(temporary, given.origin)
      const purpose = purposeOf(known, { ...given, path: given.origin })
      return await this.#fill(purpose, (data) => renameSync(temporary, data))
    } finally {
      rmSync(temporary, { force: true })
    }
  }

  /** A path in the spool for a download; it is swept away when it is left behind. */
  temporary(): string {
    return join(this.folder, `${this.#name()}.tmp`)
  }

  /** The data is in, or can never go in. */
  remove(file: SpooledFile): void {
    rmSync(join(this.folder, `${file.name}.json`), { force: true })
    rmSync(join(this.folder, `${file.name}.data`), { force: true })
  }

  async #fill(purpose: Purpose, write: (data: string) => void): Promise<SpooledFile> {
    const name = this.#name()
    const data = join(this.folder, `${name}.data`)
    try {
      write(data)
      const file = this.#enter(name, data, await fileDigest(data), purpose)
      if (file.name !== name) rmSync(data)
      return file
    } catch (error) {
      rmSync(data, { force: true })
      throw diskError(this.folder, error)
    }
  }

  #enter(name: string, path: string, digest: string, purpose: Purpose): SpooledFile {
    const same = this.pending().find(
      (entry) => entry.digest === digest && entry.kind === purpose.kind && entry.channel === purpose.channel,
    )
    if (same !== undefined && (same.acceptShrinking === true || purpose.acceptShrinking !== true)) return same
    // The same file, with leave that it lacked before.
    if (same !== undefined) this.remove(same)
    const file: SpooledFile = { ...purpose, name, path, digest }
    writeFileAtomic(join(this.folder, `${name}.json`), JSON.stringify(file), 0o600)
    return file
  }

  /** Names sort by age. */
  #name(): string {
    const count = (this.#count++).toString(36).padStart(4, '0')
    return `${Date.now().toString(36).padStart(9, '0')}-${count}-${randomBytes(4).toString('hex')}`
  }

  /** What a process that was killed left half written. */
  #sweep(): void {
    const names = new Set(readdirSync(this.folder))
    for (const name of names) {
      const isOrphan = name.endsWith('.data') && !names.has(name.replace(/\.data$/, '.json'))
      if (isOrphan || name.endsWith('.tmp')) rmSync(join(this.folder, name), { force: true })
    }
  }
}

/** All of an entry but its content. */
type Purpose = Omit<SpooledFile, 'name' | 'path' | 'digest'>

function purposeOf({ kind, container }: KnownFile, given: GivenFile): Purpose {
  const channel = kind === 'packages' ? channelFor(given.path, given.channel) : undefined
  // One record by itself makes nothing up to date.
  const isOne = container === 'file' && (kind === 'cve' || kind === 'osv')
  const feed = given.feed ?? (isOne ? false : channel === undefined ? kind : `channel ${channel}`)
  return {
    kind,
    origin: given.origin ?? basename(given.path),
    ...(feed !== false && { feed }),
    ...(given.validators !== undefined && { validators: given.validators }),
    ...(channel !== undefined && { channel }),
    ...(given.acceptShrinking === true && kind === 'packages' && { acceptShrinking: true as const }),
    ...(given.revision !== undefined && kind === 'packages' && { revision: checkedRevision(given.revision) }),
  }
}

function checkedRevision(revision: string): string {
  if (/^[A-Za-z0-9._-]{1,80}$/.test(revision)) return revision
  throw new UserError(`--revision ${JSON.stringify(revision)}: not a revision`, 'give the commit, as in git-revision')
}
