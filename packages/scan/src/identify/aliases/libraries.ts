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
`
