import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeNixKeys, makeNixPlace, type NixPlace } from './place.ts'

/** A small real store that a test may do anything to. */
export interface TamperStore extends NixPlace {
  /** `NAME:BASE64`: who signed what was built. */
  readonly trustedKey: string
  /** Store paths by the attributes of tamper.nix. */
  readonly paths: Readonly<Record<'tool' | 'user' | 'other' | 'note' | 'flat' | 'tree', string>>
  /** Change Nix's database as an attacker would. */
  readonly sql: (statement: string, ...values: readonly (string | number | null)[]) => void
}

/** Build tamper.nix in a folder of its own; `signed`: with a secret key in nix.conf. */
export function buildTamperStore({ signed = false }: { readonly signed?: boolean } = {}): TamperStore {
  const folder = mkdtempSync(join(tmpdir(), 'firn-tamper-'))
  const keys = makeNixKeys('test-1')
  writeFileSync(join(folder, 'secret'), keys.secret)
  const place = makeNixPlace(folder, signed ? [`secret-key-files = ${join(folder, 'secret')}`] : [])
  const expression = new URL('tamper.nix', import.meta.url).pathname
  const names = ['tool', 'user', 'other', 'note', 'flat', 'tree'] as const
  const attribute = (name: string) => ['-A', name]
  const built = ['tool', 'user', 'other', 'flat', 'tree'] as const
  const results = place
    .nix('nix-build', expression, '--no-out-link', ...built.flatMap(attribute))
    .trim()
    .split('\n')
  const note = place.nix('nix', 'eval', '--raw', '-f', expression, 'note')
  const paths = Object.fromEntries(names.map((name) => [name, name === 'note' ? note : results[built.indexOf(name)]!]))
  return {
    ...place,
    trustedKey: keys.trusted,
    paths: paths as TamperStore['paths'],
    sql: (statement, ...values) => {
      const database = new DatabaseSync(join(place.stateDir, 'db/db.sqlite'))
      database.prepare(statement).run(...values)
      database.close()
    },
  }
}
