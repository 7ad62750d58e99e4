#!/bin/sh
# firn: the first process of an appliance. All it acts on is the kernel command line, which is signed (words.ts). It
# never offers a shell: what it cannot do it says, and then does what firn.mismatch says.
export PATH=/bin
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sys /sys
mount -t devtmpfs -o nosuid,noexec dev /dev
mount -t tmpfs -o nosuid,nodev,mode=755 run /run
exec </dev/console >/dev/console 2>&1

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

# A line: need, any or may, then modules. Of `any` one has to load; `may` serves such a choice.
while read -r kind names; do
  loaded=
  for name in $names; do insmod "/modules/$name.ko" && loaded=1; done
  [ "$loaded" ] || [ "$kind" = may ] || stop "The kernel does not take its own module $names."
done </modules/order

# A medium is known by bytes at a place, so that no file system on it has to be understood.
has_mark() {
  [ "$(dd if="$1" bs=1 skip="${mark%%:*}" count=32 2>/dev/null | od -An -v -tx1 | tr -d ' \n')" = "${mark#*:}" ]
}
find_store() {
  [ "$part" ] && data=$(findfs "PARTUUID=${part%,*}" 2>/dev/null) && hash=$(findfs "PARTUUID=${part#*,}" 2>/dev/null) && return
  for device in /sys/class/block/*; do
    data=/dev/${device##*/}
    case $data in /dev/loop* | /dev/ram* | /dev/fd*) ;; *) [ "$mark" ] && has_mark "$data" && return ;; esac
  done
  [ $((seconds = seconds + 1)) -gt 30 ] && stop 'The store was not found on any disk, stick or CD.' \
    'Is the medium still plugged in? If it is, somebody changed it, or it fails.'
  sleep 1 && false
}
until find_store; do :; done
store=$data
[ "$at" ] && losetup -r -o "${at#*,}" /dev/loop1 "$data" && hash=/dev/loop1
[ "$at" ] && losetup -r -o "${at%,*}" /dev/loop0 "$data" && store=/dev/loop0

if [ "$check" = sha256 ]; then
  # A medium can give other bytes the second time, so what is mounted is the copy in memory that was hashed.
  mkdir /run/copy && mount -t tmpfs -o "size=$((size + 2097152)),mode=700" copy /run/copy
  dd if="$store" of=/run/copy/store bs=4096 count=$((size / 4096)) 2>/dev/null || stop "The store cannot be copied into memory."
  file=/run/copy/store && losetup -r /dev/loop2 $file && store=/dev/loop2
else
  open_store() { veritysetup open $1 "$data_device" store "$hash" "$root" 2>/run/why || refuse "$(head -n 1 /run/why)"; }
  data_device=$store file=/dev/mapper/store store=/dev/mapper/store
  open_store ''
  # Under the first block hangs the whole way down from the root hash. `both` reads every block before any is used.
  dd if=$file of=/dev/null bs=4096 count=1 2>/dev/null || refuse 'its first block does not match the signed root hash'
fi
if [ "$check" != verity ]; then
  found=$(sha256sum <$file) || refuse 'a block of it does not match the signed root hash'
  [ "${found%% *}" = "$sha256" ] || refuse "its SHA-256 is ${found%% *}, not $sha256"
fi
[ "$check" = sha256 ] || veritysetup close store
case $check:$mismatch in sha256:* ) ;; *:error) open_store '' ;; *:restart) open_store --restart-on-corruption ;; *) open_store --panic-on-corruption ;; esac

mkdir -p /system && mount -t tmpfs -o mode=755 system /system && cd /system && mkdir -p nix/store proc sys dev run
mount -t "$fs" -o ro,nosuid,nodev "$store" nix/store || refuse "it is no $fs file system"
[ -e "/system$init" ] || [ -L "/system$init" ] || stop "The store has no $init, which is to be started."
echo "firn: starting $init"
for folder in proc sys dev run; do mount --move /$folder $folder; done
exec switch_root /system "$init"
