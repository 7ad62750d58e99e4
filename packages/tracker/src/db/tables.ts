/** The tables, as Kysely sees them; migrations/ makes them. */
export type Tables = Record<never, never>
