import { join } from 'node:path'
import type { Signer } from '@firn/attest'
import { diskVolumes, type Esp } from '@firn/boot'
import { type ByteSource, EXIT, UserError } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import {
  type DigestOptions,
  layoutOf,
  parseVeritySuperblock,
  readGpt,
  stretches,
  verifyVerity,
  writeLayout,
} from '@firn/image'
import { hashAreaSize } from '../disk/build.ts'
import { nextBoot } from '../slots/decide.ts'
import { ENTRIES, type EntryWords, readEntry } from '../slots/entry.ts'
import { readSlots, type SlotEntry } from '../slots/slots.ts'
import { MANIFEST_FILE, type Manifest, payloadOf, signManifest } from './manifest.ts'
import { checkPolicy } from './policy.ts'
import { checkKernel } from './update.ts'

/** A system as it lies in a slot of a disk image: what an update carries. */
export interface SlotContent {
  readonly said: EntryWords
  readonly data: ByteSource
  readonly hash: ByteSource
  readonly kernel: ByteSource
}

/**
 * The newest system of a disk image, or the one with that counter, checked block by block against its root hash. Errors:
 * it is not there, or damaged, or opens data without a signature of what PCR 11 will be.
 */
export async function readSystem(
  image: ByteSource,
  counter?: number,
  options: DigestOptions = {},
): Promise<SlotContent> {
  const esp = imageEsp(image)
  const { slots, entries } = readSlots(image, esp)
  const entry = nextBoot(counter === undefined ? entries : entries.filter((one) => one.counter === counter))
  if (entry === undefined) {
    const there = entries.map((one) => one.counter).join(', ') || 'none'
    throw new UserError(`no slot holds system ${counter ?? ''}`.trim(), `in this image: ${there}`)
  }
  const slot = slots.find(({ name }) => name === entry.slot)!
  const { dataBlocks, dataBlockSize, hashBlockSize } = parseVeritySuperblock(image.read(slot.hash.offset, 512))
  const size = dataBlocks * dataBlockSize
  if (
    dataBlockSize !== 4096 ||
    hashBlockSize !== 4096 ||
    size > slot.data.size ||
    hashAreaSize(size) > slot.hash.size
  ) {
    throw new UserError(`the hashes in slot ${slot.name} are not of this store`, 'build the image anew')
  }
  const data = stretches(image, [{ offset: slot.data.offset, size }])
  const hash = stretches(image, [{ offset: slot.hash.offset, size: hashAreaSize(size) }])
  const { count } = await verifyVerity({ data, hash, rootHash: entry.root }, options)
  if (count > 0) {
    throw new UserError(
      `slot ${slot.name}: ${count} blocks are not what root hash ${entry.root.slice(0, 16)}… stands for`,
      'the image is damaged: build it anew',
      EXIT.store,
    )
  }
  const kernel = esp.open(entry.path)
  const said = saidBy(kernel, entry)
  checkPolicy(kernel, said)
  return { said, data, hash, kernel }
}

function saidBy(kernel: ByteSource, entry: SlotEntry): EntryWords {
  return { ...readEntry(kernel), counter: entry.counter }
}

/**
 * Write an update into a folder that can be served as it is. Files are named by the counter, and the manifest comes last,
 * in one step: a folder in which one update follows another is never between two. Answers the manifest.
 */
export async function writeBundle(
  folder: string,
  { said, data, hash, kernel }: SlotContent,
  version: string,
  signer: Signer,
): Promise<Manifest> {
  const file = (suffix: string) => `${said.name}-${said.counter}.${suffix}`
  const manifest: Manifest = {
    name: said.name,
    counter: said.counter,
    version,
    root: said.root,
    data: payloadOf(file('store'), data),
    hash: payloadOf(file('verity'), hash),
    kernel: payloadOf(file('efi'), kernel),
    ...(said.opens !== undefined && { opens: said.opens }),
  }
  checkKernel(manifest, kernel)
  const signed = await signManifest(manifest, signer)
  for (const [payload, source] of [
    [manifest.data, data],
    [manifest.hash, hash],
    [manifest.kernel, kernel],
  ] as const) {
    const content = () => ({ ...source, close() {} })
    const extent = { offset: 0, size: source.size, what: payload.file, content }
    await writeLayout(join(folder, payload.file), layoutOf(source.size, [extent]))
  }
  writeFileAtomic(join(folder, MANIFEST_FILE), signed)
  return manifest
}

/** The ESP of an image that is not mounted, for reading. */
export function imageEsp(image: ByteSource): Pick<Esp, 'name' | 'list' | 'open'> {
  if (readGpt(image) === undefined)
    throw new UserError('this is no image of a disk', 'give what firn appliance disk made')
  const volume = diskVolumes(image).find(({ role }) => role === 'esp')
  if (volume === undefined) throw new UserError('the image has no EFI system partition', 'build it anew')
  const open = (path: string): ByteSource => {
    const source = volume.open(`\\${path.replaceAll('/', '\\')}`)
    if (source === undefined) throw new UserError(`the ESP has no ${path}`, 'build the image anew')
    return source
  }
  return {
    name: 'ESP',
    list: () =>
      (volume.list(`\\${ENTRIES.replaceAll('/', '\\')}`) ?? []).map((name) => {
        const path = `${ENTRIES}/${name}`
        const source = open(path)
        source.close()
        return { path, size: source.size }
      }),
    open,
  }
}
