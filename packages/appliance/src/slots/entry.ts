import { parsePe } from '@firn/binary/pe'
import { type BootCounter, contentOf, parseOsRelease } from '@firn/boot/esp'
import { parsePolicyKey } from '@firn/boot/pcrsig'
import { type ByteSource, UserError } from '@firn/core'

/** Where systemd-boot finds unified kernels by itself. */
export const ENTRIES = 'EFI/Linux'

/** The name of a boot entry of an appliance: `router-7+3-1.efi`, tries left and failed as systemd-boot counts them. */
export interface EntryName {
  /** Which appliance it is a system of. */
  readonly name: string
  /** Which update: the higher is the newer. */
  readonly counter: number
  /** Absent: it was found good, and is no longer counted. */
  readonly tries?: BootCounter
}

/** What a unified kernel says of itself, all of it signed. */
export interface EntryWords {
  readonly name: string
  readonly counter: number
  readonly title: string
  /** Root hash of the store's verity tree, in hex. */
  readonly root: string
  /** The partitions of the store and its hashes. */
  readonly partitions: readonly [data: string, hash: string]
  /** What its initrd opens before the system starts. */
  readonly opens?: DataWords
}

/** A partition for data, and for whom the TPM opens it: the key that signs what PCR 11 may be (SHA-256, hex, as in `.pcrsig`). */
export interface DataWords {
  readonly partition: string
  readonly pcrKey: string
}

export const MOST_COUNTER = 999_999_999
const NAME = /^[a-z0-9][a-z0-9._]{0,31}$/i
const FILE = /^([a-z0-9][a-z0-9._]{0,31})-([1-9]\d{0,8})(?:\+(\d{1,4})(?:-(\d{1,4}))?)?\.efi$/i
const MOST_TEXT = 64 * 1024

export function checkName(name: string): string {
  if (NAME.test(name)) return name
  throw new UserError(`"${name}" is no name of an appliance`, 'up to 32 letters, digits, dots and underscores')
}

export function entryFile({ name, counter, tries }: EntryName): string {
  const counted = tries === undefined ? '' : `+${tries.left}${tries.failed === 0 ? '' : `-${tries.failed}`}`
  return `${name}-${counter}${counted}.efi`
}

/** What the name of a file says; undefined for files that are no entry of an appliance. */
export function parseEntryFile(file: string): EntryName | undefined {
  const [, name, counter, left, failed] = FILE.exec(file) ?? []
  if (name === undefined) return undefined
  const tries = left === undefined ? undefined : { left: Number(left), failed: Number(failed ?? 0) }
  return { name, counter: Number(counter), ...(tries !== undefined && { tries }) }
}

/**
 * The os-release that makes systemd-boot sort the systems of one appliance by their counter (UAPI.1: IMAGE_ID is the sort
 * key, IMAGE_VERSION the version). `version` is for people.
 */
export function entryOsRelease({ name, counter, version }: EntryName & { readonly version: string }): string {
  if (!/^[\w.~^ -]{1,64}$/.test(version)) throw new UserError(`"${version}" is no version`, 'give a short plain text')
  const title = `${checkName(name)} ${version}`
  return `ID=firn\nIMAGE_ID=${name}\nIMAGE_VERSION=${counter}\nVERSION="${version}"\nPRETTY_NAME="${title} (${counter})"\n`
}

/** What a unified kernel says of itself. Errors: it is none, or not one of an appliance. */
export function readEntry(source: ByteSource): EntryWords {
  const { sections } = parsePe(source)
  const text = (name: string): string => {
    const found = sections.filter((section) => section.name === name)
    if (found.length !== 1) throw notOurs(`${found.length} sections ${name}`)
    const content = contentOf(source, found[0]!)
    if (content.size > MOST_TEXT) throw notOurs(`${name} of ${content.size} bytes`)
    return Buffer.from(content.read(0, content.size)).toString('utf8')
  }
  const fields = parseOsRelease(text('.osrel'))
  const words = wordsOf(text('.cmdline'))
  const counter = fields.get('IMAGE_VERSION') ?? ''
  const name = fields.get('IMAGE_ID') ?? ''
  const root = words.get('firn.store.root') ?? ''
  const [data = '', hash = '', ...more] = (words.get('firn.store.part') ?? '').split(',')
  if (!NAME.test(name) || !/^[1-9]\d{0,8}$/.test(counter)) throw notOurs('its os-release names no appliance')
  if (!/^[0-9a-f]{64}$/.test(root)) throw notOurs('its command line gives no root hash')
  if (data === '' || hash === '' || more.length > 0) throw notOurs('its command line gives no partitions')
  const partition = words.get('firn.data')
  const title = fields.get('PRETTY_NAME') ?? name
  const said = { name, counter: Number(counter), title, root, partitions: [data, hash] } as const
  if (partition === undefined) return said
  return { ...said, opens: { partition, pcrKey: parsePolicyKey(text('.pcrpkey')).fingerprint } }
}

/** Words of a kernel command line, as far as they have a value; the initrd takes the first of several. */
function wordsOf(cmdline: string): Map<string, string> {
  const words = cmdline.split(/[\s\0]+/).flatMap((word) => {
    const at = word.indexOf('=')
    return at > 0 ? [[word.slice(0, at), word.slice(at + 1)] as const] : []
  })
  return new Map(words.toReversed())
}

/**
 * The identities of the partitions that hold a store and its hashes: the first and the last half of the root hash, as
 * systemd has it (UAPI.2). So the hash alone finds them, in whichever slot they are.
 */
export function partitionIds(root: string): readonly [data: string, hash: string] {
  if (!/^[0-9a-f]{64}$/.test(root)) throw new UserError(`${root} is no root hash`, 'give 64 hexadecimal digits')
  return [asGuid(root.slice(0, 32)), asGuid(root.slice(32))]
}

export function asGuid(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function notOurs(why: string): UserError {
  return new UserError(`not a system of an appliance: ${why}`, 'build it with firn appliance disk')
}
