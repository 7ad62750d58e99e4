import { UserError } from '@firn/core'
import { openStoreDatabase } from '../src/database.ts'
import { STORE_DIR } from './store-database.ts'

/**
 * A program of its own, because it gives up being root: `read-database.ts STATE_DIR ROOT` prints the closure's paths, or
 * what a user would be told, as JSON.
 */
const [stateDir = '', root = ''] = process.argv.slice(2)
if (process.getuid?.() === 0) {
  process.setgroups?.([])
  process.setgid?.(65534)
  process.setuid?.(65534)
}
try {
  const database = openStoreDatabase(stateDir, STORE_DIR)
  console.log(JSON.stringify({ paths: database.closure([root]).map((info) => info.path) }))
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.log(JSON.stringify({ error: error.message, exit: error.exit }))
}
