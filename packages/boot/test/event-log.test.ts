import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { identity } from '../../attest/test/authority.ts'
import {
  describeEvent,
  EVENT,
  expectBoot,
  expectedValue,
  expectPcr4,
  expectPcr7,
  explainBoot,
  explainDifference,
  isHonest,
  optionRoms,
  parseEventLog,
  replay,
  unexplained,
  variableData,
} from '../src/index.ts'
import { bootloader, certs, lists, memoryVolume, shim, signedBy, uki } from './explain-fixture.ts'
import { inspectBytes, workFolder } from './fixture.ts'
import { type Event, printLog } from './log-fixture.ts'

const { put } = workFolder()
const db = await identity('db')
const ON = [lists('PK', certs(db), 0x27), lists('db', certs(db), 0x27)]
const separator = (pcr: number): Event => ({ pcr, type: EVENT.separator, data: Buffer.alloc(4) })
const action = { pcr: 4, type: EVENT.action, data: Buffer.from('Calling EFI Application from Boot Option') }
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')

const EVENTS: readonly Event[] = [
  { pcr: 0, type: EVENT.noAction, data: Buffer.from('StartupLocality\0\x03', 'latin1') },
  { pcr: 0, type: 8, data: Buffer.from('1.0\0', 'utf16le') },
  { pcr: 7, type: EVENT.variableDriverConfig, data: Buffer.from(variableData('SecureBoot', Uint8Array.of(1))) },
  ...[0, 1, 2, 3, 4, 5, 6, 7].map(separator),
  action,
]

test('replayed registers equal those of tpm2_eventlog, and of hashes by hand', needs('tpm2_eventlog'), () => {
  // This tool, in Debian 12, does not know of the locality at which a TPM starts.
  const bytes = printLog(EVENTS.slice(1))
  const log = parseEventLog(bytes)
  assert.deepEqual(log.banks, ['sha1', 'sha256'])
  const told = execFileSync('tpm2_eventlog', [put('log', bytes)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const values = told.slice(told.indexOf('\npcrs:'))
  for (const [bank, digits] of [
    ['sha1', 40],
    ['sha256', 64],
  ] as const) {
    const part = values.slice(values.indexOf(`${bank}:`))
    for (const [pcr, value] of replay(log, bank)) {
      const theirs = new RegExp(`\\b${pcr} *: 0x([0-9a-f]{${digits}})\\b`).exec(part)?.[1]
      assert.equal(hex(value), theirs, `${bank} ${pcr}`)
    }
  }
  const started = replay(parseEventLog(printLog(EVENTS.slice(0, 2))), 'sha256').get(0)
  const sha = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest()
  const three = Buffer.alloc(32).fill(3, 31)
  assert.equal(hex(started), hex(sha(three, sha(EVENTS[1]!.data))))
  assert.equal(hex(replay(log, 'sha256').get(1)), hex(sha(Buffer.alloc(32), sha(Buffer.alloc(4)))))
})

test('what firmware measured is what was expected; a difference is told event by event', async () => {
  const image = await signedBy(db, uki())
  const machine = {
    variables: ON,
    volumes: [memoryVolume({ '\\EFI\\BOOT\\BOOTX64.EFI': image })],
    architecture: 'x64',
  } as const
  const explanation = explainBoot(machine)
  const { events, pcrs } = expectBoot(machine, explanation, explanation.taken!)
  assert.deepEqual(pcrs, [4, 7])
  const variable = (name: string, data: Uint8Array): Event => ({
    pcr: 7,
    type: EVENT.variableDriverConfig,
    data: Buffer.from(variableData(name, data)),
  })
  const owned = Buffer.from(ON[1]!.data).subarray(28)
  const log = (dbx: Uint8Array, more: readonly Event[] = []) =>
    parseEventLog(
      printLog([
        variable('SecureBoot', Uint8Array.of(1)),
        variable('PK', ON[0]!.data),
        variable('KEK', new Uint8Array()),
        variable('db', ON[1]!.data),
        variable('dbx', dbx),
        separator(7),
        action,
        separator(4),
        ...more,
        { pcr: 7, type: EVENT.variableAuthority, data: Buffer.from(variableData('db', owned)) },
        { pcr: 4, type: EVENT.application, data: Buffer.alloc(32), digest: inspectBytes(image).sha256 },
      ]),
    )
  const same = log(new Uint8Array())
  for (const pcr of pcrs) {
    assert.equal(hex(replay(same, 'sha256').get(pcr)), hex(expectedValue(events, pcr)))
    assert.ok(explainDifference(events, same, pcr).every(({ sign }) => sign === '='))
  }
  const other = log(Buffer.alloc(76), [
    { pcr: 4, type: EVENT.application, data: Buffer.alloc(32), digest: Buffer.alloc(32, 1) },
  ])
  const lines = (pcr: number) =>
    explainDifference(events, other, pcr).map(
      ({ sign, what, note }) => `${sign} ${what}${note === undefined ? '' : ` (${note})`}`,
    )
  assert.deepEqual(lines(7), [
    '= variable: SecureBoot',
    '= variable: PK',
    '= variable: KEK',
    '= variable: db',
    '- variable: dbx',
    '+ variable: dbx (76 bytes of dbx)',
    '= separator',
    '= authority: db',
  ])
  assert.deepEqual(
    lines(4)
      .map((line) => line[0])
      .join(''),
    '==+=',
  )
})

test('programs are measured in the order in which they are started; with shim PCR 7 is left out', async () => {
  const [first, second, third] = [shim(db.certificate.encoded), bootloader(), uki()].map((image) => signedBy(db, image))
  const files = {
    '\\EFI\\BOOT\\BOOTX64.EFI': await first!,
    '\\EFI\\BOOT\\grubx64.efi': await second!,
    '\\EFI\\Linux\\a.efi': await third!,
  }
  const machine = { variables: ON, volumes: [memoryVolume(files)], architecture: 'x64' } as const
  const explanation = explainBoot(machine)
  const { events, pcrs, notes } = expectBoot(machine, explanation, explanation.taken!)
  assert.deepEqual(pcrs, [4])
  assert.match(notes.join(), /shim/)
  const hashes = Object.entries(files).map(([path, image]) => ({ path, hash: inspectBytes(image).sha256 }))
  assert.deepEqual(
    events.map(({ digest }) => hex(digest)),
    expectPcr4(hashes).map(({ digest }) => hex(digest)),
  )
})

test('Secure Boot off, and its keys, are other values of PCR 7', () => {
  const value = (...words: Parameters<typeof expectPcr7>) => hex(expectedValue(expectPcr7(...words), 7))
  const values = [value(ON, true, []), value(ON, false, []), value([], false, []), value(ON, true, [Buffer.alloc(48)])]
  assert.equal(new Set(values).size, 4)
  assert.equal(value(ON, true, [Buffer.alloc(48), Buffer.alloc(48)]), values[3], 'one authority is measured once')
})

test('a log that shows other data than what was measured is told', () => {
  const data = Buffer.from(variableData('SecureBoot', Uint8Array.of(1)))
  const honest: Event = { pcr: 7, type: EVENT.variableDriverConfig, data }
  const lie = { ...honest, digest: createHash('sha256').update('other').digest() }
  assert.deepEqual(parseEventLog(printLog([honest, lie])).events.map(isHonest), [true, false])
  const expected = [{ pcr: 7, digest: lie.digest, what: 'variable: SecureBoot' }]
  assert.match(explainDifference(expected, parseEventLog(printLog([lie])), 7)[0]!.note!, /other data/)
})

test('what was measured past the log shows in the registers', () => {
  const log = parseEventLog(printLog(EVENTS))
  const real = new Map(replay(log, 'sha256'))
  assert.deepEqual(unexplained(log, real, 'sha256'), [])
  real.set(4, Buffer.alloc(32, 1))
  assert.deepEqual(
    unexplained(log, real, 'sha256').map(({ pcr }) => pcr),
    [4],
  )
})

test('option ROMs are the drivers in PCR 2', () => {
  const driver = (pcr: number): Event => ({ pcr, type: EVENT.bootServicesDriver, data: Buffer.alloc(32) })
  assert.equal(optionRoms(parseEventLog(printLog([driver(2), driver(0)]))).length, 1)
  assert.equal(optionRoms(parseEventLog(printLog(EVENTS))).length, 0)
})

test('logs are read to their end, erased space behind it left out; what is cut is refused', () => {
  const bytes = printLog(EVENTS)
  assert.equal(parseEventLog(Buffer.concat([bytes, Buffer.alloc(64, 0xff)])).events.length, EVENTS.length)
  assert.deepEqual(
    describeEvent(parseEventLog(bytes).events.at(-1)!),
    'action: Calling EFI Application from Boot Option',
  )
  let whole = 0
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), (length) => {
      try {
        parseEventLog(bytes.subarray(0, length))
        whole++
      } catch (error) {
        assert.equal((error as Error).name, 'UserError')
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(whole < 60, 'only a cut between two events is no error')
})

test('a log that is damaged is refused where it is, and not read on', () => {
  const whole = printLog([action])
  const first = whole.indexOf(Buffer.from(Uint32Array.of(4, EVENT.action, 2).buffer))
  for (const [why, at, value] of [
    [/not a TPM event log of TPM 2\.0/, 32, 0],
    [/0 algorithms/, 56, 0],
    [/17 algorithms/, 56, 17],
    [/register 24/, first, 24],
    [/17 digests/, first + 8, 17],
    [/algorithm 99, which the log did not announce/, first + 12, 99],
    [/an event of 16777217 bytes/, first + 68, 2 ** 24 + 1],
  ] as const) {
    const damaged = Buffer.from(whole)
    damaged.writeUInt32LE(value, at)
    assert.throws(() => parseEventLog(damaged), { name: 'UserError', message: why }, String(why))
  }
})
