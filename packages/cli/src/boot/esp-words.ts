import { checkEsp, directoryEsp, type EspCheck } from '@firn/boot/esp'
import { UserError } from '@firn/core'
import { FORMATS, type Format } from '@firn/report'
import { trustFrom } from './verify.ts'

/** The options of every action that looks at an ESP. */
export const ESP_OPTIONS = {
  esp: { type: 'string', multiple: true },
  cert: { type: 'string', multiple: true },
  db: { type: 'string', multiple: true },
  dbx: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  format: { type: 'string' },
} as const

export const ESP_HELP = `  --esp DIR     where the partition is mounted; may be repeated
  --cert C      trust this certificate (PEM or DER); may be repeated
  --db ESL      trust what these EFI signature lists hold, such as the variable db of this machine:
                /sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f
  --dbx ESL     refuse what these hold
  --json, --format table|json|sarif|html
`

/** How to mount an ESP so that only root reads it. */
export const PRIVATE_MOUNT = 'mount it with the options fmask=0077 and dmask=0077'

interface EspWords {
  readonly esp?: readonly string[] | undefined
  readonly cert?: readonly string[] | undefined
  readonly db?: readonly string[] | undefined
  readonly dbx?: readonly string[] | undefined
}

/** Every byte that boots from these partitions, read and judged. */
export async function checkEach(name: string, words: EspWords): Promise<EspCheck[]> {
  const folders = [...new Set(words.esp ?? [])]
  if (folders.length === 0) throw new UserError(`${name}: which partition?`, 'add --esp /boot')
  if (words.cert === undefined && words.db === undefined) {
    throw new UserError(`${name}: whom does the machine trust?`, 'add --cert db.pem, or --db with its signature lists')
  }
  const trust = await trustFrom(words)
  return folders.map((folder) => checkEsp(directoryEsp(folder), trust))
}

export function parseFormat(words: {
  readonly json?: boolean | undefined
  readonly format?: string | undefined
}): Format {
  const word = words.json === true ? 'json' : (words.format ?? 'table')
  const format = FORMATS.find((name) => name === word)
  if (format === undefined) throw new UserError(`--format ${word}: not known`, `choose one of ${FORMATS.join(', ')}`)
  return format
}

/** Bytes for people: `48.2 MB`. */
export function amount(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`
}

export function wholeNumber(option: string, word: string | undefined, otherwise: number): number {
  if (word === undefined) return otherwise
  if (!/^\d{1,4}$/.test(word)) throw new UserError(`${option} ${word}: not a whole number`, `write ${option} 5`)
  return Number(word)
}
