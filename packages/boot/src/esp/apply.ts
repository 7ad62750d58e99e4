import { EXIT, UserError } from '@firn/core'
import { type Esp, withEspFile } from './esp.ts'
import { folderOf, TEMPORARY } from './layout.ts'
import type { Plan, Step } from './plan.ts'

/**
 * Do what a plan says. A file is written under a name that nothing boots, put on the disk, read again, and only then
 * given its name; each step is on the disk before the next begins. `between` is asked before each, and may end it there by an
 * error: what is on the disk then boots.
 */
export async function applyPlan(
  esp: Esp,
  plan: Pick<Plan, 'steps'>,
  between: () => Promise<void> = async () => {},
): Promise<void> {
  const flushed = new Set<string>()
  for (const step of plan.steps) {
    await between()
    if (step.do === 'remove') {
      esp.remove(step.path)
      esp.flushFolder(folderOf(step.path))
    } else {
      await writeWhole(esp, step)
      for (const folder of toFlush(folderOf(step.path), flushed)) esp.flushFolder(folder)
    }
  }
}

async function writeWhole(esp: Esp, { file, path }: Extract<Step, { do: 'write' }>): Promise<void> {
  const temporary = `${path}${TEMPORARY}`
  const content = await file.make()
  try {
    esp.write(temporary, content)
    esp.flush(temporary)
    if (!withEspFile(esp, temporary, file.isWhole)) {
      throw new UserError(
        `${esp.name}/${path}: what was written is not what was meant`,
        'the disk may be failing, or the key does not belong to the certificate; nothing that booted was touched',
        EXIT.store,
      )
    }
  } catch (error) {
    if (error instanceof UserError) removeQuietly(esp, temporary)
    throw error
  }
  esp.rename(temporary, path)
  // On FAT the place and size of a file stand in the folder, and Linux writes them there only when the file is flushed:
  // until then the new name would be that of an empty file.
  esp.flush(path)
}

/** The first time that something is written to a folder it may be new, and so may those above it. */
function toFlush(folder: string, flushed: Set<string>): string[] {
  if (flushed.has(folder)) return [folder]
  flushed.add(folder)
  const parts = folder.split('/')
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('/')).concat('')
}

/** The disk that failed to write may fail to remove; what is left is removed the next time. */
function removeQuietly(esp: Esp, path: string): void {
  try {
    esp.remove(path)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
  }
}
