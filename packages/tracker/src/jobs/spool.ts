import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { UserError } from '@firn/core'
import type { Validators } from '@firn/core/download'
import { diskError, writeFileAtomic } from '@firn/core/fs'
import type { IngestionRequest } from '../domain/ingestion.ts'
import { channelFor, type KnownFile, knowFile } from './detect.ts'
import { fileDigest, folderDigest } from './digest.ts'

/** A file that shall go in, as it was given. */
export interface GivenFile {
  readonly path: string
  readonly channel?: string
  readonly revision?: string
  /** What people are shown; the path's last part when absent. */
  readonly origin?: string
  /** The feed that it renews; `false`: none. When absent, the one of its kind. */
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
}

/**
 * Files on their way into the database. A file is copied here before anything is read from it, so that an ingestion
 * that was killed can be finished at the next start, even when the file it came from is gone. Folders are not copied.
 * An entry is a `.json` beside a `.data`; it counts once its `.json` is there, and both go when the data is in.
 */
export class Spool {
  readonly folder: string
  #count = 0

  constructor(folder: string) {
    this.folder = folder
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw diskError(folder, error)
    }
  }

  /** Oldest first. What was half written when a process died is swept away. */
  pending(): SpooledFile[] {
    const names = readdirSync(this.folder).sort()
    const entries = names.filter((name) => name.endsWith('.json'))
    for (const name of names) {
      const isOrphan = name.endsWith('.data') && !entries.includes(name.replace(/\.data$/, '.json'))
      if ((isOrphan || name.endsWith('.tmp')) && this.#isAbandoned(name))
        rmSync(join(this.folder, name), { force: true })
    }
    return entries.map((name) => JSON.parse(readFileSync(join(this.folder, name), 'utf8')) as SpooledFile)
  }

  /** Take in a file or a folder. The same content for the same purpose, still waiting, is not taken twice. */
  async add(given: GivenFile): Promise<SpooledFile> {
    const path = resolve(given.path)
    const known = await knowFile(path)
    if (known.container === 'folder') return this.#enter(given, known, folderDigest(path), path)
    const name = this.#name()
    const data = join(this.folder, `${name}.data`)
    try {
      copyFileSync(path, data, constants.COPYFILE_FICLONE)
    } catch (error) {
      rmSync(data, { force: true })
      throw diskError((error as NodeJS.ErrnoException).code === 'ENOSPC' ? this.folder : path, error)
    }
    return this.#enter(given, known, await fileDigest(data), data, name)
  }

  /** Take in a file that lies in the spool's folder already (a download): it is moved, not copied. */
  async adopt(temporary: string, given: Omit<GivenFile, 'path'> & { readonly origin: string }): Promise<SpooledFile> {
    try {
      const known = await knowFile(temporary, given.origin)
      const name = this.#name()
      const data = join(this.folder, `${name}.data`)
      renameSync(temporary, data)
      return this.#enter({ ...given, path: given.origin }, known, await fileDigest(data), data, name)
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
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

  #enter(given: GivenFile, known: KnownFile, digest: string, path: string, name = this.#name()): SpooledFile {
    const channel = known.kind === 'packages' ? channelFor(given.path, given.channel) : undefined
    const same = this.pending().find(
      (entry) => entry.digest === digest && entry.kind === known.kind && entry.channel === channel,
    )
    if (same !== undefined) {
      if (path.startsWith(this.folder)) rmSync(path, { force: true })
      return same
    }
    const feed = given.feed ?? (channel === undefined ? known.kind : `channel ${channel}`)
    const file: SpooledFile = {
      name,
      path,
      kind: known.kind,
      origin: given.origin ?? basename(given.path),
      digest,
      ...(feed !== false && { feed }),
      ...(given.validators !== undefined && { validators: given.validators }),
      ...(channel !== undefined && { channel }),
      ...(given.revision !== undefined && known.kind === 'packages' && { revision: checkedRevision(given.revision) }),
    }
    writeFileAtomic(join(this.folder, `${name}.json`), JSON.stringify(file), 0o600)
    return file
  }

  /** Names sort by age. */
  #name(): string {
    const count = (this.#count++).toString(36).padStart(4, '0')
    return `${Date.now().toString(36).padStart(9, '0')}-${count}-${randomBytes(4).toString('hex')}`
  }

  #isAbandoned(name: string): boolean {
    const stat = statSync(join(this.folder, name), { throwIfNoEntry: false })
    return stat !== undefined && Date.now() - stat.mtimeMs > ABANDONED_MS
  }
}

/** Nothing is written to for so long that somebody still works on it. */
const ABANDONED_MS = 3_600_000

function checkedRevision(revision: string): string {
  if (/^[A-Za-z0-9._-]{1,80}$/.test(revision)) return revision
  throw new UserError(`--revision ${JSON.stringify(revision)}: not a revision`, 'give the commit, as in git-revision')
}
