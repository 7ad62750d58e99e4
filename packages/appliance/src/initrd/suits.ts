import { zstdDecompressSync } from 'node:zlib'
import { type ByteSource, UserError } from '@firn/core'
import { type CpioEntry, readCpio } from '@firn/image'

/** No initrd of ours comes near this; a larger file is none. */
const MOST = 2 ** 30
const ZSTD = '28b52ffd'

/**
 * A disk's kernel names its store by partitions, and perhaps a partition for data: what the initrd needs for that is looked
 * for here, for a machine without it would stop at its first start. Of initrds that firn did not make, nothing is known.
 * Errors: an initrd of ours without the program.
 */
export function checkSuitsDisk(initrds: readonly ByteSource[], opensData: boolean): void {
  const archives = initrds.map(entriesOf)
  if (archives.includes(undefined) || !archives.some((entries) => isOurs(entries?.get('init')))) return
  const has = (program: string) => archives.some((entries) => entries?.has(`bin/${program}`))
  if (!has('findfs')) {
    throw new UserError(
      'the initrd has no findfs, and could not find the store in its partition',
      'make it anew: firn appliance initrd … --program /…/findfs',
    )
  }
  if (opensData && !has('cryptsetup')) {
    throw new UserError(
      'the initrd cannot open data: it was made without --data',
      'make it anew: firn appliance initrd --data …; or leave --data-size or --pcr-key out',
    )
  }
}

function isOurs(init: CpioEntry | undefined): boolean {
  return init?.kind === 'file' && Buffer.from(init.content).includes('$(value firn.store.part)')
}

/** The files of an initrd by their names; undefined for what firn did not pack. */
function entriesOf(initrd: ByteSource): ReadonlyMap<string, CpioEntry> | undefined {
  if (initrd.size > MOST || initrd.size < 4) return undefined
  const packed = initrd.read(0, initrd.size)
  if (Buffer.from(packed.subarray(0, 4)).toString('hex') !== ZSTD) return undefined
  let archive: Uint8Array
  try {
    archive = zstdDecompressSync(packed, { maxOutputLength: MOST })
  } catch {
    return undefined
  }
  try {
    return new Map(readCpio(archive).map((entry) => [entry.name, entry]))
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
