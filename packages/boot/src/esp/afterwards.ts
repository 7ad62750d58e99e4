import type { ByteSource } from '@firn/core'
import type { Volume } from '../explain/volume.ts'
import { fileOf, folderOf, pathOfEfi } from './layout.ts'
import type { Plan } from './plan.ts'

/** The content of each file that a plan writes, by its path in small letters. */
export type MadeFiles = ReadonlyMap<string, ByteSource>

/** Make, and so sign, everything that a plan is going to write. */
export async function makeFiles({ steps }: Pick<Plan, 'steps'>): Promise<MadeFiles> {
  const made = new Map<string, ByteSource>()
  for (const step of steps) if (step.do === 'write') made.set(step.path.toLowerCase(), await step.file.make())
  return made
}

/** An ESP as it will be when a plan is done, for who only reads it. Nothing is written. */
export function volumeAfterwards(volume: Volume, { steps }: Pick<Plan, 'steps'>, made: MadeFiles): Volume {
  const removed = new Set(steps.filter((step) => step.do === 'remove').map(({ path }) => path.toLowerCase()))
  const written = steps.filter((step) => step.do === 'write').map(({ path }) => path)
  return {
    ...volume,
    list: (folder) => {
      const at = (pathOfEfi(folder) ?? '').toLowerCase()
      const fresh = written.filter((path) => folderOf(path).toLowerCase() === at).map(fileOf)
      const known = new Set(fresh.map((name) => name.toLowerCase()))
      const old = volume.list(folder)
      if (old === undefined) return fresh.length === 0 ? undefined : fresh
      const stays = (name: string) => !known.has(name.toLowerCase()) && !removed.has(`${at}/${name.toLowerCase()}`)
      return [...old.filter(stays), ...fresh].sort()
    },
    open: (path) => {
      const at = (pathOfEfi(path) ?? '').toLowerCase()
      const content = made.get(at)
      if (content !== undefined) return borrowed(content)
      return removed.has(at) ? undefined : volume.open(path)
    },
  }
}

/** Who reads it closes what was opened; this is written afterwards. */
function borrowed(source: ByteSource): ByteSource {
  return {
    size: source.size,
    read: (offset, length) => source.read(offset, length),
    chunks: (from, to) => source.chunks(from, to),
    close: () => {},
  }
}
