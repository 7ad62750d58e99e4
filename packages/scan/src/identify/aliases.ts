/**
 * What nixpkgs calls a thing and what advisories call it. One row: names in nixpkgs | products | vendors | why. Names
 * and products are keys (see names.ts). `*` at the end of a name stands for a version (`go_*` is go_1_22). Vendors are
 * those who speak of this very thing: with another, named vendor it is something else of the same name. A name that
 * nixpkgs and advisories share is listed only to say its vendors.
 *
 * From the names in nixpkgs' pkgs/top-level/all-packages.nix and from the CPE dictionary's vendors.
 */
const TABLE = `
python python2 python3 python-* python2-minimal python3-minimal python3-full | cpython python | python python-software-foundation psf | the interpreter; its project is called CPython
pypy pypy2 pypy3 pypy-* | pypy | pypy pypy-project | another interpreter
ruby ruby-* | ruby | ruby ruby-lang | the interpreter
perl perl-* | perl perl5 | perl perl5-porters larry-wall | the interpreter
php php-* php-with-extensions | php php-src | php php-group the-php-group | the interpreter
lua lua5 lua-* | lua | lua puc-rio | the interpreter
luajit luajit-* | luajit | luajit | the JIT
nodejs nodejs-slim nodejs-* nodejs-slim-* | node-js nodejs node | nodejs openjs openjsf joyent node-js | Node.js is written nodejs
go go-* | go golang go-toolchain go-standard-library | golang google go-standard-library go-toolchain go | compiler and standard library come as one
rustc rust rustc-wrapper | rust rustc | rust-lang rust rust-project | the compiler
cargo | cargo | rust-lang rust rust-project | Rust's package manager
openjdk openjdk-headless jdk jdk-headless jre jre-headless openjdk-* jdk-* | openjdk jdk jre java-se java-se-jdk-and-jre java | oracle openjdk sun oracle-corporation | OpenJDK; Oracle's advisories say Java SE
temurin-bin temurin-jre-bin zulu corretto-* | openjdk jdk jre java-se | oracle openjdk eclipse azul amazon | builds of OpenJDK
graalvm-ce graalvm-* | graalvm graalvm-enterprise-edition graalvm-for-jdk | oracle oracle-corporation graalvm | Oracle's VM
ghc ghc-* | ghc glasgow-haskell-compiler | haskell ghc | the compiler
erlang erlang-* | erlang-otp otp erlang/otp | erlang ericsson | Erlang/OTP
elixir | elixir | elixir-lang | the language
ocaml ocaml-* | ocaml | ocaml inria | the compiler
mono mono-* | mono | mono-project mono novell | the runtime
gcc gcc-* gcc-unwrapped gfortran | gcc | gnu | GNU Compiler Collection
clang clang-* llvm llvm-* | llvm clang | llvm | LLVM
binutils binutils-unwrapped | binutils gnu-binutils | gnu | GNU Binutils
gdb | gdb | gnu | GNU debugger
glibc glibc-* glibc-locales | glibc gnu-c-library libc | gnu the-gnu-c-library gnu-c-library glibc | the GNU C Library
musl | musl musl-libc | musl-libc musl etalabs | the C library
bash bash-interactive | bash | gnu | GNU Bash
coreutils coreutils-full | coreutils | gnu | GNU Coreutils
gnutar tar | tar | gnu | GNU tar is gnutar in nixpkgs
gnused sed | sed | gnu | GNU sed
gnugrep grep | grep | gnu | GNU grep
gnumake make | make | gnu | GNU make
gnupatch patch | patch | gnu | GNU patch
gnum4 m4 | m4 | gnu | GNU m4
gawk | gawk | gnu | GNU awk
findutils | findutils | gnu | GNU findutils
diffutils | diffutils | gnu | GNU diffutils
gzip | gzip | gnu | GNU gzip
cpio | cpio | gnu | GNU cpio
ed | ed | gnu | GNU ed
less | less | gnu greenwoodsoftware less | the pager
wget wget2 | wget wget2 | gnu | GNU Wget
screen | screen | gnu | GNU Screen
emacs emacs-* emacs-nox emacs-gtk emacs-pgtk | emacs | gnu | GNU Emacs
nano | nano | gnu nano-editor | GNU nano
readline | readline | gnu | GNU Readline
ncurses | ncurses | gnu invisible-island | ncurses
gettext | gettext | gnu | GNU gettext
texinfo | texinfo | gnu | GNU Texinfo
guile guile-* | guile | gnu | GNU Guile
gmp | gmp | gmplib gnu | GNU MP
libidn | libidn | gnu | GNU libidn
libidn2 | libidn2 | gnu | GNU libidn2
libtasn1 | libtasn1 | gnu | GNU libtasn1
libunistring | libunistring | gnu | GNU libunistring
gnutls | gnutls | gnu gnutls | GnuTLS
inetutils | inetutils | gnu | GNU Inetutils
mailman | mailman | gnu list | GNU Mailman
a2ps | a2ps | gnu | GNU a2ps
global | global | gnu | GNU Global
grub grub2 grub2-efi grub-efi | grub2 grub grub-2 gnu-grub | gnu grub gnu-project | GNU GRUB
gnupg gnupg-* | gnupg gpg | gnupg gnu | GnuPG
libgcrypt | libgcrypt | gnupg gnu | of GnuPG
libksba | libksba | gnupg gnu | of GnuPG
gpgme | gpgme | gnupg gnu | of GnuPG
pinentry | pinentry | gnupg gnu | of GnuPG
openssl openssl-* quictls | openssl | openssl | the toolkit
libressl libressl-* | libressl | openbsd libressl | OpenBSD's fork, of its own numbers
openssh openssh-with-hpn openssh-hpn openssh-with-gssapi openssh-gssapi openssh-with-kerberos opensshpackages | openssh openssh-portable | openbsd openssh | OpenSSH portable, also with the HPN or GSSAPI patches
dropbear | dropbear dropbear-ssh | dropbear-ssh dropbear matt-johnston | another SSH server
libssh | libssh | libssh | not libssh2
libssh2 | libssh2 | libssh2 | not libssh
putty | putty | putty simon-tatham | the client
expat | expat libexpat | libexpat libexpat-project | Expat calls its library libexpat
libxml2 | libxml2 libxml | xmlsoft gnome libxml2 | GNOME's XML library
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
git git-full git-minimal git-with-svn git-svn | git | git git-scm git-project | the tool; Jenkins has a plugin of the name
subversion | subversion | apache apache-software-foundation | Apache Subversion
mercurial mercurial-full | mercurial | mercurial selenic | the tool
cvs | cvs | cvs nongnu gnu | the tool
gitlab gitlab-ee | gitlab | gitlab | the forge
gitea | gitea | gitea go-gitea | the forge
forgejo forgejo-lts | forgejo | forgejo | the forge
cgit | cgit | cgit-project zx2c4 lars-hjemli | the web view
linux linux-* linux-xanmod linux-zen linux-lqx linux-hardened linux-libre linux-rpi linux-latest-libre | linux-kernel linux kernel | linux kernel-org linux-kernel-organization | the kernel in all flavours of nixpkgs
systemd systemd-minimal systemd-minimal-libs systemdminimal udev | systemd | systemd systemd-project freedesktop | one source for systemd and udev
util-linux util-linux-minimal util-linuxminimal | util-linux | kernel linux util-linux andries-brouwer | util-linux
shadow | shadow shadow-utils | shadow-maint debian shadow-project shadow | shadow-utils
pam linux-pam | linux-pam pam | linux-pam | Linux-PAM
sudo | sudo | sudo-project sudo todd-miller | sudo
sudo-rs | sudo-rs | memorysafety trifectatechfoundation | another sudo
doas | doas opendoas | doas-project opendoas-project duncaen | OpenDoas
polkit | polkit policykit | polkit-project freedesktop polkit redhat | polkit
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
bind bind-* | bind bind-9 | isc internet-systems-consortium | ISC calls it BIND 9
unbound | unbound | nlnetlabs nlnet-labs unbound | NLnet Labs
nsd | nsd | nlnetlabs nlnet-labs | NLnet Labs
ldns | ldns | nlnetlabs nlnet-labs | NLnet Labs
knot-dns | knot-dns knot | nic cz-nic | CZ.NIC
knot-resolver | knot-resolver | nic cz-nic | CZ.NIC
pdns powerdns | powerdns authoritative authoritative-server powerdns-authoritative | powerdns open-xchange | PowerDNS authoritative is pdns
pdns-recursor | recursor powerdns-recursor | powerdns open-xchange | PowerDNS Recursor
dnsdist | dnsdist | powerdns open-xchange | of PowerDNS
dnsmasq | dnsmasq | thekelleys simon-kelley | dnsmasq
avahi | avahi | avahi | mDNS
c-ares | c-ares | c-ares c-ares-project daniel-stenberg haxx | c-ares
openvpn | openvpn openvpn-2 openvpn2 openvpn-community-edition | openvpn | the community edition
strongswan | strongswan | strongswan | strongSwan
libreswan | libreswan | libreswan | Libreswan
wireguard-tools | wireguard wireguard-tools | wireguard | WireGuard
tor | tor | torproject tor | Tor
stunnel | stunnel | stunnel | stunnel
nginx nginx-stable nginx-mainline nginxstable nginxmainline | nginx nginx-open-source | f5 nginx igor-sysoev | F5 calls it NGINX Open Source
openresty | openresty | openresty | OpenResty
apache-httpd httpd | http-server apache-http-server httpd | apache apache-software-foundation | Apache HTTP Server
tomcat tomcat-* apache-tomcat | tomcat apache-tomcat | apache apache-software-foundation | Apache Tomcat
lighttpd | lighttpd | lighttpd | lighttpd
caddy | caddy | caddyserver caddy | Caddy
haproxy | haproxy | haproxy haproxy-technologies | HAProxy
squid | squid squid-cache | squid-cache squid | the proxy
varnish | varnish-cache varnish | varnish-cache varnish-software varnish-cache-project varnish | Varnish Cache
traefik | traefik | traefik containous | Traefik
envoy envoy-bin | envoy | envoyproxy | Envoy
trafficserver | traffic-server apache-traffic-server | apache apache-software-foundation | Apache Traffic Server
nghttp2 | nghttp2 | nghttp2 | nghttp2
postgresql postgresql-* | postgresql postgres | postgresql postgresql-global-development-group | PostgreSQL; branches have attributes
mysql mysql-* | mysql mysql-server | oracle mysql oracle-corporation | Oracle MySQL
mariadb mariadb-server mariadb-* | mariadb mariadb-server | mariadb mariadb-foundation | MariaDB Server
percona-server percona-server-* | percona-server | percona | a fork of MySQL
sqlite | sqlite sqlite3 | sqlite sqlite-consortium | SQLite
redis redis-* | redis | redis redislabs redis-labs pivotal | Redis
valkey | valkey | valkey-io lfprojects linuxfoundation valkey | a fork of Redis
memcached | memcached | memcached | memcached
mongodb mongodb-* mongodb-ce | mongodb mongodb-server | mongodb mongodb-inc | MongoDB Server
couchdb couchdb3 | couchdb apache-couchdb | apache apache-software-foundation | Apache CouchDB
cassandra cassandra-* | cassandra apache-cassandra | apache apache-software-foundation | Apache Cassandra
influxdb influxdb2 | influxdb | influxdata | InfluxDB
elasticsearch elasticsearch-* elasticsearch7 | elasticsearch | elastic elasticsearch | Elastic
opensearch | opensearch | opensearch amazon opensearch-project | OpenSearch
openldap | openldap | openldap | OpenLDAP
389-ds-base | 389-directory-server 389-ds-base | redhat fedoraproject port389 | 389 Directory Server
krb5 libkrb5 krb5-full | kerberos kerberos-5 krb5 | mit | MIT Kerberos
heimdal | heimdal | heimdal-project heimdal h5l | another Kerberos
cyrus-sasl | cyrus-sasl sasl | cyrusimap cmu carnegie-mellon-university cyrus | Cyrus SASL
cyrus-imapd | cyrus-imap cyrus-imapd imapd | cyrus cyrusimap cmu | Cyrus IMAP
sssd | sssd | fedoraproject redhat sssd | SSSD
freeradius | freeradius freeradius-server | freeradius | FreeRADIUS
samba samba4 samba4full sambafull samba-full | samba | samba | Samba
cifs-utils | cifs-utils | samba debian | of Samba
nfs-utils | nfs-utils | linux-nfs nfs | nfs-utils
postfix | postfix | postfix wietse-venema | Postfix
exim | exim | exim | Exim
dovecot dovecot-2 | dovecot ox-dovecot-pro dovecot-pro | dovecot open-xchange open-xchange-gmbh | Open-Xchange speaks of OX Dovecot Pro, of the same code
dovecot-pigeonhole | pigeonhole | dovecot open-xchange | Dovecot Pigeonhole
opensmtpd | opensmtpd | openbsd opensmtpd | OpenSMTPD
mutt | mutt | mutt | Mutt
neomutt | neomutt | neomutt | NeoMutt
roundcube | webmail roundcube-webmail roundcubemail roundcube | roundcube | Roundcube Webmail
spamassassin | spamassassin apache-spamassassin | apache apache-software-foundation | Apache SpamAssassin
clamav | clamav clamav-antivirus | clamav cisco | Cisco's ClamAV
rspamd | rspamd | rspamd | Rspamd
procmail | procmail | procmail | procmail
fetchmail | fetchmail | fetchmail | fetchmail
thunderbird thunderbird-bin thunderbird-unwrapped thunderbird-* | thunderbird | mozilla | Mozilla Thunderbird
firefox firefox-bin firefox-unwrapped firefox-beta-bin firefox-devedition | firefox | mozilla | Mozilla Firefox
firefox-esr firefox-esr-* firefox-esr-unwrapped firefox-esr-bin | firefox-esr | mozilla | an edition with branches of its own
librewolf librewolf-unwrapped | firefox | mozilla | Firefox with other settings
tor-browser tor-browser-bundle-bin | tor-browser | torproject | Tor Browser
nss nss-* nss-esr | nss network-security-services | mozilla | Network Security Services
nspr | nspr netscape-portable-runtime | mozilla | NSPR
chromium chromium-unwrapped chromium-browser ungoogled-chromium ungoogled-chromium-unwrapped google-chrome google-chrome-beta google-chrome-dev | chrome chromium google-chrome | google chromium | one source; numbers are the same
brave brave-browser | brave brave-browser | brave | Brave
microsoft-edge microsoft-edge-stable | edge edge-chromium microsoft-edge-chromium-based | microsoft | Edge
vivaldi | vivaldi | vivaldi | Vivaldi
opera | opera opera-browser | opera | Opera
electron electron-* electron-unwrapped | electron | electronjs electron openjsf | Electron
webkitgtk webkitgtk-* webkit | webkitgtk webkitgtk+ webkit | webkitgtk webkit | the GTK port has numbers of its own
qtwebengine | qtwebengine qt-webengine | qt | Qt WebEngine
qtbase qtbase5 qt5 qt6 qt4 | qt qtbase | qt digia the-qt-company | the Qt framework
gtk gtk+ gtk+3 gtk+2 gtk3 gtk2 gtk4 | gtk gtk+ gtk3 | gnome gtk | GTK
glib glib-* | glib | gnome | GNOME's GLib
gdk-pixbuf | gdk-pixbuf gdk-pixbuf2 gdkpixbuf | gnome | of GTK
librsvg | librsvg | gnome | GNOME's SVG library
libsoup libsoup-2 libsoup-3 | libsoup | gnome | GNOME's HTTP library
pango | pango | gnome pango | Pango
cairo | cairo | cairographics cairo-graphics-library | Cairo
poppler poppler-glib poppler-utils poppler-qt5 poppler-min | poppler | freedesktop freedesktop-org poppler | Poppler
evince | evince | gnome | GNOME Evince
epiphany | epiphany gnome-web | gnome | GNOME Web
evolution-data-server | evolution-data-server | gnome | of GNOME Evolution
gnome-shell | gnome-shell | gnome | GNOME Shell
flatpak | flatpak | flatpak | Flatpak
bubblewrap | bubblewrap | projectatomic containers | of Flatpak
xorg-server xorgserver xwayland xorg-xorg-server | x-server xorg-server xwayland x-org-server xorg-x11-server | x-org x-org-foundation xorg | X.Org's server, and Xwayland of the same code
libx11 | libx11 | x-org x-org-foundation | X.Org
libxpm | libxpm | x-org x-org-foundation libxpm-project | X.Org
libxfont libxfont2 | libxfont libxfont2 | x-org x-org-foundation | X.Org
pixman | pixman | pixman x-org | Pixman
mesa mesa-* | mesa | mesa3d mesa freedesktop | Mesa
freetype | freetype freetype2 | freetype | FreeType
fontconfig | fontconfig | fontconfig-project freedesktop | Fontconfig
harfbuzz harfbuzz-icu | harfbuzz | harfbuzz-project harfbuzz | HarfBuzz
graphite2 | graphite2 graphite | sil | SIL Graphite
libjpeg libjpeg-turbo | libjpeg-turbo libjpeg | libjpeg-turbo | nixpkgs' libjpeg is libjpeg-turbo
libpng libpng-apng | libpng | libpng | libpng
libtiff | libtiff tiff | libtiff remotesensing | LibTIFF
libwebp | libwebp | webmproject google webm-project | Google's WebP
libavif | libavif | aomedia aomediacodec | AOMedia
libheif | libheif | struktur strukturag | libheif
libde265 | libde265 | struktur strukturag | libde265
openjpeg openjpeg-2 | openjpeg openjpeg2 | uclouvain openjpeg | OpenJPEG
jasper | jasper | jasper-project jasper-software mdadams | JasPer
giflib | giflib | giflib-project giflib | GIFLIB
lcms2 lcms | little-cms lcms2 little-cms-color-engine | littlecms | Little CMS
libexif | libexif | libexif-project libexif curtis-galloway | libexif
exiv2 | exiv2 | exiv2 | Exiv2
exiftool perl-image-exiftool image-exiftool | exiftool | exiftool-project exiftool perl | Image::ExifTool
imagemagick imagemagick-* imagemagick6 imagemagick7 | imagemagick | imagemagick | ImageMagick
graphicsmagick | graphicsmagick | graphicsmagick | a fork of ImageMagick
ghostscript ghostscript-with-x ghostscript-headless | ghostscript gpl-ghostscript | artifex | Artifex Ghostscript
mupdf mupdf-headless | mupdf | artifex | Artifex MuPDF
qpdf | qpdf | qpdf-project qpdf | QPDF
xpdf | xpdf xpdfreader | xpdfreader glyphandcog xpdf glyph-and-cog-llc | Xpdf
djvulibre | djvulibre | djvulibre-project djvulibre | DjVuLibre
cups | cups | apple openprinting | two lines of numbers: Apple's and OpenPrinting's
cups-filters | cups-filters | linuxfoundation openprinting | of OpenPrinting
hplip | hplip linux-imaging-and-printing | hp | HP's printing
sane-backends | sane-backends | sane-backends-project sane-project | SANE
ffmpeg ffmpeg-* ffmpeg-full ffmpeg-headless | ffmpeg | ffmpeg | FFmpeg
libav | libav | libav | a fork of FFmpeg
vlc | vlc vlc-media-player vlc-for-desktop | videolan | VLC
mpv mpv-unwrapped | mpv | mpv | mpv
gstreamer gst-plugins-base gst-plugins-good gst-plugins-bad gst-plugins-ugly gst-libav | gstreamer gst-plugins-base gst-plugins-good gst-plugins-bad gst-plugins-ugly | gstreamer gstreamer-project freedesktop | one release number for all
libvpx | libvpx | webmproject google webm-project | the VP8 codec
x264 | x264 | videolan | x264
x265 | x265 | multicorewareinc | x265
libaom | libaom aomedia | aomedia google | AV1's codec
dav1d | dav1d | videolan | dav1d
libopus | opus | opus-codec xiph | Opus
libvorbis | libvorbis | xiph xiph-org xiphophorus | Xiph
flac | flac libflac | flac-project xiph flac | FLAC
libsndfile | libsndfile | libsndfile-project libsndfile mega-nerd | libsndfile
lame | lame | lame-project | LAME
sox | sox sound-exchange | sox-project sound-exchange-project | SoX
audacity | audacity | audacityteam | Audacity
pulseaudio | pulseaudio | pulseaudio freedesktop | PulseAudio
pipewire | pipewire | pipewire freedesktop | PipeWire
docker docker-ce docker-* moby | moby docker docker-engine docker-ce | docker mobyproject moby | Docker's engine is the Moby project
docker-compose | compose docker-compose | docker | Compose
containerd | containerd | containerd linuxfoundation | containerd
runc | runc | opencontainers linuxfoundation docker | runc
podman podman-unwrapped | podman libpod | podman-project containers redhat libpod-project | Podman
buildah buildah-unwrapped | buildah | buildah-project containers redhat | Buildah
skopeo | skopeo | containers redhat skopeo-project | Skopeo
crun | crun | crun-project containers | crun
cri-o cri-o-unwrapped | cri-o | kubernetes cri-o | CRI-O
lxc | lxc | linuxcontainers | LXC
lxd lxd-lts | lxd | canonical linuxcontainers | LXD
incus | incus | linuxcontainers lxc | Incus
kubernetes kubectl | kubernetes kubernetes-kubectl | kubernetes | one source
k3s k3s-* | k3s | k3s suse rancher k3s-io | K3s
helm kubernetes-helm | helm | helm | Helm is kubernetes-helm in nixpkgs
argocd | argo-cd argo-continuous-delivery | argoproj argo-cd-project linuxfoundation | Argo CD
etcd etcd-* | etcd | etcd etcd-io redhat | etcd
consul | consul hashicorp-consul | hashicorp | Consul
vault vault-bin | vault hashicorp-vault | hashicorp | Vault
nomad nomad-* | nomad hashicorp-nomad | hashicorp | Nomad
terraform terraform-* | terraform | hashicorp | Terraform
ansible ansible-core ansible-* | ansible ansible-engine ansible-core | redhat ansible ansibleworks | Ansible Engine and Core
salt | salt saltstack | saltstack vmware salt-project | SaltStack
puppet | puppet puppet-agent | puppet puppetlabs perforce | Puppet
jenkins | jenkins | jenkins jenkins-project cloudbees | the server, not its plugins
prometheus | prometheus | prometheus | Prometheus
grafana | grafana | grafana grafana-labs | Grafana
zabbix zabbix-server zabbix-agent zabbix-web zabbix-proxy | zabbix zabbix-server zabbix-agent frontend | zabbix | Zabbix
nagios nagios-core | nagios nagios-core | nagios | Nagios Core
icinga2 | icinga icinga2 icinga-2 | icinga | Icinga 2
qemu qemu-host-cpu-only qemu-kvm qemu-utils qemu-full qemu-user | qemu qemu-kvm | qemu | QEMU
libvirt | libvirt | redhat libvirt | libvirt
virtualbox virtualbox-* | virtualbox vm-virtualbox | oracle oracle-corporation | Oracle VM VirtualBox
xen xen-* | xen | xen xenproject | Xen
edk2 ovmf | edk2 edk-ii edkii | tianocore edk2 | TianoCore EDK II; OVMF is of it
spice spice-server | spice | spice-project redhat | SPICE
freerdp freerdp-* freerdp3 | freerdp | freerdp | FreeRDP
tigervnc | tigervnc | tigervnc | TigerVNC
libvncserver | libvncserver | libvncserver-project libvnc libvncserver | LibVNCServer
wireshark wireshark-cli wireshark-qt tshark | wireshark | wireshark wireshark-foundation | one source with and without windows
tcpdump | tcpdump | tcpdump the-tcpdump-group | tcpdump
libpcap | libpcap | tcpdump the-tcpdump-group libpcap | of tcpdump
nmap nmap-graphical nmap-unfree | nmap | nmap insecure | Nmap
suricata | suricata | oisf suricata-ids | Suricata
snort | snort | snort cisco | Snort
zeek bro | zeek bro | zeek bro | Zeek was Bro
vim vim-full vim-configurable vim-darwin macvim | vim | vim | one source for all
neovim neovim-unwrapped | neovim | neovim | a fork with numbers of its own
vscode vscodium vscode-* | visual-studio-code vscode | microsoft | VSCodium is the same source
libreoffice libreoffice-fresh libreoffice-still libreoffice-unwrapped libreoffice-qt | libreoffice | libreoffice the-document-foundation document-foundation | LibreOffice
gimp | gimp | gimp gnome gnu | GIMP
inkscape | inkscape | inkscape | Inkscape
blender | blender | blender | Blender
texlive texlive-core texlive-bin | tex-live texlive | tug tex-live | TeX Live
openexr | openexr | openexr academysoftwarefoundation aswf | OpenEXR
hdf5 | hdf5 | hdfgroup the-hdf-group | HDF5
gdal | gdal | osgeo gdal | GDAL
proj | proj | osgeo proj | PROJ
protobuf protobuf-* | protobuf protocol-buffers protobuf-cpp | google protocolbuffers | Protocol Buffers
grpc | grpc | grpc google | gRPC
thrift | thrift apache-thrift | apache apache-software-foundation | Apache Thrift
pcre | pcre | pcre | PCRE
pcre2 | pcre2 | pcre pcre2project | PCRE2
oniguruma | oniguruma | oniguruma-project kkos | Oniguruma
jq | jq | jqlang stedolan jq-project | jq
yajl | yajl | yajl-project lloyd | YAJL
json-c | json-c | json-c json-c-project | JSON-C
libyaml | libyaml | pyyaml libyaml yaml | LibYAML
yaml-cpp | yaml-cpp | yaml-cpp-project jbeder | yaml-cpp
libevent | libevent | libevent-project libevent | libevent
boost boost-* | boost | boost | Boost
icu icu-* icu4c | icu international-components-for-unicode icu4c | icu-project unicode ibm | ICU
libical | libical | libical-project libical mozilla | libical
mbedtls mbedtls-* | mbed-tls mbedtls | arm mbed trustedfirmware | Mbed TLS
wolfssl | wolfssl | wolfssl | wolfSSL
boringssl | boringssl | google | BoringSSL
botan2 botan3 botan | botan | botan-project randombit | Botan
crypto++ cryptopp | crypto++ cryptopp | cryptopp weidai | Crypto++
nettle | nettle | nettle-project gnu | Nettle
opensc | opensc | opensc opensc-project | OpenSC
softhsm | softhsm softhsmv2 | opendnssec | SoftHSM
tpm2-tss | tpm2-tss tpm2-software-stack | tpm2-software-stack-project tpm2-software intel | TPM2 software stack
p11-kit | p11-kit | p11-kit-project p11-glue | p11-kit
matrix-synapse matrix-synapse-unwrapped | synapse matrix-synapse | matrix element-hq matrix-org | Matrix's homeserver; another Synapse is a launcher
element-web element-desktop | element-web element-desktop element | matrix element element-hq matrix-org vector-im | Element
mattermost | mattermost mattermost-server | mattermost | Mattermost
nextcloud nextcloud-* nextcloud25 nextcloud26 nextcloud27 nextcloud28 nextcloud29 nextcloud30 nextcloud31 | nextcloud-server server nextcloud security-advisories | nextcloud | the server
owncloud | owncloud owncloud-server | owncloud | ownCloud
mediawiki | mediawiki mediawiki-core | mediawiki wikimedia wikimedia-foundation | MediaWiki
wordpress wordpress-* | wordpress | wordpress wordpress-foundation | the core, not plugins
drupal | drupal drupal-core core | drupal | the core
phpmyadmin | phpmyadmin | phpmyadmin | phpMyAdmin
php-composer composer | composer | getcomposer composer | Composer
moodle | moodle | moodle | Moodle
keycloak | keycloak | keycloak redhat | Keycloak
vaultwarden | vaultwarden | dani-garcia vaultwarden | Vaultwarden
bitwarden-desktop bitwarden | bitwarden bitwarden-desktop | bitwarden | Bitwarden
keepassxc | keepassxc | keepassxc | KeePassXC
nix nix-* nixunstable | nix | nixos | Nix itself
cosign | cosign | sigstore | of sigstore
rekor rekor-server rekor-cli | rekor | sigstore linuxfoundation | of sigstore
transmission transmission-gtk transmission-qt transmission-* | transmission | transmissionbt transmission | Transmission
qbittorrent qbittorrent-nox | qbittorrent | qbittorrent | qBittorrent
rsync | rsync | samba rsync-project rsync | rsync
mosquitto | mosquitto | eclipse | Eclipse Mosquitto
rabbitmq-server | rabbitmq rabbitmq-server | vmware pivotal pivotal-software rabbitmq broadcom | RabbitMQ
zookeeper | zookeeper apache-zookeeper | apache apache-software-foundation | Apache ZooKeeper
apache-kafka | kafka apache-kafka | apache apache-software-foundation | Apache Kafka
activemq | activemq apache-activemq | apache apache-software-foundation | Apache ActiveMQ
solr | solr apache-solr | apache apache-software-foundation | Apache Solr
hadoop hadoop-* | hadoop apache-hadoop | apache apache-software-foundation | Apache Hadoop
spark apache-spark spark-* | spark apache-spark | apache apache-software-foundation | Apache Spark; others are called Spark too
maven apache-maven | maven apache-maven | apache apache-software-foundation | Apache Maven
ant | ant apache-ant | apache apache-software-foundation | Apache Ant
gradle gradle-* | gradle | gradle gradle-enterprise | Gradle
groovy | groovy apache-groovy | apache apache-software-foundation | Apache Groovy
jetty jetty-* | jetty eclipse-jetty jetty-project | eclipse | Eclipse Jetty
dnspython | dnspython | dnspython rthalley | dnspython
asterisk asterisk-* | asterisk open-source | digium asterisk sangoma | Asterisk
freeswitch | freeswitch | signalwire freeswitch | FreeSWITCH
pjsip | pjsip pjproject | pjsip teluu | PJSIP
coturn | coturn | coturn-project coturn | coturn
ntp | ntp | ntp network-time-foundation | the reference daemon
chrony | chrony | tuxfamily chrony-project | chrony
openntpd | openntpd | openntpd openbsd | OpenNTPD
vsftpd | vsftpd | vsftpd-project beasts | vsftpd
proftpd | proftpd | proftpd | ProFTPD
pure-ftpd | pure-ftpd | pureftpd | Pure-FTPd
tinyproxy | tinyproxy | tinyproxy tinyproxy-project banu | Tinyproxy
privoxy | privoxy | privoxy | Privoxy
i2p | i2p | i2p geti2p | I2P
frr | frr frrouting free-range-routing | frrouting | FRRouting
quagga | quagga | quagga | Quagga
bird bird2 bird-* | bird | nic cz-nic | the BIRD daemon
net-snmp | net-snmp | net-snmp net-snmp-project | Net-SNMP
rpm | rpm | rpm redhat rpm-software-management | RPM
dpkg | dpkg | debian | dpkg
apt | apt advanced-package-tool | debian | APT
snapd | snapd | canonical | snapd
fwupd | fwupd | fwupd redhat | fwupd
udisks udisks2 | udisks udisks2 | freedesktop udisks-project | UDisks
accountsservice | accountsservice | freedesktop accountsservice-project | AccountsService
gdm | gnome-display-manager gdm | gnome | GNOME's display manager
sddm | sddm | sddm-project sddm | SDDM
lightdm | lightdm | lightdm-project robert-ancell | LightDM
kitty | kitty | kitty-project kovidgoyal | the terminal
xterm | xterm | invisible-island | xterm
rxvt-unicode rxvt-unicode-unwrapped | rxvt-unicode | rxvt-unicode-project | urxvt
tmux | tmux | tmux-project tmux | tmux
zsh | zsh | zsh zsh-project | zsh
fish | fish | fishshell fish-shell | fish
dash | dash | dash-project | dash
mksh | mksh | mirbsd | mksh
tcsh | tcsh | tcsh | tcsh
file | file | file-project christos-zoulas file | the file command
bc | bc | gnu | GNU bc
lynx | lynx | lynx-project lynx | Lynx
links2 | links links2 | twibright | Links
w3m | w3m | w3m-project tats | w3m
elinks | elinks | elinks | ELinks
weechat weechat-unwrapped | weechat | weechat flashtux | WeeChat
irssi | irssi | irssi | Irssi
pidgin | pidgin | pidgin | Pidgin
signal-desktop | signal-desktop signal | signal whispersystems | Signal
telegram-desktop | telegram-desktop telegram | telegram | Telegram
zoom zoom-us | zoom zoom-client zoom-workplace meetings | zoom zoom-video-communications-inc | Zoom
steam steam-unwrapped | steam steam-client | valvesoftware | Steam
wine wine-* wine64 winewow | wine | winehq | Wine
discourse | discourse | discourse | Discourse
redmine | redmine | redmine | Redmine
jellyfin | jellyfin jellyfin-server | jellyfin | Jellyfin
plex plexmediaserver | media-server plex-media-server | plex | Plex
kodi kodi-* | kodi | kodi xbmc | Kodi
home-assistant homeassistant | core home-assistant home-assistant-core | home-assistant | its repository is home-assistant/core
openscad | openscad | openscad | OpenSCAD
freecad | freecad | freecad | FreeCAD
kicad | kicad | kicad | KiCad
radare2 | radare2 | radare radareorg | radare2
rizin | rizin | rizin rizinorg | a fork of radare2
yara | yara | virustotal | YARA
hashcat | hashcat | hashcat | hashcat
john | john-the-ripper | openwall | John the Ripper
aircrack-ng | aircrack-ng | aircrack-ng | Aircrack-ng
`

export interface Alias {
  readonly products: readonly string[]
  readonly vendors: readonly string[]
  readonly why: string
}

const EXACT = new Map<string, Alias>()
const VERSIONED = new Map<string, Alias>()
for (const line of TABLE.split('\n')) {
  const [names, products, vendors, why] = line.split('|').map((part) => part.trim())
  if (names === undefined || products === undefined || vendors === undefined || why === undefined) continue
  const alias: Alias = { products: products.split(' '), vendors: vendors.split(' '), why }
  for (const name of names.split(' ')) {
    if (name.endsWith('-*')) VERSIONED.set(name.slice(0, -2), alias)
    else EXACT.set(name, alias)
  }
}

/** The row of the table for a name that nixpkgs uses, normalised. */
export function aliasOf(name: string): Alias | undefined {
  const exact = EXACT.get(name)
  if (exact !== undefined) return exact
  const versioned = /^(?<base>.+?)-?(?<version>\d+(?:-\d+)*)$/.exec(name)
  return versioned === null ? undefined : VERSIONED.get(versioned.groups?.base ?? '')
}

/** How many names the table knows. */
export const aliasCount = EXACT.size + VERSIONED.size

/** The programs (not libraries of a language) that the table knows by this product name. */
export function knownProgram(product: string): Alias | undefined {
  return PRODUCTS.get(product)
}
const PRODUCTS = new Map<string, Alias>()
for (const alias of [...EXACT.values(), ...VERSIONED.values()]) {
  for (const product of alias.products) if (!PRODUCTS.has(product)) PRODUCTS.set(product, alias)
}
