/** Applications, mostly of short or everyday names. See ../aliases.ts for the columns. */
export const APPLICATIONS = `
cockpit | cockpit | cockpit-project redhat | the web console; others make a CMS of that name
guacamole-server guacamole-client guacamole | guacamole apache-guacamole guacd | apache apache-software-foundation | Apache Guacamole, its daemon and web application
mc midnight-commander | midnight-commander mc | gnu midnight-commander | GNU Midnight Commander
pdm | pdm | pdm-project frostming pdm | a Python package manager
ovn | ovn open-virtual-network | ovn openvswitch redhat linuxfoundation | Open Virtual Network
smarty smarty3 smarty4 | smarty | smarty smarty-php | PHP's template engine
fluent-bit | fluent-bit fluentbit | fluent fluentbit treasuredata calyptia | Fluent Bit
fluentd | fluentd | fluentd fluent treasuredata | Fluentd
rsyslog rsyslog-light | rsyslog | rsyslog adiscon | rsyslog
syslogng syslog-ng | syslog-ng | oneidentity balabit syslog-ng | syslog-ng
monit | monit | mmonit tildeslash | Monit
nut | nut network-ups-tools | networkupstools | Network UPS Tools
rrdtool | rrdtool | rrdtool oetiker | RRDtool
monitoring-plugins nagios-plugins | monitoring-plugins nagios-plugins plugins | monitoring-plugins nagios-plugins nagios | plugins of Nagios
icingaweb2 | icinga-web-2 icingaweb2 | icinga | Icinga's web interface
collectd | collectd | collectd | collectd
munin | munin | munin-monitoring | Munin
uptime-kuma | uptime-kuma | uptime-kuma-project uptime.kuma louislam dockge | Uptime Kuma
thanos mimir tempo grafana-agent grafana-alloy pyroscope grafana-oncall | = | grafana grafana-labs thanos-io improbable | of the Prometheus and Grafana families
alloy | alloy | grafana grafana-labs | Grafana Alloy
jaeger | jaeger | jaegertracing linuxfoundation | Jaeger
zipkin | zipkin | openzipkin | Zipkin
vector | vector | datadog vectordotdev | Vector
falco | falco | falco falcosecurity sysdig linuxfoundation | Falco
osquery | osquery | osquery facebook linuxfoundation | osquery
velero | velero | vmware vmware-tanzu | Velero
rke rke2 | = | rancher suse | of Rancher
nebula | nebula | slackhq slack defined | the overlay network
zerotierone | zerotierone zerotier zerotier-one | zerotier | ZeroTier
frp | frp | fatedier frp-project | a reverse proxy
chisel | chisel | jpillora chisel-project | a tunnel
gost | gost | gost go-gost ginuerzh | a tunnel
v2ray v2ray-core | v2ray v2ray-core | v2ray v2fly | V2Ray
xray | xray xray-core | xtls | Xray
shadowsocks-libev shadowsocks-rust | = | shadowsocks | Shadowsocks
mosh | mosh | mosh mobile-shell | Mosh
sunshine | sunshine | lizardbyte | a game stream host
moonlight-qt moonlight-embedded | moonlight moonlight-qt moonlight-embedded | moonlight-stream | a game stream client
please | please pleaser | edneville please | a sudo clone
atop | atop | atop atoptool | atop
expect | expect | nist tcl expect | Expect
dialog | dialog | invisible-island | dialog
bison flex groff enscript units gnump3d gnash gnuchess sharutils mtools recutils rcs cpp wdiff cflow | = | gnu westes flex-project | GNU's, and flex
man-db | man-db | man-db-project nongnu | man-db
asciidoctor | asciidoctor | asciidoctor | Asciidoctor
doxygen | doxygen | doxygen | Doxygen
graphviz | graphviz | graphviz | Graphviz
plantuml | plantuml | plantuml | PlantUML
drawio drawio-headless | drawio draw-io drawio-desktop | jgraph diagrams draw | draw.io Desktop holds the editor, with its numbers
xfig fig2dev transfig | xfig fig2dev transfig | xfig fig2dev-project mcj | Xfig
dia | dia | gnome | Dia
krita darktable digikam gwenview rawtherapee | = | krita kde darktable digikam rawtherapee | pictures
feh | feh | feh-project finalrewind derf | feh
geeqie | geeqie | geeqie | Geeqie
eog | eog eye-of-gnome | gnome | Eye of GNOME
shotwell | shotwell | yorba gnome | Shotwell
joe | joe joes-own-editor | joe-editor joe-text-editor | the editor
jed | jed | jedsoft | the editor
nnn | nnn | nnn-project jarun | the file manager
micro | micro | micro-editor zyedidia | the editor
helix | helix | helix-editor | the editor
kate kwrite falkon konversation kopete krdc krfb dolphin k3b kpat amarok | = | kde | of KDE
geany | geany | geany | Geany
seamonkey palemoon | = | mozilla palemoon moonchild | of the Mozilla family
qutebrowser | qutebrowser | qutebrowser | qutebrowser
alpine | alpine | alpine-project washington uw | the mail program, not the distribution
isync mbsync | isync mbsync | isync-project | isync
msmtp | msmtp | marlam | msmtp
claws-mail sylpheed | = | claws-mail sylpheed claws-mail-project | mail programs
dino | dino | dino | the XMPP client
gajim | gajim | gajim | Gajim
profanity | profanity | profanity-im profanity-project | Profanity
hexchat | hexchat | hexchat-project hexchat | HexChat
linphone | linphone | linphone belledonne-communications | Linphone
jami jami-daemon | jami | savoirfairelinux savoirlinux savoir-faire-linux | Jami
libtoxcore toxcore | toxcore c-toxcore | tox toktok | Tox
ghost | ghost | ghost tryghost | the publishing platform
ghost-cli | ghost-cli | ghost tryghost | installs Ghost, with releases of its own
grav | grav | getgrav trilby-media | the CMS
taiga | taiga | taiga kaleidos | Taiga
trac | trac | edgewall edgewall-software | Trac
matomo | matomo piwik | matomo piwik | Matomo was Piwik
umami | umami | umami umami-software | web statistics
plausible | plausible | plausible | web statistics
memos | memos | usememos | Memos
homepage-dashboard | homepage | gethomepage | the dashboard
heimdall | heimdall | samsung glassechidna benjamin-dobell | a flash tool; others make a dashboard
frigate | frigate | frigate blakeblackshear | the video recorder
motion | motion | motion-project motion-project-io lavrsen | the motion detector
zoneminder | zoneminder | zoneminder | ZoneMinder
deluge | deluge | deluge-torrent | the BitTorrent client
komga kavita koel ampache | = | komga kareadita kavita koel ampache gotson | media servers
calibre-web | calibre-web | calibre-web-project janeczku | a web interface of its own
audiobookshelf | audiobookshelf | audiobookshelf advplyr | Audiobookshelf
thc-hydra | hydra thc-hydra | thc vanhauser-thc | the password cracker
kismet | kismet | kismet kismetwireless | Kismet
argus | argus | qosient | the network auditor
mtr | mtr | bitwizard traviscross | a traceroute
ettercap | ettercap | ettercap-project | Ettercap
bettercap | bettercap | bettercap | bettercap
sngrep | sngrep | irontec | sngrep
drone | drone | drone harness | the CI server
tekton-cli | cli tekton-cli | tekton tektoncd linuxfoundation | of Tekton
contour | contour | projectcontour vmware | the ingress controller
thruk | thruk | thruk sni | Thruk
keydb | keydb | snapchat eqalpha keydb | a fork of Redis
dolt | dolt | dolthub | Dolt
milvus vitess tidb tikv | = | milvus linuxfoundation pingcap vitess tikv vitessio | databases
duckdb | duckdb | duckdb | DuckDB
nim zig crystal racket tcl tk rakudo janet dmd ldc vala fpc sbcl | = | nim-lang ziglang crystal-lang racket tcl tcl-tk perl raku janet-lang d-language ldc-developers gnome freepascal sbcl steel-bank-common-lisp | languages
vlang | v | vlang | the V language
coq gap pari sage sagemath | = | inria gap-system pari pari-gp sagemath pari-group | mathematics
z3 | z3 | microsoft z3prover | the solver
nats-server | nats-server nats | nats nats-io linuxfoundation | the NATS server
nanomq | nanomq | emqx nanomq emqtech | NanoMQ
emqx | emqx | emqx | EMQX
beanstalkd | beanstalkd | beanstalkd-project wildbit | beanstalkd
uwsgi | uwsgi | unbit uwsgi-project | uWSGI
passenger | passenger | phusion phusionpassenger | Passenger
pound | pound | apsis-it apsis pound-project | the reverse proxy
dante | dante | inet dante-project | the SOCKS server
3proxy | 3proxy | 3proxy z3apa3a | 3proxy
mpd | mpd music-player-daemon | musicpd music-player-daemon | the music player; another mpd speaks PPP
mplayer | mplayer | mplayerhq mplayer | MPlayer
totem rhythmbox cheese gedit yelp baobab file-roller nautilus-python gnome-boxes gnome-software gnome-control-center gnome-session gnome-settings-daemon gnome-terminal gnome-maps gnome-screenshot gnome-system-monitor brasero ekiga empathy evolution-ews anjuta glade tepl mutter gjs tali | = | gnome | of GNOME
ardour lmms audacious clementine strawberry picard quodlibet cmus moc | = | ardour lmms audacious clementine-player strawberrymusicplayer metabrainz musicbrainz quodlibet cmus moc | sound
alsa-lib alsa-utils | = | alsa-project alsa | ALSA
jack2 | jack2 jack | jackaudio | JACK
trezord trezor-suite | = | trezor satoshilabs | of Trezor
ledger | ledger | ledger-cli ledger | the accounting program; another makes wallets
buku | buku | jarun | bookmarks
cutter cutter-re | = | rizin rizinorg rada cutter | of Rizin
jadx | jadx | jadx-project skylot | jadx
mitmproxy | mitmproxy | mitmproxy | mitmproxy
zap | zap zed-attack-proxy | zaproxy owasp | OWASP's proxy
nuclei interactsh katana subfinder httpx-toolkit | = | projectdiscovery | of ProjectDiscovery
restic-rest-server | rest-server | restic | of restic
garage | garage | deuxfleurs | the object store
pass password-store | password-store pass | simple-password-store-project zx2c4 | pass
age | age | filippo age-project | age
step-cli | cli step-cli | smallstep | of Smallstep
sops | sops | mozilla getsops | SOPS
lldap | lldap | lldap | Light LDAP
kanidm | kanidm | kanidm kanidm-project | Kanidm
zitadel | zitadel | zitadel | ZITADEL
pomerium | pomerium | pomerium | Pomerium
navi | navi | denisidoro | the cheatsheet
starship | starship | starship | the prompt
atuin | atuin | atuin atuinsh | the shell history
zellij | zellij | zellij-project zellij | Zellij
sogo | sogo | alinto inverse | SOGo
kopano-core | core groupware-core | kopano | Kopano
tiger vnc-server realvnc-vnc-viewer | = | realvnc tigervnc | VNC
texmacs lyx kile texstudio texmaker | = | gnu texmacs lyx kde texstudio xm1math | TeX's editors
rt request-tracker | request-tracker rt | bestpractical best-practical best-practical-solutions | Request Tracker
sympa | sympa | sympa sympa-community | Sympa
siyuan | siyuan | b3log siyuan siyuan-note | SiYuan
trilium-desktop trilium-server trilium-next-desktop trilium-next-server | trilium | trilium-project zadam triliumnext | Trilium
standardnotes | standard-notes | standardnotes | Standard Notes
qownnotes | qownnotes | qownnotes pbek | QOwnNotes
mattermost-desktop | mattermost-desktop desktop | mattermost | of Mattermost
rocketchat-desktop | rocket-chat-desktop rocket-chat-electron | rocket-chat rocketchat | of Rocket.Chat
bitwarden-cli | bitwarden-cli cli clients | bitwarden | of Bitwarden
wasm3 | wasm3 | wasm3 wasm3-project | wasm3
zfs zfs-user zfs-kernel zfs-unstable zfs-user-* zfs-* | openzfs zfs | openzfs zfsonlinux zfs-on-linux | OpenZFS, its tools and its module
xmedcon | xmedcon medcon | xmedcon xmedcon-project | (X)MedCon
srs | srs simple-realtime-server | ossrs | a video server
verapdf | verapdf verapdf-library | verapdf | veraPDF and its library
stellar-core | stellar-core | stellar | Stellar
meshcentral | meshcentral | ylianst meshcentral | MeshCentral
opendds | opendds | objectcomputing opendds | OpenDDS
kops | kops | kubernetes | Kubernetes Operations
tig | = | tig-project jonas | git's browser
local-ai localai | localai local-ai | mudler localai | LocalAI
firefoxpwa | firefoxpwa pwasforfirefox | filips123 | Progressive Web Apps for Firefox
flashplayer flashplayer-standalone flashplayer-ppapi | flash-player flashplayer | adobe | Adobe Flash Player
pyload-ng pyload | pyload pyload-ng | pyload pyload-ng-project | pyLoad, as a program
openmpi open-mpi | openmpi open-mpi | open-mpi openmpi-project | Open MPI
hwloc hwloc-nox | hwloc portable-hardware-locality | open-mpi hwloc-project | of Open MPI
flarum | flarum framework flarum-core | flarum | Flarum; its core is flarum/framework
hamster hamster-time-tracker | hamster hamster-time-tracker gnome-time-tracker time-tracker | gnome projecthamster | the time tracker
mozillavpn mozilla-vpn | mozilla-vpn mozilla-vpn-client mozilla-vpn-client-for-linux vpn | mozilla | Mozilla VPN
cloudflare-warp | warp warp-client cloudflare-warp | cloudflare | Cloudflare's client
amavisd-new amavis | amavis amavisd-new | amavis ijs amavisd-new | amavis, once amavisd-new
bootstrap twitterbootstrap | bootstrap | bootstrap twbs getbootstrap twitter | the front-end framework
jquery jquery-ui | = | jquery jqueryui openjs openjsf openjs-foundation js-foundation | JavaScript that nixpkgs packs without a prefix
`
