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
  const wasOn = (variable(before, 'PK')?.data.length ?? 0) > 0
  if (isOn) dangers.push(...dangersForCards(wasOn, listsIn(before, 'db'), listsIn(after, 'db'), log))
  return dangers
}

/** A card whose driver is refused stays off: without its graphics card a machine shows nothing, not even a menu. */
function dangersForCards(
  wasOn: boolean,
  before: readonly SignatureList[],
  after: readonly SignatureList[],
  log: EventLog | undefined,
): string[] {
  const [old, now] = [before, after].map((lists) => microsoftIn(lists).filter(isForCards)) as [string[], string[]]
  const drivers = log === undefined ? undefined : driversNotIn(after, log)
  if (drivers === 0) {
    const leaves = microsoftIn(before).length > 0 && microsoftIn(after).length === 0
    return leaves ? ['the Microsoft UEFI CA leaves db: shim and Windows of others will not start any more'] : []
  }
  const which =
    drivers === undefined
      ? 'there is no TPM event log that tells whether a card needs it (graphics!)'
      : `${drivers} drivers from cards were started: without it these stay off (graphics!)`
  if (now.length === 0) {
    // A machine that runs without is not asked again at each change of something else.
    const isAsBefore = wasOn && old.length === 0 && (log === undefined || driversNotIn(before, log) === drivers)
    if (isAsBefore) return []
    return [`db has no Microsoft UEFI CA for cards (UEFI CA 2011, Option ROM UEFI CA 2023), and ${which}`]
  }
  return old.filter((name) => !now.includes(name)).map((name) => `${name} leaves db, and ${which}`)
}

/** How many drivers of cards the log has whose hash db does not hold. */
function driversNotIn(db: readonly SignatureList[], log: EventLog): number {
  const hashes = db.filter(({ type }) => type === SIGNATURE_TYPE.sha256).flatMap(({ entries }) => entries)
  const known = new Set(hashes.map(({ data }) => Buffer.from(data).toString('hex')))
  return optionRoms(log).filter(({ digests }) => {
    const digest = digests.get('sha256')
    return digest === undefined || !known.has(Buffer.from(digest).toString('hex'))
  }).length
}

/** Certificates under which Microsoft signs what others make: shim, and drivers on cards. */
function microsoftIn(lists: readonly SignatureList[]): string[] {
  return lists
    .filter(({ type }) => type === SIGNATURE_TYPE.x509)
    .flatMap(({ entries }) => entries.map(({ data }) => subjectOf(data)))
    .filter((subject) => /Microsoft (Corporation )?UEFI CA|Microsoft Option ROM UEFI CA/.test(subject))
}

/** Until 2023 one certificate was for boot loaders and cards; since then cards have one of their own. */
function isForCards(subject: string): boolean {
  return !/Microsoft UEFI CA 2023/.test(subject)
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
