import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, copyFileSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileSource } from '@firn/binary/source'
import { readGpt } from '@firn/image'
import { needsParts } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { Bench } from '../boot/bench.ts'
import { type RunningMachine, startMachine } from '../machine.ts'
import { Talk, toolsDisk } from './obedient.ts'
import { dataInitrd, makeDisk, run } from './obedient-disk.ts'

/**
 * The disk of an appliance on a machine with Secure Boot and a TPM, from its first start on: it makes its data partition,
 * takes an update over HTTP, falls back from a damaged one, and gives its data to nobody else. It is one machine that is
 * started again and again, and each test goes on where the one before ended.
 */
const skip = {
  ...needs(
    ...(['qemu-system-x86_64', 'swtpm', 'veritysetup', 'depmod', 'findfs', 'gcc', 'objcopy', 'mcopy'] as const),
    ...(['cryptsetup', 'systemd-cryptenroll', 'mkfs.ext4', 'openssl', 'libtss2-tcti-device.so.0'] as const),
  ),
  ...needsParts('firmware', 'vars', 'stub', 'bootloader', 'kernel', 'modules', 'busybox', 'gnu-efi'),
}
const KEYS = ['--pk', 'keys/PK.pem', '--kek', 'keys/KEK.pem', '--db', 'keys/db.pem']
const NEWS = 'the key of the data|data partition cannot|No bootable option|stops here'

let bench: Bench
let vars: string
let updates: { readonly url: string; close(): void }
let machine: RunningMachine
let talk: Talk
let recoveryKey: string

before(async () => {
  if (skip.skip !== undefined) return
  bench = new Bench()
  vars = bench.vars('vars.fd', 'vars', ...KEYS)
  mkdirSync(bench.at('tpm'))
  bench.put('initrd', dataInitrd())
  execFileSync('openssl', ['genrsa', '-out', bench.at('pcr.key'), '2048'], { stdio: 'ignore' })
  run(bench, 'store', 'seal', 'key', '-o', 'updates')
  toolsDisk(bench)
  copyFileSync(makeDisk(bench, 1, ['updates.pub']), bench.at('disk'))
  for (const counter of [3, 4]) {
    const image = makeDisk(bench, counter, ['updates.pub'])
    run(bench, 'appliance', 'bundle', image, '--key', 'updates', '-o', `www/${counter}`)
  }
  updates = await serve(bench.at('www'))
})
after(async () => {
  await machine?.end()
  updates?.close()
  bench?.close()
})

/** A web server that knows ranges. */
async function serve(folder: string) {
  const server = createServer((request, response) => {
    const bytes = readFileSync(join(folder, request.url!))
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (from === undefined) return response.end(bytes)
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${bytes.length}` })
    return response.end(bytes.subarray(Number(from), Number(to) + 1))
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return { url: `http://10.0.2.2:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

function start(words: { readonly vars?: string } = {}): void {
  machine = startMachine({
    ...{ disks: [{ file: bench.at('disk') }, { file: bench.at('tools.img'), readOnly: true }], vars },
    ...{ tpm: bench.at('tpm'), network: true, restarts: true, memory: 768, ...words },
  })
  talk = new Talk(machine)
}

/** Let the machine write what it has in memory, and cut its power. */
async function stop(): Promise<void> {
  await talk.order('umount /esp; umount /data; sync')
  await machine.end()
}

const ENTRIES = 'ls /esp/EFI/Linux'

test('at its first start it makes the data partition, and closes the TPM behind it', skip, async () => {
  start()
  const said = await talk.up('1')
  assert.match(said, /The data partition is made/)
  recoveryKey = /recovery key, told this once, is ((?:[0-9a-f]{4}-){7}[0-9a-f]{4})\n/.exec(said)![1]!
  assert.match(await talk.order('cat /run/firn/recovery-key'), new RegExp(recoveryKey))
  assert.match(await talk.order('mount'), /\/dev\/mapper\/data on \/data type ext4 .*nosuid,nodev/)
  await talk.order('echo kept >/data/note')

  bench.put('1.efi', '')
  execFileSync('mcopy', ['-no', '-i', `${bench.at('disk-1')}@@1M`, '::/EFI/Linux/router-1.efi', bench.at('1.efi')])
  const [expected] = JSON.parse(bench.run('measure', '1.efi', '--phase', 'leave-initrd', '--json')).sha256
  const pcr = await talk.order('cat /sys/class/tpm/tpm0/pcr-sha256/11')
  assert.equal(pcr.trim().toLowerCase(), expected.hash, 'PCR 11, as firn boot measure says')
})

test(
  'an update over HTTP goes into slot B and is started; it was signed for its own PCR 11, so the data opens',
  skip,
  async () => {
    const update = `firn appliance update ${updates.url}/3/update.json --disk $disk --esp /esp --key /updates.pub`
    assert.match(await talk.order(update), /router 3 \(3\) is in slot B, to be tried at the next start/)
    assert.match(await talk.order(ENTRIES), /router-1\.efi\s+router-3\+3\.efi/)
    talk.type('reboot -f')
    const said = await talk.up('3')
    assert.doesNotMatch(said, new RegExp(NEWS))
    assert.match(await talk.order('cat /data/note'), /kept/)
    assert.match(await talk.order(ENTRIES), /router-3\+2-1\.efi/)
  },
)

test('found good, it is on trial no longer', skip, async () => {
  assert.match(await talk.order('firn appliance good --disk $disk --esp /esp'), /router 26\.3 \(3\) in slot B is good/)
  assert.match(await talk.order(ENTRIES), /router-1\.efi\s+router-3\.efi/)
})

test('a damaged update says so and restarts; when its tries are used up, the system before is back', skip, async () => {
  await stop()
  assert.match(updateImage(4), /router 4 \(4\) is in slot A/)
  damage()
  // Other keys in the firmware, too: what is damaged is told all the same, and the system before meets them.
  bench.run('vars', 'enroll', '--vars', vars, '--add-dbx', `sha256:${'ab'.repeat(32)}`, '-o', 'dbx.fd')
  start({ vars: bench.at('dbx.fd') })
  const said = await talk.until(/The machine restarts in 10 seconds|GUEST: up/)
  assert.match(said, /The store on \/dev\/nvme0n1p2 is NOT what was signed/)
  const next = await talk.until(/Type its recovery key:\n|GUEST: up/)
  assert.match(next, /The TPM does not give the key of the data/)
})

test(
  'with other keys in the firmware the TPM says no; the recovery key opens the data, and binds it anew',
  skip,
  async () => {
    talk.type('0000-0000-0000-0000-0000-0000-0000-0000')
    await talk.until(/That is not its recovery key\.\nfirn: Type its recovery key:\n/)
    talk.type(recoveryKey.toUpperCase())
    await talk.until(/Type yes to bind/)
    talk.type('yes')
    // Which it says when the TPM gave the key.
    assert.match(await talk.up('3'), /It is bound\./)
    assert.match(await talk.order('cat /data/note'), /kept/)
    assert.match(await talk.order(ENTRIES), /router-3\.efi\s+router-4\+0-3\.efi/)
    await stop()
  },
)

test('an edited command line, though signed for the firmware, gets no key', skip, async () => {
  editCommandLine()
  start({ vars: bench.at('dbx.fd') })
  const said = await talk.until(/Type its recovery key:\n/)
  assert.match(said, /The TPM does not give the key of the data/)
  // Nor is it bound to such a system, whoever has the recovery key: nobody signed what PCR 11 is now.
  talk.type(recoveryKey)
  await talk.until(/Type yes to bind/)
  talk.type('yes')
  assert.doesNotMatch(await talk.until(/It is not bound: .*\n/), /It is bound/)
  await machine.end()
})

const esp = () => `${bench.at('disk')}@@1M`

/** The update that the machine would take, put into its disk while it is off. */
function updateImage(counter: number): string {
  mkdirSync(bench.at('esp'))
  execFileSync('mcopy', ['-s', '-i', esp(), '::/EFI', '::/loader', bench.at('esp')])
  const words = ['--disk', 'disk', '--esp', 'esp', '--key', 'updates.pub']
  const said = run(bench, 'appliance', 'update', `www/${counter}/update.json`, ...words)
  // Two of three tries count as used.
  const entry = bench.at('esp/EFI/Linux/router-4+3.efi')
  execFileSync('mcopy', ['-i', esp(), entry, '::/EFI/Linux/router-4+1-2.efi'])
  execFileSync('mdel', ['-i', esp(), '::/EFI/Linux/router-1.efi'])
  return said
}

/** The first block of the store in slot A. */
function damage(): void {
  const source = fileSource(bench.at('disk'))
  const { offset } = readGpt(source)!.partitions[1]!
  source.close()
  const file = openSync(bench.at('disk'), 'r+')
  writeSync(file, 'damaged', offset + 1100)
  closeSync(file)
}

/** The kernel of system 3 with another word, signed by the key of the firmware, in the place of the right one. */
function editCommandLine(): void {
  execFileSync('mcopy', ['-no', '-i', esp(), '::/EFI/Linux/router-3.efi', bench.at('3.efi')])
  bench.run('strip', '3.efi', '-o', 'bare.efi')
  const bytes = readFileSync(bench.at('bare.efi'))
  const at = bytes.indexOf('console=ttyS0 quiet')
  assert.ok(at > 0)
  bytes.write('console=ttyS0 debug', at)
  bench.put('bare.efi', bytes)
  bench.sign('bare.efi', 'edited.efi')
  execFileSync('mcopy', ['-no', '-i', esp(), bench.at('edited.efi'), '::/EFI/Linux/router-3.efi'])
}
