import { readFileSync } from 'node:fs'
import { openStoreDatabase, parseDerivation } from '@firn/nix'

/** One cold measurement for closure.ts: `closure-once.ts ROOT`, the store by its variables, in milliseconds. */
const [root = ''] = process.argv.slice(2)
const { NIX_STORE_DIR = '/nix/store', NIX_STATE_DIR = '/nix/var/nix' } = process.env
const started = performance.now()
const database = openStoreDatabase(NIX_STATE_DIR, NIX_STORE_DIR)
const infos = database.closure([root])
const derivations = [...database.validPaths([...new Set(infos.flatMap((info) => info.deriver ?? []))])]
database.close()
const read = performance.now()
for (const path of derivations) parseDerivation(readFileSync(path))
const parsed = performance.now()
console.log(JSON.stringify({ paths: infos.length, derivations, closure: read - started, parse: parsed - read }))
