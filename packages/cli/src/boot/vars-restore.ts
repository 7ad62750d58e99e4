import { type Certificate, pemSigner } from '@firn/attest'
import {
  type EfiVariable,
  type KeyUpdate,
  planBootMenu,
  printAuth,
  readEfivars,
  SECURE_ATTRIBUTES,
  SECURE_ORDER,
  type SecureName,
  signUpdate,
  unsignedUpdate,
  variable,
  vendorOf,
} from '@firn/boot/efivars'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { readCertificateFile, readSmall } from './files.ts'
import { parseTime } from './signing.ts'
import { applyUpdates, CONSENT_HELP, CONSENT_OPTIONS } from './vars-apply.ts'
import { efivarsIn, readVariables } from './vars-files.ts'

const HELP = `firn boot vars restore: put back the keys (PK, KEK, db, dbx) of a backup, and its boot menu

  firn boot vars restore DIR --backup NEW [--yes]

  --pk-key K --pk-cert C     the platform key of this machine; to restore PK in setup mode, that of the backup
  --kek-key K --kek-cert C   a key exchange key of this machine: signs db and dbx
${CONSENT_HELP}

In setup mode db, dbx and KEK need no key. Without the key of the backup's PK, firmware only takes it from its own menu
("restore factory keys"): then leave it out with --without-pk.
  --without-pk               leave PK as it is

  --boot-entries             the boot menu, too: Boot#### and BootOrder. Entries that came since stay, and are not named
  --only-boot-entries        the boot menu alone; no key is needed
`

const OPTIONS = {
  ...CONSENT_OPTIONS,
  'pk-key': { type: 'string' },
  'pk-cert': { type: 'string' },
  'kek-key': { type: 'string' },
  'kek-cert': { type: 'string' },
  'without-pk': { type: 'boolean' },
  'boot-entries': { type: 'boolean' },
  'only-boot-entries': { type: 'boolean' },
} as const

export const command: Command = { help: HELP, run: restore }

interface Keys {
  readonly 'pk-key'?: string | undefined
  readonly 'pk-cert'?: string | undefined
  readonly 'kek-key'?: string | undefined
  readonly 'kek-cert'?: string | undefined
  readonly 'without-pk'?: boolean | undefined
}

async function restore(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot vars restore', args, OPTIONS)
  const [folder, ...more] = positionals
  if (folder === undefined || more.length > 0) {
    throw new UserError('firn boot vars restore takes one folder', 'firn boot vars restore backup --backup now')
  }
  const port = efivarsIn(values.efivars)
  const [before, wanted] = [readEfivars(port), readVariables(folder)]
  const menuOnly = values['only-boot-entries'] === true
  const updates = menuOnly ? [] : await updatesToRestore(before, wanted, values)
  const menu = menuOnly || values['boot-entries'] === true ? planBootMenu(before, wanted) : []
  if (updates.length + menu.length === 0) {
    io.stdout('nothing changes\n')
    return EXIT.clean
  }
  return applyUpdates(port, updates, values, io, menu)
}

/** What must be written so that the keys are those of `wanted`. Errors: a key that is needed was not given. */
export async function updatesToRestore(
  before: readonly EfiVariable[],
  wanted: readonly EfiVariable[],
  words: Keys,
): Promise<KeyUpdate[]> {
  const updates: KeyUpdate[] = []
  for (const name of SECURE_ORDER) {
    const data = variable(wanted, name)?.data ?? new Uint8Array()
    const isSame = Buffer.compare(data, variable(before, name)?.data ?? new Uint8Array()) === 0
    if (isSame || (name === 'PK' && words['without-pk'] === true)) continue
    updates.push({ name, append: false, payload: await payloadFor(name, data, before, words) })
  }
  return updates
}

async function payloadFor(
  name: SecureName,
  data: Uint8Array,
  before: readonly EfiVariable[],
  keys: Keys,
): Promise<Uint8Array> {
  const isSetup = (variable(before, 'PK')?.data.length ?? 0) === 0
  const now = parseTime('now')
  if (isSetup && name !== 'PK') return printAuth(unsignedUpdate(data, now))
  const role = name === 'PK' || name === 'KEK' || keys['kek-key'] === undefined ? 'pk' : 'kek'
  const [key, cert] = [keys[`${role}-key`], keys[`${role}-cert`]]
  if (key === undefined || cert === undefined) {
    throw new UserError(
      `${name} of the backup differs, and needs a key to be written`,
      `add --${role}-key and --${role}-cert${name === 'PK' ? '; or leave PK as it is: --without-pk' : ''}`,
    )
  }
  const signer = naming(key, () => pemSigner(Buffer.from(readSmall(key)).toString('utf8')))
  const certificates = readCertificateFile(cert) as [Certificate, ...Certificate[]]
  const target = { name, vendor: vendorOf(name), attributes: SECURE_ATTRIBUTES }
  return printAuth(await signUpdate(target, data, now, signer, certificates))
}
