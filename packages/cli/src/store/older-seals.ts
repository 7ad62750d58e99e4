import { linkSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { diskError } from '@firn/core/fs'
import { openSealLoosely } from '@firn/store/seal'

const KEPT = 10

/** A seal that is about to be replaced stays beside, as NAME-GENERATION.seal: that generation may be started again. */
export function keepOlder(file: string): void {
  const seal = openSealLoosely(file)
  if (seal === undefined) return
  const [folder, name] = [dirname(file), basename(file, '.seal')]
  const kept = join(folder, `${name}-${seal.generation}.seal`)
  try {
    rmSync(kept, { force: true })
    linkSync(file, kept)
  } catch (error) {
    throw diskError(kept, error)
  }
  // A store's id in a name has 16 digits, a generation fewer.
  const generationOf = (entry: string) => Number(/^-(\d{1,15})\.seal$/.exec(entry.slice(name.length))?.[1])
  const older = readdirSync(folder)
    .filter((entry) => entry.startsWith(name) && !Number.isNaN(generationOf(entry)))
    .sort((a, b) => generationOf(b) - generationOf(a))
  for (const entry of older.slice(KEPT)) rmSync(join(folder, entry))
}
