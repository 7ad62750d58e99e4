import { createHash } from 'node:crypto'
import type { Esp } from '@firn/boot'
import { type ByteSource, EXIT, type Guid, naming, UserError } from '@firn/core'
import { type Gpt, type GptChange, type GptPartition, PARTITION_TYPE, readGpt } from '@firn/image/gpt'
import type { Bootable, SlotName } from './decide.ts'
import { asGuid, ENTRIES, parseEntryFile, partitionIds, readEntry } from './entry.ts'

/** The two partitions that hold one system: its store, and the hashes of the store. */
export interface Slot {
  readonly name: SlotName
  readonly data: GptPartition
  readonly hash: GptPartition
}

/** A boot entry on the ESP that starts a system of this appliance. */
export interface SlotEntry extends Bootable {
  readonly path: string
  readonly size: number
  readonly name: string
  readonly title: string
}

/** What is on the disk of an appliance. */
export interface Slots {
  readonly slots: readonly [Slot, Slot]
  readonly entries: readonly SlotEntry[]
  /** Entries of this appliance that start nothing: no system is where they look. */
  readonly stray: readonly { readonly path: string; readonly size: number; readonly why: string }[]
}

/** The name that systemd gives to a partition which waits for an update. */
export const EMPTY = '_empty'

const TYPES: readonly (readonly [data: Guid, hash: Guid])[] = [
  [PARTITION_TYPE.usrX64, PARTITION_TYPE.usrVerityX64],
  [PARTITION_TYPE.usrArm64, PARTITION_TYPE.usrVerityArm64],
]

/** Look at a disk and its ESP. `name`: the appliance's; other entries are none of ours. Errors: not laid out for slots. */
export function readSlots(disk: ByteSource, esp: Pick<Esp, 'name' | 'list' | 'open'>, name?: string): Slots {
  const slots = slotsOf(readGpt(disk))
  const entries: SlotEntry[] = []
  const stray: { path: string; size: number; why: string }[] = []
  for (const { path, size } of esp.list([ENTRIES])) {
    const said = parseEntryFile(path.slice(ENTRIES.length + 1))
    if (said === undefined || (name !== undefined && said.name.toLowerCase() !== name.toLowerCase())) continue
    try {
      const entry = entryAt(esp, path, slots)
      if (entry.name !== said.name || entry.counter !== said.counter) {
        throw new UserError(`its name says ${said.name} ${said.counter}`, 'it was renamed')
      }
      entries.push({ ...entry, path, size, ...(said.tries !== undefined && { tries: said.tries }) })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      stray.push({ path, size, why: error.message })
    }
  }
  return { slots, entries, stray }
}

/** What gives a slot the identity of a store, or that of none. */
export function slotChanges(
  slot: Slot,
  system: { readonly name: string; readonly counter: number; readonly root: string } | undefined,
  diskId: Guid,
): readonly GptChange[] {
  const [data, hash] = system === undefined ? emptyIds(diskId, slot.name) : partitionIds(system.root)
  const name = system === undefined ? EMPTY : `${system.name} ${system.counter}`.slice(0, 36)
  return [
    { number: slot.data.number, id: data, name },
    { number: slot.hash.number, id: hash, name },
  ]
}

/** Identities of a slot without a system: no others on this disk have them, and they are the same each time. */
export function emptyIds(diskId: Guid, slot: SlotName): readonly [data: Guid, hash: Guid] {
  return partitionIds(createHash('sha256').update(`firn slot ${diskId} ${slot}`).digest('hex'))
}

function slotsOf(gpt: Gpt | undefined): readonly [Slot, Slot] {
  const partitions = [...(gpt?.partitions ?? [])].sort((a, b) => a.number - b.number)
  for (const [dataType, hashType] of TYPES) {
    const data = partitions.filter(({ type }) => type === dataType)
    const hash = partitions.filter(({ type }) => type === hashType)
    const [dataA, dataB] = data
    const [hashA, hashB] = hash
    if (data.length !== 2 || hash.length !== 2) continue
    return [
      { name: 'A', data: dataA!, hash: hashA! },
      { name: 'B', data: dataB!, hash: hashB! },
    ]
  }
  throw new UserError(
    'this disk has no two slots for systems',
    'make one with firn appliance disk: two partitions for stores, two for their hashes',
    EXIT.usage,
  )
}

function entryAt(esp: Pick<Esp, 'open'>, path: string, slots: readonly Slot[]): Omit<SlotEntry, 'path' | 'size'> {
  const source = esp.open(path)
  try {
    const { name, counter, title, root, partitions } = naming(path, () => readEntry(source))
    const slot = slots.find(({ data, hash }) => data.id === partitions[0] && hash.id === partitions[1])
    if (slot === undefined || asGuid(root.slice(0, 32)) !== slot.data.id || asGuid(root.slice(32)) !== slot.hash.id) {
      throw new UserError(`${path}: no slot holds the store that it opens`, 'an update was interrupted; run it again')
    }
    return { slot: slot.name, counter, root, name, title }
  } finally {
    source.close()
  }
}
