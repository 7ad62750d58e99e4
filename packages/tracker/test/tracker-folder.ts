import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { emptyFolder as emptyDatabase } from './databases.ts'

/** Everything that this test file makes goes here. */
export const scratch = mkdtempSync(join(tmpdir(), 'firn-tracker-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

let count = 0

/** An empty tracker folder. */
export async function emptyFolder(): Promise<string> {
  const folder = join(scratch, `tracker-${++count}`)
  renameSync(await emptyDatabase(), folder)
  return folder
}

export function sample(name: string): string {
  return new URL(`../sample/${name}`, import.meta.url).pathname
}
