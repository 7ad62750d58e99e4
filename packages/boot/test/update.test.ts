import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Identity, identity } from '../../attest/test/authority.ts'
import { dangersOf, EVENT, type EventLog, parseEventLog } from '../src/index.ts'
import { certs, lists } from './explain-fixture.ts'
import { printLog } from './log-fixture.ts'

const [pk, own] = [await identity('PK'), await identity('db')]
const microsoft = await identity('Microsoft UEFI CA 2023')
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
