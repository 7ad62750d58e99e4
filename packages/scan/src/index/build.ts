import { closeSync, openSync, writeSync } from 'node:fs'
import { UserError } from '@firn/core'
import { replaceAtomic } from '@firn/core/fs'
import { parseSharedDecisions } from '../decisions/shared.ts'
import { advisoryNames } from '../identify/names.ts'
import { matcherVersion } from '../match/matcherVersion.ts'
import { mergeAdvisories } from '../match/merge.ts'
import type { Advisory } from '../match/model.ts'
import { settledTurns, type Turn } from '../match/settled.ts'
import type { Block } from './directory.ts'
import { type About, compress, HEAD, type IndexSource, printTail } from './format.ts'
import { type Piece, Spool } from './spool.ts'
import { vulnerabilities } from './vulnerabilities.ts'

/** Bytes of a block before it is compressed: large enough to compress well, small enough to unpack for one name. */
const BLOCK = 32 * 1024
/** The same where all of a block is of one name, and who asks for one of them asks for all: `linux` has megabytes. */
const BLOCK_OF_ONE = 256 * 1024
/** How many advisories are written between two looks at the clock and the signal. */
const STRIDE = 1000

/** What is kept in memory of each record while an index is built: the rest is in the spool. */
interface Entry {
  readonly id: string
  readonly aliases: readonly string[]
  /** The name it is sorted by. */
  readonly name: string
  readonly updated: string
  readonly piece: Piece
}

/** Collects advisories, in any order and from many files, and writes them as one index. */
export class IndexBuilder {
  readonly #path: string
  readonly #spool: Spool
  /** By kind of record and its own id: a later record takes the place of an earlier one. */
  readonly #entries = new Map<string, Entry>()
  readonly #kev = new Map<string, NonNullable<Advisory['kev']>>()
  readonly #epss = new Map<string, NonNullable<Advisory['epss']>>()

  /** `path` is where the index will be; what is put aside meanwhile is beside it. */
  constructor(path: string) {
    this.#path = path
    this.#spool = new Spool(path)
  }

  /** How many distinct records there are so far. */
  get records(): number {
    return this.#entries.size
  }

  /** `recordId` is the record's own id (`GO-2024-2687`): of two records with the same one the newer counts. */
  add(kind: string, recordId: string, advisory: Advisory): void {
    const key = `${kind} ${recordId}`
    const updated = advisory.updated ?? advisory.published ?? ''
    const known = this.#entries.get(key)
    if (known !== undefined && updated < known.updated) return
    this.#entries.set(key, {
      id: advisory.id,
      aliases: advisory.aliases,
      name: advisoryNames(advisory)[0] ?? '',
      updated,
      piece: this.#spool.add(JSON.stringify(advisory)),
    })
  }

  exploited(cveId: string, kev: NonNullable<Advisory['kev']>): void {
    this.#kev.set(cveId, kev)
  }

  scored(cveId: string, epss: NonNullable<Advisory['epss']>): void {
    this.#epss.set(cveId, epss)
  }

  /**
   * Write the index in place of the old one, whole or not at all. `decisions` is the JSON of what maintainers decided.
   * Ends with the signal's reason when that is aborted.
   */
  async finish(
    about: { readonly updated: Date; readonly sources: readonly IndexSource[]; readonly skipped: number },
    options: {
      readonly signal: AbortSignal
      readonly decisions?: string
      readonly onProgress?: (done: number, total: number) => void
    },
  ): Promise<void> {
    if (this.#entries.size === 0) {
      throw new UserError('there is no advisory in what was given', 'the old advisories are kept; check the files')
    }
    const groups = vulnerabilities([...this.#entries.values()])
    const { decisions } = options
    const { blocks, bytes, names, turns } = await this.#pack(groups, idsOf(decisions), options)
    const header: About = {
      records: this.#entries.size,
      skipped: about.skipped,
      updated: about.updated.toISOString(),
      ...newestOf(this.#entries.values(), about.updated),
      sources: about.sources,
      matcher: matcherVersion(),
    }
    const tail = printTail(header, { directory: { blocks, names }, turns, decisions })
    replaceAtomic(this.#path, (temporary) => write(temporary, [HEAD, ...bytes, ...tail]))
  }

  close(): void {
    this.#spool.close()
  }

  /**
   * Lay the advisories out in blocks. Those without any name cannot be found by one and are left out. Nothing is settled
   * of those that somebody decided upon (`ruled`): what is not affected may be by his word.
   */
  async #pack(
    groups: readonly (readonly Entry[])[],
    ruled: ReadonlySet<string>,
    {
      signal,
      onProgress,
    }: { readonly signal: AbortSignal; readonly onProgress?: (done: number, total: number) => void },
  ) {
    const pack = new Packer()
    for (const [i, group] of groups.entries()) {
      if (i % STRIDE === 0) {
        onProgress?.(i, groups.length)
        await new Promise((resolve) => setImmediate(resolve))
        signal.throwIfAborted()
      }
      const advisory = this.#complete(group)
      const isRuled = [advisory.id, ...advisory.aliases].some((id) => ruled.has(id))
      pack.add(advisory, advisoryNames(advisory), isRuled ? [] : settledTurns(advisory))
    }
    onProgress?.(groups.length, groups.length)
    return pack.finish()
  }

  #complete(group: readonly Entry[]): Advisory {
    const merged = mergeAdvisories(group.map(({ piece }) => JSON.parse(this.#spool.read(piece)) as Advisory))
    const kev = this.#kev.get(merged.id)
    const epss = this.#epss.get(merged.id)
    return { ...merged, ...(kev === undefined ? {} : { kev }), ...(epss === undefined ? {} : { epss }) }
  }
}

/** Fills blocks one after the other and notes which names lead to which advisory. */
class Packer {
  readonly #blocks: Block[] = []
  readonly #bytes: Buffer[] = []
  readonly #names = new Map<string, number[]>()
  readonly #turns: (readonly Turn[])[] = []
  #lines: string[] = []
  #size = 0
  /** The first name of what is in the block; undefined when they are several. */
  #first: string | undefined
  #offset = HEAD.length
  #count = 0

  add(advisory: Advisory, names: readonly string[], turns: readonly Turn[]): void {
    if (names.length === 0) return
    for (const name of names) {
      const list = this.#names.get(name)
      if (list === undefined) this.#names.set(name, [this.#count])
      else list.push(this.#count)
    }
    this.#turns.push(turns)
    const [first] = names
    if (this.#size >= BLOCK && first !== this.#first) this.#close()
    this.#first = this.#lines.length === 0 || first === this.#first ? first : undefined
    const line = asciiJson(advisory)
    this.#lines.push(line)
    this.#size += line.length
    this.#count++
    if (this.#size >= (this.#first === undefined ? BLOCK : BLOCK_OF_ONE)) this.#close()
  }

  finish() {
    if (this.#lines.length > 0) this.#close()
    const names = new Map([...this.#names].sort(([a], [b]) => compare(a, b)))
    return { blocks: this.#blocks, bytes: this.#bytes, names, turns: this.#turns }
  }

  #close(): void {
    const content = Buffer.from(this.#lines.join('\n'))
    const bytes = compress(content)
    this.#blocks.push({ offset: this.#offset, length: bytes.length, size: content.length, lines: this.#lines.length })
    this.#bytes.push(bytes)
    this.#offset += bytes.length
    this.#lines = []
    this.#size = 0
  }
}

/** JSON with what is not ASCII escaped: one `…` makes Node keep, and read, a whole block in two bytes a character. */
function asciiJson(advisory: Advisory): string {
  return JSON.stringify(advisory).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The ids that decisions speak of. */
function idsOf(decisions: string | undefined): ReadonlySet<string> {
  const rulings = decisions === undefined ? [] : parseSharedDecisions(decisions, 'decisions')
  return new Set(rulings.flatMap(({ ids = [] }) => ids))
}

/** A date after `made` is a typing error in a record. */
function newestOf(entries: Iterable<Entry>, made: Date): { newest?: string } {
  const limit = made.toISOString()
  let newest = ''
  for (const { updated } of entries) {
    if (updated > newest && updated <= limit && !Number.isNaN(Date.parse(updated))) newest = updated
  }
  return newest === '' ? {} : { newest }
}

function write(path: string, pieces: readonly Uint8Array[]): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    for (const piece of pieces) for (let done = 0; done < piece.length; ) done += writeSync(file, piece, done)
  } finally {
    closeSync(file)
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
