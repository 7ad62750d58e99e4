import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileSource } from '@firn/binary/source'
import { inspectUki } from '@firn/boot'
import { readGpt } from '@firn/image'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { findProgram, needs } from '../../../scripts/needs.ts'
import { Bench } from '../boot/bench.ts'
import { startMachine } from '../machine.ts'
import { Talk } from './obedient.ts'
import { dataInitrd, makeDisk } from './obedient-disk.ts'

/**
 * What the initrd does with a partition for data that is not as it made it. QEMU starts the kernel itself here, so there
 * is no UEFI and no TPM; healing.test.ts has both.
 */
const skip = {
  ...needs('qemu-system-x86_64', 'veritysetup', 'depmod', 'findfs', 'gcc', 'objcopy', 'mcopy', 'openssl'),
  ...needs('cryptsetup', 'systemd-cryptenroll', 'mkfs.ext4', 'libtss2-tcti-device.so.0'),
  ...needsParts('kernel', 'modules', 'busybox', 'stub', 'bootloader', 'gnu-efi'),
}
let bench: Bench
before(() => {
  if (skip.skip === undefined) bench = new Bench()
})
after(() => bench?.close())

const kernel = (initrd: string, cmdline: string) => ({
  file: part('kernel'),
  cmdline: `console=ttyS0 quiet ${cmdline}`,
  initrd: bench.at(initrd),
})

/** Start the appliance's own initrd from its disk, without its firmware; `change` is given the data partition. */
async function start(change: (disk: string, offset: number) => void): Promise<Talk> {
  await machine?.end()
  const source = fileSource(disk())
  const { offset } = readGpt(source)!.partitions.find(({ name }) => name === 'data')!
  source.close()
  change(disk(), offset)
  execFileSync('mcopy', ['-no', '-i', `${disk()}@@1M`, '::/EFI/Linux/router-1.efi', bench.at('1.efi')])
  const uki = fileSource(bench.at('1.efi'))
  const { cmdline } = inspectUki(uki)
  uki.close()
  machine = startMachine({ disks: [{ file: disk() }], kernel: kernel('initrd', cmdline!), memory: 512 })
  return new Talk(machine)
}
let machine: ReturnType<typeof startMachine> | undefined
after(() => machine?.end())
let made: string | undefined

/** The files of the stub are laid beside, as a stub would. */
function disk(): string {
  if (made !== undefined) return made
  execFileSync('openssl', ['genrsa', '-out', bench.at('pcr.key'), '2048'], { stdio: 'ignore' })
  bench.put('initrd', dataInitrd(undefined, { '.extra/tpm2-pcr-signature.json': Buffer.from('{}') }))
  made = makeDisk(bench, 1)
  return made
}

test('without Secure Boot no data partition is made, for the TPM would give its key to any system', skip, async () => {
  const talk = await start(() => {})
  const said = await talk.until(/The machine restarts/)
  assert.match(
    said,
    /The data partition cannot be made: Secure Boot is off, so the TPM would give the key to any system/,
  )
})

test('a partition that holds something else is not written to', skip, async () => {
  const talk = await start((path, offset) => write(path, offset + 70_000, Buffer.from('a letter')))
  assert.match(
    await talk.until(/The machine restarts/),
    /The partition data is not empty, and holds no data of an appliance/,
  )
})

test('data without integrity is not used, whoever has the key', skip, async () => {
  bench.put('secret', '1111-2222')
  writeFileSync(bench.at('luks'), '')
  truncateSync(bench.at('luks'), 20 << 20)
  execFileSync(findProgram('cryptsetup')!, [
    ...['luksFormat', '--batch-mode', '--type', 'luks2', '--label', 'firn-data', '--key-file', bench.at('secret')],
    ...['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000', bench.at('luks')],
  ])
  const talk = await start((path, offset) => write(path, offset, readFileSync(bench.at('luks'))))
  await talk.until(/Type its recovery key:\n/)
  talk.type('1111-2222')
  await talk.until(/Type yes to bind/)
  talk.type('no')
  assert.match(await talk.until(/The machine restarts/), /not encrypted with integrity: its header was changed/)
})

function write(path: string, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, offset)
  closeSync(file)
}
