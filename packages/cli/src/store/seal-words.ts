import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PublicKey, parsePublicKey, pemSigner, type Signer } from '@firn/attest/envelope'
import { naming, UserError } from '@firn/core'
import { diskError, makeFolder } from '@firn/core/fs'
import type { StorePlace } from '@firn/nix'
import { readSeal, type Seal, verifyLines } from '@firn/store/check'
import type { Io } from '../command.ts'
import { makeCacheFolder } from '../scan/cache.ts'

/** For what is to be written into the state folder: make it, for this user alone. */
export function makeStateFolder({ env }: Io): void {
  const folder = stateFolder(env)
  makeFolder(folder, 0o700)
}

/** What cannot be made again: seals, and which generation was the last. root: of the machine, else of the user. */
function stateFolder(env: Io['env']): string {
  if (env.FIRN_STATE_DIR) return env.FIRN_STATE_DIR
  if (process.getuid?.() === 0) return '/var/lib/firn'
  if (env.XDG_STATE_HOME) return join(env.XDG_STATE_HOME, 'firn')
  if (env.HOME) return join(env.HOME, '.local/state/firn')
  throw new UserError(
    'no folder for what was seen of seals: HOME is not set',
    'set FIRN_STATE_DIR to a folder of your own',
  )
}

/** Where the seal of a store lies unless it is said: that of the system's own store has the plain name. */
export function sealFile(place: StorePlace, io: Io): string {
  const name = place.realStoreDir === '/nix/store' ? 'store' : `store-${storeId(place)}`
  return join(stateFolder(io.env), `${name}.seal`)
}

export function lastSeenFile(place: StorePlace, io: Io): string {
  return join(stateFolder(io.env), `seal-${storeId(place)}.json`)
}

/** What stat said of each file: for this user alone. Undefined: there is no folder for it, and nothing is remembered. */
export function memoryFile(place: StorePlace, io: Io): string | undefined {
  try {
    return join(makeCacheFolder(io.env), `store-check-${storeId(place)}.bin`)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Write what a later run is to know. That it cannot be is told, and does not take back what was found or sealed. */
export function keep(io: Io, what: string, meaning: string, write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    io.stderr(`firn: ${what} is not remembered (${error.message}): ${meaning}\n`)
  }
}

function storeId({ realStoreDir }: StorePlace): string {
  return createHash('sha256').update(realStoreDir).digest('hex').slice(0, 16)
}

export const SIGNER_OPTIONS = {
  key: { type: 'string', multiple: true },
  'sign-command': { type: 'string' },
  'public-key': { type: 'string' },
} as const

export interface SignerWords {
  readonly key?: readonly string[] | undefined
  readonly 'sign-command'?: string | undefined
  readonly 'public-key'?: string | undefined
}

/** All who sign: PEM files, one token, one program. */
export async function signersOf(words: SignerWords, io: Io): Promise<Signer[]> {
  const files = (words.key ?? []).filter((key) => !key.startsWith('pkcs11:'))
  const signers = files.map((file) => naming(file, () => pemSigner(readText(file))))
  const token = words.key?.find((key) => key.startsWith('pkcs11:'))
  const command = words['sign-command']
  if (token !== undefined || command !== undefined) {
    const publicFile = words['public-key']
    if (publicFile === undefined) throw new UserError('whose signature will it be?', 'add --public-key FILE')
    const { key } = readKey(publicFile)
    const { commandSigner, parsePkcs11Uri, pinOf, pkcs11Signer } = await import('@firn/attest')
    if (token !== undefined) signers.push(pkcs11Signer(parsePkcs11Uri(token), key, pinOf(io.env)))
    const [program, ...args] = (command ?? '').split(' ').filter((word) => word !== '')
    if (program !== undefined) signers.push(commandSigner([program, ...args], key))
  }
  if (signers.length > 0) return signers
  throw new UserError('who signs?', 'add --key FILE (firn store seal key -o FILE makes one)')
}

/** Public keys that are trusted: at least one. */
export function readKeys(files: readonly string[]): PublicKey[] {
  if (files.length === 0) {
    throw new UserError('whose seals are to be believed?', 'give the public key that belongs to it: --key FILE.pub')
  }
  return files.map(readKey)
}

function readKey(file: string): PublicKey {
  return naming(file, () => parsePublicKey(readText(file)))
}

/** A seal that one of the keys signed, its lines compared with what was signed. */
export function readWholeSeal(file: string, keys: readonly PublicKey[]): Seal {
  const seal = readSeal(file, keys)
  naming(file, () => verifyLines(seal))
  return seal
}

/** The key that `firn.store` of NixOS puts there, if any. */
export function defaultKeys(io: Io): readonly string[] {
  const file = join(stateFolder(io.env), 'seal.pub')
  return existsSync(file) ? [file] : []
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw diskError(file, error)
  }
}
