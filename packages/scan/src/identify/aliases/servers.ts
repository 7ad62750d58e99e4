/** Servers: names, web, databases, directories, mail. See ../aliases.ts for the columns. */
export const SERVERS = `
bind bind-* | bind bind-9 bind9 | isc internet-systems-consortium | ISC calls it BIND 9
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
mysql mysql-* | mysql mysql-server mysql-client | oracle mysql oracle-corporation | Oracle MySQL
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
krb5 libkrb5 krb5-full | kerberos kerberos-5 krb5 mit-kerberos mit-kerberos-5 mit-krb5 | mit | MIT Kerberos
heimdal | heimdal | heimdal-project heimdal h5l | another Kerberos
cyrus-sasl | cyrus-sasl sasl | cyrusimap cmu carnegie-mellon-university cyrus | Cyrus SASL
cyrus-imapd | cyrus-imap cyrus-imapd imapd | cyrus cyrusimap cmu | Cyrus IMAP
sssd | sssd | fedoraproject redhat sssd | SSSD
freeradius | freeradius freeradius-server | freeradius | FreeRADIUS
samba samba4 samba4full sambafull samba-full | samba | samba redhat red-hat | Samba
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
slurm | slurm slurm-workload-manager | schedmd | Slurm
coredns | coredns | coredns coredns-io linuxfoundation | CoreDNS
dnscrypt-proxy dnscrypt-proxy2 | dnscrypt-proxy dnscrypt-proxy2 dnscrypt-proxy-2 | dnscrypt jedisct1 | nixpkgs writes the 2 into the name
keepalived | keepalived | acassen keepalived | Keepalived
h2o | h2o | h2o dena h2o-project | the web server; another H2O learns
minio | minio | minio | MinIO
seaweedfs | seaweedfs | seaweedfs | SeaweedFS
ceph ceph-client | ceph | redhat ceph linuxfoundation | Ceph
glusterfs | glusterfs gluster | gluster redhat | GlusterFS
pgadmin pgadmin4 | pgadmin pgadmin-4 pgadmin4 | postgresql pgadmin pgadmin-org | pgAdmin 4
pgbouncer | pgbouncer | pgbouncer | PgBouncer
pgpool pgpool-ii pgpool2 | pgpool-ii pgpool | pgpool pgpool-global-development-group | Pgpool-II
timescaledb | timescaledb | timescale | TimescaleDB
postgis | postgis | postgis osgeo | PostGIS
clickhouse | clickhouse | clickhouse yandex | ClickHouse
cockroachdb | cockroachdb | cockroachlabs | CockroachDB
rethinkdb | rethinkdb | rethinkdb | RethinkDB
neo4j | neo4j | neo4j | Neo4j
firebird firebird-* | firebird | firebirdsql | the database
kibana kibana7 | kibana | elastic | Kibana
logstash logstash7 | logstash | elastic | Logstash
filebeat filebeat7 | filebeat beats | elastic | of Elastic
graylog graylog-* | graylog graylog2-server | graylog graylog2 | Graylog
telegraf | telegraf | influxdata | Telegraf
alertmanager prometheus-alertmanager | alertmanager | prometheus | of Prometheus
loki grafana-loki | loki | grafana | Grafana Loki
netdata | netdata | netdata | Netdata
metabase | metabase | metabase | Metabase
superset apache-superset | superset apache-superset | apache apache-software-foundation | Apache Superset
airflow apache-airflow | airflow apache-airflow | apache apache-software-foundation | Apache Airflow
flink | flink apache-flink | apache apache-software-foundation | Apache Flink
nifi | nifi apache-nifi | apache apache-software-foundation | Apache NiFi
tika | tika apache-tika | apache apache-software-foundation | Apache Tika
storm | storm apache-storm | apache apache-software-foundation | Apache Storm
openfire | openfire | igniterealtime ignite-realtime | Openfire
ejabberd | ejabberd | process-one ejabberd | ejabberd
prosody | prosody | prosody | Prosody
znc | znc | znc | ZNC
inspircd | inspircd | inspircd | InspIRCd
unrealircd | unrealircd | unrealircd | UnrealIRCd
mumble murmur | mumble | mumble | Mumble
janus-gateway | janus-gateway janus | meetecho | Janus
jitsi-meet jitsi-videobridge | = | jitsi 8x8 | Jitsi
peertube | peertube | framasoft joinpeertube chocobozzz | PeerTube
mastodon | mastodon | joinmastodon mastodon | Mastodon
gitolite | gitolite | gitolite | Gitolite
gogs | gogs | gogs | Gogs
gerrit | gerrit | google gerritcodereview | Gerrit
hydra hydra-unstable | hydra | nixos | Nix's Hydra; others are called Hydra too
buildbot | buildbot | buildbot | Buildbot
woodpecker-server woodpecker-agent | woodpecker | woodpecker-ci | Woodpecker CI
concourse | concourse | pivotal concourse-ci vmware | Concourse
spinnaker | spinnaker | linuxfoundation spinnaker | Spinnaker
authelia | authelia | authelia | Authelia
authentik | authentik | goauthentik | authentik
dex dex-oidc | dex | dexidp linuxfoundation | Dex
oauth2-proxy | oauth2-proxy | oauth2-proxy oauth2-proxy-project pusher | OAuth2 Proxy
step-ca | step-ca certificates | smallstep | step-ca
bareos | bareos | bareos | Bareos
bacula | bacula bacula-web | bacula | Bacula
borgbackup | borgbackup borg | borgbackup | BorgBackup
restic | restic | restic | restic
duplicity | duplicity | duplicity-project | duplicity
syncthing | syncthing | syncthing | Syncthing
seafile seafile-server | seafile seafile-server | seafile | Seafile
vsftpd | vsftpd | vsftpd-project beasts | vsftpd
netatalk | netatalk | netatalk netatalk-project | Netatalk
maddy | maddy | maddy-project foxcpp | maddy
mailpit | mailpit | axllent | Mailpit
etherpad-lite | etherpad | etherpad | Etherpad
hedgedoc | hedgedoc | hedgedoc | HedgeDoc
bookstack | bookstack | bookstackapp | BookStack
dokuwiki | dokuwiki | dokuwiki splitbrain | DokuWiki
wiki-js | wiki-js wiki | requarks | Wiki.js
outline | outline | getoutline outline | the wiki; Outline is a VPN too
gotify-server | gotify | gotify | Gotify
miniflux | miniflux | miniflux miniflux-project | Miniflux
freshrss | freshrss | freshrss | FreshRSS
paperless-ngx | paperless-ngx | paperless-ngx | Paperless-ngx
photoprism | photoprism | photoprism | PhotoPrism
immich | immich | immich-app futo | Immich
navidrome | navidrome | navidrome | Navidrome
sonarr | sonarr | sonarr | Sonarr
radarr | radarr | radarr servarr | Radarr
pihole pi-hole | pi-hole adminlte | pi-hole | Pi-hole
adguardhome | adguardhome adguard-home | adguard adguardteam | AdGuard Home
headscale | headscale | juanfont | Headscale
tailscale | tailscale | tailscale | Tailscale
netbird | netbird | netbird netbirdio | NetBird
ntopng ndpi | = | ntop | of ntop
snmptt net-snmp | net-snmp | net-snmp | Net-SNMP
cacti | cacti | cacti the-cacti-group | Cacti
librenms | librenms | librenms | LibreNMS
openvswitch openvswitch-* | openvswitch open-vswitch | openvswitch linuxfoundation redhat open-vswitch | Open vSwitch
dpdk | dpdk data-plane-development-kit | dpdk data-plane-development-kit-project | DPDK
lldpd | lldpd | lldpd-project vincentbernat | lldpd
radvd | radvd | litech reuben-hawkins | radvd
ppp pppd | ppp point-to-point-protocol | samba point-to-point-protocol-project paulus ppp-project | pppd
xl2tpd | xl2tpd | xelerance | xl2tpd
softether softethervpn | softether-vpn softethervpn vpn | softether softethervpn | SoftEther VPN
openconnect ocserv | = | infradead openconnect | OpenConnect
miniupnpd miniupnpc | = | miniupnp-project miniupnp | MiniUPnP
minidlna | minidlna readymedia | readymedia-project minidlna-project readymedia | MiniDLNA
thttpd | thttpd thttpd-http-server | acme thttpd | thttpd
`
