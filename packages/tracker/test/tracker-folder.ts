import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { open } from './open-offline.ts'

/** Everything that this test file makes goes here. */
export const scratch = mkdtempSync(join(tmpdir(), 'firn-tracker-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

let template: Promise<string> | undefined
let count = 0

/** An empty tracker folder. The first is made in seconds, those after it are copies. */
export async function emptyFolder(): Promise<string> {
  template ??= makeTemplate()
  const folder = join(scratch, `tracker-${++count}`)
  cpSync(await template, folder, { recursive: true })
  return folder
}

async function makeTemplate(): Promise<string> {
  const folder = join(scratch, 'template')
  const tracker = await open(folder)
  await tracker.close()
  return folder
}

export function sample(name: string): string {
  return new URL(`../sample/${name}`, import.meta.url).pathname
}
