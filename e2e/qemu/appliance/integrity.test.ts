import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { startMachine } from '../machine.ts'
import { Talk } from './obedient.ts'
import { dataInitrd } from './obedient-disk.ts'
import { QUICK } from './system.ts'

/** What the partition for data is worth without its checksums, and with them: the same bit, turned over in both. */
const skip = {
  ...needs('qemu-system-x86_64', 'veritysetup', 'depmod', 'findfs', 'cryptsetup', 'systemd-cryptenroll'),
  ...needs('mkfs.ext4', 'libtss2-tcti-device.so.0'),
  ...needsParts('kernel', 'modules', 'busybox'),
}
const folder = mkdtempSync(join(tmpdir(), 'firn-integrity-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

/** One bit of what the disk holds of a block is turned over: where that is, two writes of the block tell. */
const FLIP = `
export PATH=/bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
while read -r kind names; do for name in $names; do insmod /modules/$name.ko 2>/dev/null; done; done </modules/order
mkdir -p /run/cryptsetup
block() { busybox tr '\\0' "$1" </dev/zero | dd of=/dev/mapper/data bs=4096 count=1 seek=100 iflag=fullblock conv=fsync 2>/dev/null; }
raw() { echo 3 >/proc/sys/vm/drop_caches; cat $1 >/run/$2; }
for what in plain sealed; do
  disk=/dev/nvme0n1 integrity=
  [ $what = plain ] || disk=/dev/nvme1n1 integrity='--integrity hmac-sha256'
  printf secret >/run/key
  cryptsetup luksFormat --batch-mode --key-file /run/key --cipher aes-xts-plain64 $integrity --sector-size 4096 \\
    --pbkdf pbkdf2 --pbkdf-force-iterations 1000 $disk
  open() { cryptsetup open --key-file /run/key $([ $what = plain ] || echo --integrity-no-journal) $disk data; }
  open; block a; cryptsetup close data; raw $disk before
  open; block b; cryptsetup close data; raw $disk after
  at=$(busybox cmp -l /run/before /run/after | busybox awk '{ n[int(($1 - 1) / 4096)]++ } END { for (i in n) if (n[i] > 3500) print i }')
  byte=$(dd if=$disk bs=1 skip=$((at * 4096 + 7)) count=1 2>/dev/null | od -An -tu1)
  printf "\\\\$(printf %o $((byte ^ 1)))" | dd of=$disk bs=1 seek=$((at * 4096 + 7)) conv=notrunc,fsync 2>/dev/null
  echo 3 >/proc/sys/vm/drop_caches
  open
  echo "GUEST: $what, block $at: $(dd if=/dev/mapper/data bs=4096 count=1 skip=100 2>/run/why | tr -d b | busybox wc -c) bytes changed; $(grep -c 'Input/output error' /run/why) errors"
  cryptsetup close data
done
echo 'GUEST: done'
poweroff -f
`

test('one bit of plain dm-crypt is read as garbage without an error; with integrity the read fails', skip, async () => {
  const disks = ['plain', 'sealed'].map((name) => {
    writeFileSync(at(name), '')
    truncateSync(at(name), 24 << 20)
    return { file: at(name) }
  })
  writeFileSync(at('initrd'), dataInitrd(`#!/bin/sh\n${FLIP}`))
  const kernel = {
    file: part('kernel'),
    cmdline: `console=ttyS0 quiet loglevel=4 ${QUICK.join(' ')}`,
    initrd: at('initrd'),
  }
  const machine = startMachine({ disks, kernel, memory: 512 })
  try {
    const said = await new Talk(machine).until(/GUEST: done/)
    // With XTS it is the 16 bytes of the cipher's block that change.
    assert.match(said, /GUEST: plain, block \d+: (1[0-6]|[5-9]) bytes changed; 0 errors/)
    assert.match(said, /GUEST: sealed, block \d+: 0 bytes changed; 1 errors/)
    assert.match(said, /INTEGRITY AEAD ERROR/)
  } finally {
    await machine.end()
  }
})
