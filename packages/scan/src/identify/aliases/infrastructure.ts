/** Clusters, clouds, virtual machines, databases, Apache's projects. See ../aliases.ts for the columns. */
export const INFRASTRUCTURE = `
apr | portable-runtime apr apache-portable-runtime | apache apache-software-foundation | Apache Portable Runtime
apr-util aprutil | apr-util aprutil portable-runtime-utility apache-portable-runtime-utility | apache apache-software-foundation | of APR
serf | serf apache-serf | apache apache-software-foundation | Apache's, not HashiCorp's
arrow-cpp | arrow arrow-cpp apache-arrow | apache apache-software-foundation | Apache Arrow
mod-jk tomcat-connectors | tomcat-connectors mod-jk tomcat-jk-connector tomcat-jk-mod-jk-connector | apache apache-software-foundation | Tomcat's connector
tomcat-native | tomcat-native | apache apache-software-foundation | Tomcat's native library
apache-jena apache-jena-fuseki | jena apache-jena jena-fuseki fuseki | apache apache-software-foundation | Apache Jena
netbeans | netbeans apache-netbeans | apache apache-software-foundation oracle | NetBeans
cloudmonkey | cloudstack-cloudmonkey cloudmonkey | apache apache-software-foundation | of CloudStack
pulsar | pulsar | pulsar-edit | the editor, not Apache's Pulsar
qpid-proton qpid-cpp | = | apache apache-software-foundation | of Apache Qpid
xerces-j xercesj | xerces-j xerces2-java xerces-java | apache apache-software-foundation | Xerces for Java
fop | fop xml-graphics-fop formatting-objects-processor | apache apache-software-foundation | Apache FOP
apache-jmeter jmeter | jmeter | apache apache-software-foundation | JMeter
subversion-client | subversion | apache apache-software-foundation | one source
nuttx | nuttx | apache apache-software-foundation | Apache NuttX
ozone geode ignite iotdb druid hive pinot doris drill dubbo karaf camel cxf rocketmq bookkeeper | = | apache apache-software-foundation | of Apache
etcdserver etcdctl etcdutl | etcd | etcd etcd-io redhat | parts of etcd
kubernetes kubectl kubelet kubeadm kube-proxy | kubernetes kubernetes-kubectl kubectl kubelet kube-apiserver kube-controller-manager kube-proxy kubeadm | kubernetes k8s | one source
docker-client docker-cli docker-engine | moby docker docker-engine docker-cli cli docker-ce | docker mobyproject moby | the client of Docker's source
cni-plugins | cni-plugins cni-network-plugins | containernetworking cni linuxfoundation | plugins for container networks
apptainer | apptainer | apptainer lfprojects | Apptainer
singularity singularity-ce | singularity singularityce | sylabs hpcng singularity | Singularity
kata-runtime | kata-containers kata-runtime | katacontainers kata-containers | Kata Containers
gvisor | gvisor | google gvisor | gVisor
firecracker | firecracker | amazon firecracker-microvm | Firecracker
cloud-hypervisor | cloud-hypervisor | cloud-hypervisor cloudhypervisor intel | Cloud Hypervisor
kubeseal | sealed-secrets kubeseal | bitnami bitnami-labs | Sealed Secrets
kubevirt virtctl | kubevirt virtctl | kubevirt redhat | KubeVirt
argo argo-workflows | argo-workflows argo | argoproj argo-workflows-project | Argo Workflows, not Argo CD
argo-rollouts kubectl-argo-rollouts argo-events | = | argoproj | of the Argo project
kyverno | kyverno | kyverno | Kyverno
openshift oc | openshift openshift-origin openshift-client | redhat openshift | OpenShift's client and origin
kubescape kube-bench kubeaudit | = | kubescape armosec aquasec aquasecurity shopify | scanners
crossplane-cli crossplane | crossplane | crossplane | Crossplane
dapr dapr-cli | = | dapr | Dapr
sealed-secrets cert-manager cmctl | = | bitnami cert-manager jetstack | of Kubernetes
virt-manager | virt-manager | redhat virt-manager virt-manager-project | Virtual Machine Manager
spice-gtk | spice-gtk | spice-gtk-project spice-space freedesktop | SPICE's client
spice-vdagent | spice-vdagent | spice-space freedesktop redhat spice-vdagent-project | SPICE's agent
virglrenderer | virglrenderer | virglrenderer-project freedesktop virgl | virglrenderer
open-vm-tools open-vm-tools-headless | open-vm-tools vmware-tools tools | vmware broadcom | VMware's tools are open-vm-tools
vmware-workstation | workstation vmware-workstation workstation-pro workstation-player | vmware broadcom | VMware Workstation
vmware-horizon-client | horizon-client vmware-horizon-client | vmware omnissa | Horizon Client
xen-slim xen-light | xen | xen xenproject | Xen
lxcfs | lxcfs | linuxcontainers lxcfs-project | LXCFS
wine-wow wine-staging wine-wow-staging wine-wayland wine-wow-wayland | wine | winehq | Wine
ksmbd-tools | ksmbd-tools | ksmbd-tools-project cifsd-team kernel | ksmbd's tools
postgresql-jdbc | pgjdbc postgresql-jdbc-driver postgresql-jdbc jdbc-driver | postgresql pgjdbc postgresql-jdbc | PostgreSQL's driver for Java
psqlodbc | psqlodbc | postgresql | PostgreSQL's ODBC driver
pgadmin4-desktopmode pgadmin4-desktop | pgadmin pgadmin-4 pgadmin4 | postgresql pgadmin pgadmin-org | pgAdmin
mysql-connector-java mysql-jdbc mysql-connector-j | mysql-connector-j connector-j connector/j mysql-connector-java | oracle oracle-corporation mysql | MySQL Connector/J
mysql-connector-odbc mysql-odbc | mysql-connector-odbc connector-odbc connector/odbc | oracle oracle-corporation mysql | MySQL Connector/ODBC
mysql-connector-cpp libmysqlconnectorcpp | mysql-connector-c++ connector-c++ connector/c++ mysql-connector-cpp | oracle oracle-corporation mysql | MySQL Connector/C++
mysql-connector-net | mysql-connector-net connector-net connector/net | oracle oracle-corporation mysql | MySQL Connector/NET
mysql-shell mysql-shell-* | mysql-shell | oracle oracle-corporation mysql | MySQL Shell
mysql-workbench | mysql-workbench | oracle oracle-corporation mysql | MySQL Workbench
mysql-router | mysql-router | oracle oracle-corporation mysql | MySQL Router
percona-xtrabackup percona-xtrabackup-* | percona-xtrabackup xtrabackup | percona | XtraBackup
sqlite-jdbc | sqlite-jdbc | xerial sqlite-jdbc-project | Xerial's driver
influxdb2-server | influxdb | influxdata | InfluxDB 2
metricbeat heartbeat packetbeat auditbeat metricbeat7 heartbeat7 packetbeat7 auditbeat7 | = | elastic | of Elastic Beats
mongosh | mongosh mongodb-shell mongo-shell | mongodb mongodb-inc | MongoDB's shell
mongodb-tools mongo-tools | mongodb-database-tools database-tools mongodb-tools | mongodb mongodb-inc | MongoDB's tools
arangodb | arangodb | arangodb | ArangoDB
hsqldb | hsqldb hypersql | hsqldb | HyperSQL
h2 | h2 h2-database | h2database | the Java database
surrealdb | surrealdb | surrealdb | SurrealDB
dragonflydb | dragonfly dragonflydb | dragonflydb | DragonflyDB
redict | redict | redict | a fork of Redis
scylladb scylla | scylladb scylla | scylladb | ScyllaDB
unixodbc | unixodbc | unixodbc unixodbc-project | unixODBC
sensu-go-backend sensu-go-agent sensu-go-cli sensu | sensu sensu-go | sensu sumologic | Sensu
icinga2-agent | icinga icinga2 icinga-2 | icinga | Icinga 2
opentelemetry-collector opentelemetry-collector-contrib | = | opentelemetry open-telemetry linuxfoundation | OpenTelemetry's collector
stalwart-mail stalwart stalwart-mail-server | mail-server stalwart-mail-server stalwart-mail stalwart | stalw stalwartlabs stalwart | Stalwart
gobgp gobgpd | gobgp | osrg gobgp nttlabs | GoBGP
openbgpd | openbgpd | openbgpd bgp openbsd | OpenBGPD
tac-plus tacacsplus tacplus | tac-plus tac-plus-2x tac-plus-3x tac-plus-4x tacacs+ | shrubbery | TACACS+
krakend | krakend | krakend krakend-lura luraproject | KrakenD
kong | kong kong-gateway | konghq kong kong-inc | Kong
tengine angie freenginx | = | alibaba taobao webserver-llc freenginx | forks of nginx
nginxquic nginx-quic | nginx nginx-open-source | f5 nginx | with QUIC
njs | njs | f5 nginx | nginx' JavaScript
hitch | hitch | varnish-software hitch-tls | Hitch
consul-template envconsul | = | hashicorp | of HashiCorp
cloudflared | cloudflared | cloudflare | Cloudflare's tunnel
snyk | snyk snyk-cli cli | snyk | the CLI is snyk in nixpkgs
stripe-cli | stripe-cli | stripe | Stripe's CLI
heroku | heroku heroku-cli | heroku salesforce | Heroku's CLI
azure-storage-azcopy azcopy | azcopy | microsoft azure | AzCopy
azuredatastudio | azure-data-studio | microsoft | Azure Data Studio
msodbcsql17 unixodbc-msodbcsql17 | odbc-driver-17-for-sql-server microsoft-odbc-driver-17-for-sql-server-on-linux odbc-driver-17-for-sql-server-on-linux odbc | microsoft | ODBC Driver 17
msodbcsql18 unixodbc-msodbcsql18 | odbc-driver-18-for-sql-server microsoft-odbc-driver-18-for-sql-server-on-linux odbc-driver-18-for-sql-server-on-linux odbc | microsoft | ODBC Driver 18
amazon-ssm-agent | ssm-agent amazon-ssm-agent aws-systems-manager-agent | amazon aws | SSM Agent
amazon-ecs-agent ecs-agent | ecs-agent amazon-ecs-agent | amazon aws | ECS agent
cloud-init | cloud-init | canonical | cloud-init
juju | juju | canonical | Juju
maas | maas | canonical | MAAS
google-guest-agent google-guest-oslogin | guest-agent guest-oslogin google-guest-oslogin | google | of Google Cloud
waagent | walinuxagent azure-linux-agent azure-linux-guest-agent wa-linux-agent | microsoft azure | Azure's agent
nomachine-client | nomachine enterprise-client free-edition nomachine-client | nomachine | NoMachine
citrix-workspace | workspace workspace-app citrix-workspace-app | citrix cloud-software-group | Citrix Workspace
tdengine scylla-bench | = | taosdata tdengine scylladb | databases
`
