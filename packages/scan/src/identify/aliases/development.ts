/** Compilers, virtual machines of languages, tools of developers. See ../aliases.ts for the columns. */
export const DEVELOPMENT = `
zulu-ca-jdk zulu-ca-jre zulu-* adoptopenjdk adoptopenjdk-bin adoptopenjdk-hotspot-bin temurin openjdk-minimal-jre jetbrains-jdk jetbrains-jdk-jcef microsoft-openjdk sapmachine-jdk oraclejdk oraclejre oracle-jdk | openjdk jdk jre java-se java-se-jdk-and-jre java | oracle openjdk sun oracle-corporation eclipse azul | builds of OpenJDK
adoptopenjdk-openj9-bin semeru-bin semeru-jre-bin | openj9 semeru | eclipse ibm | Java on OpenJ9
graalvm-oracle graalvm-community graalvm | graalvm graalvm-enterprise-edition graalvm-for-jdk graalvm-community | oracle oracle-corporation graalvm | GraalVM
openjfx openjfx-* | javafx openjfx openjfx-modular-sdk | oracle openjdk oracle-corporation | JavaFX
micropython circuitpython jython ironpython | = | micropython adafruit jython ironpython dotnet-foundation | other Pythons
jruby truffleruby mruby | = | jruby oracle mruby | other Rubies
bundler | bundler | bundler rubygems | Bundler
npm nodepackages-npm | npm npm-cli | npmjs npm | npm
pnpm pnpm-* | pnpm | pnpm | pnpm
corepack | corepack | nodejs | of Node.js
nwjs | nw-js nwjs | nwjs | NW.js
v8 | v8 | google chromium | V8
chromedriver electron-chromedriver undetected-chromedriver | = | google chromium | Chromium's driver, not npm's
cef-binary libcef | cef chromium-embedded-framework | chromiumembedded | Chromium Embedded Framework
rustup rust-analyzer rustfmt clippy | = | rust-lang rust | of Rust
aspnetcore-runtime dotnet-aspnetcore-runtime dotnet-sdk-wrapped dotnet-runtime-wrapped dotnet-vmr dotnet-sdk-unwrapped | net asp-net-core dotnet net-core | microsoft | .NET
newlib newlib-nano | newlib | newlib-project sourceware redhat | newlib
uclibc uclibc-ng uclibc-ng-cross | uclibc uclibc-ng | uclibc uclibc-ng uclibc-ng-project | uClibc
dietlibc klibc | = | dietlibc fefe klibc-project kernel | small C libraries
libiconv libiconv-real | libiconv | gnu | GNU libiconv
glibc-iconv glibc-multi glibc-bin glibc-info iconv getconf | glibc gnu-c-library | gnu | parts of glibc
clang-unwrapped libclang clang-tools | llvm clang | llvm | Clang
cmake-minimal cmake-cursesui cmakecurses cmakeminimal cmake-boot | cmake | cmake kitware | CMake
autoconf automake libtool | = | gnu | GNU's build tools
cabal-install | cabal cabal-install | haskell | Cabal
stack | stack haskell-stack | commercialhaskell haskell | the Haskell Tool Stack
opam dune | = | ocaml | of OCaml
rebar3 hex mix2nix | = | erlang hex erlef | of Erlang
openapi-generator-cli openapi-generator | openapi-generator openapi-generator-cli | openapi-generator openapitools | OpenAPI Generator
swagger-codegen swagger-codegen3 | swagger-codegen | smartbear swagger swagger-api | Swagger Codegen
android-studio android-studio-stable | android-studio | google | Android Studio
android-tools | android-tools adb fastboot | google android | adb and fastboot
arduino arduino-ide | arduino-ide arduino | arduino | Arduino IDE
arduino-create-agent | arduino-create-agent create-agent | arduino | Arduino's agent
atom | atom | github atom | the editor
sublime sublime-text sublimetext3 sublimetext4 sublime4 | sublime-text sublime-text-3 sublime-text-4 | sublimetext sublimehq | Sublime Text
code-cursor cursor | cursor code-cursor | cursor getcursor anysphere | the editor
zed-editor zed | zed zed-editor | zed-industries zed | the editor
kakoune xemacs emacs-macport emacs-unstable | = | kakoune xemacs gnu | editors
eclipse eclipse-platform eclipse-java eclipse-cpp eclipse-sdk eclipse-jee | eclipse-ide ide eclipse | eclipse eclipse-foundation | Eclipse IDE
jdt-language-server | jdt-language-server eclipse-jdt-ls | eclipse | of Eclipse
jgit | jgit eclipse-jgit | eclipse eclipse-foundation | JGit
git-credential-manager | git-credential-manager git-credential-manager-core | git-ecosystem microsoft gitcredentialmanager | Git Credential Manager
gitlab-runner | gitlab-runner runner | gitlab | GitLab Runner
gitoxide | gitoxide gix | byron gitoxide gitoxidelabs | gitoxide
fossil | fossil | fossil-scm sqlite | Fossil
gitweb git-doc gitminimal gitfull | git | git git-scm git-project | parts of Git
lazygit gitui gitg gitea-actions-runner forgejo-runner | = | jesseduffield extrawurst gnome gitea forgejo | beside Git
woodpecker-cli | woodpecker | woodpecker-ci | of Woodpecker's source
tree-sitter | tree-sitter | tree-sitter | Tree-sitter
solc | solidity solc | ethereum soliditylang argotorg | the Solidity compiler
vyper | vyper | vyperlang vyper-project | Vyper
besu | besu hyperledger-besu | hyperledger linuxfoundation | Besu
btcpayserver | btcpay-server btcpayserver | btcpayserver btcpay | BTCPay Server
btcd | btcd | btcd-project btcsuite | btcd
zcash litecoin dogecoin | = | electriccoin zcash litecoin dogecoin | coins
snowflake | snowflake | torproject | Tor's transport, not the database
wiremock | wiremock | wiremock wiremock-inc | WireMock
postman | postman | postman | Postman
insomnia | insomnia | konghq kong insomnia | Insomnia
soapui | soapui | smartbear | SoapUI
robo3t studio-3t | = | 3tsoftwarelabs | of 3T
squirrel-sql heidisql sqlitebrowser beekeeper-studio | = | squirrel-sql heidisql sqlitebrowser beekeeperstudio beekeeper-studio | clients of databases
gdb-multitarget gdbhostcpuonly | gdb | gnu | GDB
strace ltrace valgrind rr | = | strace ltrace valgrind rr-project | watching programs
jasmin proguard spotbugs checkstyle pmd | = | guardsquare spotbugs checkstyle pmd | of Java
cppcheck | cppcheck | cppcheck cppcheck-project danmar | Cppcheck
astyle uncrustify | = | astyle gnu uncrustify | formatters
ctags universal-ctags exuberant-ctags cscope | = | ctags exuberant-ctags universal-ctags cscope | indexes of sources
re2c ragel swig gperf | = | re2c swig gnu | generators
jemalloc gperftools mimalloc | = | jemalloc google microsoft | allocators
abseil-cpp | abseil abseil-cpp | google abseil | Abseil
re2 | re2 | google | RE2
log4cplus spdlog fmt glog | = | log4cplus gabime fmt google | logging
wxgtk wxwidgets wxgtk-* wxgtk32 | wxwidgets wxgtk | wxwidgets | wxWidgets
fltk | fltk | fltk | FLTK
cvc5 z3-solver | = | cvc5 stanford | solvers
redocly swagger-ui redoc | = | redocly smartbear | API pages
verilator yosys iverilog nextpnr | = | verilator yosyshq icarus | hardware design
codechecker | codechecker | ericsson | CodeChecker
semgrep | semgrep | semgrep returntocorp | Semgrep
trufflehog gitleaks | = | trufflesecurity gitleaks zricethezav | finders of secrets
dependency-track | dependency-track | owasp dependencytrack | Dependency-Track
hadolint shellcheck shfmt | = | hadolint koalaman | linters
cargo-tauri tauri | tauri tauri-cli | tauri-apps tauri | the command line of Tauri
codeql | codeql codeql-cli codeql-cli-binaries | github | GitHub CodeQL
sqldeveloper | sql-developer | oracle | Oracle SQL Developer
`
