/** Applications with a web page: content, wikis, tickets, feeds, files, homes. See ../aliases.ts for the columns. */
export const WEB_APPLICATIONS = `
kanboard | kanboard | kanboard | Kanboard
limesurvey | limesurvey | limesurvey | LimeSurvey
snipe-it | snipe-it | snipeitapp snipe grokability | Snipe-IT
dolibarr | dolibarr dolibarr-erp/crm dolibarr-erp-crm erp-cms | dolibarr | Dolibarr ERP/CRM, also written ERP CMS
invoiceplane | invoiceplane | invoiceplane | InvoicePlane
monica | monica | monicahq | the address book
pleroma akkoma | = | pleroma akkoma akkomagov | Pleroma, and its fork
pixelfed | pixelfed | pixelfed | Pixelfed
lemmy lemmy-server lemmy-ui | lemmy | join-lemmy lemmynet | Lemmy
misskey | misskey | misskey misskey-dev | Misskey
cryptpad | cryptpad | xwiki cryptpad xwikisas | CryptPad
zammad | zammad | zammad | Zammad
vikunja | vikunja vikunja-api | vikunja go-vikunja | Vikunja
kimai | kimai kimai2 kimai-2 | kimai kevinpapst | Kimai
searx searxng | = | searx searxng | searX and SearXNG
tt-rss | tiny-tiny-rss tt-rss | tt-rss tiny-tiny-rss | Tiny Tiny RSS
rss-bridge | rss-bridge | rss-bridge | RSS-Bridge
wallabag | wallabag | wallabag | wallabag
shaarli | shaarli | shaarli shaarli-project | Shaarli
stirling-pdf | stirling-pdf | stirlingpdf stirling-tools stirling-pdf frooodle | Stirling PDF
sabnzbd | sabnzbd | sabnzbd | SABnzbd
bazarr prowlarr lidarr readarr jellyseerr overseerr | = | bazarr morpheus65535 prowlarr lidarr readarr fallenbagel sct | beside Sonarr
healthchecks | healthchecks | healthchecks | Healthchecks
changedetection-io | changedetection-io changedetection | webtechnologies dgtlmoon changedetection | changedetection.io
n8n | n8n | n8n n8n-io | n8n
node-red | node-red node-red-dashboard | nodered openjsf node-red | Node-RED
zigbee2mqtt | zigbee2mqtt | koenkk zigbee2mqtt | Zigbee2MQTT
openhab | openhab | openhab | openHAB
domoticz | domoticz | domoticz | Domoticz
motioneye | motioneye | motioneye motioneye-project | motionEye
rainloop rainloop-community rainloop-standard | rainloop rainloop-webmail webmail | rainloop | RainLoop
snappymail | snappymail | snappymail the-djmaze | SnappyMail
postfixadmin | postfixadmin postfix-admin | postfixadmin postfix-admin-project | Postfix Admin
listmonk | listmonk | knadh nadh listmonk | listmonk
radicale | radicale | radicale kozea | Radicale
baikal | baikal | sabre sabre-io | Baïkal
adminer | adminer | adminer vrana | Adminer
adminerevo | adminerevo | adminerevo | a fork of Adminer
phpldapadmin | phpldapadmin | phpldapadmin-project leenooks | phpLDAPadmin
ldap-account-manager | ldap-account-manager lam | ldap-account-manager ldapaccountmanager | LDAP Account Manager
filebrowser | filebrowser file-browser | filebrowser | File Browser
ocis ocis-bin | ocis infinite-scale owncloud-infinite-scale | owncloud | ownCloud Infinite Scale
owncloud-client | owncloud-client desktop-client owncloud-desktop-client | owncloud | ownCloud's client
pydio-cells | cells pydio-cells pydio | pydio abstrium | Pydio Cells
privatebin | privatebin | privatebin | PrivateBin
inventree | inventree | inventree inventree-project | InvenTree
netbox netbox-* | netbox | netbox-community digitalocean netbox | NetBox
glpi-agent | glpi-agent | glpi-project teclib | GLPI Agent
firefly-iii | firefly-iii | firefly-iii firefly-iii-project | Firefly III
freescout | freescout | freescout freescout-helpdesk | FreeScout
mealie | mealie | mealie mealie-recipes hay-kot | Mealie
tandoor-recipes | recipes tandoor-recipes tandoor | tandoor tandoorrecipes | Tandoor Recipes
weblate | weblate | weblate weblateorg | Weblate
pretix pretalx | = | pretix rami pretalx | of rami.io
odoo odoo-* | odoo | odoo | Odoo
trytond tryton | tryton trytond | tryton | Tryton
collabora-online | online collabora-online | collabora collaboraonline collaboraoffice | Collabora Online
onlyoffice-documentserver onlyoffice-bin onlyoffice-desktopeditors | docs document-server documentserver onlyoffice-docs onlyoffice-document-server desktop-editors onlyoffice-desktop-editors onlyoffice | onlyoffice ascensio-system ascensiosystem | ONLYOFFICE
wikijs | wiki-js wiki | requarks | Wiki.js
gollum | gollum | gollum gollum-project | Gollum
writefreely | writefreely | writefreely writeas | WriteFreely
invidious | invidious | iv-org invidious | Invidious
nitter | nitter | zedeus | Nitter
hoppscotch | hoppscotch | hoppscotch | Hoppscotch
jellyfin-web | jellyfin jellyfin-web | jellyfin | the pages of Jellyfin
jellyfin-media-player | jellyfin-media-player | jellyfin | Jellyfin's player
emby emby-server embyserver | emby emby-server media-server | emby | Emby Server
photoview | photoview | photoview | Photoview
piwigo lychee | = | piwigo lycheeorg lychee | galleries
owncast | owncast | owncast owncast-project | Owncast
open-webui | open-webui | open-webui openwebui | Open WebUI
n8n-desktop | n8n-desktop | n8n | of n8n
coder code-server | = | coder | of Coder
nocodb | nocodb | nocodb xgene | NocoDB
directus | directus | directus monospace rangerstudio | Directus
pocketbase | pocketbase | pocketbase | PocketBase
traccar | traccar | traccar | Traccar
opencart | opencart | opencart | OpenCart
simplesamlphp | simplesamlphp | simplesamlphp | SimpleSAMLphp
privacyidea | privacyidea | netknights privacyidea | privacyIDEA
lemonldap-ng | lemonldap-ng | lemonldap-ng ow2 | LemonLDAP::NG
ory-hydra | hydra ory-hydra | ory | Ory's, not NixOS'
kratos oathkeeper keto | = | ory | of Ory
casdoor | casdoor | casdoor casbin | Casdoor
technitium-dns-server | dns-server technitium-dns-server technitium | technitium | Technitium DNS Server
pihole-ftl pihole-web | ftl ftldns pi-hole-ftl pihole-ftl web pi-hole adminlte | pi-hole | of Pi-hole
unifi unifi-* unifi-controller | unifi-network-application unifi-controller unifi | ubiquiti ui ubnt ubiquiti-inc | UniFi Network
nexus | nexus-repository-manager nexus nexus-repository nexus-repository-manager-3 | sonatype | Sonatype Nexus
artifactory | artifactory jfrog-artifactory | jfrog | JFrog Artifactory
sonarqube | sonarqube | sonarsource | SonarQube
mlflow-server mlflow | mlflow | lfprojects mlflow databricks linuxfoundation | MLflow
gocd-server gocd-agent | gocd | thoughtworks gocd | GoCD
atlassian-confluence | confluence confluence-server confluence-data-center | atlassian | Confluence
atlassian-jira | jira jira-server jira-data-center jira-software jira-core jira-core-data-center jira-software-data-center jira-core-server jira-software-server | atlassian | Jira
atlassian-crowd | crowd crowd-server crowd-data-center | atlassian | Crowd
atlassian-bamboo | bamboo bamboo-server bamboo-data-center | atlassian | Bamboo
rocketchat | rocket-chat | rocket-chat rocketchat | Rocket.Chat
matrix-conduit | conduit | famedly conduit-contributors the-conduit-contributors conduit conduit-rs | the Matrix server
dendrite | dendrite | matrix matrix-org element-hq | Matrix' second server
matrix-appservice-irc matrix-hookshot mjolnir | = | matrix matrix-org | of Matrix
matrix-media-repo | matrix-media-repo | turt2live t2bot matrix-media-repo-project | a server of files for Matrix
sydent matrix-sydent | sydent | matrix matrix-org | Matrix' identity server
roundup | roundup | roundup-tracker roundup python | the issue tracker
`
