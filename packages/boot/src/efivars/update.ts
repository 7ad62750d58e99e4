import { parseCertificate } from '@firn/attest'
import { UserError } from '@firn/core'
import type { EventLog } from '../measured/event-log.ts'
import { optionRoms } from '../measured/event-log.ts'
import { type AuthenticatedUpdate, parseAuth, verifyUpdate } from './auth.ts'
import { listsIn, mergeLists, put } from './enroll.ts'
import { parseSignatureLists, printSignatureLists, SIGNATURE_TYPE, type SignatureList } from './signature-list.ts'
import { ATTRIBUTE, type EfiVariable, SECURE_ATTRIBUTES, variable, vendorOf } from './variable.ts'

/** A new value for one key variable of a machine. */
export interface KeyUpdate {
  readonly name: SecureName
  readonly append: boolean
  /** The `.auth` file. */
  readonly payload: Uint8Array
}

export const SECURE_ORDER = ['db', 'dbx', 'KEK', 'PK'] as const
export type SecureName = (typeof SECURE_ORDER)[number]

/** What is going to be written, in its order, and what will be there then. */
export interface UpdatePlan {
  readonly updates: readonly KeyUpdate[]
  readonly after: readonly EfiVariable[]
  /** Updates that the firmware is going to refuse, with the reason. */
  readonly refused: readonly { readonly name: SecureName; readonly reason: string }[]
}

/**
 * Plan updates: PK comes last, for it ends setup mode. In setup mode firmware takes anything but a PK that is not signed by
 * itself; in user mode PK signs PK and KEK, and a KEK (or PK) signs db and dbx. Errors: not an .auth file.
 */
export function planUpdates(before: readonly EfiVariable[], updates: readonly KeyUpdate[]): UpdatePlan {
  const sorted = [...updates].sort((a, b) => SECURE_ORDER.indexOf(a.name) - SECURE_ORDER.indexOf(b.name))
  const refused: { name: SecureName; reason: string }[] = []
  let after = before
  for (const { name, append, payload } of sorted) {
    const update = parseAuth(payload)
    const reason = whyRefused(after, name, append, update)
    if (reason !== undefined) refused.push({ name, reason })
    after = withUpdate(after, name, append, update)
  }
  return { updates: sorted, after, refused }
}

/** Why a machine may not start any more, or not let its owner in: in words, none when nothing is seen. */
export function dangersOf(
  before: readonly EfiVariable[],
  after: readonly EfiVariable[],
  log: EventLog | undefined,
): string[] {
  const dangers: string[] = []
  const has = (name: string) => (variable(after, name)?.data.length ?? 0) > 0
  const isOn = has('PK')
  if (isOn && !has('db')) dangers.push('db is empty: Secure Boot would start nothing at all')
  if (isOn && !has('KEK')) dangers.push('KEK is empty: db could be changed with the platform key only')
  const hadMicrosoft = microsoftCas(listsIn(before, 'db')).length > 0
  const hasMicrosoft = microsoftCas(listsIn(after, 'db')).length > 0
  if (isOn && !hasMicrosoft) {
    const roms = log === undefined ? undefined : optionRoms(log).length
    if (roms === undefined) {
      dangers.push(
        'db has no Microsoft UEFI CA, and there is no TPM event log that tells whether a card needs it (graphics!)',
      )
    } else if (roms > 0) {
      dangers.push(
        `db has no Microsoft UEFI CA, and ${roms} drivers from cards were started: without it these stay off (graphics!)`,
      )
    } else if (hadMicrosoft) {
      dangers.push('the Microsoft UEFI CA leaves db: shim and Windows of others will not start any more')
    }
  }
  return dangers
}

/** Certificates under which Microsoft signs what others make: shim, and drivers on cards. */
function microsoftCas(lists: readonly SignatureList[]): string[] {
  return lists
    .filter(({ type }) => type === SIGNATURE_TYPE.x509)
    .flatMap(({ entries }) => entries.map(({ data }) => subjectOf(data)))
    .filter((subject) => /Microsoft (Corporation )?UEFI CA|Microsoft Option ROM UEFI CA/.test(subject))
}

function subjectOf(data: Uint8Array): string {
  return certificatesIn([data])[0]?.subject.text ?? ''
}

function certificatesIn(values: readonly Uint8Array[]) {
  return values.flatMap((data) => {
    try {
      return [parseCertificate(data)]
    } catch (error) {
      if (error instanceof UserError) return []
      throw error
    }
  })
}

function trustedIn(variables: readonly EfiVariable[], ...names: readonly string[]) {
  const lists = names.flatMap((name) => listsIn(variables, name)).filter(({ type }) => type === SIGNATURE_TYPE.x509)
  return certificatesIn(lists.flatMap(({ entries }) => entries.map(({ data }) => data)))
}

function whyRefused(
  variables: readonly EfiVariable[],
  name: SecureName,
  append: boolean,
  update: AuthenticatedUpdate,
): string | undefined {
  const isSetup = (variable(variables, 'PK')?.data.length ?? 0) === 0
  if (isSetup && name !== 'PK') return undefined
  const target = { name, vendor: vendorOf(name), attributes: SECURE_ATTRIBUTES | (append ? ATTRIBUTE.append : 0) }
  const own = isSetup
    ? certificatesIn(parseSignatureLists(update.data).flatMap(({ entries }) => entries.map(({ data }) => data)))
    : []
  const trusted = isSetup
    ? own
    : name === 'PK' || name === 'KEK'
      ? trustedIn(variables, 'PK')
      : trustedIn(variables, 'KEK', 'PK')
  const verdict = verifyUpdate(target, update, trusted)
  return 'reason' in verdict ? verdict.reason : undefined
}

function withUpdate(
  variables: readonly EfiVariable[],
  name: SecureName,
  append: boolean,
  { data, time }: AuthenticatedUpdate,
): readonly EfiVariable[] {
  const vendor = vendorOf(name)
  if (data.length === 0 && !append) return variables.filter((one) => one.name !== name || one.vendor !== vendor)
  const value = append ? printSignatureLists(mergeLists(listsIn(variables, name), parseSignatureLists(data))) : data
  return put(variables, { name, vendor, attributes: SECURE_ATTRIBUTES, data: value, time })
}
