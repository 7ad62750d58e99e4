import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { isElf, unpackByProgramSync } from '@firn/binary'
import { naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { type ModuleLists, parseModuleLists } from './module-lists.ts'

/** The largest modules, with all their symbols, have some ten megabytes. */
const MOST = 256 << 20

/** The lists of a folder lib/modules/VERSION. Error: depmod never ran there. */
export function readModuleLists(folder: string): ModuleLists {
  const text = (name: string) => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
  if (!existsSync(join(folder, 'modules.dep'))) {
    throw new UserError(
      `${folder}: no modules.dep`,
      'give the folder lib/modules/VERSION of a kernel; if it is one, run depmod first',
    )
  }
  return parseModuleLists({
    dep: text('modules.dep'),
    softdep: text('modules.softdep'),
    alias: text('modules.alias'),
    builtin: text('modules.builtin'),
    builtinModinfo: text('modules.builtin.modinfo'),
  })
}

/** A module as the kernel takes it, unpacked; the signature at its end is kept. */
export function readModule(path: string): Uint8Array {
  let packed: Uint8Array
  try {
    packed = readFileSync(path)
  } catch (error) {
    throw diskError(path, error)
  }
  const module = unpack(path, packed)
  if (!isElf(module)) throw new UserError(`${path}: not a kernel module`, 'fetch or build the kernel again')
  return module
}

function unpack(path: string, packed: Uint8Array): Uint8Array {
  try {
    if (path.endsWith('.gz')) return gunzipSync(packed, { maxOutputLength: MOST })
    if (path.endsWith('.zst')) return zstdDecompressSync(packed, { maxOutputLength: MOST })
  } catch (error) {
    throw new UserError(`${path}: cannot be unpacked`, 'fetch or build the kernel again', undefined, { cause: error })
  }
  return path.endsWith('.xz') ? naming(path, () => unpackByProgramSync('xz', packed, MOST)) : packed
}
