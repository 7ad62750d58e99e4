import type { BootCounter } from '@firn/boot'
import { EXIT, UserError } from '@firn/core'

export type SlotName = 'A' | 'B'

/** An entry that systemd-boot can choose, and which slot's store it opens. */
export interface Bootable {
  readonly slot: SlotName
  readonly counter: number
  readonly root: string
  readonly tries?: BootCounter
}

/** What is offered, as far as deciding goes. */
export interface Offer {
  readonly counter: number
  readonly root: string
}

export type Decision =
  | { readonly do: 'nothing'; readonly why: string }
  | { readonly do: 'write'; readonly slot: SlotName; readonly keep: SlotName }

/** How often a new system may be tried before the one before it takes over again. */
export const TRIES = 3

/**
 * What systemd-boot starts by itself: those that failed at every try come last; else the highest counter; of one system
 * twice, the copy that is not counted.
 */
export function nextBoot<T extends Bootable>(entries: readonly T[]): T | undefined {
  const left = ({ tries }: T) => tries?.left ?? Number.MAX_SAFE_INTEGER
  const isBad = (entry: T) => Number(entry.tries?.left === 0)
  return [...entries].sort((a, b) => isBad(a) - isBad(b) || b.counter - a.counter || left(b) - left(a))[0]
}

/** The entries after a boot of the next one: a try is used up before the kernel starts, and forgotten when it was good. */
export function afterBoot(entries: readonly Bootable[], isGood: boolean): Bootable[] {
  const started = nextBoot(entries)
  return entries.map((entry) => {
    if (entry !== started || entry.tries === undefined) return entry
    const { tries, ...rest } = entry
    if (isGood) return rest
    return { ...rest, tries: { left: Math.max(0, tries.left - 1), failed: tries.failed + 1 } }
  })
}

/**
 * Where an update goes. Never over the system that runs, nor over the only one that was found good; never back: what is
 * offered must be newer than every system here that was found good. `inUse`: the slot whose store is in use.
 */
export function decideUpdate(
  entries: readonly Bootable[],
  offer: Offer,
  { inUse, again = false }: { readonly inUse?: SlotName; readonly again?: boolean } = {},
): Decision {
  const good = entries.filter(({ tries }) => tries === undefined)
  const keep = nextBoot(inUse === undefined ? good : good.filter(({ slot }) => slot === inUse))
  if (keep === undefined) {
    throw refused(
      inUse === undefined || good.length === 0
        ? 'no system on this disk was found good yet'
        : 'the system that runs is on trial, and the other slot holds the one to fall back to',
      'once it is known to work: firn appliance good',
    )
  }
  const newest = Math.max(...good.map(({ counter }) => counter))
  const same = entries.find(({ counter }) => counter === offer.counter)
  if (same !== undefined && same.root !== offer.root) {
    throw refused(
      `update ${offer.counter} holds another system than the ${same.counter} that is here`,
      'a counter stands for one system: build it with the next',
    )
  }
  if (same?.counter === newest && same.tries === undefined) {
    return { do: 'nothing', why: `system ${newest} is here` }
  }
  if (offer.counter <= newest) {
    throw refused(`update ${offer.counter} is older than system ${newest}, which is here`, 'updates do not go back')
  }
  if (same?.tries !== undefined && same.tries.left > 0) {
    return { do: 'nothing', why: `system ${same.counter} is here, and will be tried at the next boot` }
  }
  if (same !== undefined && !again) {
    throw refused(
      `system ${same.counter} is here, and failed at every try`,
      'wait for the next update, or say --again to try it once more',
    )
  }
  return { do: 'write', slot: keep.slot === 'A' ? 'B' : 'A', keep: keep.slot }
}

function refused(message: string, hint: string): UserError {
  return new UserError(message, hint, EXIT.usage)
}
