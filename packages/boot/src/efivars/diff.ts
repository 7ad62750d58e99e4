import { parseCertificate, shortName } from '@firn/attest'
import { UserError } from '@firn/core'
import { describeBootEntry, isBootEntry } from './boot-menu.ts'
import { bootEntries, parseLoadOption } from './load-option.ts'
import { securityVersion } from './security-version.ts'
import { parseSignatureLists, SIGNATURE_TYPE, type SignatureEntry, type SignatureList } from './signature-list.ts'
import { type EfiVariable, holdsLists, VENDOR } from './variable.ts'

/** What changes from one set of variables to another. */
export interface VariableChange {
  readonly name: string
  readonly vendor: string
  readonly kind: 'added' | 'removed' | 'changed'
  /** Entry by entry for signature lists: `+ certificate firn db`, `- hash ab12…`; else how the bytes differ. */
  readonly lines: readonly string[]
}

export function diffVariables(before: readonly EfiVariable[], after: readonly EfiVariable[]): VariableChange[] {
  const key = ({ vendor, name }: EfiVariable) => `${name} ${vendor}`
  const [old, fresh] = [before, after].map((list) => new Map(list.map((entry) => [key(entry), entry]))) as [
    Map<string, EfiVariable>,
    Map<string, EfiVariable>,
  ]
  const keys = [...new Set([...old.keys(), ...fresh.keys()])].sort()
  return keys.flatMap((name) => changeOf(old.get(name), fresh.get(name)) ?? [])
}

function changeOf(before: EfiVariable | undefined, after: EfiVariable | undefined): VariableChange | undefined {
  const { name, vendor } = (after ?? before)!
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  if (kind === 'changed' && sameValue(before!, after!)) return undefined
  const attributes =
    kind === 'changed' && before!.attributes !== after!.attributes
      ? [`attributes 0x${before!.attributes.toString(16)} become 0x${after!.attributes.toString(16)}`]
      : []
  return { name, vendor, kind, lines: [...attributes, ...valueLines(before, after)] }
}

function sameValue(a: EfiVariable, b: EfiVariable): boolean {
  return a.attributes === b.attributes && Buffer.compare(a.data, b.data) === 0
}

function valueLines(before: EfiVariable | undefined, after: EfiVariable | undefined): string[] {
  const words = [before, after].map(bootWords)
  if (words.some((text) => text !== undefined)) return [...signed('-', words[0]), ...signed('+', words[1])]
  const lists = [before, after].map(listsOrNone)
  if (lists.some((list) => list === undefined)) return bytesLines(before?.data, after?.data)
  const [old, fresh] = lists.map((list) => new Set(describeLists(list!))) as [Set<string>, Set<string>]
  const lines = [
    ...[...old].filter((line) => !fresh.has(line)).map((line) => `- ${line}`),
    ...[...fresh].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ]
  return lines.length > 0 || before === undefined || after === undefined
    ? lines
    : ['the same entries, in another order']
}

/** Each entry in one line. */
export function describeLists(lists: readonly SignatureList[]): string[] {
  return lists.flatMap(({ type, entries }) => entries.map((entry) => describeEntry(type, entry)))
}

const TYPE_NAMES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SIGNATURE_TYPE).map(([name, type]) => [type, name]),
)

export function describeEntry(type: string, { data }: SignatureEntry): string {
  const version = type === SIGNATURE_TYPE.sha256 ? securityVersion(data) : undefined
  if (version !== undefined) return `least security version ${version.least} of Windows' ${version.program}`
  if (type !== SIGNATURE_TYPE.x509) {
    return `${TYPE_NAMES[type] ?? `entry of type ${type}`} ${Buffer.from(data).toString('hex')}`
  }
  try {
    const certificate = parseCertificate(data)
    const { subject, issuer } = certificate
    const by = Buffer.compare(subject.encoded, issuer.encoded) === 0 ? '' : `, issued by ${shortName(issuer)}`
    return `certificate ${shortName(subject)}${by} (serial ${certificate.serial.toString(16)})`
  } catch (error) {
    if (error instanceof UserError) return `a certificate that cannot be read, ${data.length} bytes`
    throw error
  }
}

function listsOrNone(entry: EfiVariable | undefined): readonly SignatureList[] | undefined {
  if (entry === undefined) return []
  if (!holdsLists(entry)) return undefined
  try {
    return parseSignatureLists(entry.data)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Of the boot menu's variables, what they say. */
function bootWords(entry: EfiVariable | undefined): string | undefined {
  if (entry === undefined) return undefined
  if (entry.name === 'BootOrder' && entry.vendor === VENDOR.global) {
    return bootEntries([entry])
      .map(({ name }) => name)
      .join(', ')
  }
  try {
    return isBootEntry(entry) ? describeBootEntry(parseLoadOption(entry.data)) : undefined
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

function signed(sign: '-' | '+', text: string | undefined): string[] {
  return text === undefined ? [] : [`${sign} ${text}`]
}

const SHOWN = 32

function bytesLines(before: Uint8Array | undefined, after: Uint8Array | undefined): string[] {
  const show = (sign: string, bytes: Uint8Array | undefined) =>
    bytes === undefined
      ? []
      : [
          `${sign} ${Buffer.from(bytes.subarray(0, SHOWN)).toString('hex')}${bytes.length > SHOWN ? `… (${bytes.length} bytes)` : ''}`,
        ]
  return [...show('-', before), ...show('+', after)]
}
