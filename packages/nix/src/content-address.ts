import { UserError } from '@firn/core'
import { formatHash, type Hash, parseHash } from './hash.ts'

/**
 * How the contents are hashed: `flat` the bytes of one file, `nar` the NAR, `git` git's tree hash, `text` one file that
 * may name other paths.
 */
export type ContentAddressMethod = 'flat' | 'nar' | 'git' | 'text'

export interface ContentAddress {
  readonly method: ContentAddressMethod
  readonly hash: Hash
}

const PREFIXES: Readonly<Record<ContentAddressMethod, string>> = {
  flat: 'fixed:',
  nar: 'fixed:r:',
  git: 'fixed:git:',
  text: 'text:',
}

/** `text:sha256:HASH`, `fixed:ALGORITHM:HASH`, `fixed:r:…`, `fixed:git:…` (Nix manual, "Content address"). */
export function parseContentAddress(text: string): ContentAddress {
  const [, prefix, hash] = /^(text:|fixed:(?:r:|git:)?)(.*)$/s.exec(text) ?? []
  const method = METHODS.find((candidate) => PREFIXES[candidate] === prefix)
  if (method === undefined || hash === undefined || !/^[a-z0-9]+:/.test(hash)) {
    throw new UserError(
      `not a content address: ${JSON.stringify(text.slice(0, 160))}`,
      'it looks like fixed:r:sha256:HASH or text:sha256:HASH',
    )
  }
  return { method, hash: parseHash(hash) }
}

export function formatContentAddress({ method, hash }: ContentAddress): string {
  return `${PREFIXES[method]}${formatHash(hash, 'base32')}`
}

export function isContentAddressMethod(word: string): word is ContentAddressMethod {
  return Object.hasOwn(PREFIXES, word)
}

const METHODS = Object.keys(PREFIXES) as ContentAddressMethod[]
