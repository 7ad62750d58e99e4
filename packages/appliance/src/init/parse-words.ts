import { UserError } from '@firn/core'
import { DATA_PARTITION, MISMATCHES, type StoreCheck, type StorePlace, type StoreWords } from './words.ts'

/**
 * Read back what `storeCommandLine` wrote, out of a whole kernel command line. Strict: a word that stands twice, or one
 * that we would not write, is an error, for the initrd might read it another way.
 */
export function parseStoreWords(commandLine: string): StoreWords {
  const words = new Map<string, string>()
  for (const word of commandLine.split(/[\s\0]+/)) {
    const [, name, value] = /^(firn\.[a-z0-9.]+|init)=(.*)$/.exec(word) ?? []
    if (name === undefined || value === undefined) continue
    if (words.has(name)) throw bad(`${name} stands twice`)
    words.set(name, value)
  }
  const take = (name: string, pattern: RegExp): string => {
    const value = words.get(name)
    if (value === undefined) throw bad(`${name} is missing`)
    if (!pattern.test(value)) throw bad(`${name}=${value}`)
    words.delete(name)
    return value
  }
  const by = take('firn.store', /^(verity|sha256|both)$/) as StoreCheck['by']
  const root = by === 'sha256' ? '' : take('firn.store.root', HEX)
  const sha256 = by === 'verity' ? '' : take('firn.store.sha256', HEX)
  const check: StoreCheck =
    by === 'verity'
      ? { by, root }
      : by === 'both'
        ? { by, root, sha256 }
        : { by, sha256, size: Number(take('firn.store.size', /^[1-9]\d{0,14}$/)) }
  const place = words.has('firn.store.part') ? parts(take, by) : medium(take, by)
  const fileSystem = take('firn.store.fs', /^(erofs|squashfs)$/) as StoreWords['fileSystem']
  const mismatch = MISMATCHES.find((one) => one === words.get('firn.mismatch'))
  take('firn.mismatch', /^/)
  if (mismatch === undefined) throw bad('firn.mismatch is none that the initrd knows')
  const data = words.has('firn.data') ? take('firn.data', DATA_PARTITION) : undefined
  const init = take('init', /^\/nix\/store\/[^/]+\/\S+$/)
  if (words.size > 0) throw bad(`${[...words.keys()].join(', ')} is not known`)
  return { check, place, fileSystem, mismatch, ...(data !== undefined && { data }), init }
}

const HEX = /^[0-9a-f]{64}$/
type Take = (name: string, pattern: RegExp) => string

function parts(take: Take, by: StoreCheck['by']): StorePlace {
  const pattern = by === 'sha256' ? /^[0-9a-f-]{36}$/ : /^[0-9a-f-]{36},[0-9a-f-]{36}$/
  const [data, hash] = take('firn.store.part', pattern).split(',')
  return { data: data!, ...(hash !== undefined && { hash }) }
}

function medium(take: Take, by: StoreCheck['by']): StorePlace {
  const [markAt, bytes] = take('firn.store.mark', /^\d{1,15}:[0-9a-f]{64}$/).split(':')
  const pattern = by === 'sha256' ? /^\d{1,15}$/ : /^\d{1,15},\d{1,15}$/
  const [at, hashAt] = take('firn.store.at', pattern).split(',')
  return {
    mark: { at: Number(markAt), bytes: Buffer.from(bytes!, 'hex') },
    at: Number(at),
    ...(hashAt !== undefined && { hashAt: Number(hashAt) }),
  }
}

function bad(why: string): UserError {
  return new UserError(`the kernel’s command line does not bind a store: ${why}`, 'build the image with firn appliance')
}
