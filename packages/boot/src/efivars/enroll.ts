import type { Certificate } from '@firn/attest'
import { type Guid, naming, UserError } from '@firn/core'
import { writeEfiTime } from './efi-time.ts'
import { parseSignatureLists, printSignatureLists, SIGNATURE_TYPE, type SignatureList } from './signature-list.ts'
import { BOOT_ONLY_ATTRIBUTES, type EfiVariable, SECURE_ATTRIBUTES, variable, vendorOf } from './variable.ts'

export type KeyVariable = 'PK' | 'KEK' | 'db' | 'dbx' | 'MokList' | 'MokListX'

/** What a key variable is to hold from now on. */
export interface Enrollment {
  readonly name: KeyVariable
  readonly lists: readonly SignatureList[]
  /** Keep what is there, and add what is not. */
  readonly keep: boolean
}

/**
 * The variables with the keys put in, as their owner would through a setup menu: no signature is asked for, so this is for
 * variable files and not for a running machine. With a platform key Secure Boot is switched on. Errors: a platform key that
 * is not one certificate.
 */
export function enroll(
  variables: readonly EfiVariable[],
  enrollments: readonly Enrollment[],
  time: Date,
): readonly EfiVariable[] {
  const keyed = enrollments.reduce((all, { name, lists, keep }) => {
    const old = keep ? listsIn(all, name) : []
    const isMok = name === 'MokList' || name === 'MokListX'
    const fresh: EfiVariable = {
      name,
      vendor: vendorOf(name),
      attributes: isMok ? BOOT_ONLY_ATTRIBUTES : SECURE_ATTRIBUTES,
      data: printSignatureLists(mergeLists(old, lists)),
      ...(!isMok && { time: writeEfiTime(time) }),
    }
    if (name === 'PK') checkPlatformKey(fresh)
    return put(all, fresh)
  }, variables)
  return enrollments.some(({ name }) => name === 'PK') ? switchOn(keyed) : keyed
}

/** Lists with the entries of `more` that `old` does not have. Hashes of one owner share a list, as firmware writes them. */
export function mergeLists(old: readonly SignatureList[], more: readonly SignatureList[]): SignatureList[] {
  const keyOf = (type: Guid, data: Uint8Array) => `${type} ${Buffer.from(data).toString('hex')}`
  const known = new Set(old.flatMap(({ type, entries }) => entries.map(({ data }) => keyOf(type, data))))
  const fresh = more.flatMap((list) => {
    const entries = list.entries.filter(({ data }) => {
      const key = keyOf(list.type, data)
      if (known.has(key)) return false
      known.add(key)
      return true
    })
    return entries.length === 0 ? [] : [{ ...list, entries }]
  })
  return [...old, ...fresh]
}

export function certificateLists(certificates: readonly Certificate[], owner: Guid): SignatureList[] {
  return certificates.map(({ encoded }) => ({
    type: SIGNATURE_TYPE.x509,
    header: new Uint8Array(),
    entries: [{ owner, data: encoded }],
  }))
}

/** One list of SHA-256 hashes. */
export function hashLists(hashes: readonly Uint8Array[], owner: Guid): SignatureList[] {
  if (hashes.length === 0) return []
  return [{ type: SIGNATURE_TYPE.sha256, header: new Uint8Array(), entries: hashes.map((data) => ({ owner, data })) }]
}

/** The lists of a key variable; none when it is not there. */
export function listsIn(variables: readonly EfiVariable[], name: string): SignatureList[] {
  const found = variable(variables, name)
  return found === undefined ? [] : naming(`the variable ${name}`, () => parseSignatureLists(found.data))
}

/** The variables with one of them set, in its place when it is there already. */
export function put(variables: readonly EfiVariable[], fresh: EfiVariable): readonly EfiVariable[] {
  const isIt = ({ name, vendor }: EfiVariable) => name === fresh.name && vendor === fresh.vendor
  return variables.some(isIt) ? variables.map((old) => (isIt(old) ? fresh : old)) : [...variables, fresh]
}

function switchOn(variables: readonly EfiVariable[]): readonly EfiVariable[] {
  const flag = (name: string, value: number): EfiVariable => ({
    name,
    vendor: vendorOf(name),
    attributes: BOOT_ONLY_ATTRIBUTES,
    data: Uint8Array.of(value),
  })
  return put(put(variables, flag('SecureBootEnable', 1)), flag('CustomMode', 0))
}

function checkPlatformKey({ data }: EfiVariable): void {
  const lists = parseSignatureLists(data)
  const isOne = lists.length === 1 && lists[0]!.type === SIGNATURE_TYPE.x509 && lists[0]!.entries.length === 1
  if (!isOne)
    throw new UserError('a platform key (PK) is exactly one certificate', 'give --pk once, with one certificate')
}
