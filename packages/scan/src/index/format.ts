import { createHash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { ByteReader, EXIT, UserError } from '@firn/core'
import type { Turn } from '../match/settled.ts'
import { type Contents, printDirectory } from './directory.ts'
import { printSettled } from './settled.ts'

/**
 * The advisory index, one file:
 *
 *     MAGIC | blocks | directory | settled | decisions | header (JSON) | SHA-256 of the header | u32 its length | MAGIC
 *
 * A block is the advisories of neighbouring names, a JSON line each, as one zstd frame with a checksum. The directory
 * (directory.ts) says which lines a name has, `settled` (settled.ts) which of them need not be read for which versions.
 * What a reader needs first stands last, so that the file is written in one go, and a file that is cut short has no end.
 */
const MAGIC = Buffer.from('firnadv3')
const FOOTER = 32 + 4 + MAGIC.length
const SCHEMA = 'firn/advisories/3'
const MAX_HEADER = 1 << 20
/** More than this in one piece is no index that firn writes: all CVE records there are need a tenth. */
const MAX_SECTION = 512 * 2 ** 20
/** No more than this is set aside before the first byte is unpacked: a file may say any size. */
const LARGEST_PIECE = 4 * 2 ** 20

/** Where bytes of the file are read from; `read` gives exactly `length` bytes. */
export interface IndexBytes {
  readonly size: number
  readonly read: (offset: number, length: number) => Uint8Array
}

/** A compressed part of the file. */
export interface Section {
  readonly offset: number
  readonly length: number
  /** Bytes unpacked. */
  readonly size: number
  /** Of the compressed bytes, in hex. */
  readonly sha256: string
}

/** One input of an index: a file or feed by name, and how many records it gave. */
export interface IndexSource {
  readonly name: string
  readonly kind: string
  readonly records: number
}

/** What an index says of itself. Dates are ISO 8601. */
export interface IndexHeader {
  readonly schema: typeof SCHEMA
  /** Distinct records that went in. */
  readonly records: number
  /** Records that could not be read. */
  readonly skipped: number
  /** When it was made. */
  readonly updated: string
  /** The date of the newest record. */
  readonly newest?: string
  readonly sources: readonly IndexSource[]
  /** The matcher that found out what is settled (`matcherVersion`): another may say otherwise. */
  readonly matcher: string
  readonly directory: Section
  readonly settled: Section
  readonly decisions?: Section
}

/** One zstd frame with a checksum of its content. */
export function compress(content: Uint8Array | string): Buffer {
  return zstdCompressSync(content, {
    params: { [constants.ZSTD_c_compressionLevel]: 9, [constants.ZSTD_c_checksumFlag]: 1 },
  })
}

/** Undo `compress`; what is not exactly `size` bytes, or differs from its checksum, is a UserError. */
export function uncompress(bytes: Uint8Array, size: number): Buffer {
  if (size > MAX_SECTION) throw damaged(`a part of ${size} bytes`)
  let content: Buffer
  try {
    // In one piece: Node would join pieces of 16 kB.
    content = zstdDecompressSync(bytes, {
      maxOutputLength: Math.max(1, size),
      chunkSize: Math.min(Math.max(64, size), LARGEST_PIECE),
    })
  } catch (error) {
    throw damaged((error as Error).message)
  }
  if (content.length !== size) throw damaged(`a part has ${content.length} bytes, not ${size}`)
  return content
}

/** What an index says of itself before it is laid out. */
export type About = Omit<IndexHeader, 'schema' | 'directory' | 'settled' | 'decisions'>

/** What follows the blocks. */
export interface Tail {
  readonly directory: Contents
  /** What is settled of each advisory, by number. */
  readonly turns: readonly (readonly Turn[])[]
  /** JSON. */
  readonly decisions: string | undefined
}

/** The pieces of the file after the blocks, which begin at byte 8. */
export function printTail(header: About, { directory, turns, decisions }: Tail): Buffer[] {
  const last = directory.blocks.at(-1)
  const pieces: Buffer[] = []
  let offset = last === undefined ? MAGIC.length : last.offset + last.length
  const section = (content: Buffer): Section => {
    const bytes = compress(content)
    const place = { offset, length: bytes.length, size: content.length, sha256: sha256(bytes).toString('hex') }
    pieces.push(bytes)
    offset += bytes.length
    return place
  }
  const whole: IndexHeader = {
    schema: SCHEMA,
    ...header,
    directory: section(printDirectory(directory)),
    settled: section(printSettled(turns)),
    ...(decisions === undefined ? {} : { decisions: section(Buffer.from(decisions)) }),
  }
  const json = Buffer.from(JSON.stringify(whole))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(json.length)
  return [...pieces, json, sha256(json), length, MAGIC]
}

/** What stands before the blocks. */
export const HEAD: Uint8Array = MAGIC

/** Whether a file that begins so is an advisory index, of whatever version. */
export function isIndex(start: Uint8Array): boolean {
  return MAGIC.subarray(0, 7).equals(start.subarray(0, 7))
}

/** Read the header. Errors (exit 3): another kind of file, cut short, damaged, of another version. */
export function readHeader(file: IndexBytes): IndexHeader {
  if (file.size < MAGIC.length + FOOTER) throw damaged('it is too short')
  const start = Buffer.from(file.read(0, MAGIC.length))
  if (!start.equals(MAGIC)) {
    throw isIndex(start) ? otherVersion(start.subarray(7).toString('latin1')) : damaged('it does not begin as one')
  }
  const footer = new ByteReader(file.read(file.size - FOOTER, FOOTER), 'advisory index')
  const digest = footer.take(32, 'digest')
  const length = footer.u32('header length')
  if (!Buffer.from(footer.take(MAGIC.length, 'end')).equals(MAGIC)) throw damaged('it is cut short')
  if (length > MAX_HEADER || length > file.size - MAGIC.length - FOOTER) throw damaged('its header does not fit')
  const json = file.read(file.size - FOOTER - length, length)
  if (!sha256(json).equals(digest)) throw damaged('its header was changed')
  return checkHeader(json, file.size)
}

/** The bytes of a section, its digest checked. */
export function readSection(file: IndexBytes, { offset, length, size, sha256: digest }: Section): Buffer {
  const bytes = file.read(offset, length)
  if (sha256(bytes).toString('hex') !== digest) throw damaged('a part was changed')
  return uncompress(bytes, size)
}

function checkHeader(json: Uint8Array, size: number): IndexHeader {
  const header = parseJson(json) as Partial<IndexHeader> | null
  if (header?.schema !== SCHEMA) throw otherVersion(String(header?.schema).slice(0, 40))
  const { records, skipped, updated, newest, sources, matcher, directory, settled, decisions } = header
  const isSound =
    isCount(records) &&
    isCount(skipped) &&
    isDate(updated) &&
    (newest === undefined || isDate(newest)) &&
    Array.isArray(sources) &&
    typeof matcher === 'string' &&
    isSection(directory, size) &&
    isSection(settled, size) &&
    (decisions === undefined || isSection(decisions, size))
  if (!isSound) throw damaged('its header makes no sense')
  return header as IndexHeader
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    throw damaged('its header is no JSON')
  }
}

function isSection(value: Section | undefined, size: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { offset, length, size: unpacked, sha256: digest } = value
  return (
    isCount(offset) && isCount(length) && isCount(unpacked) && offset + length <= size && typeof digest === 'string'
  )
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isDate(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value))
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function damaged(what: string): UserError {
  return new UserError(`this is no advisory index, or it is damaged: ${what}`, REMAKE, EXIT.data)
}

function otherVersion(version: string): UserError {
  return new UserError(`the advisory index is of another version (${version})`, REMAKE, EXIT.data)
}

const REMAKE = 'make it again: firn scan --update'
