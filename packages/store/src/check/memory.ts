import { writePiecesAtomic } from '@firn/core/fs'
import { readShared } from '../seal/shared-file.ts'
import { RECORD } from '../seal/stat-record.ts'

/** What stat said of each file when it was last read, so that only what changed is read again. Believed for accidents. */
export interface Memory {
  /** SHA-256 of the seal whose lines were last found to be what was signed. */
  readonly seal: string
  /** How often a part was read: whose turn it is. */
  readonly runs: number
  /** By the path's name. */
  readonly paths: ReadonlyMap<string, Remembered>
}

export interface Remembered {
  /** Of the line of the seal that it was compared with. */
  readonly line: string
  readonly records: Float64Array
}

/** Bytes: of ten million files. */
const MOST = 2 ** 30
const SCHEMA = 'firn/store-check-memory/1'
const NOTHING: Memory = { seal: '', runs: 0, paths: new Map() }

/** What an earlier run remembered of this store; no file, a damaged one, or another store's, is nothing. */
export function readMemory(file: string | undefined, store: string): Memory {
  if (file === undefined) return NOTHING
  try {
    const bytes = readShared(file, MOST, 'a memory')
    const end = bytes.indexOf(10)
    const header = JSON.parse(Buffer.from(bytes.buffer, 0, end).toString('utf8')) as Record<string, unknown>
    const { schema, seal, runs, paths } = header
    if (schema !== SCHEMA || header.store !== store || typeof seal !== 'string') return NOTHING
    if (!Number.isSafeInteger(runs) || !Array.isArray(paths)) return NOTHING
    const numbers = numbersOf(bytes, end + 1)
    const known = new Map<string, Remembered>()
    let at = 0
    for (const [name, line, count] of paths as [string, string, number][]) {
      if (!Number.isSafeInteger(count) || count < 0 || count % RECORD !== 0) return NOTHING
      known.set(name, { line, records: numbers.subarray(at, at + count) })
      at += count
    }
    return at === numbers.length ? { seal, runs: runs as number, paths: known } : NOTHING
  } catch {
    return NOTHING
  }
}

/** Where they are in the memory that all threads see, unless they are not at a place for numbers. */
function numbersOf(bytes: Uint8Array, at: number): Float64Array {
  const size = Float64Array.BYTES_PER_ELEMENT
  if (at % size === 0) return new Float64Array(bytes.buffer, at, (bytes.length - at) / size)
  const numbers = new Float64Array(new SharedArrayBuffer(bytes.length - at))
  new Uint8Array(numbers.buffer).set(bytes.subarray(at))
  return numbers
}

/** Only this user may read or write it. */
export function writeMemory(file: string, store: string, memory: Memory): void {
  writePiecesAtomic(file, piecesOf(store, memory), 0o600)
}

function* piecesOf(store: string, { seal, runs, paths }: Memory): Generator<Uint8Array> {
  const list = [...paths].map(([name, { line, records }]) => [name, line, records.length])
  const json = Buffer.from(JSON.stringify({ schema: SCHEMA, store, seal, runs, record: RECORD, paths: list }))
  yield json
  // Spaces, so that behind the newline the numbers begin where numbers may.
  yield Buffer.from(`${' '.repeat(-(json.length + 1) & 7)}\n`)
  for (const { records } of paths.values()) {
    yield new Uint8Array(records.buffer, records.byteOffset, records.byteLength)
  }
}
