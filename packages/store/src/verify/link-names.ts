import { readdirSync } from 'node:fs'
import { EXIT, UserError } from '@firn/core'
import { type BytePath, bytes } from '@firn/nix/tree'

/** The names in `.links`, in no order; undefined when the store was never optimised. */
export function linkNames(folder: BytePath): string[] | undefined {
  try {
    return readdirSync(bytes(folder), { encoding: 'latin1' }).filter((name) => !name.startsWith('.tmp-'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new UserError(`${folder}: ${code ?? message}`, 'run as a user who may read the store', EXIT.store)
  }
}
