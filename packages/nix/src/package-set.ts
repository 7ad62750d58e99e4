import { jsonHead, jsonMembers, peek, UserError } from '@firn/core'
import { type PackageEntry, readEvalJob, readPackage } from './package-entry.ts'

/** An attribute that could not be evaluated, or not be read. */
export interface BadPackage {
  readonly attribute: string
  readonly error: string
}

/**
 * The packages of a set, from unpacked chunks in any of the forms that Nix's tools print, known by content: a channel's
 * `packages.json` (version 2), the lines of `nix-eval-jobs`, or the map of `nix-env -qaP --json --meta`. One entry is
 * held at a time. An entry without a value somewhere (nix-env prints `"platforms": ,` for meta that is no JSON) is read
 * as if it had null there; one that is broken otherwise is told as `error`, and the others follow.
 *
 * UserError: no package set, one of a later version, or one that is cut short (after the entries before the cut).
 */
export async function* readPackageSet(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<PackageEntry | BadPackage> {
  const { first, all } = await peek(chunks, HEAD_BYTES)
  switch (formOf(first.toString('utf8', 0, HEAD_BYTES))) {
    case 'jobs':
      for await (const { text, at } of lines(all)) yield readLine(text, at)
      return
    case 'envelope':
      yield* readMap(all, ['packages'])
      return
    case 'map':
      yield* readMap(all, [])
  }
}

const WHAT = 'package set'
const HEAD_BYTES = 1 << 16

function formOf(head: string): 'envelope' | 'jobs' | 'map' {
  const json = jsonHead(head)
  if (json === undefined) {
    throw new UserError(
      `this is no ${WHAT}`,
      'give packages.json, or what nix-eval-jobs or nix-env -qaP --json --meta print',
    )
  }
  if (json.keys.get('attr') || json.keys.has('attrPath')) return 'jobs'
  if (!json.keys.has('packages')) return 'map'
  const version = /^\s*\{\s*"version"\s*:\s*([0-9]{1,9})/.exec(head)?.[1]
  if (version !== undefined && Number(version) > 2) {
    throw new UserError(`${WHAT}: unknown version ${version}`, 'this firn reads version 2: look for a newer firn')
  }
  return 'envelope'
}

async function* readMap(
  chunks: AsyncIterable<Uint8Array>,
  path: readonly string[],
): AsyncGenerator<PackageEntry | BadPackage> {
  for await (const { key, bytes } of jsonMembers(chunks, path, WHAT)) {
    if (key === undefined) throw new UserError(`${WHAT}: a list where a map of packages is due`, 'check the file')
    yield orError(key, () => readPackage(key, parse(bytes.toString('utf8'))))
  }
}

function readLine(text: string, at: number): PackageEntry | BadPackage {
  return orError(`line ${at}`, () => readEvalJob(parse(text)))
}

function orError(attribute: string, read: () => PackageEntry | BadPackage): PackageEntry | BadPackage {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { attribute, error: error.message }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return parseRepaired(text)
  }
}

function parseRepaired(text: string): unknown {
  try {
    return JSON.parse(withNulls(text))
  } catch (error) {
    throw new UserError(`no valid JSON (${(error as Error).message.slice(0, 160)})`, 'the others are read')
  }
}

/** The text with `null` after each colon that no value follows. */
function withNulls(text: string): string {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') at = endOfString(text, at)
    else if (text[at] === ':' && /^\s*[,}]/.test(text.slice(at + 1, at + 100))) {
      parts.push(text.slice(start, at + 1), 'null')
      start = at + 1
    }
  }
  return parts.join('') + text.slice(start)
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}

/** nix-eval-jobs prints one job a line; with --meta and all inputs a line stays far below. */
const MAX_LINE = 16 * 2 ** 20

/** The lines that are not empty, with their number from 1. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<{ text: string; at: number }> {
  let held: Buffer[] = []
  let size = 0
  let at = 1
  const line = (last: Buffer): string => {
    const text = Buffer.concat([...held, last])
      .toString('utf8')
      .trim()
    held = []
    size = 0
    return text
  }
  for await (const bytes of chunks) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    let start = 0
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const text = line(chunk.subarray(start, end))
      if (text !== '') yield { text, at }
      at++
      start = end + 1
    }
    size += chunk.length - start
    if (size > MAX_LINE) throw new UserError(`${WHAT}: line ${at} is over ${MAX_LINE} bytes`, 'check the file')
    held.push(Buffer.from(chunk.subarray(start)))
  }
  const text = line(Buffer.alloc(0))
  if (text !== '') yield { text, at }
}
