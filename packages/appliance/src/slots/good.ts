import type { Esp } from '@firn/boot'
import { UserError } from '@firn/core'
import { ENTRIES, entryFile } from './entry.ts'
import type { SlotEntry } from './slots.ts'

/**
 * The system with that root hash was found good: its tries are counted no longer. The file is only renamed, as
 * systemd-bless-boot does it. Answers whether there was something to do.
 */
export function markGood(esp: Esp, entries: readonly SlotEntry[], root: string): boolean {
  const own = entries.filter((entry) => entry.root === root)
  const [counted] = own
  if (counted === undefined) {
    throw new UserError(
      `no boot entry opens the store ${root.slice(0, 16)}…`,
      'give the ESP that this machine boots from',
    )
  }
  if (own.some(({ tries }) => tries === undefined)) return false
  const path = `${ENTRIES}/${entryFile({ name: counted.name, counter: counted.counter })}`
  esp.rename(counted.path, path)
  esp.flush(path)
  esp.flushFolder(ENTRIES)
  return true
}
