/** Libraries of C and C++. See ../aliases.ts for the columns. */
export const LIBRARIES = `
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
mbedtls mbedtls-* | mbed-tls mbedtls | arm mbed trustedfirmware mbed-tls | Mbed TLS
wolfssl | wolfssl wolfcrypt | wolfssl | wolfSSL, and wolfCrypt of the same source
boringssl | boringssl | google | BoringSSL
botan2 botan3 botan | botan | botan-project randombit | Botan
crypto++ cryptopp | crypto++ cryptopp | cryptopp weidai | Crypto++
nettle | nettle | nettle-project gnu | Nettle
opensc | opensc | opensc opensc-project | OpenSC
softhsm | softhsm softhsmv2 | opendnssec | SoftHSM
tpm2-tss | tpm2-tss tpm2-software-stack | tpm2-software-stack-project tpm2-software intel | TPM2 software stack
p11-kit | p11-kit | p11-kit-project p11-glue | p11-kit
rapidjson | rapidjson | tencent rapidjson | RapidJSON
nlohmann-json | json nlohmann-json json-for-modern-c++ | json-for-modern-c++-project nlohmann | JSON for Modern C++
jsoncpp | jsoncpp | jsoncpp-project open-source-parsers | JsonCpp
cjson | cjson | cjson-project davegamble davegamble | cJSON
simdjson | simdjson | simdjson | simdjson
jansson | jansson | jansson-project akheron | Jansson
xerces-c xercesc | xerces-c++ xerces-c xerces-c-xml-parser | apache apache-software-foundation | Apache Xerces C++
xalan-c | xalan-c xalan-c++ | apache apache-software-foundation | Apache Xalan C++
log4cxx | log4cxx apache-log4cxx | apache apache-software-foundation | Apache log4cxx
tinyxml tinyxml-2 | tinyxml tinyxml2 | tinyxml-project tinyxml2-project leethomason | TinyXML
pugixml | pugixml | pugixml-project zeux | pugixml
libxls | libxls | libxls-project libxls | libxls
uriparser | uriparser | uriparser-project uriparser | uriparser
libconfuse confuse | libconfuse | libconfuse-project | libConfuse
c-blosc c-blosc2 | = | c-blosc2-project blosc c-blosc-project | Blosc
hdf5-cpp hdf5-mpi hdf5-threadsafe hdf5-fortran | hdf5 | hdfgroup the-hdf-group | HDF5, built with more
netcdf netcdf-c | netcdf | unidata | NetCDF
geos | geos | osgeo geos | GEOS
mapserver | mapserver | osgeo mapserver umn | MapServer
geoserver | geoserver | osgeo geoserver | GeoServer
qgis qgis-ltr | qgis | qgis osgeo | QGIS
zeromq zeromq4 libzmq | libzmq zeromq | zeromq | ZeroMQ
libuv | libuv | libuv libuv-project | libuv
libev | libev | libev | libev
llhttp | llhttp | llhttp nodejs | of Node.js
libwebsockets | libwebsockets | libwebsockets warmcat lws-team | libwebsockets
mongoose | mongoose | cesanta | the C server; another is of npm
civetweb | civetweb | civetweb-project civetweb | CivetWeb
libmicrohttpd | libmicrohttpd | gnu | GNU libmicrohttpd
libcoap | libcoap | libcoap | libcoap
libsrtp | libsrtp | cisco libsrtp | Cisco's libSRTP
sofia-sip | sofia-sip | signalwire sofia-sip-project | Sofia-SIP
libnids | libnids | libnids-project | libnids
libmodbus | libmodbus | libmodbus | libmodbus
open62541 | open62541 | open62541 | open62541
slang | slang s-lang | s-lang jedsoft | the S-Lang library; shader-slang is another
gpm | gpm | gpm-project nico-schottelius | the mouse daemon
newt | newt | newt-project redhat pagure | newt
popt | popt | rpm popt | popt
lmdb | lmdb | openldap symas lmdb-project | the memory-mapped database
db db4 db5 db48 db53 db60 db62 berkeley-db | berkeley-db oracle-berkeley-db db | oracle sleepycat | Berkeley DB
leveldb | leveldb | google | LevelDB
rocksdb | rocksdb | facebook rocksdb | RocksDB
gdbm | gdbm | gnu | GNU's database
libsodium | libsodium | libsodium jedisct1 libsodium-project | libsodium
libgpg-error libassuan npth | = | gnupg gnu | of GnuPG
libtommath libtomcrypt | = | libtom | LibTom
gsoap | gsoap | genivia | gSOAP
libxcb libxi libxrender libxext libxtst libxrandr libxv libxvmc libxfixes libxinerama libxcursor libxdmcp libice libsm libxt libxcomposite libxaw libxp libxres libfs libxau | = | x-org x x-org-foundation xorg | X.Org's client libraries
libdrm wayland libinput libevdev | = | freedesktop libdrm wayland | of freedesktop.org
libsixel | libsixel | libsixel saitoha libsixel-project | libsixel
vulkan-loader vulkan-tools glslang spirv-tools spirv-headers | = | khronos khronosgroup | of Khronos
json-glib libsecret vte libgee libcroco gcab gnome-autoar libpeas libgdata libgda librest gupnp gssdp | = | gnome | of GNOME
libproxy | libproxy | libproxy-project | libproxy
libyang | libyang | cesnet | libyang
libndp | libndp | libndp jpirko redhat | libndp
libslirp | libslirp slirp | libslirp-project freedesktop | of QEMU
libtpms swtpm | = | libtpms-project swtpm-project stefanberger | TPM emulation
tpm2-tools tpm2-abrmd tpm2-pkcs11 | = | tpm2-software tpm2-software-stack-project | of the TPM2 project
trousers | trousers | trousers-project trustedcomputinggroup | TrouSerS
libcbor | libcbor | libcbor-project pjk | libcbor
liblouis | liblouis | liblouis | Liblouis
libopenmpt libmodplug | = | openmpt konstanty-bialkowski libmodplug-project | module music
libupnp pupnp | libupnp portable-sdk-for-upnp pupnp | libupnp-project pupnp-project pupnp | the portable UPnP library
libnice | libnice | libnice freedesktop | libnice
usrsctp | usrsctp | usrsctp-project sctplab | usrsctp
libtorrent-rasterbar | libtorrent libtorrent-rasterbar | libtorrent arvidn rasterbar | Rasterbar's libtorrent
libunwind | libunwind | libunwind nongnu libunwind-project | libunwind
libbsd libmd | = | freedesktop libbsd | libbsd
libcaca | libcaca | libcaca-project cacalabs | libcaca
fribidi | fribidi | gnu fribidi | GNU FriBidi
hunspell | hunspell | hunspell-project hunspell | Hunspell
aspell | aspell | gnu | GNU Aspell
taglib | taglib | taglib scott-wheeler | TagLib
libmediainfo mediainfo mediainfo-gui | mediainfo libmediainfo mediainfolib | mediaarea | MediaInfo
libdvdread libdvdnav libdvdcss libbluray | = | videolan | of VideoLAN
libgphoto2 gphoto2 | = | gphoto | gPhoto
libimobiledevice libplist libusbmuxd usbmuxd | = | libimobiledevice libimobiledevice-project | libimobiledevice
hidapi libftdi | = | libusb signal11 intra2net | USB
gsl mpfr libmpc libcss libredwg | = | gnu | of GNU
openblas | openblas | openblas-project openmathlib xianyi | OpenBLAS
lapack | lapack | lapack-project netlib | LAPACK
cgal | cgal | cgal | CGAL
cfitsio | cfitsio | nasa heasarc | CFITSIO
matio | matio | matio-project tbeu | MATIO
libiec61850 | libiec61850 | mz-automation | libIEC61850
paho-mqtt-c paho-mqtt-cpp cyclonedds | paho-mqtt-c paho-mqtt-cpp paho-mqtt-c-c++-client cyclonedds cyclone-data-distribution-service | eclipse | of Eclipse
fastdds fast-dds | fast-dds | eprosima | Fast DDS
rdkafka librdkafka | librdkafka | confluent edenhill | librdkafka
capnproto | capnproto cap-n-proto | capnproto | Cap'n Proto
flatbuffers | flatbuffers | google | FlatBuffers
msgpack msgpack-c msgpack-cxx | msgpack msgpack-c | msgpack | MessagePack
tinycbor | tinycbor | intel | TinyCBOR
iniparser | iniparser | ndevilla iniparser-project | iniParser
inih | inih | inih-project benhoyt | inih
hiredis | hiredis | redis redislabs | of Redis
mariadb-connector-c | connector-c mariadb-connector-c connector/c | mariadb | of MariaDB
freetds | freetds | freetds | FreeTDS
sqlcipher | sqlcipher | zetetic | SQLCipher
poco | poco poco-c++-libraries | pocoproject poco | POCO
httplib cpp-httplib | cpp-httplib | cpp-httplib-project yhirose | cpp-httplib
crow | crow | crowcpp crow-project | the C++ web framework
folly fizz wangle proxygen mvfst hhvm fbthrift | = | facebook meta | of Facebook
libhtp | libhtp | oisf | of Suricata
liboqs oqs-provider | = | openquantumsafe open-quantum-safe | Open Quantum Safe
s2n-tls s2n | s2n-tls s2n | amazon aws | Amazon's TLS
aws-sdk-cpp aws-c-io aws-c-common | = | amazon aws | of Amazon
lunasvg | lunasvg | sammycage lunasvg | LunaSVG
stb | stb stb-image-h stb-vorbis-c stb-image stb-vorbis | nothings stb-project | stb's headers
libsass sassc | = | sass-lang sass | Sass
optipng pngcrush jpegoptim gifsicle advancecomp pngquant | = | optipng optipng-project pngcrush jpegoptim-project gifsicle-project lcdf advancemame amadvance pornel | picture compressors
libdnf dnf librepo | = | rpm rpm-software-management dnf | of RPM
dnf5 | dnf5 dnf5daemon-server | rpm rpm-software-management dnf fedora | DNF, with its daemon
libostree ostree rpm-ostree | = | ostree ostreedev redhat coreos projectatomic | OSTree
libnfc | libnfc | nfc-tools | libnfc
opencryptoki | opencryptoki | opencryptoki-project ibm | openCryptoki
libp11 pkcs11helper pkcs11-helper | = | opensc-project opensc | of OpenSC
librelp liblognorm | = | rsyslog adiscon | of rsyslog
libedit | libedit | libedit thrysoee netbsd | libedit
libgeotiff | libgeotiff | osgeo libgeotiff-project | libgeotiff
libkml | libkml | google | libkml
libspf2 | libspf2 | libspf2 libspf2-project shevek exim | libspf2
opendkim opendmarc | = | trusteddomain opendkim | The Trusted Domain Project
libetpan | libetpan | etpan libetpan-project dinhvh | LibEtPan
vmime | vmime | vmime kisli | VMime
zlog | zlog | zlog-project hardysimpson | a logging library
yyjson | yyjson | yyjson ibireme | yyjson
bento4 | bento4 | axiosys axiomatic-systems bento4 | Bento4
libsbml libsedml | = | sbmlteam fbergmann | SBML
mongoc mongo-c-driver libbson | mongo-c-driver mongodb-c-driver c-driver libbson libmongoc | mongodb mongodb-inc | MongoDB's C driver, and the library of BSON in it
`
