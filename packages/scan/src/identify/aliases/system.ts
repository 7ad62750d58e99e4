/** Cryptography, compression, version control, the kernel and what is next to it. See ../aliases.ts for the columns. */
export const SYSTEM = `
openssl openssl-* openssl-legacy quictls | openssl | openssl | the toolkit
libressl libressl-* | libressl | openbsd libressl | OpenBSD's fork, of its own numbers
openssh openssh-with-hpn openssh-hpn openssh-with-gssapi openssh-gssapi openssh-with-kerberos opensshpackages | openssh openssh-portable | openbsd openssh | OpenSSH portable, also with the HPN or GSSAPI patches
dropbear | dropbear dropbear-ssh | dropbear-ssh dropbear matt-johnston | another SSH server
libssh | libssh | libssh | not libssh2
libssh2 | libssh2 | libssh2 | not libssh
putty | putty | putty simon-tatham | the client
expat | expat libexpat | libexpat libexpat-project | Expat calls its library libexpat
libxml2 | libxml2 libxml xmllint | xmlsoft gnome libxml2 | GNOME's XML library
libxslt | libxslt | xmlsoft gnome libxslt | of libxml2
zlib | zlib | zlib gnu madler | madler's zlib
xz | xz xz-utils liblzma | tukaani tukaani-project | XZ Utils
bzip2 | bzip2 | bzip bzip2 sourceware | bzip2
zstd | zstandard zstd | facebook meta | Zstandard
lz4 | lz4 | lz4 yann-collet lz4-project | LZ4
brotli | brotli | google | Google's compressor
snappy | snappy | google | Google's compressor
unzip | unzip info-zip-unzip | info-zip unzip | Info-ZIP
zip | zip | info-zip | Info-ZIP
p7zip 7zz | 7-zip p7zip 7zip | 7-zip p7zip igor-pavlov 7zip | the archiver
unrar | unrar | rarlab | RARLAB
libarchive | libarchive | libarchive | bsdtar's library
curl curl-full curl-minimal curl-with-gnutls | curl libcurl | haxx curl | one source for tool and library
git git-full git-minimal git-with-svn git-svn | git | git git-scm git-project microsoft | the tool; Jenkins has a plugin of the name
subversion | subversion | apache apache-software-foundation | Apache Subversion
mercurial mercurial-full | mercurial | mercurial selenic | the tool
cvs | cvs | cvs nongnu gnu | the tool
gitlab gitlab-ee | gitlab | gitlab | the forge
gitea | gitea | gitea go-gitea | the forge
forgejo forgejo-lts | forgejo | forgejo | the forge
cgit | cgit | cgit-project zx2c4 lars-hjemli | the web view
linux linux-* linux-xanmod linux-zen linux-lqx linux-hardened linux-libre linux-rpi linux-latest-libre linux-rt linux-rt-* linux-testing linux-mptcp | linux-kernel linux kernel | linux kernel-org linux-kernel-organization | the kernel in all flavours of nixpkgs
systemd systemd-minimal systemd-minimal-libs systemdminimal udev | systemd systemd-resolved systemd-journald systemd-coredump udev | systemd systemd-project freedesktop | one source for systemd and udev
util-linux util-linux-minimal util-linuxminimal | util-linux libblkid libmount | kernel linux util-linux andries-brouwer | util-linux
shadow | shadow shadow-utils | shadow-maint debian shadow-project shadow | shadow-utils
pam linux-pam | linux-pam pam | linux-pam | Linux-PAM
sudo | sudo | sudo-project sudo todd-miller | sudo
sudo-rs | sudo-rs | memorysafety trifectatechfoundation | another sudo
doas | doas opendoas | doas-project opendoas-project duncaen | OpenDoas
polkit | polkit policykit pkexec | polkit-project freedesktop polkit redhat | polkit
dbus | dbus d-bus | freedesktop d-bus-project | D-Bus
busybox | busybox | busybox | BusyBox
e2fsprogs | e2fsprogs | e2fsprogs-project ext2-filesystems-utilities e2fsprogs | e2fsprogs
ntfs3g ntfs-3g | ntfs-3g | tuxera | NTFS-3G
cryptsetup | cryptsetup | cryptsetup-project cryptsetup | cryptsetup
lvm2 | lvm2 | redhat heinz-mauelshagen sourceware | LVM2
kmod | kmod | kernel | kmod
procps procps-ng | procps-ng procps | procps-project procps-ng | procps-ng
iptables | iptables | netfilter | netfilter
nftables | nftables | netfilter | netfilter
iproute2 | iproute2 | iproute2-project linux | iproute2
bluez bluez5 | bluez | bluez | the Bluetooth stack
wpa-supplicant | wpa-supplicant | w1-fi w1-f1 | of hostap
hostapd | hostapd | w1-fi w1-f1 | of hostap
iwd | iwd inet-wireless-daemon | intel iwd kernel | Intel's daemon
networkmanager | networkmanager | gnome redhat networkmanager | NetworkManager
dhcpcd | dhcpcd | dhcpcd-project roy-marples networkconfiguration | dhcpcd
dhcp | dhcp isc-dhcp | isc | ISC DHCP
kea | kea | isc | ISC Kea
shim shim-unsigned | shim | redhat rhboot shim-project | the boot loader's shim
libfido2 | libfido2 | yubico | of Yubico
yubikey-manager yubikey-personalization pam-u2f | = | yubico | of Yubico
openct | openct | opensc opensc-project | of OpenSC
libcap | libcap | libcap-project libcap kernel | POSIX capabilities
libseccomp | libseccomp | libseccomp-project seccomp | libseccomp
audit | audit linux-audit | redhat linux-audit | the Linux audit daemon; other things are called audit
lzo | lzo | oberhumer | LZO
lrzip | lrzip | lrzip-project ckolivas long-range-zip-project | Long Range ZIP
unar xadmaster | unar xadmaster the-unarchiver | unarchiver-project theunarchiver macpaw | XADMaster is its library
pigz | pigz | zlib | of Mark Adler
minizip minizip-ng | minizip minizip-ng | zlib-ng minizip-ng | minizip
zlib-ng | zlib-ng | zlib-ng | a fork of zlib
libzip | libzip | libzip nih | libzip
zziplib | zziplib | zziplib-project gdraheim zziplib | ZZIPlib
hostname net-tools | net-tools | net-tools-project | net-tools
iputils | iputils | iputils iputils-project | ping and its like
logrotate | logrotate | logrotate logrotate-project | logrotate
cron vixie-cron | cron vixie-cron | vixie isc cron-project paul-vixie | Vixie's cron
cronie | cronie | cronie-crond fedora | another cron
at | at | debian at-project | at; the name is in many others
plocate mlocate | mlocate plocate | mlocate-project plocate | locate
fuse fuse2 fuse3 | fuse libfuse | fuse-project libfuse libfuse-project | libfuse
mdadm | mdadm | kernel neil-brown | Linux RAID
multipath-tools | multipath-tools | opensvc | multipath
open-iscsi openiscsi | open-iscsi | open-iscsi | Open-iSCSI
keyutils | keyutils | keyutils-project redhat | keyutils
acl attr | = | acl-project attr-project nongnu | POSIX ACL
apparmor apparmor-parser | apparmor | canonical apparmor | AppArmor
firejail | firejail | firejail-project | Firejail
bpftrace | bpftrace | iovisor bpftrace | bpftrace
bcc | bpf-compiler-collection bcc | iovisor | BPF Compiler Collection
elfutils | elfutils libdw libelf | elfutils-project elfutils sourceware redhat | elfutils
libbpf | libbpf | libbpf-project | libbpf
binwalk | binwalk | microsoft refirmlabs refirm-labs | Binwalk
u-boot uboot uboot-tools | u-boot u-boot-tools | denx | Das U-Boot
coreboot | coreboot | coreboot | coreboot
openrc | openrc | gentoo openrc | OpenRC
rng-tools | rng-tools | rng-tools-project | rng-tools
fprintd libfprint | = | libfprint freedesktop fprint | fprint
bolt | bolt | freedesktop gicmo | the Thunderbolt daemon; Puppet has a Bolt
usbredir | usbredir | spice-space spice usbredir-project | of SPICE
libusb libusb1 | libusb | libusb | libusb
`
