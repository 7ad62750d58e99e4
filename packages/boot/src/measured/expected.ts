import { createHash } from 'node:crypto'
import { writeGuid } from '@firn/core'
import type { SignatureList } from '../efivars/signature-list.ts'
import { type EfiVariable, variable, variableData } from '../efivars/variable.ts'
import { describeEvent, EVENT, type EventLog, isHonest, type LogEvent, replay, variableOf } from './event-log.ts'
import { type Bank, extend } from './pcr11.ts'

/** An event that a boot is going to measure. */
export interface ExpectedEvent {
  readonly pcr: number
  readonly digest: Uint8Array
  readonly what: string
}

/**
 * PCR 4 when firmware boots an entry: that it does so, a separator, and each program in the order in which it is started
 * (shim and systemd-boot before what they start), by its Authenticode hash in that bank.
 */
export function expectPcr4(
  programs: readonly { readonly path: string; readonly hash: Uint8Array }[],
  bank: Bank = 'sha256',
): ExpectedEvent[] {
  const of = (bytes: Uint8Array | string) => createHash(bank).update(bytes).digest()
  return [
    {
      pcr: 4,
      digest: of('Calling EFI Application from Boot Option'),
      what: 'action: Calling EFI Application from Boot Option',
    },
    { pcr: 4, digest: of(new Uint8Array(4)), what: 'separator' },
    ...programs.map(({ path, hash }) => ({ pcr: 4, digest: hash, what: `program: ${path}` })),
  ]
}

/**
 * PCR 7 of a boot by the firmware alone: the Secure Boot variables, a separator, then once each entry of db that admitted
 * a program. What shim adds, it says itself.
 */
export function expectPcr7(
  variables: readonly EfiVariable[],
  isOn: boolean,
  authorities: readonly Uint8Array[],
  bank: Bank = 'sha256',
): ExpectedEvent[] {
  const held = (name: string) => variable(variables, name)?.data ?? new Uint8Array()
  return [
    ofVariable('variable', 'SecureBoot', Uint8Array.of(isOn ? 1 : 0), bank),
    ...['PK', 'KEK', 'db', 'dbx'].map((name) => ofVariable('variable', name, held(name), bank)),
    { pcr: 7, digest: createHash(bank).update(new Uint8Array(4)).digest(), what: 'separator' },
    ...distinct(authorities).map((data) => expectAuthority(data, bank)),
  ]
}

/** That the firmware admitted a program by that entry of db. */
export function expectAuthority(entry: Uint8Array, bank: Bank = 'sha256'): ExpectedEvent {
  return ofVariable('authority', 'db', entry, bank)
}

function ofVariable(kind: 'variable' | 'authority', name: string, data: Uint8Array, bank: Bank): ExpectedEvent {
  return { pcr: 7, digest: createHash(bank).update(variableData(name, data)).digest(), what: `${kind}: ${name}` }
}

/** The entry of db (owner and data) that holds a certificate or hash: what firmware measures when it has decided by it. */
export function authorityOf(db: readonly SignatureList[], sha256: string): Uint8Array | undefined {
  for (const { entries } of db) {
    for (const { owner, data } of entries) {
      const hex = Buffer.from(data).toString('hex')
      const isIt = hex === sha256 || createHash('sha256').update(data).digest('hex') === sha256
      if (isIt) return Buffer.concat([writeGuid(owner), data])
    }
  }
  return undefined
}

/** What a register holds after these events. */
export function expectedValue(events: readonly ExpectedEvent[], pcr: number, bank: Bank = 'sha256'): Uint8Array {
  const zeros = new Uint8Array(createHash(bank).digest().length)
  return events
    .filter((event) => event.pcr === pcr)
    .reduce<Uint8Array>((value, { digest }) => extend(bank, value, digest), zeros)
}

/** One line of a comparison: measured as expected, expected and not measured, measured and not expected. */
export interface DifferenceLine {
  readonly sign: '=' | '-' | '+'
  readonly what: string
  readonly digest: string
  /** More about it: what differs in the variable, that the log does not tell the truth. */
  readonly note?: string
}

/** Compare what was expected of a register with the log, event by event, in order. */
export function explainDifference(
  expected: readonly ExpectedEvent[],
  log: EventLog,
  pcr: number,
  bank: Bank = 'sha256',
): DifferenceLine[] {
  const wanted = expected.filter((event) => event.pcr === pcr)
  const found = log.events.filter(
    (event) => event.pcr === pcr && event.type !== EVENT.noAction && event.digests.has(bank),
  )
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const [left, right] = [wanted.map(({ digest }) => hex(digest)), found.map(({ digests }) => hex(digests.get(bank)!))]
  const lastAt = new Map(right.map((digest, at) => [digest, at]))
  const lines: DifferenceLine[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    if (i < left.length && left[i] === right[j]) {
      lines.push(withNote({ sign: '=', what: wanted[i]!.what, digest: left[i]! }, found[j]!))
      i++
      j++
      continue
    }
    // The side whose event comes again later on the other has the surplus there.
    const comesLater = i < left.length && (lastAt.get(left[i]!) ?? -1) >= j
    if (j < right.length && (comesLater || i >= left.length)) {
      lines.push(withNote({ sign: '+', what: describeEvent(found[j]!), digest: right[j]! }, found[j]!))
      j++
    } else {
      lines.push({ sign: '-', what: wanted[i]!.what, digest: left[i]! })
      i++
    }
  }
  return lines
}

function withNote(line: DifferenceLine, event: LogEvent): DifferenceLine {
  if (!isHonest(event)) return { ...line, note: 'the log shows other data than what was measured' }
  if (line.sign !== '+') return line
  const told = variableOf(event)
  const isVariable = event.type === EVENT.variableDriverConfig || event.type === EVENT.variableAuthority
  return isVariable && told !== undefined ? { ...line, note: `${told.data.length} bytes of ${told.name}` } : line
}

/** Registers whose real value is not what the log leads to: something was measured past the log, or the log was changed. */
export function unexplained(
  log: EventLog,
  real: ReadonlyMap<number, Uint8Array>,
  bank: Bank,
): readonly { readonly pcr: number; readonly replayed: Uint8Array; readonly real: Uint8Array }[] {
  return [...replay(log, bank)].flatMap(([pcr, replayed]) => {
    const value = real.get(pcr)
    return value === undefined || Buffer.compare(value, replayed) === 0 ? [] : [{ pcr, replayed, real: value }]
  })
}

function distinct(values: readonly Uint8Array[]): Uint8Array[] {
  return values.filter((value, i) => values.findIndex((other) => Buffer.compare(value, other) === 0) === i)
}
