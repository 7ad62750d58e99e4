import { bytesSource } from '@firn/binary/source'
import { applyPlan, type Esp, TEMPORARY } from '@firn/boot/esp'
import { type ByteSource, EXIT, UserError } from '@firn/core'
import { editGpt, readGpt } from '@firn/image/gpt'
import { decideUpdate, nextBoot, type SlotName, TRIES } from '../slots/decide.ts'
import { ENTRIES, type EntryWords, entryFile, parseEntryFile, partitionIds, readEntry } from '../slots/entry.ts'
import { readSlots, type Slot, type Slots, slotChanges } from '../slots/slots.ts'
import { checkData } from './data.ts'
import type { Disk } from './disk.ts'
import { fetchPieces, fill } from './fill.ts'
import type { Manifest } from './manifest.ts'
import type { Payloads } from './payloads.ts'

/** The disk of an appliance and its EFI system partition, which is mounted. */
export interface Target {
  readonly disk: Disk
  readonly esp: Esp
}

export interface UpdateOptions {
  /** Root hash of the store that is in use, when this is the disk of the machine that runs. */
  readonly running?: string
  /** Try a system again that failed at every try. */
  readonly again?: boolean
  /** Take a system whose PCR 11 another key signed: its first start asks for the recovery key of the data. */
  readonly newPcrKey?: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (label: string, done: number, total: number) => void
}

export type Updated =
  | { readonly done: false; readonly why: string }
  | { readonly done: true; readonly slot: SlotName; readonly fetched: number }

/**
 * Put the system that a manifest describes into the slot that is not in use, and let it be tried at the next boot. The
 * manifest was verified before (`openManifest`). In this order, each step on the disk before the next begins: nothing
 * starts the slot any more; the slot is written and read again; the partition table names it; the new entry appears.
 * Stopped at any moment, the machine boots what it booted before, and the next run goes on where this one ended.
 */
export async function update(
  target: Target,
  manifest: Manifest,
  payloads: Payloads,
  options: UpdateOptions = {},
): Promise<Updated> {
  const { disk, esp } = target
  const found = readSlots(disk, esp, manifest.name)
  checkAppliance(target, manifest, found)
  const decision = decideUpdate(found.entries, manifest, decidingWords(found, options))
  if (decision.do === 'nothing') return { done: false, why: decision.why }
  const slot = found.slots.find(({ name }) => name === decision.slot)!
  const other = found.slots.find(({ name }) => name === decision.keep)!
  checkPartition(disk, manifest)
  checkData(keptSystem(target, found, other), manifest, options.newPcrKey)
  checkRoom(target, manifest, found, slot)
  await removeEntries(esp, manifest.name, found, slot)
  name(disk, slot, undefined)
  let fetched = 0
  for (const [part, label] of [
    ['data', 'store'],
    ['hash', 'hashes of the store'],
  ] as const) {
    const onProgress = (done: number, total: number) => options.onProgress?.(label, done, total)
    const signal = options.signal
    const words = { onProgress, ...(signal !== undefined && { signal }) }
    fetched += (await fill(disk, slot[part], manifest[part], payloads, other[part], words)).fetched
  }
  const kernel = await fetchKernel(manifest, payloads, options)
  name(disk, slot, manifest)
  await writeEntry(esp, manifest, kernel)
  return { done: true, slot: slot.name, fetched: fetched + kernel.size }
}

/** An ESP that is not mounted is an empty folder, and another appliance's has other entries. */
function checkAppliance({ disk, esp }: Target, { name: own }: Manifest, { entries, stray }: Slots): void {
  if (entries.length + stray.length > 0) return
  const others = [...new Set(readSlots(disk, esp).entries.map((entry) => entry.name))]
  throw new UserError(
    `${esp.name}: no system of ${own} starts from here`,
    others.length > 0
      ? `this is the disk of ${others.join(', ')}, and the update is of ${own}`
      : `is the EFI system partition of ${disk.name} mounted there? Its ${ENTRIES} holds the systems`,
  )
}

/** The slot in use is told by its store: the halves of the root hash are the identities of its partitions. */
function decidingWords({ slots }: Slots, { running, again = false }: UpdateOptions) {
  const [data] = running === undefined ? [undefined] : partitionIds(running)
  const inUse = slots.find((slot) => slot.data.id === data)?.name
  return { again, ...(inUse !== undefined && { inUse }) }
}

function checkPartition(disk: Disk, { counter, opens }: Manifest): void {
  if (opens === undefined || readGpt(disk)!.partitions.some(({ name }) => name === opens.partition)) return
  throw new UserError(
    `update ${counter} opens partition ${opens.partition}, which ${disk.name} does not have`,
    'build it without --data-size, as the systems before it; or write a new image to the disk',
  )
}

/** What the system that is kept says of itself: it is good, and its data must stay open. */
function keptSystem({ esp }: Target, { entries }: Slots, kept: Slot): EntryWords {
  const { path } = nextBoot(entries.filter(({ slot, tries }) => slot === kept.name && tries === undefined))!
  const source = esp.open(path)
  try {
    return readEntry(source)
  } finally {
    source.close()
  }
}

/** Before anything is changed: nothing is worse than an old system taken away for a new one that does not fit. */
function checkRoom(
  { disk, esp }: Target,
  { data, hash, kernel }: Manifest,
  { entries, stray }: Slots,
  slot: Slot,
): void {
  for (const [payload, { size }] of [
    [data, slot.data],
    [hash, slot.hash],
  ] as const) {
    if (payload.size <= size) continue
    throw new UserError(
      `${disk.name}: ${payload.file} has ${payload.size} bytes, slot ${slot.name} has room for ${size}`,
      'make the system smaller, or write a new image with larger slots',
      EXIT.store,
    )
  }
  const { free, cluster } = esp.space()
  const clusters = (size: number) => Math.ceil(size / cluster) * cluster
  const removed = [...entries.filter((entry) => entry.slot === slot.name), ...stray]
  const room = removed.reduce((sum, { size }) => sum + clusters(size), free)
  if (clusters(kernel.size) + 4 * cluster <= room) return
  throw new UserError(
    `${esp.name}: ${kernel.file} has ${kernel.size} bytes, and there is room for ${room}; nothing was changed`,
    'remove what does not belong there, or make the kernel and its initrd smaller',
    EXIT.store,
  )
}

/** From here on nothing starts the slot. What starts nothing, and what an interrupted update left, goes too. */
async function removeEntries(esp: Esp, appliance: string, { entries, stray }: Slots, slot: Slot): Promise<void> {
  const leftover = esp.list([ENTRIES]).filter(({ path }) => {
    if (!path.endsWith(TEMPORARY)) return false
    return parseEntryFile(path.slice(ENTRIES.length + 1, -TEMPORARY.length))?.name === appliance
  })
  const removed = [...entries.filter((entry) => entry.slot === slot.name), ...stray, ...leftover]
  const why = 'its slot is written anew'
  await applyPlan(esp, { steps: removed.map(({ path, size }) => ({ do: 'remove', path, size, why })) })
}

function name(disk: Disk, slot: Slot, system: Manifest | undefined): void {
  const { diskId } = readGpt(disk)!
  for (const { offset, bytes } of editGpt(disk, slotChanges(slot, system, diskId))) {
    disk.write(offset, bytes)
    disk.flush()
  }
}

/** The unified kernel: whole, signed by whoever signed the manifest, and made for this very store. */
async function fetchKernel(manifest: Manifest, payloads: Payloads, options: UpdateOptions): Promise<ByteSource> {
  const { kernel } = manifest
  const bytes = Buffer.alloc(kernel.size)
  let done = 0
  for await (const piece of fetchPieces(kernel, { first: 0, count: kernel.pieces.length }, payloads)) {
    options.signal?.throwIfAborted()
    bytes.set(piece.bytes, done)
    done += piece.bytes.length
    options.onProgress?.('kernel', done, kernel.size)
  }
  const source = bytesSource(bytes)
  checkKernel(manifest, source)
  return source
}

/** What a manifest says of its kernel, the kernel must say, too. Errors: it says something else. */
export function checkKernel(
  manifest: Pick<Manifest, 'name' | 'counter' | 'root' | 'kernel' | 'opens'>,
  source: ByteSource,
): void {
  const said = readEntry(source)
  const [data, hash] = partitionIds(manifest.root)
  const same =
    said.name === manifest.name &&
    said.counter === manifest.counter &&
    said.root === manifest.root &&
    said.partitions[0] === data &&
    said.partitions[1] === hash
  if (!same) throw otherKernel(manifest, said)
  const { kernel, opens } = manifest
  if (opens?.partition === said.opens?.partition && opens?.pcrKey === said.opens?.pcrKey) return
  throw new UserError(
    `${kernel.file} opens other data, or with another key, than the manifest says`,
    'make the update anew with firn appliance bundle',
  )
}

function otherKernel({ kernel, name, counter, root }: Parameters<typeof checkKernel>[0], said: EntryWords): UserError {
  return new UserError(
    `${kernel.file} is the kernel of ${said.name} ${said.counter}, store ${said.root.slice(0, 16)}…; the manifest says ${name} ${counter}, store ${root.slice(0, 16)}…`,
    'make the update anew with firn appliance bundle',
  )
}

async function writeEntry(esp: Esp, { name, counter, version }: Manifest, kernel: ByteSource): Promise<void> {
  const path = `${ENTRIES}/${entryFile({ name, counter, tries: { left: TRIES, failed: 0 } })}`
  const file = {
    kind: 'entry',
    path,
    size: kernel.size,
    what: `${name} ${version}`,
    make: async () => kernel,
    isWhole: (present: ByteSource) => isSame(present, kernel),
    needs: [],
  } as const
  await applyPlan(esp, { steps: [{ do: 'write', file, path }] })
}

function isSame(a: ByteSource, b: ByteSource): boolean {
  if (a.size !== b.size) return false
  let at = 0
  for (const chunk of a.chunks(0, a.size)) {
    if (Buffer.compare(chunk, b.read(at, chunk.length)) !== 0) return false
    at += chunk.length
  }
  return true
}
