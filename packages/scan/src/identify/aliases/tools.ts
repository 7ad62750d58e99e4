/** Containers, automation, virtual machines, editors, applications. See ../aliases.ts for the columns. */
export const TOOLS = `
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
k3s k3s-* | k3s | k3s suse rancher k3s-io | K3s
kubernetes-helm | helm | helm | nixpkgs has a synthesizer called helm
argocd | argo-cd argo-continuous-delivery | argoproj argo-cd-project linuxfoundation | Argo CD
etcd etcd-* | etcd | etcd etcd-io redhat | etcd
consul | consul hashicorp-consul | hashicorp | Consul
vault vault-bin | vault hashicorp-vault | hashicorp | Vault
nomad nomad-* | nomad hashicorp-nomad | hashicorp | Nomad
terraform terraform-* | terraform | hashicorp | Terraform
ansible ansible-core ansible-* | ansible ansible-engine ansible-core | redhat ansible ansibleworks | Ansible Engine and Core
salt | salt saltstack | saltstack vmware salt-project | SaltStack
puppetserver puppet-server | puppet-server puppetserver | puppet puppetlabs perforce | the server in Java
puppet | puppet puppet-agent | puppet puppetlabs perforce | Puppet
jenkins | jenkins | jenkins jenkins-project cloudbees | the server, not its plugins
prometheus | prometheus | prometheus | Prometheus
grafana | grafana | grafana grafana-labs | Grafana
zabbix zabbix-server zabbix-agent zabbix-agent2 zabbix-web zabbix-proxy | zabbix zabbix-server zabbix-agent frontend | zabbix | Zabbix
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
wireshark wireshark-cli wireshark-qt tshark | wireshark editcap tshark | wireshark wireshark-foundation | one source with and without windows
tcpdump | tcpdump | tcpdump the-tcpdump-group | tcpdump
libpcap | libpcap | tcpdump the-tcpdump-group libpcap | of tcpdump
nmap nmap-graphical nmap-unfree | nmap | nmap insecure | Nmap
suricata | suricata | oisf suricata-ids | Suricata
snort | snort | snort cisco | Snort
zeek bro | zeek bro | zeek bro | Zeek was Bro
vim vim-full vim-configurable vim-darwin macvim | vim | vim | one source for all
neovim neovim-unwrapped | neovim | neovim | a fork with numbers of its own
vscode vscodium vscode-* | visual-studio-code vscode | microsoft | VSCodium is the same source
libreoffice libreoffice-fresh libreoffice-still libreoffice-unwrapped libreoffice-qt | libreoffice | libreoffice the-document-foundation document-foundation thedocumentfoundation | LibreOffice
gimp | gimp | gimp gnome gnu | GIMP
inkscape | inkscape | inkscape | Inkscape
blender | blender | blender | Blender
texlive texlive-core texlive-bin | tex-live texlive | tug tex-live | TeX Live
openexr | openexr | openexr academysoftwarefoundation aswf | OpenEXR
hdf5 | hdf5 hdf5library | hdfgroup the-hdf-group | HDF5
gdal | gdal | osgeo gdal | GDAL
proj | proj | osgeo proj | PROJ
matrix-synapse matrix-synapse-unwrapped | synapse matrix-synapse | matrix element-hq matrix-org | Matrix's homeserver; another Synapse is a launcher
element-web | element-web element | matrix element element-hq matrix-org vector-im | Element
element-desktop | element-web element-desktop element | matrix element element-hq matrix-org vector-im | the client holds Element Web
mattermost | mattermost mattermost-server | mattermost | Mattermost
nextcloud nextcloud-* nextcloud25 nextcloud26 nextcloud27 nextcloud28 nextcloud29 nextcloud30 nextcloud31 | nextcloud-server server nextcloud security-advisories | nextcloud | the server
owncloud | owncloud owncloud-server | owncloud kiteworks | ownCloud
mediawiki | mediawiki mediawiki-core | mediawiki wikimedia wikimedia-foundation | MediaWiki
wordpress wordpress-* | wordpress wordpress-develop | wordpress wordpress-foundation automattic | the core, not plugins
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
proftpd | proftpd | proftpd | ProFTPD
pure-ftpd | pure-ftpd | pureftpd | Pure-FTPd
tinyproxy | tinyproxy | tinyproxy tinyproxy-project banu | Tinyproxy
privoxy | privoxy | privoxy | Privoxy
i2p | i2p | i2p geti2p | I2P
frr | frr frrouting free-range-routing | frrouting | FRRouting
quagga | quagga | quagga | Quagga
bird bird2 bird-* | bird | nic cz-nic | the BIRD daemon
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
cura ultimaker-cura | cura | ultimaker | Cura
prusa-slicer | prusaslicer | prusa3d prusa-research | PrusaSlicer
octoprint | octoprint | octoprint | OctoPrint
klipper | klipper | klipper3d | Klipper
azure-cli | azure-cli azure-command-line-interface | microsoft | Azure CLI
google-cloud-sdk | cloud-sdk google-cloud-sdk | google | Google Cloud SDK
awscli awscli2 | aws-cli awscli | amazon aws | AWS CLI
gh github-cli | cli github-cli gh | github cli | GitHub's CLI
glab | glab | gitlab | GitLab's CLI
hub | hub | github mislav | GitHub's hub; JetBrains has a Hub
git-lfs | git-lfs git-large-file-storage | git-large-file-storage-project github git-lfs | Git LFS
libgit2 | libgit2 | libgit2 | libgit2
act | act | nektos nektos-act-project | nektos/act
bazel bazel-* | bazel | google bazel bazelbuild | Bazel
cmake | cmake | cmake kitware | CMake
meson | meson | mesonbuild | Meson
ninja | ninja | ninja-build | Ninja
scons | scons | scons | SCons
sbt | sbt | sbt scala-sbt lightbend scala | sbt
vagrant | vagrant | hashicorp | Vagrant
packer | packer | hashicorp | Packer
boundary | boundary | hashicorp | Boundary
fabric hyperledger-fabric | fabric hyperledger-fabric | hyperledger linuxfoundation | Hyperledger Fabric
go-ethereum geth | go-ethereum geth | ethereum go-ethereum | Geth
bitcoin bitcoind bitcoin-knots | bitcoin-core bitcoin bitcoind | bitcoin bitcoincore bitcoin-core bitcoinknots | Bitcoin Core
lnd | lnd lightning-network-daemon | lightning-network-daemon-project lightningnetwork | lnd
clightning | lightning core-lightning c-lightning | elementsproject blockstream | Core Lightning
monero monero-cli monero-gui | monero | getmonero monero monero-project | Monero
electrum | electrum | electrum | Electrum
tcpreplay | tcpreplay | broadcom appneta tcpreplay-project | tcpreplay
aide | aide advanced-intrusion-detection-environment | advanced-intrusion-detection-environment-project aide-project | AIDE
ossec | ossec | ossec | OSSEC
wazuh | wazuh | wazuh | Wazuh
fail2ban | fail2ban | fail2ban | Fail2ban
modsecurity modsecurity-standalone libmodsecurity | modsecurity | trustwave owasp spiderlabs modsecurity | ModSecurity
lynis | lynis | cisofy | Lynis
metasploit | metasploit metasploit-framework | rapid7 | Metasploit
sqlmap | sqlmap | sqlmap sqlmapproject | sqlmap
ghidra ghidra-bin | ghidra | nsa | Ghidra
capstone | capstone | capstone-engine capstone | Capstone
unicorn | unicorn-engine unicorn | unicorn-engine | the CPU emulator
upx | upx | upx upx-project | UPX
libdwarf | libdwarf | libdwarf-project libdwarf davea42 | libdwarf
libiberty | libiberty | gnu | of GCC and Binutils
yt-dlp | yt-dlp | yt-dlp yt-dlp-project | yt-dlp
youtube-dl | youtube-dl | yt-dl ytdl-org youtube-dl-project | youtube-dl
aria2 | aria2 | aria2-project tatsuhiro-tsujikawa aria2 | aria2
httpie | httpie | httpie | HTTPie
hugo | hugo | gohugo gohugoio | Hugo
jekyll | jekyll | jekyllrb | Jekyll
pcm | pcm performance-counter-monitor | intel | Intel PCM
ispc | ispc | intel ispc | Intel's SPMD compiler
oneapi-tbb tbb | threading-building-blocks tbb onetbb | intel | Intel's TBB
openvino | openvino | intel | OpenVINO
ollama | ollama | ollama | Ollama
llama-cpp | llama-cpp | ggerganov ggml llama-cpp | llama.cpp
cosmopolitan | cosmopolitan | jart | Cosmopolitan
pinta | pinta | pinta-project | Pinta
virtuoso virtuoso-opensource | virtuoso virtuoso-opensource | openlinksw openlink | OpenLink Virtuoso
spin | spin | nimble-code | the model checker; Fermyon has a Spin
fermyon-spin | spin | fermyon | Fermyon's Spin
ranger | ranger | ranger-project ranger | the file manager; Apache has a Ranger
apktool | apktool | apktool ibotpeaches | Apktool
dbeaver dbeaver-bin | dbeaver | dbeaver dkeaver | DBeaver
htop | htop | htop htop-dev | htop
glances | glances | glances-project nicolargo | Glances
maxima | maxima | maxima maxima-project | Maxima
gtkwave | gtkwave | gtkwave tonybybee | GTKWave
dcm2niix | dcm2niix | rordenlab dcm2niix | dcm2niix
dcmtk | dcmtk | offis | OFFIS DCMTK
gdcm | grassroots-dicom gdcm | gdcm-project malaterre grassroots-dicom | GDCM
vtk | vtk | vtk kitware | VTK
openbabel | openbabel open-babel | openbabel open-babel | Open Babel
libsolv | libsolv | opensuse libsolv-project | libsolv
swftools | swftools | swftools | SWFTools
mujs | mujs | artifex | of Artifex
jbig2dec | jbig2dec | artifex | of Artifex
duktape | duktape | duktape duktape-project svaarala | Duktape
quickjs | quickjs | quickjs-project bellard quickjs | QuickJS
jerryscript | jerryscript | jerryscript | JerryScript
wasmtime | wasmtime | bytecodealliance | Wasmtime
wasmer | wasmer | wasmer wasmerio | Wasmer
wabt | wabt webassembly-binary-toolkit | webassembly | WABT
binaryen | binaryen | webassembly | Binaryen
mozjs spidermonkey | spidermonkey | mozilla | of Firefox
wamr | webassembly-micro-runtime wasm-micro-runtime wamr | bytecodealliance | WAMR
teleport teleport-* | teleport | goteleport gravitational | Teleport
minikube | minikube | kubernetes | of Kubernetes
cri-tools | cri-tools | kubernetes | of Kubernetes
kind | kind | kubernetes kubernetes-sigs | of Kubernetes
istioctl | istio | istio | Istio
linkerd | linkerd2 linkerd | linkerd linuxfoundation buoyant | Linkerd
cilium | cilium | cilium isovalent | Cilium
calico calicoctl | calico | projectcalico tigera | Calico
flannel | flannel | flannel-io coreos | flannel
fluxcd flux | flux2 flux | fluxcd | Flux
kustomize | kustomize | kubernetes | of Kubernetes
trivy | trivy | aquasec aquasecurity | Trivy
grype syft | = | anchore | of Anchore
opa open-policy-agent | open-policy-agent opa | openpolicyagent open-policy-agent linuxfoundation | OPA
buildkit | buildkit | mobyproject moby docker | BuildKit
docker-buildx | buildx | docker | Buildx
distribution docker-distribution | distribution registry docker-registry | docker distribution | the registry
harbor | harbor | linuxfoundation goharbor vmware | Harbor
rclone | rclone | rclone | rclone
rider clion goland webstorm phpstorm datagrip ruby-mine mps dataspell rust-rover pycharm-community pycharm-professional | = | jetbrains | of JetBrains
idea-community idea-ultimate | intellij-idea | jetbrains | of JetBrains
mongodb-compass | mongodb-compass compass | mongodb mongodb-inc | MongoDB's window
foreman | foreman process-manager | ddollar | the process manager; Satellite has a Foreman
olm | olm libolm | matrix matrix-org | libolm of Matrix
youtrack teamcity | = | jetbrains | of JetBrains
`
