#!/bin/sh
# The first process of an appliance. All it acts on is the signed command line (words.ts). It never offers a shell.
export PATH=/bin
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sys /sys
mount -t devtmpfs -o nosuid,noexec dev /dev
mount -t tmpfs -o nosuid,nodev,mode=755 run /run

value() { tr ' ' '\n' </proc/cmdline | sed -n "s/^$1=//p" | head -n 1; }
check=$(value firn.store) root=$(value firn.store.root) sha256=$(value firn.store.sha256) size=$(value firn.store.size)
mark=$(value firn.store.mark) at=$(value firn.store.at) part=$(value firn.store.part) fs=$(value firn.store.fs)
mismatch=$(value firn.mismatch) init=$(value init)

stop() {
  for line; do echo "firn: $line"; done
  case $mismatch in
    restart) echo 'firn: The machine restarts in 10 seconds.'; sleep 10; reboot -f ;;
    poweroff) echo 'firn: The machine switches itself off in 10 seconds.'; sleep 10; poweroff -f ;;
  esac
  echo 'firn: The machine stops here. You can switch it off.'
  while :; do sleep 3600; done
}
refuse() {
  stop "The store on $data is NOT what was signed: $1." 'Nothing of it was started.' \
    'Somebody changed it, or the medium fails. Write it again from an image that you verified.'
}

# A line: need, may or any, then modules. `any` only looks whether one of them is loaded.
while read -r kind names; do
  loaded=
  for name in $names; do
    [ "$kind" = any ] || insmod "/modules/$name.ko" 2>/dev/null; [ -d "/sys/module/$name" ] && loaded=1
  done
  [ "$loaded" ] || [ "$kind" = may ] || stop "The kernel does not take its own module $names."
done </modules/order

# A medium is known by bytes at a place, whatever else is on it. findfs with its path: that of busybox knows no partitions.
has_mark() {
  [ "$(dd if="$1" bs=1 skip="${mark%%:*}" count=32 2>/dev/null | od -An -v -tx1 | tr -d ' \n')" = "${mark#*:}" ]
}
find_store() {
  [ "$part" ] && data=$(/bin/findfs "PARTUUID=${part%,*}") && hash=$(/bin/findfs "PARTUUID=${part#*,}") && return
  for device in /sys/class/block/*; do
    data=/dev/${device##*/}; read -r sectors <"$device/size"
    [ "$mark" ] && [ $((sectors * 512)) -gt "${mark%%:*}" ] && has_mark "$data" && return
  done && false
}
until find_store; do
  sleep 1 && [ $((seconds = seconds + 1)) -gt 30 ] && stop 'The store was not found on any disk, stick or CD.' \
    'Is the medium still plugged in? If it is, somebody changed it, or it fails.'
done
store=$data; [ "$at" ] && losetup -r -o "${at%,*}" /dev/loop0 "$data" && losetup -r -o "${at#*,}" /dev/loop1 "$data" && store=/dev/loop0 hash=/dev/loop1

open_store() { veritysetup open $1 "$store" store "$hash" "$root" 2>/run/why || refuse "$(head -n 1 /run/why)"; }
if [ "$check" = sha256 ]; then
  # A medium can give other bytes the second time, so what is mounted is the copy in memory that was hashed.
  mkdir /run/copy && mount -t tmpfs -o "size=$((size + 2097152)),mode=700" copy /run/copy && checked=/run/copy/store
  dd if="$store" of=$checked bs=4096 count=$((size / 4096)) 2>/dev/null || stop 'The store cannot be copied into memory.'
  losetup -r /dev/loop2 $checked && mounted=/dev/loop2
else
  checked=/dev/mapper/store mounted=/dev/mapper/store
  open_store ''
  # Under the first block hangs the whole way down from the root hash. `both` reads every block before any is used.
  dd if=$checked of=/dev/null bs=4096 count=1 2>/dev/null || refuse 'its first block does not match the signed root hash'
fi
if [ "$check" != verity ]; then
  found=$(sha256sum <$checked) || refuse 'a block of it does not match the signed root hash'
  [ "${found%% *}" = "$sha256" ] || refuse "its SHA-256 is ${found%% *}, not $sha256"
fi
# Up to here a bad block was an error to be told of in words. From here on the kernel acts by itself.
flag=--panic-on-corruption && [ "$mismatch" = restart ] && flag=--restart-on-corruption
case $check:$mismatch in sha256:* | *:error) ;; *) veritysetup close store && open_store $flag ;; esac

mkdir -p /system && mount -t tmpfs -o mode=755 system /system && cd /system && mkdir -p nix/store proc sys dev run
grep -qw "$fs" /proc/filesystems || stop "The kernel knows no $fs, so the store cannot be mounted." "The initrd takes --module $fs."
mount -t "$fs" -o ro,nosuid,nodev "$mounted" nix/store || refuse "it is no $fs file system"
[ -e "/system$init" ] || [ -L "/system$init" ] || stop "The store has no $init, which is to be started."
[ -z "$(value firn.data)" ] || . /data.sh
for folder in proc sys dev run; do mount --move /$folder $folder; done; echo "firn: starting $init"
exec switch_root /system "$init"
