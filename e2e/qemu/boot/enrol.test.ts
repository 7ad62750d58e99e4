import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { SECURE_ATTRIBUTES, vendorOf } from '../../../packages/boot/src/index.ts'
import { part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { GUEST_FIRN, makeGuest } from '../guest.ts'
import { boot, timeOf } from '../machine.ts'
import { Bench, diskWith, explain, MACHINE, tryBoot } from './bench.ts'

/**
 * The keys of a running machine changed by `firn` itself, under Node inside of it: enrolled in setup mode, an update by the
 * wrong key refused (by firn, and by the firmware when firn is not asked), another one taken, and all of it taken back out
 * of the backup, the order of the boot menu too. Then the machine starts again, and enforces.
 */
const DB = `/sys/firmware/efi/efivars/db-${vendorOf('db')}`
const ORDER = `BootOrder-${vendorOf('BootOrder')}`
const YES = '--yes --even-if-it-may-not-start'
const SCRIPT = `
firn() { ${GUEST_FIRN} boot vars "$@"; echo "EXIT $?"; }
echo; cd /auth
echo STEP enrol; firn write PK.auth KEK.auth db.auth --backup /work/setup ${YES}
echo STEP wrong; cp wrong.auth /tmp/db.auth; firn write /tmp/db.auth --backup /work/none ${YES}
echo STEP firmware; chattr -i ${DB}; dd if=wrong.variable of=${DB} bs=65536 2>&1; echo "EXIT $?"
echo STEP right; cp later.auth /tmp/db.auth; firn write /tmp/db.auth --backup /work/enrolled ${YES}
printf '\\007\\000\\000\\000\\000\\000' > /sys/firmware/efi/efivars/${ORDER}
echo STEP restore; firn restore /work/enrolled --boot-entries --kek-key KEK.key --kek-cert KEK.pem --backup /work/later ${YES}
cmp /work/enrolled/${ORDER} /sys/firmware/efi/efivars/${ORDER}; echo "ORDER $?"
cmp /work/later/${ORDER} /sys/firmware/efi/efivars/${ORDER}; echo "WAS $?"
echo FIRN-STARTED; sleep 1; poweroff -f
`

const OPTIONS = { ...MACHINE, ...(MACHINE.skip === undefined ? needs('mkfs.ext4', 'chattr') : {}) }
let bench: Bench
if (OPTIONS.skip === undefined) {
  before(() => {
    bench = new Bench()
  })
  after(() => bench.close())
}

test('firn changes the keys of the machine that it runs on', OPTIONS, async (t) => {
  const guest = makeGuest(bench.folder, SCRIPT, authFiles(bench))
  bench.uki('linux.efi', part('kernel'), guest.initrd, 'console=ttyS0 quiet loglevel=3 panic=-1')
  const blank = bench.vars('blank.fd', 'vars')
  const kept = bench.at('kept.fd')
  const disk = diskWith(bench, 'disk.img', bench.at('linux.efi'))
  assert.match(explain(bench, disk, blank).reason, /setup mode/)
  const disks = [{ file: disk }, { file: guest.root, readOnly: true }]
  const said = await boot({ disks, vars: blank, keepVars: kept, memory: 1024 }, /FIRN-STARTED|No bootable option/)
  t.diagnostic(`the machine: ${timeOf(said)}`)
  const steps = Object.fromEntries(
    said.serial
      .split(/^STEP /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf('\n')), text]),
  )
  assert.match(steps.enrol ?? said.serial, /PK: written[\s\S]*EXIT 0/)
  assert.match(steps.wrong ?? '', /the firmware would refuse the new db[\s\S]*EXIT 2/)
  assert.match(steps.firmware ?? '', /(Operation not permitted|Permission denied|Invalid argument)[\s\S]*EXIT 1/)
  assert.match(steps.right ?? '', /db: written[\s\S]*EXIT 0/)
  assert.match(steps.restore ?? '', /db: written[\s\S]*BootOrder: written[\s\S]*EXIT 0[\s\S]*ORDER 0\n[\s\S]*WAS 1/)

  const db = JSON.parse(bench.run('vars', 'show', '--vars', kept, 'db', '--json')).variables[0].entries
  assert.equal(db.length, 1)
  assert.match(db[0], /Test signing key \(db\)/)

  bench.uki('uki.efi', bench.started, Buffer.alloc(100), 'quiet')
  bench.sign('uki.efi', 'signed.efi')
  for (const [program, verdict] of [
    ['signed.efi', 'boots'],
    ['uki.efi', 'refused'],
  ] as const) {
    const next = diskWith(bench, 'disk.img', bench.at(program))
    assert.equal(explain(bench, next, kept).verdict, verdict)
    const seen = await tryBoot({ disks: [{ file: next }], vars: kept })
    assert.equal(seen.verdict, verdict, seen.serial)
  }
})

/** Made where the keys are; the machine gets what is signed, and the key that it needs to restore db. */
function authFiles(bench: Bench): Record<string, string> {
  const sign = (name: string, by: string, value: string, output: string, time: string) => {
    const key = ['--key', `${by}.key`, '--cert', `${by}.pem`]
    bench.run('vars', 'sign', '--var', name, ...key, value, '--time', time, '-o', output)
    return bench.at(output)
  }
  const wrong = sign('db', 'strange/db', 'strange/db.pem', 'wrong.auth', '2026-03-01T00:00:00Z')
  const attributes = Buffer.alloc(4)
  attributes.writeUInt32LE(SECURE_ATTRIBUTES)
  return {
    'auth/PK.auth': sign('PK', 'keys/PK', 'keys/PK.pem', 'PK.auth', '2026-01-01T00:00:00Z'),
    'auth/KEK.auth': sign('KEK', 'keys/PK', 'keys/KEK.pem', 'KEK.auth', '2026-01-01T00:00:00Z'),
    'auth/db.auth': sign('db', 'keys/KEK', 'keys/db.pem', 'db.auth', '2026-01-01T00:00:00Z'),
    'auth/wrong.auth': wrong,
    'auth/wrong.variable': bench.put('wrong.variable', Buffer.concat([attributes, readFileSync(wrong)])),
    'auth/later.auth': sign('db', 'keys/KEK', 'strange/db.pem', 'later.auth', '2026-02-01T00:00:00Z'),
    'auth/KEK.key': bench.at('keys/KEK.key'),
    'auth/KEK.pem': bench.at('keys/KEK.pem'),
  }
}
