import { createHash, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { runFilter } from './command-signer.ts'
import type { Pkcs11Key } from './pkcs11-uri.ts'
import { checkedSigner, type Signer } from './signer.ts'

/** The variable of pkcs11-tool's environment that carries the PIN: words of a command are seen by every user. */
const PIN = 'FIRN_PKCS11_PIN'

/**
 * A signer over a key in a PKCS#11 token (an HSM, a smart card), through OpenSC's `pkcs11-tool`. The PIN comes from the
 * URI's pin-source, or from `pin`. `publicKey` is that of the certificate; what the token signs is checked with it.
 */
export function pkcs11Signer(key: Pkcs11Key, publicKey: KeyObject, pin?: string): Signer {
  return checkedSigner(publicKey, 'the signature of the token', async (bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'firn-pkcs11-'))
    try {
      const env = { [PIN]: readPin(key, pin) }
      const [input, output] = [join(folder, 'input'), join(folder, 'output')]
      const { mechanism, data } = request(publicKey, bytes)
      writeFileSync(input, data)
      const id = key.id ?? (await findId(key, env))
      const files = ['--input-file', input, '--output-file', output]
      const words = [...tokenWords(key), '--id', id, '--sign', '--mechanism', ...mechanism, ...files] as const
      await runTool(words, env)
      return readFileSync(output)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

/** What pkcs11-tool complains of, and what to do about it. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/there is no such program/, 'pkcs11-tool belongs to OpenSC: install the package opensc'],
  [/CKR_PIN_INCORRECT/, 'the PIN is wrong; look before trying again: a token locks itself after a few'],
  [/CKR_PIN_LOCKED/, 'the token has locked itself after wrong PINs; its owner unlocks it with the SO PIN'],
  [/[Nn]o slot with/, 'is it plugged in? pkcs11-tool --module LIBRARY --list-token-slots shows what is there'],
  [/[Ff]ailed to load pkcs11 module/, 'module-path is the library of the token: a path to a .so file'],
]

async function runTool(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Uint8Array> {
  try {
    return await runFilter(['pkcs11-tool', ...words], new Uint8Array(), env)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const { message, hint, exit } = error
    const better = HINTS.find(([pattern]) => pattern.test(message))?.[1] ?? hint
    throw new UserError(message, better, exit, { cause: error })
  }
}

function tokenWords({ modulePath, token, slotId }: Pkcs11Key): string[] {
  return [
    ...['--module', modulePath, '--login', '--pin', `env:${PIN}`],
    ...(token === undefined ? [] : ['--token-label', token]),
    ...(slotId === undefined ? [] : ['--slot', slotId]),
  ]
}

/**
 * The id of the private key of that label. `pkcs11-tool --sign` passes over `--label` and takes the first key that it
 * finds, so the label has to become an id first.
 */
async function findId(key: Pkcs11Key, env: Readonly<Record<string, string>>): Promise<string> {
  const words = [...tokenWords(key), '--list-objects', '--type', 'privkey'] as const
  const listed = Buffer.from(await runTool(words, env)).toString('utf8')
  const ids = listed.split(/^(?=Private Key Object)/m).flatMap((block) => {
    const label = /^ {2}label: +(.*)$/m.exec(block)?.[1]
    const id = /^ {2}ID: +([0-9a-f]+)$/m.exec(block)?.[1]
    return label === key.object && id !== undefined ? [id] : []
  })
  const [id, ...more] = new Set(ids)
  if (id !== undefined && more.length === 0) return id
  throw new UserError(
    `the token has ${ids.length === 0 ? 'no' : 'more than one'} private key ${key.object}`,
    'pkcs11-tool --login --list-objects shows labels and ids; name the key by id=%01',
  )
}

/** Tokens differ in what they hash themselves: RSA with SHA-256 is everywhere, of ECDSA only the form over a hash. */
function request(publicKey: KeyObject, bytes: Uint8Array): { mechanism: string[]; data: Uint8Array } {
  if (publicKey.asymmetricKeyType === 'rsa') return { mechanism: ['SHA256-RSA-PKCS'], data: bytes }
  if (publicKey.asymmetricKeyType === 'ec') {
    const data = createHash('sha256').update(bytes).digest()
    return { mechanism: ['ECDSA', '--signature-format', 'openssl'], data }
  }
  throw new UserError(`tokens do not sign with ${publicKey.asymmetricKeyType} keys here`, 'use an RSA or an EC key')
}

function readPin({ pinSource }: Pkcs11Key, pin: string | undefined): string {
  if (pinSource === undefined) {
    if (pin !== undefined) return pin
    throw new UserError('the token needs a PIN', `add pin-source=/path/to/pin to the URI, or set ${PIN}`)
  }
  try {
    return readFileSync(pinSource, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw diskError(pinSource, error)
  }
}

/** The PIN from the environment, for those who keep none in a file. */
export function pinOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return env[PIN]
}
