import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makeFolder } from '@firn/core/fs'
import { INLINE_LIMIT, writeLayout } from '@firn/image'
import { type BytePath, bytePath, type StorePlace } from '@firn/nix'
import { measurer } from '../check/measure.ts'
import type { Seal } from '../seal/seal-file.ts'
import { parseLine } from '../seal/seal-line.ts'
import type { SealedFile, SealedNode } from '../seal/tree.ts'
import { enableVerity } from './enable.ts'
import { linkObject, pruneObjects } from './objects.ts'
import { imageDigest, notSealed, requireSealed, sealedImage } from './sealed-image.ts'

export interface PrepareRequest {
  readonly place: StorePlace
  /** Its lines were compared with what was signed. */
  readonly seal: Seal
  /** Where images and objects are kept, on the store's file system. */
  readonly folder: string
  /** Remove objects of which the store has no name any more. Images of earlier generations may need them. */
  readonly prune: boolean
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((paths: number, total: number) => void) | undefined
}

export interface Prepared {
  /** The image's fs-verity digest, hex: what a signed command line is to name. */
  readonly digest: string
  readonly image: string
  readonly imageSize: number
  readonly files: number
  /** Files that the kernel did not check before, and objects that were not there. */
  readonly enabled: number
  readonly linked: number
  readonly pruned: number
}

/** Where images and objects of a store are unless it is said: beside it, on the same file system. */
export function enforceFolder({ realStoreDir }: StorePlace): string {
  return join(dirname(realStoreDir), 'firn-sealed')
}

export function imagePath(folder: string, digest: string): string {
  return join(folder, 'images', `${digest}.erofs`)
}

/**
 * Make a sealed closure one that the kernel enforces: every file is checked by it on each read (fs-verity), has a name by
 * its digest, and an image binds names, modes and digests together. What was done before is not done again; a file that
 * is not what was sealed is a UserError.
 */
export async function prepareEnforcement(request: PrepareRequest): Promise<Prepared> {
  const { place, seal, folder, signal, onProgress } = request
  const objects = join(folder, 'objects')
  const measure = measurer()
  const tally = { files: 0, enabled: 0, linked: 0 }
  const file = (at: BytePath, { digest, size }: SealedFile) => {
    tally.files++
    if (measure(at) === undefined) {
      // fs-verity cannot be switched off again: a file that is not what was sealed is not to be fixed as it is.
      requireSealed(at, digest)
      if (enableVerity(at)) tally.enabled++
    }
    if (measure(at) !== digest) throw notSealed(at)
    // Smaller ones are in the image itself, and some of them have as many names as their file system allows.
    if (size > INLINE_LIMIT && linkObject(at, digest, objects, measure)) tally.linked++
  }
  for (const [index, line] of seal.lines.entries()) {
    signal?.throwIfAborted()
    const { facts, tree } = parseLine(line, seal.statement.storeDir)
    eachFile(tree, `${bytePath(place.realStoreDir)}/${facts.name}`, file)
    onProgress?.(index + 1, seal.lines.length)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const layout = sealedImage(seal, place.realStoreDir)
  // Where the store itself is put aside when its image is mounted over it (initrd/sealed.sh).
  makeFolder(join(folder, 'store'), 0o755)
  const digest = imageDigest(layout)
  const image = imagePath(folder, digest)
  if (!existsSync(image)) await writeLayout(image, layout, { signal })
  enableVerity(bytePath(image))
  if (measure(bytePath(image)) !== digest) throw notSealed(bytePath(image))
  const pruned = request.prune ? pruneObjects(objects, place.realStoreDir) : 0
  return { digest, image, imageSize: layout.size, ...tally, pruned }
}

function eachFile(node: SealedNode, place: BytePath, act: (place: BytePath, file: SealedFile) => void): void {
  if (node.kind === 'file') act(place, node)
  if (node.kind !== 'directory') return
  for (const [name, child] of node.entries) eachFile(child, `${place}/${name}`, act)
}
