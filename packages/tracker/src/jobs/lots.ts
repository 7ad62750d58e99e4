import type { RecordKind } from '@firn/advisories'
import type { PackageEntry } from '@firn/nix'
import type { BadRecord } from '../domain/ingestion.ts'
import type { IncomingRecord } from '../domain/record.ts'

/** What the reading thread and the thread with the database say to each other. */
export type LotSource =
  | { readonly kind: RecordKind; readonly path: string }
  | { readonly kind: 'packages'; readonly path: string }

/** Records of which only the digests are known: which of them are to be read decides the database. */
export interface RecordLot {
  readonly unread: readonly { readonly id: string; readonly digest: string }[]
  /** How many entries this lot covers, bad ones and those without an id among them. */
  readonly size: number
}

export interface ReadLot {
  readonly records: readonly IncomingRecord[]
  readonly bad: readonly BadRecord[]
}

export interface PackageLot {
  readonly packages: readonly PackageEntry[]
  readonly bad: readonly BadRecord[]
  readonly size: number
}

/** Questions, and what the answer to each is. A thread answers them in order, one at a time. */
export interface Questions {
  /** Open the source: how many entries it has, where that is known beforehand. */
  open: { readonly ask: LotSource; readonly answer: { readonly count?: number } }
  /** Go on after the first so many entries; asked once, before the first lot. */
  skip: { readonly ask: number; readonly answer: null }
  /** The next lot of records; one of size 0 is the end. */
  records: { readonly ask: null; readonly answer: RecordLot }
  /** Read the last lot, but for the ids (with these very digests) that are stored already. */
  read: { readonly ask: readonly string[]; readonly answer: ReadLot }
  /** The next lot of packages; one of size 0 is the end. */
  packages: { readonly ask: null; readonly answer: PackageLot }
}

/** One question as it travels. */
export type Question = {
  [K in keyof Questions]: { readonly name: K; readonly ask: Questions[K]['ask'] }
}[keyof Questions]

export type Answer =
  | { readonly value: unknown }
  | { readonly failure: { readonly message: string; readonly hint: string; readonly exit: 2 | 3 | 4 } }
