import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { EXIT, naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { type Derivation, parseDerivation, realPath, type StorePlace } from '@firn/nix/closure'

/** The largest `.drv` file that is read; those of nixpkgs have some kilobytes. */
export const DERIVATION_LIMIT = 64 << 20

/**
 * Derivations read straight from the store's folder, one after the other: a few kilobytes each, so that waiting for
 * each by itself would take longer than reading it. What is not there is left out.
 */
export function readDerivationFiles(paths: readonly string[], place: StorePlace): Map<string, Derivation> {
  const found = new Map<string, Derivation>()
  for (const path of paths) {
    // A link in a store that is not ours must not lead out of it.
    const bytes = readIfThere(realPath(path, place), DERIVATION_LIMIT, constants.O_NOFOLLOW)
    if (bytes !== undefined) found.set(path, derivationOf(path, bytes))
  }
  return found
}

export function derivationOf(path: string, bytes: Uint8Array): Derivation {
  return inStore(path, () => parseDerivation(bytes))
}

/** As `naming`: what is wrong in a store makes it unreadable, exit 4. */
export function inStore<T>(subject: string, parse: () => T): T {
  try {
    return naming(subject, parse)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(error.message, error.hint, EXIT.store, { cause: error })
  }
}

/**
 * A file of somebody's store or cache, or undefined when there is none. It may be anything: pipes and devices are not
 * waited for, and a file larger than `limit` is a UserError.
 */
export function readIfThere(file: string, limit: number, flags = 0): Uint8Array | undefined {
  let opened: number
  try {
    opened = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | flags)
  } catch {
    return undefined
  }
  try {
    const stat = fstatSync(opened)
    if (!stat.isFile()) return undefined
    if (stat.size > limit) {
      throw new UserError(`${file}: larger than ${limit} bytes`, 'this is not what a store holds there', EXIT.store)
    }
    const bytes = Buffer.allocUnsafe(stat.size)
    return bytes.subarray(0, readSync(opened, bytes))
  } catch (error) {
    throw diskError(file, error)
  } finally {
    closeSync(opened)
  }
}
