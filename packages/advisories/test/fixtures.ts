import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('../../../fixtures/advisories/', import.meta.url)

export function fixture(name: string): Buffer {
  return readFileSync(new URL(name, root))
}

export function fixtures(folder: string): Buffer[] {
  return readdirSync(new URL(folder, root))
    .sort()
    .map((name) => fixture(`${folder}/${name}`))
}
