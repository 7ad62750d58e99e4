import type { Kysely, Transaction } from 'kysely'
import { openEmbedded } from './embedded.ts'
import type { Readers } from './readers.ts'
import { openServer } from './server.ts'
import type { Tables } from './tables.ts'

/** An open database: the embedded one, which this process owns, or a PostgreSQL server's. */
export interface Database {
  readonly kysely: Kysely<Tables>
  readonly kind: 'pglite' | 'postgresql'
  /** The folder, or the server's URL without its password: for messages. */
  readonly place: string
  /** Who reads from an embedded one; a server has connections for all. */
  readonly readers?: Readers
  close(): Promise<void>
}

export type Tx = Transaction<Tables>

/** Where the data is: a folder of our own (made when missing), or a server's `postgresql://` URL. */
export type DatabasePlace = { readonly folder: string } | { readonly url: string }

/**
 * Open, and bring the schema up to date. UserErrors: the folder is owned by another process (its pid is named), the
 * schema is newer than this firn, the server cannot be reached, the disk is full.
 */
export function openDatabase(place: DatabasePlace): Promise<Database> {
  return 'folder' in place ? openEmbedded(place.folder) : openServer(place.url)
}
