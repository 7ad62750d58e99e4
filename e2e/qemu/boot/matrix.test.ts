import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { part } from '../../../scripts/boot-parts.ts'
import { timeOf } from '../machine.ts'
import { Bench, diskWith, diskWithShim, explain, flipBit, MACHINE, tryBoot, withSbatLevel } from './bench.ts'

/**
 * What firmware, shim, systemd-boot and stub really do, row by row; `firn boot explain` is asked first, about the very
 * files, and has to say the same: whether it boots, which list admits it, or who refuses. A machine costs seconds, so rows
 * with the same variables that firmware refuses are disks of one: it tries one after the other, and boots from the last.
 */
interface Row {
  readonly name: string
  readonly disk: (bench: Bench, image: string) => string
  readonly boots: boolean
  /** Of a boot: the list that admits the last program, as `explain` says it. */
  readonly admittedBy?: string
  /** Of a refusal: who refuses. */
  readonly by?: 'firmware' | 'shim' | 'systemd-boot'
}

interface Machine {
  readonly vars: (bench: Bench) => string
  /** All but the last are refused by the firmware itself. */
  readonly rows: readonly [...Row[], Row]
}

const OURS = ['--pk', 'keys/PK.pem', '--kek', 'keys/KEK.pem']
const ourKeys = (bench: Bench, ...words: string[]) => bench.vars('vars.fd', 'vars', ...OURS, ...words)
const ourDb = (bench: Bench, ...words: string[]) => ourKeys(bench, '--db', 'keys/db.pem', ...words)
const microsoft = (bench: Bench, ...words: string[]) => bench.vars('vars.fd', 'vars-ms', ...words)

const MACHINES: readonly Machine[] = [
  {
    vars: (bench) => ourDb(bench, '--mok', 'keys/db.pem'),
    rows: [
      {
        name: 'not signed',
        disk: (bench, image) => diskWith(bench, image, bench.at('uki.efi')),
        boots: false,
        by: 'firmware',
      },
      {
        name: 'signed with a key that the machine does not know',
        disk: (bench, image) => diskWith(bench, image, bench.sign('uki.efi', 'strange.efi', 'strange')),
        boots: false,
        by: 'firmware',
      },
      {
        name: 'one bit of the initrd turned over',
        disk: (bench, image) =>
          diskWith(bench, image, flipBit(bench, bench.at('signed.efi'), 'flipped.efi', '.initrd')),
        boots: false,
        by: 'firmware',
      },
      {
        name: 'the command line edited',
        disk: (bench, image) => {
          const bytes = readFileSync(bench.at('signed.efi'))
          bytes.write('debug', bytes.indexOf('quiet'))
          return diskWith(bench, image, bench.put('edited.efi', bytes))
        },
        boots: false,
        by: 'firmware',
      },
      {
        name: 'shim, on a machine that does not know Microsoft',
        disk: (bench, image) => diskWithShim(bench, image, bench.at('signed.efi')),
        boots: false,
        by: 'firmware',
      },
      {
        name: 'two signatures, the machine knows the second',
        disk: (bench, image) => {
          bench.sign('uki.efi', 'twice.efi', 'strange')
          return diskWith(bench, image, bench.sign('twice.efi', 'twice.efi'))
        },
        boots: true,
        admittedBy: 'certificate in db',
      },
    ],
  },
  {
    vars: (bench) => bench.vars('vars.fd', 'vars'),
    rows: [
      {
        name: 'not signed, in setup mode',
        disk: (bench, image) => diskWith(bench, image, bench.at('uki.efi')),
        boots: true,
      },
    ],
  },
  {
    vars: (bench) => {
      bench.sign('uki.efi', 'strange.efi', 'strange')
      const forbidden = ['--dbx', 'other.efi', '--dbx', 'strange/db.pem']
      return ourDb(bench, '--db', 'uki.efi', '--db', 'strange.efi', ...forbidden)
    },
    rows: [
      {
        name: 'signed, its hash in dbx',
        disk: (bench, image) => diskWith(bench, image, bench.at('other.efi')),
        boots: false,
        by: 'firmware',
      },
      {
        name: 'its hash in db, signed with a key whose certificate is in dbx',
        disk: (bench, image) => diskWith(bench, image, bench.at('strange.efi')),
        boots: false,
        by: 'firmware',
      },
      {
        name: 'not signed, its hash in db',
        disk: (bench, image) => diskWith(bench, image, bench.at('uki.efi')),
        boots: true,
        admittedBy: 'hash in db',
      },
    ],
  },
  {
    vars: (bench) => ourDb(bench),
    rows: [
      {
        name: 'systemd-boot, and the newer of two images',
        disk: (bench, image) =>
          diskWith(bench, image, bench.sign(part('bootloader'), 'loader.efi'), {
            'EFI/Linux/a-1.efi': bench.at('uki.efi'),
            'EFI/Linux/a-2.efi': bench.at('signed.efi'),
          }),
        boots: true,
        admittedBy: 'certificate in db',
      },
    ],
  },
  {
    vars: (bench) => ourDb(bench),
    rows: [
      {
        name: 'systemd-boot, and an image that is not signed',
        disk: (bench, image) =>
          diskWith(bench, image, bench.sign(part('bootloader'), 'loader.efi'), {
            'EFI/Linux/a-1.efi': bench.at('uki.efi'),
          }),
        boots: false,
        by: 'systemd-boot',
      },
    ],
  },
  {
    vars: (bench) => microsoft(bench, '--mok', 'keys/db.pem'),
    rows: [
      {
        name: 'shim, our certificate in MokList',
        disk: (bench, image) => diskWithShim(bench, image, bench.at('signed.efi')),
        boots: true,
        admittedBy: 'certificate in MokList',
      },
    ],
  },
  {
    vars: (bench) => microsoft(bench, '--mok', 'uki.efi'),
    rows: [
      {
        name: 'shim, not signed, the hash in MokList; a file beside shim names it',
        disk: (bench, image) => {
          const options = bench.put('options.csv', Buffer.from('mine.efi,Mine\n', 'utf16le'))
          const more = { 'EFI/BOOT/mine.efi': bench.at('uki.efi'), 'EFI/BOOT/options.csv': options }
          return diskWith(bench, image, part('shim'), more)
        },
        boots: true,
        admittedBy: 'hash in MokList',
      },
    ],
  },
  {
    vars: (bench) => microsoft(bench, '--mok', 'strange/db.pem'),
    rows: [
      {
        name: 'shim, another certificate in MokList',
        disk: (bench, image) => diskWithShim(bench, image, bench.at('signed.efi')),
        boots: false,
        by: 'shim',
      },
    ],
  },
  {
    vars: (bench) => microsoft(bench, '--mok', 'keys/db.pem'),
    rows: [
      {
        name: 'shim, one bit of the initrd turned over',
        disk: (bench, image) =>
          diskWithShim(bench, image, flipBit(bench, bench.at('signed.efi'), 'flipped.efi', '.initrd')),
        boots: false,
        by: 'shim',
      },
    ],
  },
  {
    vars: (bench) => withSbatLevel(bench, microsoft(bench, '--mok', 'keys/db.pem'), 2),
    rows: [
      {
        name: 'shim, signed, revoked by SBAT',
        disk: (bench, image) => diskWithShim(bench, image, bench.sign(bench.started, 'direct.efi')),
        boots: false,
        by: 'shim',
      },
    ],
  },
  {
    vars: (bench) => withSbatLevel(bench, microsoft(bench, '--mok', 'keys/db.pem'), 1),
    rows: [
      {
        name: 'shim, signed, just new enough by SBAT',
        disk: (bench, image) => diskWithShim(bench, image, bench.sign(bench.started, 'direct.efi')),
        boots: true,
        admittedBy: 'certificate in MokList',
      },
    ],
  },
  {
    vars: (bench) => microsoft(bench, '--mok', 'keys/db.pem'),
    rows: [
      {
        name: 'shim, signed, without SBAT',
        disk: (bench, image) => diskWithShim(bench, image, bench.sign(part('kernel'), 'kernel.efi')),
        boots: false,
        by: 'shim',
      },
    ],
  },
  {
    vars: (bench) => microsoft(bench, '--mok', 'keys/db.pem'),
    rows: [
      {
        name: 'shim, signed, the kernel inside too, and longer in memory than what was signed',
        disk: (bench, image) => {
          bench.uki('inner.efi', bench.sign(bench.started, 'signed-kernel.efi'), Buffer.alloc(9000, 7), 'quiet')
          return diskWithShim(bench, image, bench.sign('inner.efi', 'inner.efi'))
        },
        boots: false,
        by: 'shim',
      },
    ],
  },
]

let bench: Bench
if (MACHINE.skip === undefined) {
  before(() => {
    bench = new Bench()
    bench.uki('uki.efi', bench.started, Buffer.alloc(9000, 7), 'quiet')
    bench.sign('uki.efi', 'signed.efi')
    bench.uki('other.efi', bench.started, Buffer.alloc(9000, 8), 'quiet')
    bench.sign('other.efi', 'other.efi')
  })
  after(() => bench.close())
}

for (const machine of MACHINES) {
  const last = machine.rows.at(-1)!
  test(`explain and the firmware: ${machine.rows.map(({ name }) => name).join('; ')}`, MACHINE, async (t) => {
    const vars = machine.vars(bench)
    const disks = machine.rows.map((row, i) => row.disk(bench, `disk-${i}.img`))
    const told = machine.rows.map((row, i) => {
      const said = explain(bench, disks[i]!, vars)
      t.diagnostic(`explain: ${row.name}: ${said.verdict}: ${said.reason}`)
      assert.equal(said.verdict, row.boots ? 'boots' : 'refused', row.name)
      if (row.admittedBy !== undefined) assert.equal(said.admittedBy, row.admittedBy, row.name)
      if (row.by !== undefined) assert.equal(said.by, row.by, row.name)
      return said
    })
    const seen = await tryBoot({ disks: disks.map((file) => ({ file })), vars })
    t.diagnostic(`the machine: ${seen.verdict}, ${timeOf(seen)}`)
    assert.equal(seen.verdict, told.at(-1)!.verdict, seen.serial)
    // A boot loader that is refused something leaves it to the firmware to say that nothing is left.
    if (last.by !== undefined) assert.equal(seen.by, last.by === 'systemd-boot' ? 'firmware' : last.by, seen.serial)
    for (let disk = 0; disk < disks.length - 1; disk++) assert.ok(isRefused(seen.serial, disk), seen.serial)
  })
}

/** Whether the firmware came to that disk, and started nothing from it. It says twice that it tries, for want of one line. */
function isRefused(serial: string, disk: number): boolean {
  return serial.includes(`NVMe Ctrl ${disk} 1`) && !serial.includes(`starting Boot000${disk + 1}`)
}
