import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { part } from '../../../scripts/boot-parts.ts'
import { moduleFile } from '../guest.ts'
import { makeInitrd } from '../initrd.ts'
import { timeOf } from '../machine.ts'
import { Bench, diskWith, explain, MACHINE, tryBoot } from './bench.ts'

/**
 * A real kernel, signed, under a TPM: it boots, and what the TPM holds afterwards is what firn said beforehand. The
 * initrd tells; the log of the firmware comes along, and firn reads it. So do the variables as the running system sees
 * them: firn says the same by these.
 */
const SCRIPT = `
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t securityfs sec /sys/kernel/security
echo; cd /sys/class/tpm/tpm0/pcr-sha256
for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23; do echo "PCR $n $(cat $n)"; done
echo LOG-BEGINS; base64 < /sys/kernel/security/tpm0/binary_bios_measurements; echo LOG-ENDS
cat /proc/cmdline; cat /sys/kernel/security/lockdown
insmod /modules/efivarfs.ko; mount -t efivarfs efivars /sys/firmware/efi/efivars; cd /sys/firmware/efi/efivars
echo VARIABLES-BEGIN; tar -cz PK-* KEK-* db-* dbx-* SecureBoot-* Mok* Sbat* 2>/dev/null | base64; echo VARIABLES-END
sleep 1; echo FIRN-STARTED; poweroff -f
`

let bench: Bench
if (MACHINE.skip === undefined) {
  before(() => {
    bench = new Bench()
  })
  after(() => bench.close())
}

const MODULES = MACHINE.skip === undefined ? [moduleFile('fs/efivarfs/efivarfs')] : []
const CMDLINE = 'console=ttyS0 quiet loglevel=3 panic=-1'

test('a signed kernel boots, and PCR 4, 7 and 11 are what was predicted', MACHINE, async (t) => {
  bench.uki('uki.efi', part('kernel'), makeInitrd(SCRIPT, MODULES), CMDLINE)
  const disk = diskWith(bench, 'disk.img', bench.sign('uki.efi', 'signed.efi'))
  const keys = ['--pk', 'keys/PK.pem', '--kek', 'keys/KEK.pem', '--db', 'keys/db.pem']
  const vars = bench.vars('vars.fd', 'vars', ...keys)
  const pcrs = await measuredAsExpected({ disk, vars, uki: 'signed.efi', by: 'certificate in db', pcrs: [4, 7] }, t)
  pcrs[4] = '1'.repeat(64)
  writeFileSync(join(bench.at('pcrs'), '4'), `${pcrs[4]}\n`)
  bench.runFor([1], 'pcr', 'log', 'log', '--pcrs', 'pcrs')
})

test('behind shim and systemd-boot, too, and PCR 14', MACHINE, async (t) => {
  const ours = ['--for-shim', '--key', 'keys/db.key', '--cert', 'keys/db.pem']
  const uki = bench.uki('shimmed.efi', part('kernel'), makeInitrd(SCRIPT, MODULES), CMDLINE, ...ours)
  const disk = diskWith(bench, 'disk.img', part('shim'), {
    'EFI/BOOT/grubx64.efi': bench.sign(part('bootloader'), 'loader.efi'),
    'EFI/Linux/a.efi': uki,
  })
  const vars = bench.vars('vars.fd', 'vars-ms', '--mok', 'keys/db.pem')
  await measuredAsExpected({ disk, vars, uki, by: 'certificate in MokList', pcrs: [4, 7, 14] }, t)
})

interface Measured {
  readonly disk: string
  readonly vars: string
  readonly uki: string
  readonly by: string
  readonly pcrs: readonly number[]
}

/** Predict, boot, compare; then let firn compare, too. Gives the registers. */
async function measuredAsExpected({ disk, vars, uki, by, pcrs: wanted }: Measured, t: TestContext): Promise<string[]> {
  const said = explain(bench, disk, vars)
  assert.deepEqual([said.verdict, said.admittedBy], ['boots', by])
  const expected = JSON.parse(bench.run('pcr', 'expect', disk, '--vars', vars, '--json')).sha256
  assert.deepEqual(
    expected.map(({ pcr }: { pcr: number }) => pcr),
    wanted,
  )
  const phases = JSON.parse(bench.run('measure', uki, '--json')).sha256

  const seen = await tryBoot({ disks: [{ file: disk }], vars, tpm: true, memory: 512 })
  t.diagnostic(`the machine: ${seen.verdict}, ${timeOf(seen)}`)
  assert.equal(seen.verdict, 'boots', seen.serial)
  assert.match(seen.serial, /none \[integrity\]/, 'Linux locks itself down when Secure Boot is on')
  const pcrs = [...seen.serial.matchAll(/^PCR (\d+) ([0-9A-F]{64})$/gm)].map(([, , hash]) => hash!.toLowerCase())
  assert.equal(pcrs.length, 24, seen.serial)
  const log = /LOG-BEGINS\n([\s\S]*?)LOG-ENDS/.exec(seen.serial)
  bench.put('log', Buffer.from(log![1]!, 'base64'))
  mkdirSync(bench.at('pcrs'), { recursive: true })
  for (const [number, hash] of pcrs.entries()) writeFileSync(join(bench.at('pcrs'), String(number)), `${hash}\n`)
  const told = bench.runFor([0, 1], 'pcr', 'expect', disk, '--vars', vars, '--log', 'log')
  for (const number of wanted) {
    assert.equal(
      pcrs[number],
      expected.find(({ pcr }: { pcr: number }) => pcr === number).hash,
      `PCR ${number}:\n${told}`,
    )
  }
  // Nobody in this initrd tells the TPM that the initrd has begun, as systemd would.
  assert.equal(extended(pcrs[11]!, 'enter-initrd'), phases[0].hash, 'PCR 11')
  bench.run('pcr', 'log', 'log', '--pcrs', 'pcrs')
  bench.run('pcr', 'expect', disk, '--vars', vars, '--log', 'log')

  const shown = variablesShown(seen.serial)
  assert.deepEqual(explain(bench, disk, shown).verdict, 'boots')
  assert.deepEqual(JSON.parse(bench.run('pcr', 'expect', disk, '--vars', shown, '--json')).sha256, expected)
  return pcrs
}

/** The variables as the running system saw them, a folder like a backup. */
function variablesShown(serial: string): string {
  const folder = bench.at('shown')
  mkdirSync(folder, { recursive: true })
  const packed = Buffer.from(/VARIABLES-BEGIN\n([\s\S]*?)VARIABLES-END/.exec(serial)![1]!, 'base64')
  execFileSync('tar', ['-xzC', folder], { input: packed })
  return folder
}

function extended(pcr: string, word: string): string {
  const event = createHash('sha256').update(word).digest()
  return createHash('sha256').update(Buffer.from(pcr, 'hex')).update(event).digest('hex')
}
