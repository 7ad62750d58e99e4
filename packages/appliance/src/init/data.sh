# The partition for data: encrypted, each block of it with a checksum under a key (dm-crypt with integrity), and opened by
# the TPM of this machine for systems whose maker signed what PCR 11 is now. init reads this when the signed command line
# says firn.data=NAME. The form is systemd's own (LUKS2, a token systemd-tpm2), so other tools open it, too.
partition='' token=systemd-tpm2 mapped=/dev/mapper/data pcr=/sys/class/tpm/tpm0/pcr-sha256/11
signature=/run/systemd/tpm2-pcr-signature.json public=/.extra/tpm2-pcr-public-key.pem key=/run/firn/recovery-key
mkdir -p /run/systemd && umask 077 && mkdir -p /run/firn /run/cryptsetup
for program in cryptsetup systemd-cryptenroll mkfs.ext4; do
  [ -x /bin/$program ] || stop "This initrd has no $program to open the data with." 'Build it with firn appliance initrd --data.'
done
for event in "/sys/class/block/${data##*/}"/../*/uevent; do
  grep -qx "PARTNAME=$(value firn.data)" "$event" && partition=/dev/$(sed -n 's/^DEVNAME=//p' "$event")
done
[ "$partition" ] || stop "The disk of the store has no partition $(value firn.data)."
# The stub leaves them here. They are part of what is signed.
cp /.extra/tpm2-pcr-signature.json $signature 2>/run/why || stop 'This system comes without a signed policy for the TPM.'
because() { sed -n '$p' /run/why; }
# Without Secure Boot any system could measure what it likes.
is_secure() {
  variables=/sys/firmware/efi/efivars
  mount -t efivarfs -o ro,nosuid,nodev,noexec efi $variables 2>/dev/null
  secure=$(od -An -v -tx1 $variables/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c 2>/dev/null)
  umount $variables 2>/dev/null
  echo 'Secure Boot is off, so the TPM would give the key to any system' >/run/why
  [ "${secure##* }" = 01 ]
}
# `$1` holds the recovery key. Bound is what the TPM gives the key of, and not what was written down as bound.
bind() {
  is_secure && systemd-cryptenroll --unlock-key-file="$1" --wipe-slot=tpm2 --tpm2-device=auto --tpm2-pcrs=7 \
    --tpm2-public-key=$public --tpm2-public-key-pcrs=11 --tpm2-signature=$signature "$partition" >/run/why 2>&1 &&
    by_tpm --test-passphrase
}
by_tpm() { cryptsetup open --token-only --token-type $token "$partition" "$1" 2>/run/why; }
# Called firn-new until it is finished: after a power cut the next start begins again. Guesses at 128 random bits are hopeless.
create() {
  echo 'firn: The data partition is made. That happens once, and takes a while.'
  set -- $(dd if=/dev/random bs=16 count=1 2>/dev/null | od -An -v -tx2)
  printf %s "$1-$2-$3-$4-$5-$6-$7-$8" >$key
  is_secure && cryptsetup luksFormat --batch-mode --type luks2 --label firn-new --key-file $key --pbkdf pbkdf2 \
    --pbkdf-force-iterations 1000 --cipher aes-xts-plain64 --key-size 512 --integrity hmac-sha256 --sector-size 4096 \
    "$partition" 2>/run/why &&
    bind $key && by_tpm data && mkfs.ext4 -q -b 4096 $mapped 2>/run/why && cryptsetup config --label firn-data "$partition" ||
    stop "The data partition cannot be made: $(because)." 'There is nothing in it yet, so nothing is lost.'
  echo "firn: Its recovery key, told this once, is $(cat $key)"
}
ask() {
  echo "firn: The TPM does not give the key of the data: $(because)"
  echo 'firn: That is so when the system, the keys of the firmware or the machine are others than when it was bound.'
  for try in 1 2 3; do
    echo 'firn: Type its recovery key:' && read -r -t 120 typed || break
    echo "$typed" | tr 'A-F' 'a-f' | tr -dc '0-9a-f-' >/run/firn/typed
    cryptsetup open --key-file /run/firn/typed "$partition" data 2>/dev/null && return
    echo 'firn: That is not its recovery key.'
  done
  stop 'The data stays closed, and the system is not started.'
}
rebind() {
  echo 'firn: Type yes to bind it to this machine and its firmware as they are now:' && read -r -t 30 typed
  [ "$typed" = yes ] || { echo 'firn: It stays bound as it was.'; return; }
  bind /run/firn/typed && echo 'firn: It is bound.' || echo "firn: It is not bound: $(because)"
}

label=$(cryptsetup luksDump "$partition" 2>/dev/null | sed -n 's/^Label:[[:space:]]*//p')
[ "$label" ] || [ "$(dd if="$partition" bs=1048576 count=1 2>/dev/null | tr -d '\0' | od -An | head -n 1)" ] || label=firn-new
case $label in
  firn-data) by_tpm data || { ask && rebind; rm -f /run/firn/typed; } ;;
  firn-new) create ;;
  '') stop "The partition $(value firn.data) is not empty, and holds no data of an appliance." 'It was damaged or written by somebody else.' ;;
  *) stop "The partition $(value firn.data) was encrypted by somebody else." ;;
esac
# What is encrypted how stands in a header that nothing signs.
case $(cryptsetup status data | tr -s ' \n' '  ') in
  *' cipher: aes-xts-plain64 '*' integrity: hmac(sha256) '*) ;;
  *) stop 'The data is not encrypted with integrity: its header was changed.' ;;
esac
# Nobody gets the key from the TPM after this: PCR 11 goes on, by the word that systemd has for it.
before=$(cat $pcr 2>/dev/null)
[ ! -c /dev/tpm0 ] || printf '\200\002\000\000\000\101\000\000\001\202\000\000\000\013\000\000\000\011\100\000\000\011\000\000\000\000\000\000\000\000\001\000\013%b' \
  "$(printf leave-initrd | sha256sum | sed 's/ .*//; s/../\\x&/g')" >/dev/tpm0
[ ! -e $pcr ] || [ "$before" != "$(cat $pcr)" ] || stop 'The TPM cannot be closed.'
umask 022 && mkdir data && mount -t ext4 -o nosuid,nodev $mapped data || stop 'The file system of the data cannot be mounted.'
