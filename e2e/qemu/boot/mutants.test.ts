import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { parsePe } from '../../../packages/binary/src/pe.ts'
import {
  authenticodeHash,
  type EfiVariable,
  explainBoot,
  parseVariableStore,
  type Volume,
} from '../../../packages/boot/src/index.ts'
import { bytesSource } from '../../../packages/core/src/file-source.ts'
import { UserError } from '../../../packages/core/src/index.ts'
import { makeEsp } from '../esp.ts'
import { boot, timeOf } from '../machine.ts'
import { Bench, MACHINE } from './bench.ts'
import { certificateMutants, type Mutant, mutantsOf } from './mutants.ts'

/**
 * Broken and forged programs, all put to the firmware by one program of ours (loader/tries.c) in one boot. What the
 * firmware refuses, `firn` must not admit. Where it is stricter than the firmware, that is listed with its reason.
 */
let bench: Bench
if (MACHINE.skip === undefined) {
  before(() => {
    bench = new Bench()
  })
  after(() => bench.close())
}

test('nothing that the firmware refuses is admitted', MACHINE, async (t) => {
  const { mutants, vars, disk } = prepare(bench)
  const variables = parseVariableStore(readFileSync(vars)).variables
  const ours = mutants.map(({ bytes }) => decide(bytes, variables))
  const said = await boot({ disks: [{ file: disk }], vars }, /FIRN-DONE \d+/)
  const { serial } = said
  const theirs = [...serial.matchAll(/FIRN-TRY (\d+) ([0-9A-F]+)/g)].map(([, number, status]) => ({
    number: Number(number),
    status: status!,
  }))
  assert.equal(theirs.length, mutants.length, serial.slice(-2000))
  const named = theirs.map(({ number, status }) => ({ ...ours[number]!, name: mutants[number]!.name, status }))
  const loaded = named.filter(({ status }) => status === '0')
  t.diagnostic(
    `${mutants.length} programs, ${loaded.length} loaded, ${ours.filter(({ runs }) => runs).length} admitted here, ${timeOf(said)}`,
  )
  for (const { name, reason } of loaded.filter(({ runs }) => !runs)) {
    t.diagnostic(`the firmware loads it, firn does not: ${name}: ${reason}`)
  }
  const wrong = named.filter(({ runs, status }) => runs && status !== '0')
  assert.deepEqual(
    wrong.map(({ name, status, reason }) => `${name}: ${reason}; the firmware: ${status}`),
    [],
    'admitted here, refused by the firmware',
  )
  // The comparison is worth nothing when all are refused, or none.
  assert.ok(loaded.length > 40 && mutants.length - loaded.length > 150, `${loaded.length} of ${mutants.length}`)
  for (const number of [0, 1]) assert.deepEqual([named[number]!.runs, named[number]!.status], [true, '0'])
})

function prepare(bench: Bench): { mutants: Mutant[]; vars: string; disk: string } {
  const plain = withTimestamp(readFileSync(bench.started))
  const signed = readFileSync(bench.sign(bench.started, 'signed.efi'))
  const loader = bench.sign(bench.buildTries(), 'loader.efi')
  const byHash = mutantsOf(plain, 'hash in db')
  const mutants = [
    { name: 'signed, not changed', bytes: signed },
    { name: 'hash in db, not changed', bytes: plain },
    ...mutantsOf(signed, 'signed'),
    ...certificateMutants(signed),
    ...byHash,
  ]
  // That of each unsigned one, as it is computed here: the firmware loads it when it computes the same.
  const hashes = [plain, ...byHash.map(({ bytes }) => bytes)].flatMap(hashOf)
  const db = [...new Set(hashes)].flatMap((hash) => ['--db', `sha256:${hash}`])
  const vars = bench.vars(
    'vars.fd',
    'vars',
    '--pk',
    'keys/PK.pem',
    '--kek',
    'keys/KEK.pem',
    '--db',
    'keys/db.pem',
    ...db,
  )
  const files = Object.fromEntries(mutants.map(({ bytes }, number) => [`tries/${number}.efi`, bytes]))
  return { mutants, vars, disk: makeEsp(bench.at('tries.img'), { 'EFI/BOOT/BOOTX64.EFI': loader, ...files }, 48) }
}

/** Another program than the one that is signed: its hash is another, too. */
function withTimestamp(image: Buffer): Buffer {
  image.writeUInt32LE(1, image.readUInt32LE(0x3c) + 8)
  return image
}

function hashOf(bytes: Buffer): string[] {
  try {
    const source = bytesSource(bytes)
    return [authenticodeHash(source, parsePe(source)).toString('hex')]
  } catch (error) {
    if (error instanceof UserError) return []
    throw error
  }
}

function decide(bytes: Buffer, variables: readonly EfiVariable[]): { runs: boolean; reason: string } {
  const esp: Volume = { role: 'esp', list: () => undefined, open: () => bytesSource(bytes) }
  const { entries } = explainBoot({ variables, volumes: [esp], architecture: 'x64' })
  return entries.at(-1)!.program!.decision
}
