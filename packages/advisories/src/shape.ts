import { isUtf8 } from 'node:buffer'
import { UserError } from '@firn/core'

/** What was amiss in a document and was put right; all zero for a clean one. */
export interface Dirt {
  /** `\u0000` characters removed: databases refuse them. */
  nul: number
  /** Half surrogate pairs and bytes that are no UTF-8, replaced by U+FFFD. */
  text: number
  /** Numbers and booleans where the schema wants a string. */
  coerced: number
  /** Values of a wrong type, left out. */
  dropped: number
  /** The names of the first ten fields that were coerced or dropped. */
  readonly fields: string[]
}

/** Reads a value of a document as T, or gives undefined for one that is not, and notes it in `dirt`. */
export type Shape<T> = (value: unknown, dirt: Dirt, field: string) => T | undefined
export type Infer<S> = S extends Shape<infer T> ? T : never

export const string: Shape<string> = (value, dirt, field) => {
  if (typeof value === 'string') return value
  if (typeof value !== 'number' && typeof value !== 'boolean') return drop(dirt, field)
  dirt.coerced++
  note(dirt, field)
  return String(value)
}

export const number: Shape<number> = (value, dirt, field) => (typeof value === 'number' ? value : drop(dirt, field))

export const boolean: Shape<boolean> = (value, dirt, field) => (typeof value === 'boolean' ? value : drop(dirt, field))

/** Anything, kept as it is: `x_…` extensions, `database_specific`. */
export const anything: Shape<unknown> = (value) => value

/** One of a few words, in any case. */
export function oneOf<const W extends string>(...words: W[]): Shape<W> {
  return (value, dirt, field) => {
    if (words.includes(value as W)) return value as W
    const found =
      typeof value === 'string' ? words.find((word) => word.toLowerCase() === value.toLowerCase()) : undefined
    return found ?? drop(dirt, field)
  }
}

/** Items that are not of their shape are left out. */
export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return (value, dirt, field) => {
    if (!Array.isArray(value)) return drop(dirt, field)
    let clean: T[] | undefined
    for (let i = 0; i < value.length; i++) {
      const read = item(value[i], dirt, field)
      if (read === undefined) clean ??= value.slice(0, i)
      else if (clean !== undefined) clean.push(read)
      else if (read !== value[i]) value[i] = read
    }
    return clean ?? value
  }
}

type Fields = Readonly<Record<string, Shape<unknown>>>
type Read<R extends Fields, O extends Fields> = { readonly [K in keyof R]: Infer<R[K]> } & {
  readonly [K in keyof O]?: Infer<O[K]>
}

/**
 * An object. Fields of the wrong type are deleted (from the freshly parsed document: nobody else holds it), unknown
 * ones stay; without one of the required fields it is not of this shape.
 */
export function object<const O extends Fields, const R extends Fields = Record<never, never>>(
  optional: O,
  required?: R,
): Shape<Read<R, O>> {
  const needed = Object.keys(required ?? {})
  const fields = Object.entries({ ...optional, ...required })
  return (value, dirt, field) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return drop(dirt, field)
    const bag = value as Record<string, unknown>
    for (const [key, shape] of fields) {
      if (!Object.hasOwn(bag, key)) continue
      const before = bag[key]
      const read = before === null ? undefined : shape(before, dirt, key)
      if (read === undefined) delete bag[key]
      else if (read !== before) bag[key] = read
    }
    return needed.every((key) => Object.hasOwn(bag, key)) ? (bag as Read<R, O>) : drop(dirt, field)
  }
}

export function noDirt(): Dirt {
  return { nul: 0, text: 0, coerced: 0, dropped: 0, fields: [] }
}

/** A JSON document of at most `limit` bytes, characters cleaned; what is no JSON is a UserError naming `what`. */
export function parseJson(input: Uint8Array | string, dirt: Dirt, what: string, limit = 64 * 2 ** 20): unknown {
  if (input.length > limit) {
    throw new UserError(`${what}: ${input.length} bytes, the limit is ${limit}`, 'a document this large is not read')
  }
  const text = typeof input === 'string' ? input : decodeUtf8(input, dirt)
  let document: unknown
  try {
    document = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text)
  } catch (error) {
    const why = (error as Error).message.slice(0, 160)
    throw new UserError(`${what}: no valid JSON (${why})`, 'the file is damaged or cut off: fetch it again')
  }
  return NEEDS_CLEANING.test(text) ? cleanCharacters(document, dirt) : document
}

const NEEDS_CLEANING = /\\u(?:0000|d[89a-f])|[\ud800-\udfff]/i

function decodeUtf8(bytes: Uint8Array, dirt: Dirt): string {
  if (!isUtf8(bytes)) dirt.text++
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

/** Walks with a stack of its own: a document may be nested deeper than the call stack. */
function cleanCharacters(document: unknown, dirt: Dirt): unknown {
  const root = { document }
  const open: (Record<string, unknown> | unknown[])[] = [root]
  for (let bag = open.pop(); bag !== undefined; bag = open.pop()) {
    for (const key of Object.keys(bag)) {
      const holder = bag as Record<string, unknown>
      const value = holder[key]
      if (typeof value === 'string') holder[key] = cleanString(value, dirt)
      else if (typeof value === 'object' && value !== null) open.push(value as Record<string, unknown>)
      if (Array.isArray(bag)) continue
      const cleanKey = cleanString(key, dirt)
      if (cleanKey === key) continue
      // Defined, not assigned: a key that becomes `__proto__` must not become the prototype.
      const moved = { value: holder[key], writable: true, enumerable: true, configurable: true }
      Object.defineProperty(holder, cleanKey, moved)
      delete holder[key]
    }
  }
  return root.document
}

function cleanString(text: string, dirt: Dirt): string {
  let clean = text
  if (clean.includes('\0')) {
    const parts = clean.split('\0')
    dirt.nul += parts.length - 1
    clean = parts.join('')
  }
  if (!clean.isWellFormed()) {
    dirt.text++
    clean = clean.toWellFormed()
  }
  return clean
}

function drop(dirt: Dirt, field: string): undefined {
  dirt.dropped++
  note(dirt, field)
  return undefined
}

function note(dirt: Dirt, field: string): void {
  if (dirt.fields.length < 10) dirt.fields.push(field)
}
