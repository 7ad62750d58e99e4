import { utf16Text } from '../efivars/device-path.ts'
import type { EfiVariable } from '../efivars/variable.ts'
import type { Volume } from './volume.ts'

const MOST_OPTIONS = 4096
/** Variables by which a running system asks for something that a person must confirm (mok.c, check_mok_request). */
const REQUESTS = 'MokNew MokDel MokXNew MokXDel MokAuth MokXAuth MokSB MokPW MokDB MokListTrustedNew'.split(' ')

/** What the boot entry tells shim to start, or what it starts else. */
export function secondStage(optionalData: Uint8Array, folder: string, own: string, byDefault: string): string {
  const words = utf16Text(optionalData)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '')
  const isText = words.every((word) => /^[\x21-\x7e]+$/.test(word))
  const [first] = words[0]?.toUpperCase() === own.toUpperCase() ? words.slice(1) : words
  const path = (isText && first !== undefined ? first : byDefault).replaceAll('/', '\\')
  return /^\\EFI\\/i.test(path) ? path : `${folder}\\${path.replace(/^\\+/, '')}`
}

/** A file beside shim may name what it starts when nobody else does: in UTF-16, up to a comma (shim.c, load_shim_options). */
export function namedInOptions(volume: Volume, folder: string): string | undefined {
  const source = volume.open(`${folder}\\options.csv`)
  if (source === undefined) return undefined
  try {
    const [name] = utf16Text(source.read(0, Math.min(source.size, MOST_OPTIONS)))
      .replace(/^\ufeff/, '')
      .split(',')
    return name === '' ? undefined : name
  } finally {
    source.close()
  }
}

/** Somebody at the machine is asked first: MokManager comes before everything else. */
export function pendingMok(variables: readonly EfiVariable[], suffix: string): string[] {
  const waiting = REQUESTS.filter((name) => variables.some((one) => one.name === name))
  return waiting.length === 0 ? [] : [`shim starts mm${suffix}.efi first: ${waiting.join(', ')} wait to be confirmed`]
}

/** Certificates and revocations that newer shims take from files beside them, and measure. */
export function whyUnmeasured(volume: Volume, folder: string): string | undefined {
  const found = (volume.list(folder) ?? []).find((name) =>
    /^(shim_certificate|revocations_s(bat|ku)\.efi$)/i.test(name),
  )
  return found === undefined ? undefined : `shim may take up ${folder}\\${found}`
}
