#!/bin/sh
# ROOT: the root file system of the system that is to start, mounted. Puts over ROOT/nix/store the view of it that the
# kernel enforces (composefs over fs-verity), by the digest on the signed command line; or ends with 1, and then nothing of
# that system may be started. Run by the first process or by systemd of an initial RAM disk; needs fsverity, and a kernel
# (6.6 or later) with loop, erofs and overlay.
set -f
# By mount(2), whose options are one text: newer libraries take it apart, each its own way.
export LIBMOUNT_FORCE_MOUNT2=always
root=${1:?usage: sealed.sh ROOT}
folder=$root/nix/firn-sealed lower=/run/firn-image

refuse() {
  umount "$lower" 2>/dev/null
  echo "firn: The store is NOT what was sealed: $1." >&2
  echo 'firn: Nothing of it was started. Start an earlier generation; docs/how-to/seal-a-store.md says how to go on.' >&2
  exit 1
}

digest=
for word in $(cat /proc/cmdline); do
  case $word in
    firn.store.composefs=*) [ -z "$digest" ] || refuse 'the command line names several images'; digest=${word#*=} ;;
  esac
done
case $digest in
  '') refuse 'the command line names no image (firn.store.composefs=DIGEST)' ;;
  *[!0-9a-f]*) refuse 'what the command line names is no digest' ;;
esac

# A link would lead elsewhere now than once the system has started, or have the store mounted over our own programs.
for path in "$root/nix" "$root/nix/store" "$folder" "$folder/images" "$folder/objects" "$folder/store"; do
  [ -d "$path" ] && [ ! -L "$path" ] || refuse "$path is no folder"
done
image=$folder/images/$digest.erofs
[ -f "$image" ] && [ ! -L "$image" ] || refuse "its image $digest is missing"
# Measured and mounted as it is open: nobody can put another in its place in between.
exec 3<"$image"
measured=$(fsverity measure /proc/self/fd/3 2>/dev/null) || refuse 'the kernel does not check its image'
[ "${measured%% *}" = "sha256:$digest" ] || refuse "its image has the digest ${measured%% *}"
mkdir -p "$lower"
mount -t erofs -o ro,loop,nodev,nosuid /proc/self/fd/3 "$lower" || refuse 'its image cannot be mounted'
# Every block of names is read once, so that damage is met here and not in the middle of the start.
cat <&3 >/dev/null || refuse 'a block of its image is damaged'
exec 3<&-
# Nix goes on writing to the store itself, by this name; what it writes cannot be seen in the sealed one.
mount --bind "$root/nix/store" "$folder/store" || refuse 'the store cannot be kept aside'
mount -t overlay -o "ro,nodev,nosuid,metacopy=on,redirect_dir=on,verity=require,lowerdir=$lower::$folder/objects" \
  firn "$root/nix/store" || refuse 'the kernel cannot enforce it: Linux 6.6 with overlay is needed'
# The overlay keeps it; nobody else needs a way to it.
umount "$lower"
echo "firn: the store is that of image $digest" >&2
