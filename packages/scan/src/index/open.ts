import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import type { AdvisorySource } from '../match/matcher.ts'
import { matcherVersion } from '../match/matcherVersion.ts'
import type { Advisory } from '../match/model.ts'
import type { PlainVersion } from '../match/settled.ts'
import { type Block, type Directory, parseDirectory } from './directory.ts'
import { type IndexBytes, type IndexHeader, readHeader, readSection, uncompress } from './format.ts'
import { SettledTable } from './settled.ts'

/** Unpacked blocks that are kept: neighbouring names lie in one block, and a closure asks for `linux` many times. */
const KEPT_BLOCKS = 64
const MAX_BLOCK = 64 * 2 ** 20
/** So many advisories are read sooner than the program's own sources, which tell whether to trust what is settled. */
const FEW = 500

/** An advisory index on disk. Only the directory is in memory; advisories are unpacked when a name is asked for. */
export class AdvisoryIndex implements AdvisorySource {
  readonly header: IndexHeader
  readonly #file: IndexBytes
  readonly #directory: Directory
  readonly #firstLines: readonly number[]
  readonly #kept = new Map<number, readonly string[]>()

  constructor(file: IndexBytes) {
    this.#file = file
    this.header = readHeader(file)
    this.#directory = parseDirectory(readSection(file, this.header.directory), file.size)
    let line = 0
    this.#firstLines = this.#directory.blocks.map((block) => {
      const first = line
      line += block.lines
      return first
    })
  }

  /** Each advisory once, in the file's order. */
  *advisoriesByName(names: readonly string[]): Generator<Advisory> {
    const wanted = new Set(names.flatMap((name) => this.#directory.under(name)))
    for (const number of [...wanted].sort((a, b) => a - b)) yield this.#advisory(number)
  }

  /** Each advisory once, in the file's order, with the positions of who it is for. What is settled is not even read. */
  *advisoriesForAll(
    askers: readonly (readonly string[])[],
    versions: readonly (PlainVersion | undefined)[] = [],
  ): Generator<{ advisory: Advisory; askers: number[] }> {
    const numbers = askers.map((names) => new Set(names.flatMap((name) => this.#directory.under(name))))
    const settled = numbers.reduce((sum, { size }) => sum + size, 0) < FEW ? undefined : this.#settled()
    const wanted = new Map<number, number[]>()
    for (const [position, found] of numbers.entries()) {
      const version = versions[position]
      if (found.size === 0) continue
      const place = version === undefined ? undefined : settled?.placeOf(version)
      for (const number of found) {
        if (place !== undefined && settled?.isSettled(number, place)) continue
        const known = wanted.get(number)
        if (known === undefined) wanted.set(number, [position])
        else known.push(position)
      }
    }
    for (const [number, positions] of [...wanted].sort(([a], [b]) => a - b)) {
      yield { advisory: this.#advisory(number), askers: positions }
    }
  }

  /** What maintainers decided, as JSON; undefined when nothing came with the index. */
  decisions(): string | undefined {
    const { decisions } = this.header
    return decisions === undefined ? undefined : readSection(this.#file, decisions).toString('utf8')
  }

  /** What this very matcher would say without reading; undefined where the index was made by another. */
  #settled(): SettledTable | undefined {
    const { matcher, settled } = this.header
    return matcher === matcherVersion() ? new SettledTable(readSection(this.#file, settled)) : undefined
  }

  #advisory(number: number): Advisory {
    const block = lastAtMost(this.#firstLines, number)
    return parseAdvisory(this.#lines(block)[number - this.#firstLines[block]!]!)
  }

  #lines(number: number): readonly string[] {
    const kept = this.#kept.get(number)
    // Asked for again, so it is put last: the first is the one to forget.
    this.#kept.delete(number)
    const lines = kept ?? this.#unpack(this.#directory.blocks[number]!)
    this.#kept.set(number, lines)
    if (this.#kept.size > KEPT_BLOCKS) this.#kept.delete(this.#kept.keys().next().value!)
    return lines
  }

  #unpack({ offset, length, size, lines }: Block): readonly string[] {
    const found = size > MAX_BLOCK ? [] : uncompress(this.#file.read(offset, length), size).toString('utf8').split('\n')
    if (found.length !== lines) throw damaged()
    return found
  }
}

/**
 * Open the index at `path`; `close` gives the file back. Errors have exit code 3: without data a scan says nothing. A
 * file that is replaced meanwhile stays readable.
 */
export function openIndex(path: string): { readonly index: AdvisoryIndex; readonly close: () => void } {
  const file = openFile(path)
  try {
    return { index: new AdvisoryIndex(file.bytes), close: file.close }
  } catch (error) {
    file.close()
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`, error.hint, EXIT.data) : error
  }
}

function openFile(path: string): { bytes: IndexBytes; close: () => void } {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UserError(
        'there are no advisories on this machine yet',
        'fetch them: firn scan --update; or take them from files: firn scan --update --from FILE',
        EXIT.data,
      )
    }
    throw diskError(path, error)
  }
  const read = (offset: number, length: number) => {
    const bytes = Buffer.allocUnsafe(length)
    for (let done = 0; done < length; ) {
      const count = readSync(file, bytes, done, length - done, offset + done)
      if (count === 0) throw new UserError('it is cut short', 'make it again: firn scan --update', EXIT.data)
      done += count
    }
    return bytes
  }
  return { bytes: { size: fstatSync(file).size, read }, close: () => closeSync(file) }
}

function parseAdvisory(line: string): Advisory {
  try {
    const advisory = JSON.parse(line) as Advisory
    if (typeof advisory.id === 'string' && Array.isArray(advisory.statements)) return advisory
  } catch {
    // Told below.
  }
  throw damaged()
}

function damaged(): UserError {
  return new UserError('the advisory index is damaged: a block', 'make it again: firn scan --update', EXIT.data)
}

/** The last position whose value is at most `value`; the list ascends and begins with 0. */
function lastAtMost(list: readonly number[], value: number): number {
  let low = 0
  let high = list.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (list[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}
