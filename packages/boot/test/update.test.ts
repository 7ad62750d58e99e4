import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Identity, identity } from '../../attest/test/authority.ts'
import { dangersOf, EVENT, type EventLog, hashLists, optionRoms, parseEventLog } from '../src/index.ts'
import { certs, lists, OWNER } from './explain-fixture.ts'
import { printLog } from './log-fixture.ts'

const [pk, own] = [await identity('PK'), await identity('db')]
const microsoft = await identity('Microsoft Corporation UEFI CA 2011')
const [loaders, roms] = [await identity('Microsoft UEFI CA 2023'), await identity('Microsoft Option ROM UEFI CA 2023')]
const withDb = (...who: readonly Identity[]) => [
  lists('PK', certs(pk)),
  lists('KEK', certs(pk)),
  lists('db', certs(...who)),
]
const card = { pcr: 2, type: EVENT.bootServicesDriver, data: Buffer.alloc(32) }
const logOf = (...events: Parameters<typeof printLog>[0]): EventLog => parseEventLog(printLog(events))

test('what may brick a machine is named, by what its log tells', () => {
  const both = withDb(own, microsoft)
  const alone = withDb(own)
  assert.deepEqual(dangersOf([], both, logOf(card)), [])
  assert.match(dangersOf([], alone, logOf(card)).join(), /1 drivers from cards were started/)
  assert.match(dangersOf([], alone, undefined).join(), /no TPM event log/)
  assert.deepEqual(dangersOf([], alone, logOf()), [])
  assert.match(dangersOf(both, alone, logOf()).join(), /leaves db/)
  assert.match(dangersOf(both, [lists('PK', certs(pk))], logOf()).join(), /db is empty.*KEK is empty/)
  assert.deepEqual(dangersOf(both, [lists('db', certs(own))], logOf(card)), [], 'in setup mode nothing is refused')
})

test('cards: only the certificates that sign for them count, all that leave are named, and hashes do as well', () => {
  const log = logOf(card)
  assert.deepEqual(dangersOf([], withDb(own, roms), log), [])
  assert.match(dangersOf([], withDb(own, loaders), log).join(), /no Microsoft UEFI CA for cards/)
  assert.match(
    dangersOf(withDb(microsoft, roms), withDb(own, roms), log).join(),
    /UEFI CA 2011 leaves db, and 1 drivers/,
  )
  assert.match(dangersOf(withDb(microsoft, roms), withDb(roms), undefined).join(), /UEFI CA 2011 leaves db, and there/)
  assert.deepEqual(dangersOf(withDb(microsoft, roms), withDb(own, roms), logOf()), [])
  const [digest] = optionRoms(log).map(({ digests }) => digests.get('sha256')!)
  const hashes = [
    lists('PK', certs(pk)),
    lists('KEK', certs(pk)),
    lists('db', [...certs(own), ...hashLists([digest!], OWNER)]),
  ]
  assert.deepEqual(dangersOf([], hashes, log), [])
  assert.deepEqual(dangersOf(hashes, hashes, logOf()), [])
  assert.match(dangersOf(hashes, withDb(own), log).join(), /1 drivers from cards/, 'the hash is taken away')
  for (const seen of [log, undefined]) assert.deepEqual(dangersOf(withDb(own), withDb(own), seen), [], 'as before')
  assert.match(dangersOf([], hashes, logOf(card, { ...card, data: Buffer.alloc(40) })).join(), /1 drivers from cards/)
})
