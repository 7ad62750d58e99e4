import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { part } from '../../../scripts/boot-parts.ts'
import { Bench, diskWith, diskWithShim, explain, flipBit, MACHINE, tryBoot, withSbatLevel } from './bench.ts'

/**
 * What firmware, shim, systemd-boot and stub really do, row by row; `firn boot explain` is asked first, about the very
 * files, and has to say the same: whether it boots, which list admits it, or who refuses. A row costs a boot.
 */
interface Row {
  readonly name: string
  readonly disk: (bench: Bench) => string
  readonly vars: (bench: Bench) => string
  readonly boots: boolean
  /** Of a boot: the list that admits the last program, as `explain` says it. */
  readonly admittedBy?: string
  /** Of a refusal: who refuses. */
  readonly by?: 'firmware' | 'shim' | 'systemd-boot'
}

const OURS = ['--pk', 'keys/PK.pem', '--kek', 'keys/KEK.pem']
const ourKeys = (bench: Bench, ...words: string[]) => bench.vars('vars.fd', 'vars', ...OURS, ...words)
const ourDb = (bench: Bench, ...words: string[]) => ourKeys(bench, '--db', 'keys/db.pem', ...words)
const microsoft = (bench: Bench, ...words: string[]) => bench.vars('vars.fd', 'vars-ms', ...words)

const ROWS: readonly Row[] = [
  {
    name: 'not signed',
    disk: (bench) => diskWith(bench, bench.at('uki.efi')),
    vars: (bench) => ourDb(bench),
    boots: false,
    by: 'firmware',
  },
  {
    name: 'not signed, in setup mode',
    disk: (bench) => diskWith(bench, bench.at('uki.efi')),
    vars: (bench) => bench.vars('vars.fd', 'vars'),
    boots: true,
  },
  {
    name: 'signed with a key that the machine does not know',
    disk: (bench) => diskWith(bench, bench.sign('uki.efi', 'strange.efi', 'strange')),
    vars: (bench) => ourDb(bench),
    boots: false,
    by: 'firmware',
  },
  {
    name: 'one bit of the initrd turned over',
    disk: (bench) => diskWith(bench, flipBit(bench, bench.at('signed.efi'), 'flipped.efi', '.initrd')),
    vars: (bench) => ourDb(bench),
    boots: false,
    by: 'firmware',
  },
  {
    name: 'the command line edited',
    disk: (bench) => {
      const bytes = readFileSync(bench.at('signed.efi'))
      bytes.write('debug', bytes.indexOf('quiet'))
      return diskWith(bench, bench.put('edited.efi', bytes))
    },
    vars: (bench) => ourDb(bench),
    boots: false,
    by: 'firmware',
  },
  {
    name: 'not signed, its hash in db',
    disk: (bench) => diskWith(bench, bench.at('uki.efi')),
    vars: (bench) => ourKeys(bench, '--db', 'uki.efi'),
    boots: true,
    admittedBy: 'hash in db',
  },
  {
    name: 'signed, its hash in dbx',
    disk: (bench) => diskWith(bench, bench.at('signed.efi')),
    vars: (bench) => ourDb(bench, '--dbx', 'signed.efi'),
    boots: false,
    by: 'firmware',
  },
  {
    name: 'its hash in db, signed with a key whose certificate is in dbx',
    disk: (bench) => diskWith(bench, bench.sign('uki.efi', 'strange.efi', 'strange')),
    vars: (bench) => ourKeys(bench, '--db', 'strange.efi', '--dbx', 'strange/db.pem'),
    boots: false,
    by: 'firmware',
  },
  {
    name: 'two signatures, the machine knows the second',
    disk: (bench) => {
      bench.sign('uki.efi', 'twice.efi', 'strange')
      return diskWith(bench, bench.sign('twice.efi', 'twice.efi'))
    },
    vars: (bench) => ourDb(bench),
    boots: true,
    admittedBy: 'certificate in db',
  },
  {
    name: 'systemd-boot, and the newer of two images',
    disk: (bench) =>
      diskWith(bench, bench.sign(part('bootloader'), 'loader.efi'), {
        'EFI/Linux/a-1.efi': bench.at('uki.efi'),
        'EFI/Linux/a-2.efi': bench.at('signed.efi'),
      }),
    vars: (bench) => ourDb(bench),
    boots: true,
    admittedBy: 'certificate in db',
  },
  {
    name: 'systemd-boot, and an image that is not signed',
    disk: (bench) =>
      diskWith(bench, bench.sign(part('bootloader'), 'loader.efi'), { 'EFI/Linux/a-1.efi': bench.at('uki.efi') }),
    vars: (bench) => ourDb(bench),
    boots: false,
    by: 'systemd-boot',
  },
  {
    name: 'shim, our certificate in MokList',
    disk: (bench) => diskWithShim(bench, bench.at('signed.efi')),
    vars: (bench) => microsoft(bench, '--mok', 'keys/db.pem'),
    boots: true,
    admittedBy: 'certificate in MokList',
  },
  {
    name: 'shim, not signed, the hash in MokList',
    disk: (bench) => diskWithShim(bench, bench.at('uki.efi')),
    vars: (bench) => microsoft(bench, '--mok', 'uki.efi'),
    boots: true,
    admittedBy: 'hash in MokList',
  },
  {
    name: 'shim, another certificate in MokList',
    disk: (bench) => diskWithShim(bench, bench.at('signed.efi')),
    vars: (bench) => microsoft(bench, '--mok', 'strange/db.pem'),
    boots: false,
    by: 'shim',
  },
  {
    name: 'shim, one bit of the initrd turned over',
    disk: (bench) => diskWithShim(bench, flipBit(bench, bench.at('signed.efi'), 'flipped.efi', '.initrd')),
    vars: (bench) => microsoft(bench, '--mok', 'keys/db.pem'),
    boots: false,
    by: 'shim',
  },
  {
    name: 'shim, signed, revoked by SBAT',
    disk: (bench) => diskWithShim(bench, bench.sign(bench.started, 'direct.efi')),
    vars: (bench) => withSbatLevel(bench, microsoft(bench, '--mok', 'keys/db.pem'), 2),
    boots: false,
    by: 'shim',
  },
  {
    name: 'shim, signed, just new enough by SBAT',
    disk: (bench) => diskWithShim(bench, bench.sign(bench.started, 'direct.efi')),
    vars: (bench) => withSbatLevel(bench, microsoft(bench, '--mok', 'keys/db.pem'), 1),
    boots: true,
    admittedBy: 'certificate in MokList',
  },
  {
    name: 'shim, signed, without SBAT',
    disk: (bench) => diskWithShim(bench, bench.sign(part('kernel'), 'kernel.efi')),
    vars: (bench) => microsoft(bench, '--mok', 'keys/db.pem'),
    boots: false,
    by: 'shim',
  },
  {
    name: 'shim, on a machine that does not know Microsoft',
    disk: (bench) => diskWithShim(bench, bench.at('signed.efi')),
    vars: (bench) => ourDb(bench, '--mok', 'keys/db.pem'),
    boots: false,
    by: 'firmware',
  },
]

let bench: Bench
if (MACHINE.skip === undefined) {
  before(() => {
    bench = new Bench()
    bench.uki('uki.efi', bench.started, Buffer.alloc(9000, 7), 'quiet')
    bench.sign('uki.efi', 'signed.efi')
  })
  after(() => bench.close())
}

for (const row of ROWS) {
  test(`explain and the firmware: ${row.name}`, MACHINE, async (t) => {
    const disk = row.disk(bench)
    const vars = row.vars(bench)
    const said = explain(bench, disk, vars)
    t.diagnostic(`explain: ${said.verdict}: ${said.reason}`)
    assert.equal(said.verdict, row.boots ? 'boots' : 'refused')
    if (row.admittedBy !== undefined) assert.equal(said.admittedBy, row.admittedBy)
    if (row.by !== undefined) assert.equal(said.by, row.by)
    const seen = await tryBoot({ disks: [{ file: disk }], vars })
    t.diagnostic(`the machine: ${seen.verdict}, ${seen.seconds.toFixed(1)} s`)
    assert.equal(seen.verdict, said.verdict, seen.serial)
    // A boot loader that is refused something leaves it to the firmware to say that nothing is left.
    if (row.by !== undefined) assert.equal(seen.by, row.by === 'systemd-boot' ? 'firmware' : row.by, seen.serial)
  })
}
