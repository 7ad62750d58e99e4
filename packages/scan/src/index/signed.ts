import { createHash } from 'node:crypto'
import { closeSync, copyFileSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs'
import type { Signer } from '@firn/attest'
import { EXIT, naming, UserError } from '@firn/core'
import { diskError, replaceAtomic, writeFileAtomic } from '@firn/core/fs'
import { isIndex } from './format.ts'
import { openIndex } from './open.ts'

const PAYLOAD_TYPE = 'application/vnd.firn.advisory-index+json'
const SCHEMA = 'firn/advisory-index/1'

/** What is signed: which file, and what it says of its age, so that an old one cannot pass for a new one. */
interface Signed {
  readonly schema: typeof SCHEMA
  /** Of the whole file, in hex. */
  readonly sha256: string
  readonly size: number
  readonly updated: string
}

/** A public key in PEM, and where it is from. */
export interface IndexKey {
  readonly name: string
  readonly pem: string
}

/** The name of the signature beside an index. */
export function signatureOf(index: string): string {
  return `${index}.dsse`
}

/** Whether the file begins as an advisory index. */
export function isIndexFile(path: string): boolean {
  let file: number | undefined
  try {
    if (!statSync(path).isFile()) return false
    file = openSync(path, 'r')
    const start = Buffer.alloc(8)
    return readSync(file, start) === 8 && isIndex(start)
  } catch (error) {
    throw diskError(path, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Sign an index: the DSSE envelope (JSON) that belongs beside it as `signatureOf` says. */
export async function signIndex(path: string, signer: Signer): Promise<string> {
  const { signEnvelope } = await import('@firn/attest')
  return signEnvelope(PAYLOAD_TYPE, Buffer.from(JSON.stringify(describe(path))), signer)
}

/**
 * Put somebody's index at `path`, if one of `keys` signed it and it is no older than the one that the same key signed
 * before. It is checked as a copy, so that nobody can change it between. UserError (exit 3): a wrong key or signature, a
 * changed, damaged or older index. The old one stays then.
 */
export async function installIndex(
  source: string,
  envelope: string,
  keys: readonly IndexKey[],
  path: string,
): Promise<void> {
  const { openEnvelope, parseEnvelope, parsePublicKey } = await import('@firn/attest')
  const trusted = keys.map(({ name, pem }) => naming(name, () => parsePublicKey(pem)))
  const open = (text: string): Signed => parseSigned(openEnvelope(parseEnvelope(text), PAYLOAD_TYPE, trusted).payload)
  const signed = refusing(source, () => open(envelope))
  const before = signedBefore(path, open)
  if (before !== undefined && Date.parse(signed.updated) < Date.parse(before.updated)) {
    throw new UserError(
      `${source}: it is of ${signed.updated}, older than the one at hand (${before.updated})`,
      `somebody may be serving old data; to take it all the same, remove ${signatureOf(path)}`,
      EXIT.data,
    )
  }
  replaceAtomic(path, (temporary) => {
    copyFileSync(source, temporary)
    const found = refusing(source, () => describe(temporary))
    if (found.sha256 !== signed.sha256 || found.size !== signed.size || found.updated !== signed.updated) {
      throw new UserError(
        `${source}: it is not the index that was signed`,
        'fetch index and signature again',
        EXIT.data,
      )
    }
  })
  writeFileAtomic(signatureOf(path), envelope, 0o600)
}

/** Forget the signature of an index that is about to be made here. */
export function forgetSignature(path: string): void {
  rmSync(signatureOf(path), { force: true })
}

/** What the file is, read whole: it opens as an index, and this is its digest. */
function describe(path: string): Signed {
  const { index, close } = openIndex(path)
  const { updated } = index.header
  close()
  const bytes = readFileSync(path)
  return { schema: SCHEMA, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, updated }
}

/** A signature of another key, or none, says nothing of the past. */
function signedBefore(path: string, open: (envelope: string) => Signed): Signed | undefined {
  try {
    return open(readFileSync(signatureOf(path), 'utf8'))
  } catch {
    return undefined
  }
}

function parseSigned(payload: Uint8Array): Signed {
  const signed = JSON.parse(Buffer.from(payload).toString('utf8')) as Partial<Signed> | null
  if (signed?.schema !== SCHEMA) {
    const said = String(signed?.schema).slice(0, 40)
    throw new UserError(`the signature speaks of ${said}, not of ${SCHEMA}`, 'look for a newer firn')
  }
  return signed as Signed
}

/** Whatever is wrong with the data of others is exit code 3. */
function refusing<T>(source: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(`${source}: ${error.message}`, error.hint, EXIT.data, { cause: error })
  }
}
