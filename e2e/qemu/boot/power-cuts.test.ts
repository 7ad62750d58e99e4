import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { constants, copyFileSync, truncateSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { part } from '../../../scripts/boot-parts.ts'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { GUEST_NODE, makeGuest } from '../guest.ts'
import { type MachineWords, startMachine, timeOf } from '../machine.ts'
import { goOn, saveState } from '../monitor.ts'
import { Bench, explainHere, MACHINE, tryBoot } from './bench.ts'

/**
 * A machine installs one generation after another onto a real FAT file system, and its power is cut: QEMU is killed, and
 * what it had not written is gone. Thirty times, each from the same saved state, at a random moment of the work; what is
 * left must boot by `firn boot explain`, as it is and after fsck.fat has mended it. Three of them really boot.
 */
const CUTS = 30
const REAL_BOOTS = 3
const MEGABYTES = 3

const SCRIPT = `
mount -t vfat /dev/vdb /esp
${GUEST_NODE} /firn/e2e/boot/install-loop.ts --esp /esp --work /work/loop --kernel /boot/kernel --initrd /boot/initrd \\
  --stub /boot/stub --bootloader /boot/loader --key /boot/db.key --cert /boot/db.pem
`

const OPTIONS = {
  ...MACHINE,
  ...(MACHINE.skip === undefined ? needs('mkfs.ext4', 'mkfs.fat', 'fsck.fat', 'chattr') : {}),
}
let bench: Bench
if (OPTIONS.skip === undefined) {
  before(() => {
    bench = new Bench()
  })
  after(() => bench.close())
}

test(`${CUTS} power cuts while generations are installed`, OPTIONS, async (t) => {
  const vars = bench.vars('vars.fd', 'vars', '--pk', 'keys/PK.pem', '--kek', 'keys/KEK.pem', '--db', 'keys/db.pem')
  const { words, cycle } = await prepare(bench)
  t.diagnostic(`an installation takes ${cycle.toFixed(1)} s there`)
  const tally = { during: 0, damaged: 0 }
  for (let cut = 1; cut <= CUTS; cut++) {
    const disk = bench.at('cut.img')
    copyFileSync(bench.at('saved.img'), disk, constants.COPYFILE_FICLONE)
    const seconds = Math.random() * cycle * 1.1
    const serial = await cutPower(words, seconds)
    // One was under way when the state was saved.
    const begun = 1 + (serial.match(/installing/g) ?? []).length
    if (begun > (serial.match(/installed/g) ?? []).length) tally.during++
    const name = `cut ${cut}, after ${seconds.toFixed(2)} s`
    const left = explainHere(disk, vars)
    assert.equal(left.verdict, 'boots', `${name}: ${left.reason}`)
    if (cut > CUTS - REAL_BOOTS) {
      const seen = await tryBoot({ disks: [{ file: disk }], vars })
      assert.equal(seen.verdict, 'boots', `${name}: ${seen.serial}`)
      const [, generation] = /generation=(\d+)/.exec(seen.serial) ?? []
      t.diagnostic(`${name}: generation ${generation} came up, ${timeOf(seen)}`)
    }
    if (mend(disk)) tally.damaged++
    const mended = explainHere(disk, vars)
    assert.equal(mended.verdict, 'boots', `${name}, mended: ${mended.reason}`)
  }
  t.diagnostic(`${tally.during} cuts during an installation, fsck.fat mended ${tally.damaged}`)
})

/**
 * Start the machine, let it install three generations, and save it while it goes on. What stands for their kernel tells its
 * command line; the megabytes are in the initrd, which nobody reads. To hash a real kernel there takes seconds.
 */
async function prepare(bench: Bench): Promise<{ words: MachineWords; cycle: number }> {
  const guest = makeGuest(bench.folder, SCRIPT, {
    'boot/kernel': bench.started,
    'boot/initrd': bench.put('megabytes', randomBytes(MEGABYTES * 2 ** 20)),
    'boot/stub': part('stub'),
    'boot/loader': part('bootloader'),
    'boot/db.key': bench.at('keys/db.key'),
    'boot/db.pem': bench.at('keys/db.pem'),
  })
  const esp = bench.put('cut.img', '')
  truncateSync(esp, 160 * 2 ** 20)
  execFileSync(findProgram('mkfs.fat')!, ['-F', '32', '-s', '2', esp], { stdio: 'ignore' })
  const words: MachineWords = {
    disks: [
      { file: guest.root, readOnly: true, virtio: true },
      { file: esp, uncached: true, virtio: true },
    ],
    kernel: {
      file: part('kernel'),
      cmdline: 'console=ttyS0 quiet loglevel=3 panic=-1',
      initrd: bench.put('guest.initrd', guest.initrd),
    },
    memory: 768,
    monitor: bench.at('monitor'),
  }
  const machine = startMachine(words)
  try {
    const begun = (await machine.waitFor(/installing 4/)).seconds
    const cycle = (await machine.waitFor(/installed 4/)).seconds - begun
    await machine.waitFor(/installing 5/)
    await saveState(bench.at('monitor'), bench.at('state'))
    copyFileSync(esp, bench.at('saved.img'), constants.COPYFILE_FICLONE)
    return { words: { ...words, state: bench.at('state') }, cycle }
  } finally {
    await machine.end()
  }
}

async function cutPower(words: MachineWords, seconds: number): Promise<string> {
  const machine = startMachine(words)
  try {
    await goOn(words.monitor!)
    await sleep(seconds * 1000)
    return machine.serial()
  } finally {
    await machine.end()
  }
}

/** Whether fsck.fat found something; it is mended then, and a second look finds nothing. */
function mend(disk: string): boolean {
  const fsck = findProgram('fsck.fat')!
  const first = spawnSync(fsck, ['-a', disk], { encoding: 'utf8' })
  assert.ok(first.status === 0 || first.status === 1, `fsck.fat: ${first.status}: ${first.stdout}${first.stderr}`)
  const second = spawnSync(fsck, ['-n', disk], { encoding: 'utf8' })
  assert.equal(second.status, 0, second.stdout)
  return first.status === 1
}
