import { lstatSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { parseBootspec } from '../bootspec.ts'
import type { Generation } from './generation.ts'

/** What the profile's folder holds. */
export interface ProfileGenerations {
  readonly generations: readonly Generation[]
  /** Generations that cannot be read, with the reason: nothing of theirs may be removed for that. */
  readonly broken: readonly BrokenGeneration[]
}

interface BrokenGeneration {
  readonly number: number
  /** Its store path, when its link leads anywhere. */
  readonly system?: string
  readonly why: string
}

const MOST = 4 << 20

/** The generations of the profile `system` in a folder like `/nix/var/nix/profiles`: `system-7-link` and the like. */
export function readGenerations(folder: string, profile = 'system'): ProfileGenerations {
  const links = listLinks(folder, profile)
  const generations: Generation[] = []
  const broken: BrokenGeneration[] = []
  for (const { number, path } of links) {
    try {
      generations.push(readGeneration(number, path))
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      const system = followLinks(path)
      broken.push({ number, why: error.message, ...(system !== undefined && { system }) })
    }
  }
  return { generations, broken }
}

/** A system by its own path, which need not be in a profile yet. */
export function readGeneration(number: number, path: string): Generation {
  const file = join(path, 'boot.json')
  try {
    const { size } = statSync(file)
    if (size > MOST) throw new UserError(`${file}: ${size} bytes`, 'no bootspec has that')
    const bootspec = naming(file, () => parseBootspec(readFileSync(file, 'utf8')))
    return { number, bootspec, built: lstatSync(path).mtime }
  } catch (error) {
    throw diskError(file, error)
  }
}

/** A path with all its links followed; undefined when it leads nowhere. */
export function followLinks(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function listLinks(folder: string, profile: string): { number: number; path: string }[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    throw diskError(folder, error)
  }
  const found = names.flatMap((name) => {
    const number = name.startsWith(`${profile}-`)
      ? /^(\d{1,9})-link$/.exec(name.slice(profile.length + 1))?.[1]
      : undefined
    return number === undefined ? [] : [{ number: Number(number), path: join(folder, name) }]
  })
  if (found.length > 0) return found.sort((a, b) => a.number - b.number)
  throw new UserError(`${folder}: no generations of ${profile}`, 'give the folder that holds system-1-link', EXIT.usage)
}
