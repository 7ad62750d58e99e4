import { UserError } from '@firn/core'

/** Parse a JSON document that must be an object; `what` names it in the error. */
export function parseJsonObject(source: string | Uint8Array, what: string): Readonly<Record<string, unknown>> {
  const value = parseJson(source, what)
  if (!isObject(value)) throw new UserError(`not a ${what}: it is no JSON object`, 'give the file as it was published')
  return value
}

function parseJson(source: string | Uint8Array, what: string): unknown {
  try {
    return JSON.parse(typeof source === 'string' ? source : new TextDecoder().decode(source))
  } catch (error) {
    throw new UserError(
      `not a ${what}: not JSON (${(error as Error).message})`,
      'it is damaged or cut short: fetch it again',
    )
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; what is no list has none. */
export function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The strings of a list; what is no list has none. */
export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

/** A string without NUL characters, or ''. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll('\0', '') : ''
}
