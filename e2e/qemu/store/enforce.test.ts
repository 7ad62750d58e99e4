import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parsePublicKey } from '@firn/attest/envelope'
import { bootScript, imageDigest, readSeal, sealedImage } from '@firn/store'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { needsRoot } from '../../../scripts/needs.ts'
import { boot } from '../machine.ts'
import { firnInitrd } from './initrd.ts'
import type { Ran } from './inside.ts'
import { buildSealedDisk, type SealedDisk } from './sealed-disk.ts'

/**
 * A store that real Nix built, sealed outside, on a real kernel that enforces the seal: all in one boot, since Node starts
 * slowly under emulation. In the end the scripts for initial RAM disks judge the disk, and the system on it starts.
 */
const skip = {
  ...needsParts('kernel-verity', 'modules-verity', 'busybox'),
  ...needsRoot('nix', 'qemu-system-x86_64', 'mkfs.ext4', 'fsverity', 'veritysetup', 'depmod', 'xz'),
}
const folder = mkdtempSync(join(tmpdir(), 'firn-enforce-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const SCRIPT = `
seconds() { read -r up rest </proc/uptime; echo "$up"; }
key=$(tr ' ' '\\n' </proc/cmdline | sed -n 's/^test.key=//p') at=$(tr ' ' '\\n' </proc/cmdline | sed -n 's/^test.at=//p')
data=$(tr ' ' '\\n' </proc/cmdline | sed -n 's/^test.data=//p') digest=$(tr ' ' '\\n' </proc/cmdline | sed -n 's/^firn.store.composefs=//p')
disk=/dev/nvme0n1
for name in umount cat; do ln -s busybox /bin/$name; done
mkdir /disk
mount -t ext4 -o ro $disk /disk
began=$(seconds)
sh /signed.sh /disk --trusted-key $key; echo "SIGNED $? from $began to $(seconds)"
mount -o remount,rw /disk
node --disable-warning=ExperimentalWarning /firn/e2e/qemu/store/inside.ts $disk $digest $data $at || echo "INSIDE failed"
mount -t ext4 $disk /disk
sh /signed.sh /disk --trusted-key $key; echo "DAMAGED $?"
flip() { printf "$2" | dd of=$disk bs=1 seek=$1 conv=notrunc,fsync 2>/dev/null; }
umount /disk
where=$(cat /run/image-at)
old=$(dd if=$disk bs=1 skip=$where count=1 2>/dev/null | od -An -v -to1 | tr -d ' ')
flip $where X
mount -t ext4 $disk /disk
sh /sealed.sh /disk; echo "IMAGE $?"
umount /disk
flip $where "\\\\$old"
mount -t ext4 $disk /disk
# As on NixOS: bash, and the mount of util-linux.
PATH=/util-linux:/bin bash /sealed.sh /disk; echo "BASH $?"
umount /disk/nix/store
umount /disk/nix/firn-sealed/store
began=$(seconds)
sh /sealed.sh /disk; echo "SEALED $? from $began to $(seconds)"
for folder in proc sys dev run; do mount --move /$folder /disk/$folder; done
init=$(tr ' ' '\\n' </disk/proc/cmdline | sed -n 's/^init=//p')
exec switch_root /disk $init
`

let disk: SealedDisk
let digest: string
let serial: string
let told: Record<string, Ran>
let values: Record<string, unknown>
let initrdSize: number

before(async () => {
  if (skip.skip !== undefined) return
  disk = buildSealedDisk(folder)
  const seal = readSeal(disk.seal, [parsePublicKey(readFileSync(disk.sealKey, 'utf8'))])
  digest = imageDigest(sealedImage(seal, disk.store))
  const initrd = firnInitrd(SCRIPT, {
    seal: readFileSync(disk.seal),
    'seal.pub': readFileSync(disk.sealKey),
    'sealed.sh': Buffer.from(bootScript('image')),
    'signed.sh': Buffer.from(bootScript('signatures')),
    'firn/e2e/qemu/store/inside.ts': readFileSync(new URL('inside.ts', import.meta.url)),
  })
  initrdSize = initrd.length
  writeFileSync(join(folder, 'initrd'), initrd)
  const file = join(folder, 'raw.img')
  copyFileSync(disk.image, file)
  // Not in its first block, so that the others can be seen to be read still.
  const flipAt = readFileSync(file).indexOf('flipped line 9000\n')
  assert.ok(flipAt > 0)
  const words = [
    'console=ttyS0 quiet loglevel=3 panic=-1',
    `firn.store.composefs=${digest}`,
    `init=${disk.system}/init`,
  ]
  words.push(`test.key=${disk.trustedKey}`, `test.at=${flipAt}`, `test.data=${disk.data}`)
  const kernel = { file: part('kernel-verity'), cmdline: words.join(' '), initrd: join(folder, 'initrd') }
  const until = /GUEST: read everything|Kernel panic|INSIDE failed/
  serial = (await boot({ disks: [{ file }], kernel, memory: 1536 }, until)).serial
  const line = /^TOLD (.*)$/m.exec(serial)?.[1]
  assert.ok(line !== undefined, serial)
  told = values = JSON.parse(line)
})

function ran(name: string, exit: number, said: RegExp): void {
  assert.equal(told[name]!.exit, exit, told[name]!.said)
  assert.match(told[name]!.said, said)
}

test('prepared: each file is checked by the kernel, has a name by its digest, and keeps its time', skip, (t) => {
  ran('prepared', 0, new RegExp(`"digest": "${digest}"[^]*"files": 408,\\s*"enabled": 408,\\s*"linked": 405`))
  ran('again', 0, /"enabled": 0,\s*"linked": 0/)
  assert.equal(values.times, 0, 'files with another time than Nix gives')
  t.diagnostic(`408 files prepared, emulated: ${told.prepared!.seconds.toFixed(1)} s`)
})

test(
  'mounted by the digest that was computed elsewhere: the same names, modes and contents, and read-only',
  skip,
  () => {
    ran('mounted', 0, new RegExp(`the store of image ${digest}`))
    assert.equal(values.same, true)
    assert.equal(values.written, 'EROFS')
  },
)

test('level 2 asks the kernel for each digest, and reads nothing', skip, (t) => {
  ran('measured', 0, /"verdict": "measured"[\s\S]*"read": 0/)
  t.diagnostic(`level 2 of 408 files, emulated: ${told.measured!.seconds.toFixed(2)} s`)
})

test('root of the running machine changes the store, and the sealed view does not', skip, () => {
  assert.deepEqual(values.view, ['100555', 'small'])
  ran('found', 1, /store\/seal-missing/)
  assert.match(told.found!.said, /\/tool/)
  assert.match(told.found!.said, /\/renamed/)
})

test('another image than the one that was signed is refused, and nothing is mounted', skip, () => {
  ran('missing', 4, /there is no such image/)
  ran('unchecked', 4, /the kernel does not check this image/)
  ran('otherImage', 4, /not the image that was asked for, its digest is [0-9a-f]{64}/)
})

test('another object than the one that was sealed cannot be opened', skip, () => {
  assert.deepEqual(values.objects, ['EIO', 'EIO', '300000'])
})

test('a byte on the raw disk: that block cannot be read, others can; only level 3 looks', skip, () => {
  assert.deepEqual(values.flipped, ['4096', 'EIO', '300000'])
  ran('notLooked', 0, /"verdict": "measured"/)
  ran('looked', 4, /store\/unreadable/)
})

test('the initial RAM disk refuses what nobody signed, and an image with a damaged block', skip, (t) => {
  const [, good, began, ended] = /^SIGNED (\d+) from (\S+) to (\S+)$/m.exec(serial) ?? []
  assert.equal(good, '0', serial)
  assert.match(serial, /^DAMAGED 1$/m)
  assert.match(serial, /The system is NOT what was signed/)
  assert.match(serial, /^IMAGE 1$/m)
  assert.match(
    serial,
    /The store is NOT what was sealed: (a block of its image is damaged|its image cannot be mounted)/,
  )
  const megabytes = (initrdSize / 1e6).toFixed(0)
  t.diagnostic(`with firn and Node the initrd has ${megabytes} MB; signatures: ${span(began, ended)} s, emulated`)
  const native = nativeSeconds()
  t.diagnostic(`the same check on this machine: ${native.toFixed(2)} s`)
})

test('a store that is what was sealed starts its system, which cannot read what was changed on the disk', skip, (t) => {
  const [, good, began, ended] = /^SEALED (\d+) from (\S+) to (\S+)$/m.exec(serial) ?? []
  assert.equal(good, '0', serial)
  assert.match(serial, /^BASH 0$/m)
  t.diagnostic(`measured and mounted in ${span(began, ended)} s, emulated`)
  assert.match(serial, /GUEST: up/)
  assert.match(serial, /GUEST: read everything/)
  const unread = serial.match(/GUEST: cannot read .*/g)
  assert.deepEqual(unread, [`GUEST: cannot read ${disk.data}/flipped`])
})

function span(began = '', ended = ''): string {
  return (Number(ended) - Number(began)).toFixed(1)
}

/** firn verifies the closure by its signatures, as the initial RAM disk has it do, started as there. */
function nativeSeconds(): number {
  const began = performance.now()
  const main = new URL('../../../packages/cli/src/main.ts', import.meta.url).pathname
  const words = ['--store', join(folder, 'root'), '--closure', disk.system, '--require-signature']
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', main, 'store', 'verify', ...words, '--trusted-key', disk.trustedKey],
    { encoding: 'utf8' },
  )
  assert.equal(status, 0, stdout + stderr)
  return (performance.now() - began) / 1000
}
