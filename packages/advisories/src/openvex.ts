import { UserError } from '@firn/core'
import { anything, type Infer, list, noDirt, number, object, oneOf, parseJson, type Shape, string } from './shape.ts'

const status = oneOf('not_affected', 'affected', 'fixed', 'under_investigation')
const justification = oneOf(
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
)

const identifiers = object({ purl: string, cpe22: string, cpe23: string })
const COMPONENT = { '@id': string, identifiers, hashes: anything } as const
const component = orText(object(COMPONENT))
const product = orText(object({ ...COMPONENT, subcomponents: list(component) }))
const vulnerability = object({ '@id': string, name: string, description: string, aliases: list(string) })

const statement = object(
  {
    '@id': string,
    version: number,
    timestamp: string,
    last_updated: string,
    supplier: string,
    products: list(product),
    status_notes: string,
    justification,
    impact_statement: string,
    action_statement: string,
    action_statement_timestamp: string,
  },
  // Before 0.2.0 the vulnerability was its name alone.
  { vulnerability: orText(vulnerability), status },
)

const document = object(
  { role: string, last_updated: string, version: anything, tooling: string },
  { '@context': string, '@id': string, author: string, timestamp: string, statements: list(statement) },
)

export type OpenVexStatus = Infer<typeof status>
export type OpenVexJustification = Infer<typeof justification>
export type OpenVexStatement = Infer<typeof statement>
export type OpenVexProduct = Infer<typeof product>
/** A document in the JSON's own shape. */
export type OpenVexDocument = Infer<typeof document>

const CONTEXT = 'https://openvex.dev/ns'
const KEYS = new Set([
  ...['@context', '@id', 'author', 'role', 'timestamp', 'last_updated', 'version', 'tooling', 'statements'],
])
const STATEMENT_KEYS = new Set([
  ...['@id', 'version', 'timestamp', 'last_updated', 'supplier', 'products', 'status', 'status_notes'],
  ...['vulnerability', 'justification', 'impact_statement', 'action_statement', 'action_statement_timestamp'],
])

/**
 * One OpenVEX document, 0.0.1 to 0.2.x (github.com/openvex/spec). Strict: a statement that is not understood refuses the
 * whole document, because leaving it out could turn its meaning round. Keys that are not known are told in `warnings`.
 */
export function parseOpenVex(input: Uint8Array | string): {
  readonly document: OpenVexDocument
  readonly warnings: readonly string[]
} {
  const dirt = noDirt()
  const json = parseJson(input, dirt, 'OpenVEX document')
  const context = (json as { '@context'?: unknown } | null)?.['@context']
  if (typeof context !== 'string' || !context.startsWith(CONTEXT)) {
    throw new UserError('this JSON is no OpenVEX document', `its @context begins with ${CONTEXT}`)
  }
  const version = /^\/v(\d+\.\d+)/.exec(context.slice(CONTEXT.length))?.[1]
  if (version !== undefined && !/^0\.[0-2]$/.test(version)) {
    throw new UserError(`OpenVEX ${version} is not known`, 'this firn reads up to 0.2: look for a newer firn')
  }
  const read = document(json, dirt, 'document')
  if (read === undefined || dirt.dropped > 0) {
    const fields = [...new Set(dirt.fields)].join(', ')
    throw new UserError(
      `OpenVEX: not as the specification has it: ${fields}`,
      'correct the document; none of it is used',
    )
  }
  const missing = read.statements.findIndex((entry) => (entry.products ?? []).length === 0)
  if (missing >= 0) {
    throw new UserError(`OpenVEX: statement ${missing + 1} names no product`, 'say what it is about in products')
  }
  return { document: read, warnings: unknownKeys(read) }
}

/** What a writer says; the rest of the document is made from it. */
export interface OpenVexDraft {
  readonly id: string
  readonly author: string
  readonly timestamp: Date
  readonly tooling: string
  readonly statements: readonly OpenVexStatement[]
}

/** A document of OpenVEX 0.2.0 as JSON. */
export function printOpenVex({ id, author, timestamp, tooling, statements }: OpenVexDraft): string {
  const whole: OpenVexDocument = {
    '@context': `${CONTEXT}/v0.2.0`,
    '@id': id,
    author,
    timestamp: timestamp.toISOString(),
    version: 1,
    tooling,
    statements,
  }
  return `${JSON.stringify(whole, null, 2)}\n`
}

function unknownKeys(read: OpenVexDocument): string[] {
  const unknown = [
    ...Object.keys(read).filter((key) => !KEYS.has(key)),
    ...read.statements.flatMap((entry, i) =>
      Object.keys(entry)
        .filter((key) => !STATEMENT_KEYS.has(key))
        .map((key) => `statement ${i + 1}: ${key}`),
    ),
  ]
  return unknown.map((key) => `OpenVEX: the key ${key} is not known and not read`)
}

/** A thing by itself, or only by its name. */
function orText<T>(shape: Shape<T>): Shape<T | string> {
  return (value, dirt, field) => (typeof value === 'string' ? value : shape(value, dirt, field))
}
