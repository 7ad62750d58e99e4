import { UserError } from '@firn/core'
import { anything, type Dirt, type Infer, list, noDirt, object, oneOf, parseJson, string } from './shape.ts'

const severity = list(object({}, { type: string, score: string }))

/** One of the four keys a event; `introduced: '0'` is from the beginning. */
const event = object({ introduced: string, fixed: string, last_affected: string, limit: string })

const range = object(
  { repo: string, events: list(event), database_specific: anything },
  { type: oneOf('SEMVER', 'ECOSYSTEM', 'GIT') },
)

const affected = object({
  package: object({ purl: string }, { ecosystem: string, name: string }),
  severity,
  ranges: list(range),
  versions: list(string),
  ecosystem_specific: anything,
  database_specific: anything,
})

const record = object(
  {
    schema_version: string,
    published: string,
    withdrawn: string,
    aliases: list(string),
    related: list(string),
    upstream: list(string),
    summary: string,
    details: string,
    severity,
    affected: list(affected),
    references: list(object({ type: string }, { url: string })),
    credits: anything,
    database_specific: anything,
  },
  { id: string, modified: string },
)

/** An OSV record in the JSON's own shape. */
export type OsvRecord = Infer<typeof record>

const MAX_BYTES = 64 * 2 ** 20

/**
 * One OSV record, schema 1.x (github.com/ossf/osv-schema). What is dirty in a field is put right and told in `dirt`.
 * Errors: not JSON, no id or date, a schema of another major version.
 */
export function parseOsvRecord(input: Uint8Array | string): { record: OsvRecord; dirt: Dirt } {
  const dirt = noDirt()
  const read = record(parseJson(input, dirt, 'OSV record', MAX_BYTES), dirt, 'record')
  if (read === undefined || !/^[A-Za-z0-9][A-Za-z0-9._:-]{2,99}$/.test(read.id)) {
    throw new UserError('this JSON is no OSV record', 'a record has an id and a modified date')
  }
  const schema = read.schema_version ?? '1.0.0'
  if (!schema.startsWith('1.')) {
    throw new UserError(
      `${read.id}: unknown OSV schema ${schema.slice(0, 40)}`,
      'this firn reads 1.x: look for a newer firn',
    )
  }
  return { record: read, dirt }
}
