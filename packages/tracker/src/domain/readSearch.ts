import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import type { Facts } from './component.ts'
import { summaries } from './summary.ts'
import type { SearchView } from './views.ts'

const PAGE = 20

/** Ids of advisories by their beginning, else words of what is said; packages by the words of name and description. */
export async function search(db: Database, query: string, page: number): Promise<SearchView> {
  const offset = (page - 1) * PAGE
  const ids = await advisoryIds(db, query, offset)
  const packages = await findPackages(db, query, offset)
  const told = await summaries(db, ids.slice(0, PAGE))
  return {
    query,
    cves: ids.slice(0, PAGE).flatMap((id) => told.get(id)?.summary ?? []),
    packages: packages.slice(0, PAGE),
    page,
    more: ids.length > PAGE || packages.length > PAGE,
  }
}

/** One more than fit on a page. */
async function advisoryIds(db: Database, query: string, offset: number): Promise<string[]> {
  const limits = sql`limit ${sql.lit(PAGE + 1)} offset ${offset}::int`
  const prefix = idPrefix(query)
  const { rows: found } =
    prefix === undefined
      ? await sql<{ id: string }>`select id from advisory where search @@ websearch_to_tsquery('english', ${query})
          order by rejected, published desc nulls last, id desc ${limits}`.execute(db.kysely)
      : await sql<{ id: string }>`select id from (
            select id from advisory where id >= ${prefix} and id < ${after(prefix)}
            union select advisory from alias where alias >= ${prefix} and alias < ${after(prefix)}) as found
          order by length(id), id ${limits}`.execute(db.kysely)
  return found.map(({ id }) => id)
}

/** `cve 2024 55` and `GHSA-abcd` are the beginnings of ids. GitHub writes the rest of its own in lower case. */
function idPrefix(query: string): string | undefined {
  const text = query.trim().replaceAll(/\s+/g, '-')
  if (/^cve-\d{4}(-\d*)?$/i.test(text)) return text.toUpperCase()
  if (/^ghsa-[a-z0-9-]+$/i.test(text)) return `GHSA${text.slice(4).toLowerCase()}`
  return /^[a-z]{2,10}-\d{4}-\d+$/i.test(text) ? text.toUpperCase() : undefined
}

/** The least text after all that begin with this one. */
function after(prefix: string): string {
  return `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`
}

interface Found {
  readonly attribute: string
  readonly facts: string
}

async function findPackages(db: Database, query: string, offset: number): Promise<SearchView['packages']> {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return []
  const terms = words.map((word) => `${word}:*`).join(' & ')
  const name = query.toLowerCase()
  const { rows: found } = await sql<Found>`select attribute, facts from (
      select distinct on (attribute) attribute, pname, facts from component
      where live and (search @@ to_tsquery('simple', ${terms}) or attribute = ${query})
        and exists (select 1 from presence where component = component.id and until is null)
      order by attribute, id desc) as found
    order by attribute = ${query} desc, lower(attribute) = ${name} desc, lower(pname) = ${name} desc nulls last,
      starts_with(lower(attribute), ${name}) desc, length(attribute), attribute
    limit ${sql.lit(PAGE + 1)} offset ${offset}::int`.execute(db.kysely)
  return found.map(({ attribute, facts }) => {
    const { pname, description } = JSON.parse(facts) as Facts
    return {
      attribute,
      ...(pname === undefined ? {} : { pname }),
      ...(description === undefined ? {} : { description }),
    }
  })
}
