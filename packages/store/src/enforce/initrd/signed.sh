#!/bin/sh
# ROOT [WORD...]: reads the whole closure of the system that the command line's init= names, out of ROOT/nix/store, and ends
# with 0 only if each path of it is what a trusted key signed. WORD: as for firn store verify; --trusted-key at least. For
# stores that change, on any file system; needs firn, with Node, in the initial RAM disk.
set -f
root=${1:?usage: signed.sh ROOT --trusted-key NAME:BASE64}
shift

refuse() {
  echo "firn: The system is NOT what was signed: $1." >&2
  echo 'firn: Nothing of it was started. Start an earlier generation; docs/how-to/seal-a-store.md says how to go on.' >&2
  exit 1
}

init=
for word in $(cat /proc/cmdline); do
  case $word in
    init=*) [ -z "$init" ] || refuse 'the command line names several systems'; init=${word#*=} ;;
  esac
done
case $init in
  */../* | */./*) refuse "init=$init is no plain path" ;;
  /nix/store/?*) name=${init#/nix/store/} ;;
  *) refuse "init=$init is no path of a store" ;;
esac
# A link would lead elsewhere now than once the system has started.
for path in "$root/nix" "$root/nix/store"; do
  [ -d "$path" ] && [ ! -L "$path" ] || refuse "$path is no folder"
done
firn store verify --store "$root" --closure "/nix/store/${name%%/*}" --require-signature --fail-on error "$@" >&2 ||
  refuse 'see above'
