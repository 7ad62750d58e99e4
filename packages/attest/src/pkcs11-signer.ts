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
      const [input, output] = [join(folder, 'input'), join(folder, 'output')]
      const { mechanism, data } = request(publicKey, bytes)
      writeFileSync(input, data)
      const words = [
        ...['pkcs11-tool', '--module', key.modulePath, '--login', '--pin', `env:${PIN}`, ...keyWords(key)],
        ...['--sign', '--mechanism', ...mechanism, '--input-file', input, '--output-file', output],
      ] as [string, ...string[]]
      await runFilter(words, new Uint8Array(), { [PIN]: readPin(key, pin) })
      return readFileSync(output)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
}

function keyWords({ token, slotId, object, id }: Pkcs11Key): string[] {
  return [
    ...(token === undefined ? [] : ['--token-label', token]),
    ...(slotId === undefined ? [] : ['--slot', slotId]),
    ...(object === undefined ? [] : ['--label', object]),
    ...(id === undefined ? [] : ['--id', id]),
  ]
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
