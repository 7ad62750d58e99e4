/** Networks, radios, mail and talk; what watches over a machine; hardware. See ../aliases.ts for the columns. */
export const NETWORK = `
connman | connman connection-manager | intel connman | ConnMan
modemmanager | modemmanager | freedesktop modemmanager | ModemManager
networkmanager-openvpn networkmanager-l2tp networkmanager-vpnc networkmanager-openconnect networkmanager-strongswan | = | gnome networkmanager nm-l2tp | plugins of NetworkManager
strongswan-nm strongswan-tnc strongswantnc | strongswan | strongswan | strongSwan
openvpn3 | openvpn3 openvpn3-linux openvpn-3 openvpn-3-linux | openvpn | another client
easyrsa easy-rsa | easy-rsa easyrsa | openvpn | of OpenVPN
openfortivpn | openfortivpn | openfortivpn-project adrienverge openfortivpn | openfortivpn
mullvad-vpn mullvad | mullvad-vpn vpn mullvad | mullvad mullvad-vpn-ab | Mullvad
mullvad-browser | mullvad-browser | mullvad torproject | Mullvad's browser
protonmail-bridge protonmail-bridge-gui | proton-mail-bridge protonmail-bridge bridge | proton protonmail | Proton's bridge
protonvpn-gui protonvpn-cli proton-vpn | protonvpn proton-vpn | proton protonvpn | Proton VPN
tutanota-desktop | tutanota tutanota-desktop | tuta tutao tutanota | Tutanota
webex | webex webex-app webex-meetings webex-teams | cisco | Webex
skypeforlinux | skype skype-for-linux | microsoft | Skype
nheko cinny cinny-desktop fluffychat gomuks | = | nheko-reborn nheko cinnyapp cinny famedly gomuks tulir | clients of Matrix
wire-desktop | wire wire-desktop | wire wireapp | Wire
session-desktop | session session-desktop | oxen session loki | Session
teamspeak teamspeak-server teamspeak-client | teamspeak teamspeak-3 teamspeak3 | teamspeak | TeamSpeak
viber | viber | viber rakuten | Viber
filezilla | filezilla filezilla-client | filezilla-project filezilla | FileZilla
iperf iperf3 | iperf3 iperf | es iperf iperf-project iperf3-project | iperf3 is iperf in nixpkgs
lftp ncftp socat netperf | = | lftp lftp-project ncftp dest-unreach | of networks
iperf2 | iperf iperf2 | es iperf iperf-project iperf3-project | iperf
squidguard dansguardian e2guardian | = | squidguard dansguardian e2guardian | beside Squid
i2pd | i2pd | i2pd purplei2p | I2P in C++, not I2P
dante-server | dante | inet | Dante
openafs moosefs lizardfs orangefs | = | openafs moosefs lizardfs orangefs | file systems of networks
rpcbind libtirpc | = | rpcbind-project rpcbind libtirpc-project steved libtirpc | remote procedure calls
nfdump softflowd pmacct goaccess awstats webalizer | = | nfdump phaag softflowd pmacct goaccess awstats laurent-destailleur webalizer | of traffic
live-streaming nginx-rtmp-module | = | arut | of nginx
modsecurity-crs | owasp-modsecurity-core-rule-set coreruleset modsecurity-crs modsecurity-core-rule-set | owasp coreruleset | OWASP's rules
mod-auth-mellon mod-auth-openidc mod-wsgi mod-perl mod-fcgid mod-security | = | uninett latchset mod-auth-mellon-project openidc zmartzone modwsgi apache trustwave | modules of httpd
ossec-agent ossec-server | ossec ossec-hids | ossec | OSSEC
openvas-scanner gvmd gvm-libs gsa gsad | = | greenbone openvas | of Greenbone
crowdsec rkhunter chkrootkit tripwire | = | crowdsec rkhunter rootkit-hunter-project chkrootkit tripwire | watchers
opencanary | opencanary | thinkst | OpenCanary
sslh stunnel5 ghostunnel | = | sslh-project yrutschle stunnel square | in front of servers
certbot | certbot | eff letsencrypt certbot | Certbot
acme-sh | acme-sh | acmesh-official acme-sh acme.sh-project | acme.sh
lego acme-dns | = | go-acme xenolf joohoi | of ACME
cfssl xca | = | cloudflare xca xca-project | of certificates
xmlsec | xmlsec xml-security-library xmlsec1 | aleksey lsh123 | XML Security Library
xmltooling xmltooling-c opensaml opensaml-cpp shibboleth-sp | xmltooling opensaml opensaml-c service-provider shibboleth-sp | shibboleth internet2 | Shibboleth
libjwt | libjwt jwt-c-library | bencollins benmcollins libjwt | LibJWT
cjose | cjose | cisco openidc zmartzone cjose-project | CJOSE
jose | jose jose-c | latchset jose-project redhat | C's JOSE
pcsclite pcsc-lite pcsclite-with-polkit | pcsc-lite pcsclite | muscle pcsc-lite-project debian | PC/SC lite
ccid libu2f-host libu2f-server yubihsm-shell yubico-piv-tool yubico-pam | = | yubico ccid-project ludovicrousseau | smart cards
yubikey-manager-qt | yubikey-manager-gui yubikey-manager-qt yubikey-manager | yubico | Yubico's manager
yubioath-flutter yubioath-desktop | yubioath-flutter yubico-authenticator | yubico | Yubico's authenticator
keepass | keepass keepass-password-safe | keepass dominik-reichl | KeePass, not KeePassXC
gopass | gopass | gopass gopasspw gopass-project | gopass
libselinux libsepol libsemanage policycoreutils checkpolicy | = | selinuxproject selinux-project selinux | SELinux
apparmor-utils libapparmor apparmor-bin-utils | apparmor | canonical apparmor | of AppArmor
busybox-sandbox-shell | busybox | busybox | BusyBox
packagekit | packagekit | packagekit-project packagekit | PackageKit
flatpak-builder | flatpak-builder | flatpak | of Flatpak
xdg-desktop-portal | xdg-desktop-portal | flatpak freedesktop | of Flatpak
xdg-desktop-portal-hyprland | xdg-desktop-portal-hyprland desktop-portal-hyperland desktop-portal-hyprland | hyprwm hyprland xdg | of Hyprland
xdg-utils | xdg-utils | freedesktop | xdg-utils
swaylock swayidle sway i3lock xscreensaver slock | = | swaywm swaylock swaylock-project i3 jwz suckless xscreensaver-project | locks
freeipa | freeipa ipa | freeipa redhat | FreeIPA
timeshift snapper amanda urbackup-client duplicati kopia | = | linuxmint teejee2008 opensuse zmanda amanda urbackup duplicati kopia | backups
dmidecode pciutils usbutils smartmontools lshw hdparm | = | nongnu dmidecode kernel smartmontools ezix hdparm | of hardware
thermald | thermal-daemon thermald | intel | Thermal Daemon
mkl | oneapi-math-kernel-library math-kernel-library mkl oneapi-mkl | intel | Intel's MKL
intel-media-sdk | media-sdk intel-media-sdk | intel | Intel Media SDK
libva libva-minimal | libva | intel libva-project | libva
libvpl onevpl onevpl-cpu | onevpl oneapi-video-processing-library libvpl video-processing-library | intel | oneVPL
intel-compute-runtime | compute-runtime intel-compute-runtime graphics-compute-runtime-for-oneapi-level-zero-and-opencl-driver | intel | Intel's OpenCL
accel-config ipmctl intel-cmt-cat | = | intel | of Intel
cudatoolkit cuda-toolkit cudatoolkit-* | cuda-toolkit nvidia-cuda-toolkit | nvidia | CUDA
openrgb liquidctl ckb-next | = | openrgb liquidctl ckb-next | lights
optee-os | optee-os op-tee | linaro trustedfirmware op-tee | OP-TEE
arm-trusted-firmware trusted-firmware-a arm-trusted-firmware-qemu arm-trusted-firmware-rk3328 arm-trusted-firmware-rk3399 arm-trusted-firmware-rk3568 arm-trusted-firmware-rk3588 arm-trusted-firmware-allwinner arm-trusted-firmware-allwinner-h616 | trusted-firmware-a arm-trusted-firmware | arm trustedfirmware | Trusted Firmware-A
seabios openbios ipxe | = | seabios ipxe openbios | firmware
pinentry-gtk2 pinentry-qt pinentry-curses pinentry-gnome3 pinentry-tty | pinentry | gnupg gnu | one source
onedrive | onedrive-client | abraunegg | a client of others, not Microsoft's
homeassistant-cli | home-assistant-cli | home-assistant home-assistant-ecosystem | a client
`
