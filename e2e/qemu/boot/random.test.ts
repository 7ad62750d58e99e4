import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { timeOf } from '../machine.ts'
import { Bench, diskWith, diskWithShim, explain, flipBit, MACHINE, tryBoot, withSbatLevel } from './bench.ts'

/**
 * Combinations that nobody chose: `firn boot explain` first, then the firmware. Ten a run, drawn from a seed that is
 * printed; FIRN_SEED=N draws the same again, FIRN_ROWS=N more of them.
 */
interface Combination {
  readonly shim: boolean
  readonly signature: 'none' | 'ours' | 'strange'
  readonly flipped: boolean
  readonly dbCertificate: boolean
  readonly dbHash: boolean
  readonly dbx: 'nothing' | 'hash' | 'certificate'
  readonly mok: 'nothing' | 'certificate' | 'hash'
  readonly sbatLevel: 'none' | 'met' | 'missed'
}

const seed = Number(process.env.FIRN_SEED ?? Date.now() % 1_000_000)
const count = Number(process.env.FIRN_ROWS ?? 10)
const random = randomFrom(seed)

let bench: Bench
if (MACHINE.skip === undefined) {
  before(() => {
    bench = new Bench()
  })
  after(() => bench.close())
}

test(`seed ${seed}`, (t) => t.diagnostic(`FIRN_SEED=${seed} draws these rows again`))

for (let number = 1; number <= count; number++) {
  const combination = draw()
  test(`drawn ${number}: ${inWords(combination)}`, MACHINE, async (t) => {
    const { disk, vars } = make(bench, combination)
    const said = explain(bench, disk, vars)
    t.diagnostic(`explain: ${said.verdict}: ${said.reason}`)
    const seen = await tryBoot({ disks: [{ file: disk }], vars })
    t.diagnostic(`the machine: ${seen.verdict}, ${timeOf(seen)}`)
    assert.equal(seen.verdict, said.verdict, `FIRN_SEED=${seed}: ${JSON.stringify(combination)}\n${seen.serial}`)
    if (said.verdict === 'refused') assert.equal(seen.by, said.by, seen.serial)
  })
}

function make(bench: Bench, combination: Combination): { disk: string; vars: string } {
  const { shim, signature, flipped, dbCertificate, dbHash, dbx, mok, sbatLevel } = combination
  const keys = signature === 'strange' ? 'strange' : 'keys'
  const signed = signature === 'none' ? bench.started : bench.sign(bench.started, 'signed.efi', keys)
  const program = flipped ? flipBit(bench, signed, 'flipped.efi', '.dynsym') : signed
  const words = [
    ...(dbCertificate ? ['--add-db', `${keys}/db.pem`] : []),
    ...(dbHash ? ['--add-db', program] : []),
    ...(dbx === 'hash' ? ['--add-dbx', program] : dbx === 'certificate' ? ['--add-dbx', `${keys}/db.pem`] : []),
    ...(mok === 'hash' ? ['--mok', program] : mok === 'certificate' ? ['--mok', `${keys}/db.pem`] : []),
  ]
  const vars = bench.vars('vars.fd', 'vars-ms', ...words)
  return {
    disk: shim ? diskWithShim(bench, 'disk.img', program) : diskWith(bench, 'disk.img', program),
    vars: sbatLevel === 'none' ? vars : withSbatLevel(bench, vars, sbatLevel === 'met' ? 1 : 2),
  }
}

/** Weighted so that about half of all boot. */
function draw(): Combination {
  const shim = random() < 0.5
  return {
    shim,
    signature: pick('none', 'ours', 'ours', 'strange'),
    flipped: random() < 0.15,
    dbCertificate: random() < 0.5,
    dbHash: random() < 0.35,
    dbx: pick('nothing', 'nothing', 'nothing', 'hash', 'certificate'),
    mok: shim ? pick('nothing', 'certificate', 'hash') : 'nothing',
    sbatLevel: shim ? pick('none', 'none', 'met', 'missed') : 'none',
  }
}

function pick<T>(...choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!
}

function inWords({ shim, signature, flipped, dbCertificate, dbHash, dbx, mok, sbatLevel }: Combination): string {
  const words = [
    shim ? 'shim' : 'no shim',
    signature === 'none' ? 'not signed' : `signature ${signature}`,
    ...(flipped ? ['a bit turned over'] : []),
    ...(dbCertificate ? ['certificate in db'] : []),
    ...(dbHash ? ['hash in db'] : []),
    ...(dbx === 'nothing' ? [] : [`${dbx} in dbx`]),
    ...(mok === 'nothing' ? [] : [`${mok} in MokList`]),
    ...(sbatLevel === 'none' ? [] : [`SBAT level ${sbatLevel}`]),
  ]
  return words.join(', ')
}

/** The numbers that follow from a seed, each from 0 to below 1 (Marsaglia's xorshift with 32 bits). */
function randomFrom(start: number): () => number {
  let state = (start * 2_654_435_761 + 1) >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
}
