import { readlinkSync, type Stats } from 'node:fs'
import { FsVerityHasher } from '@firn/image/fs-verity'
import {
  type BytePath,
  bytes,
  type FileStat,
  TreeError,
  TreeReader,
  type TreeWatcher,
  textOfBytePath,
} from '@firn/nix/tree'
import type { SharedDigests } from '../seal/shared-digests.ts'
import { isUntouched, RECORD, STATE, STATE_AT, StatRecords, stateNow } from '../seal/stat-record.ts'
import type { SealedNode } from '../seal/tree.ts'
import { TreeText } from '../seal/tree-text.ts'
import type { Fault, StoreRule } from '../verify/finding.ts'
import { attempt } from '../verify/read-failure.ts'
import { type Ownership, TreeFacts } from '../verify/tree-facts.ts'
import type { CheckLevel } from './levels.ts'
import type { Measured } from './measure.ts'
import { Differs, SealFollower } from './seal-follower.ts'
import { namesOf, statOf } from './stat-walk.ts'
import { differenceOf, failuresOf } from './tree-faults.ts'

/** How one path is looked at. */
export interface Look {
  readonly level: CheckLevel
  /** Which files are read at level 1: those whose number leaves `turn` when divided by `of`. */
  readonly turn: number
  readonly of: number
  readonly owner: Ownership
  readonly xattrs: boolean
}

export interface Counts {
  /** Files that there are. */
  files: number
  /** Files that were read, because the level says so or because they changed, and their bytes. */
  read: number
  bytes: number
  /** Files that had changed since they were last read. */
  changed: number
  /** Files whose digest the kernel told. */
  measured: number
  /** Files that were never read under this seal. */
  unread: number
}

export interface TreeResult {
  readonly faults: readonly Fault[]
  readonly counts: Counts
  readonly records: Float64Array<ArrayBuffer>
}

/** What is remembered of a path in which something was wrong: everything in it is read the next time, at any level. */
const SUSPECT = new Float64Array(0)

/** Work that pauses now and then. */
type Pauses = Generator<undefined, void, undefined>

/** Compares trees on disk with what was sealed of them. One at a time. */
export class TreeCheck {
  readonly #look: Look
  readonly #count: (bytes: number) => void
  readonly #digests: SharedDigests
  readonly #reader = new TreeReader()
  readonly #hasher = new FsVerityHasher()
  #facts = new TreeFacts({ uid: 0 }, false)
  readonly #records = new StatRecords()
  /** Records of when it was last read. */
  #known: Float64Array | undefined
  #isSuspect = false
  #measured: Measured | undefined
  #text = new TreeText(new Uint8Array())
  /** Of the path's first file. */
  #number = 0
  #counts = noCounts()
  #failures: TreeError[] = []
  #differences = new Map<StoreRule, string[]>()

  constructor(look: Look, digests: SharedDigests, count: (bytes: number) => void) {
    this.#look = look
    this.#digests = digests
    this.#count = count
  }

  /**
   * `text`: what was sealed, where its tree begins. `path` is the store path, for the repair. `number`: that of its first
   * file. `known`: the records of when it was last looked at, under the same line of a seal.
   */
  *check(
    place: BytePath,
    path: string,
    text: TreeText,
    {
      number,
      known,
      measured,
    }: { readonly number: number; readonly known?: Float64Array; readonly measured?: Measured },
  ): Generator<undefined, TreeResult, undefined> {
    this.#known = known
    this.#isSuspect = known?.length === SUSPECT.length
    this.#measured = measured
    this.#text = text
    this.#number = number
    this.#startOver()
    let first: TreeError | undefined
    if (this.#look.level === 3) {
      first = yield* this.#readWhole(place, text.again())
      if (first === undefined) return this.#resultOf(this.#facts.faults(place))
      this.#startOver()
    }
    const repair = [`nix-store --repair-path ${path}`]
    yield* this.#visit(place)
    // A fault that does not show a second time was one all the same.
    if (first !== undefined && this.#failures.length === 0 && this.#differences.size === 0) this.#failures.push(first)
    const faults = [
      ...failuresOf(this.#failures, place, repair),
      ...[...this.#differences].map(([rule, places]) => differenceOf(rule, places, repair)),
    ]
    faults.push(...this.#facts.faults(place))
    return this.#resultOf(faults)
  }

  #startOver(): void {
    const { owner, xattrs } = this.#look
    this.#facts = new TreeFacts(owner, xattrs)
    this.#records.clear()
    this.#counts = noCounts()
    this.#failures = []
    this.#differences = new Map()
  }

  /**
   * Read all of it as when it was sealed, the quickest way, and one on which no directory can be swapped for another.
   * Gives what ended it: something is not as sealed or cannot be read; what else, is found out node by node.
   */
  *#readWhole(place: BytePath, text: TreeText): Generator<undefined, TreeError | undefined, undefined> {
    const counts = this.#counts
    const parts = { hasher: this.#hasher, digests: this.#digests, records: this.#records, facts: this.#facts }
    const follower = new SealFollower(text, parts, (stat, node) => {
      counts.files++
      if (this.#stateOf(stat, node) === 'changed') counts.changed++
    })
    try {
      yield* this.#reader.steps(place, (piece) => this.#count(piece.length), follower)
      follower.end()
    } catch (error) {
      if (error instanceof TreeError) return error
      if (error instanceof Differs) return new TreeError('changed', error.place, error.message)
      throw error
    }
    counts.read = counts.files
    counts.bytes = follower.bytes
    return undefined
  }

  /** What is wrong now must be told again the next time. */
  #resultOf(faults: readonly Fault[]): TreeResult {
    return { faults, counts: this.#counts, records: faults.length === 0 ? this.#records.copy() : SUSPECT }
  }

  /** What cannot be read is told, and what stands beside it is looked at all the same. */
  *#visit(place: BytePath): Pauses {
    const kind = this.#text.node()
    try {
      yield* this.#node(place, kind)
    } catch (error) {
      if (!(error instanceof TreeError)) throw error
      this.#failures.push(error)
      this.#text.rest(kind)
    }
  }

  *#node(place: BytePath, kind: SealedNode['kind']): Pauses {
    const stat = statIfThere(place)
    if (stat === undefined) this.#differs('store/seal-missing', place, kind)
    else if (kindOf(stat) !== kind) this.#differs('store/seal-kind', place, kind)
    else if (kind === 'file') yield* this.#file(place, stat)
    else if (kind === 'symlink') this.#symlink(place, this.#text.target, stat)
    else yield* this.#directory(place, stat)
  }

  *#directory(place: BytePath, stat: Stats): Pauses {
    yield
    this.#facts.directory(place, stat)
    this.#remember(stat)
    const names = new Set(namesOf(place))
    const text = this.#text
    for (let name = text.entry(); name !== undefined; name = text.entry()) {
      names.delete(name)
      yield* this.#visit(`${place}/${name}`)
    }
    for (const name of names) this.#tell('store/seal-stranger', `${place}/${name}`)
  }

  #symlink(place: BytePath, target: BytePath, stat: Stats): void {
    this.#facts.symlink(place, stat)
    this.#remember(stat)
    const found = attempt(place, () => readlinkSync(bytes(place), { encoding: 'latin1' }))
    if (found !== target) this.#tell('store/seal-content', place)
  }

  *#file(place: BytePath, stat: Stats): Pauses {
    const { level, turn, of } = this.#look
    const { executable, size, files } = this.#text
    const state = this.#stateOf(stat, this.#text.nodes - 1)
    const isItsTurn = level === 3 || (level === 1 && (this.#number + files - 1) % of === turn)
    this.#counts.files++
    if (state === 'changed') this.#counts.changed++
    if (((stat.mode & 0o100) !== 0) !== executable) this.#tell('store/seal-kind', place)
    if (stat.size !== size) {
      this.#tell('store/seal-content', place)
      this.#pass(place, stat, STATE.unread)
    } else if (isItsTurn || state === 'changed') {
      yield* this.#read(place)
    } else if (level === 2) {
      if (this.#measure(place)) this.#pass(place, stat, stateNow(stat))
      else yield* this.#read(place)
    } else {
      if (state === 'unread') this.#counts.unread++
      this.#pass(place, stat, state === 'unread' ? STATE.unread : STATE.good)
    }
  }

  /** A file that is not opened. At the lower levels its change time answers for its attributes. */
  #pass(place: BytePath, stat: Stats, state: number): void {
    this.#facts.file(place, stat, this.#look.level === 2 ? 'by name' : 'not now')
    this.#remember(stat, state)
  }

  /** What is known of a file of which nothing was read yet, or that was touched since, or shortly before, it was. */
  #stateOf(stat: FileStat, node: number): 'good' | 'changed' | 'unread' {
    if (this.#isSuspect) return 'changed'
    if (this.#known === undefined) return 'unread'
    const at = node * RECORD
    const state = this.#known[at + STATE_AT]
    if (state === STATE.racy || !isUntouched(this.#known, at, stat)) return 'changed'
    return state === STATE.good ? 'good' : 'unread'
  }

  /** Whether the kernel has a digest of this file. */
  #measure(place: BytePath): boolean {
    const digest = this.#measured?.(place)
    if (digest === undefined) return false
    this.#counts.measured++
    if (digest !== this.#text.digest) this.#tell('store/seal-content', place)
    return true
  }

  *#read(place: BytePath): Pauses {
    let opened: FileStat | undefined
    let digest: Buffer | undefined
    const watcher: TreeWatcher = {
      directory: () => {},
      symlink: () => {},
      file: (at, stat, file) => {
        opened = stat
        this.#facts.file(at, stat, file)
        digest = stat.nlink > 1 ? this.#digests.find(stat) : undefined
        if (digest === undefined) this.#hasher.reset()
      },
      contents: (piece) => {
        if (digest === undefined) this.#hasher.update(piece)
      },
    }
    yield* this.#reader.steps(place, (piece) => this.#count(piece.length), watcher)
    if (opened === undefined) throw new TreeError('changed', place, 'it became something else while it was looked at')
    if (digest === undefined) {
      digest = Buffer.from(this.#hasher.digest().digest)
      if (opened.nlink > 1) this.#digests.add(opened, digest)
    }
    this.#counts.read++
    this.#counts.bytes += opened.size
    this.#remember(opened)
    if (digest.toString('hex') !== this.#text.digest) this.#tell('store/seal-content', place)
  }

  #remember(stat: FileStat, state: number = stateNow(stat)): void {
    this.#records.add(stat, state)
  }

  /** What is not there, or is something else, is not walked; what comes behind it keeps its number. */
  #differs(rule: StoreRule, place: BytePath, kind: SealedNode['kind']): void {
    this.#tell(rule, place)
    this.#text.rest(kind)
  }

  #tell(rule: StoreRule, place: BytePath): void {
    const places = this.#differences.get(rule)
    if (places === undefined) this.#differences.set(rule, [textOfBytePath(place)])
    else places.push(textOfBytePath(place))
  }
}

export function noCounts(): Counts {
  return { files: 0, read: 0, bytes: 0, changed: 0, measured: 0, unread: 0 }
}

function statIfThere(place: BytePath): Stats | undefined {
  try {
    return statOf(place)
  } catch (error) {
    if (error instanceof TreeError && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw error
  }
}

function kindOf(stat: Stats): SealedNode['kind'] | undefined {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  return stat.isSymbolicLink() ? 'symlink' : undefined
}
