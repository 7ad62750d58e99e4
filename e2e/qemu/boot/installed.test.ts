import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync } from 'node:fs'
import { after, test } from 'node:test'
import { tree } from '../../../packages/boot/test/esp-fixture.ts'
import { writeCpio } from '../../../packages/image/src/index.ts'
import { part } from '../../../scripts/boot-parts.ts'
import { makeEsp } from '../esp.ts'
import { makeInitrd } from '../initrd.ts'
import { boot } from '../machine.ts'
import { Bench, MACHINE } from './bench.ts'

/**
 * What `firn boot install` puts on an ESP, booted: the newest generation first; when it does not come up, the one before,
 * by systemd-boot's own counting. Secrets of both forms are in its initrd. `explain` is asked before each boot.
 */
const INSTALL = new URL('../../boot/install-loop.ts', import.meta.url).pathname
const FIRN = new URL('../../../firn', import.meta.url).pathname

test(
  'the newest generation boots; it was not found good, so the next boot is that of the one before',
  MACHINE,
  async () => {
    const bench = new Bench()
    after(() => bench.close())
    mkdirSync(bench.at('esp'))
    const secret = bench.put('named', 'a secret by its path')
    const archive = writeCpio([
      { kind: 'file', name: 'appended', mode: 0o400, content: Buffer.from('a secret appended') },
    ])
    const append = bench.put('append', `#!/bin/sh\ncat ${bench.put('archive', archive)} >> "$1"\n`)
    chmodSync(append, 0o755)
    const script = `mount -t proc proc /proc
echo "UP $(cat /proc/cmdline) UP: $(cat /appended), $(cat ${secret}), $(stat -c %a ${secret})."
poweroff -f
`
    const initrd = bench.put('initrd', makeInitrd(script))
    const install = (first: string, ...more: string[]) => {
      const files = [
        '--kernel',
        part('kernel'),
        '--initrd',
        initrd,
        '--stub',
        part('stub'),
        '--bootloader',
        part('bootloader'),
      ]
      const places = [
        '--esp',
        bench.at('esp'),
        '--work',
        bench.at('work'),
        '--key',
        bench.at('keys/db.key'),
        '--cert',
        bench.at('keys/db.pem'),
        '--append',
        append,
        '--secret',
        secret,
      ]
      execFileSync(FIRN, [
        'node',
        INSTALL,
        ...places,
        ...files,
        '--first',
        first,
        '--count',
        '1',
        '--',
        '--timeout',
        '0',
        ...more,
      ])
    }
    install('1')
    install('2', '--tries', '1')
    const disk = makeEsp(bench.at('disk.img'), Object.fromEntries(tree(bench.at('esp'))), 64)
    const vars = bench.vars('vars.fd', 'vars', '--pk', 'keys/PK.pem', '--kek', 'keys/KEK.pem', '--db', 'keys/db.pem')
    const entries = () => execFileSync('mdir', ['-b', '-i', disk, '::/EFI/Linux'], { encoding: 'utf8' })
    assert.match(entries(), /nixos-generation-2-[a-z2-7]{52}\+1\.efi/)

    for (const [generation, left] of [
      ['2', /nixos-generation-2-[a-z2-7]{52}\+0-1\.efi/],
      ['1', /nixos-generation-1-[a-z2-7]{52}\.efi/],
    ] as const) {
      assert.match(
        chosen(bench.run('explain', disk, '--vars', vars, '--json')),
        new RegExp(`nixos-generation-${generation}-`),
      )
      const { serial } = await boot({ disks: [{ file: disk }], vars, memory: 512 }, /UP .* UP.*\.|No bootable option/)
      assert.match(
        serial,
        new RegExp(
          `UP init=\\S*/system-${generation}/init console=ttyS0 generation=${generation} UP: ` +
            'a secret appended, a secret by its path, 400\\.',
        ),
      )
      assert.match(entries(), left)
    }
  },
)

/** The entry that systemd-boot takes, as explain says. */
function chosen(json: string): string {
  const { entries, taken } = JSON.parse(json)
  return entries.find(({ name }: { name: string }) => name === taken).program.next.path
}
