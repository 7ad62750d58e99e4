/** Languages, their compilers, and GNU. See ../aliases.ts for the columns. */
export const LANGUAGES = `
python python2 python3 python-* python2-minimal python3-minimal python3-full | cpython python | python python-software-foundation psf | the interpreter; its project is called CPython
pypy pypy2 pypy3 pypy-* | pypy | pypy pypy-project | another interpreter
ruby ruby-* | ruby | ruby ruby-lang | the interpreter
perl perl-* | perl perl5 | perl perl5-porters larry-wall | the interpreter
php php-* php-with-extensions | php php-src | php php-group the-php-group | the interpreter
lua lua5 lua-* | lua | lua puc-rio | the interpreter
luajit luajit-* | luajit | luajit | the JIT
nodejs nodejs-slim nodejs-* nodejs-slim-* | node-js nodejs node | nodejs openjs openjsf joyent node-js | Node.js is written nodejs
go go-* | go golang go-toolchain go-standard-library | golang google go-standard-library go-toolchain go go-programming-language | compiler and standard library come as one
rustc rust rustc-wrapper | rust rustc | rust-lang rust rust-project | the compiler
cargo | cargo | rust-lang rust rust-project | Rust's package manager
openjdk openjdk-headless jdk jdk-headless jre jre-headless openjdk-* jdk-* | openjdk jdk jre java-se java-se-jdk-and-jre java | oracle openjdk sun oracle-corporation | OpenJDK; Oracle's advisories say Java SE
temurin-bin temurin-jre-bin zulu corretto-* | openjdk jdk jre java-se | oracle openjdk eclipse azul amazon | builds of OpenJDK
graalvm-ce graalvm-* | graalvm graalvm-enterprise-edition graalvm-for-jdk | oracle oracle-corporation graalvm | Oracle's VM
ghc ghc-* | ghc glasgow-haskell-compiler | haskell ghc | the compiler
erlang erlang-* | erlang-otp otp erlang/otp | erlang ericsson | Erlang/OTP
elixir | elixir | elixir-lang | the language
ocaml ocaml-* | ocaml | ocaml inria | the compiler
mono mono-* | mono | mono-project mono novell microsoft | the runtime
gcc gcc-* gcc-unwrapped gfortran | gcc | gnu | GNU Compiler Collection
clang clang-* llvm llvm-* | llvm clang | llvm | LLVM
binutils binutils-unwrapped | binutils gnu-binutils objdump readelf addr2line libbfd gnu-nm | gnu | GNU Binutils
gdb | gdb | gnu | GNU debugger
glibc glibc-* glibc-locales | glibc gnu-c-library libc nscd | gnu the-gnu-c-library gnu-c-library glibc gnu-libc | the GNU C Library
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
swift swift-unwrapped | swift | apple swift | the language
dotnet-sdk dotnet-runtime dotnet-aspnetcore dotnet-sdk-* dotnet-* dotnet-aspnetcore-* dotnet-runtime-* | net asp-net-core dotnet net-core | microsoft | .NET
powershell | powershell | microsoft | PowerShell
julia julia-bin julia-* | julia | julialang | the language
r | r r-project | r-project the-r-project r | the R language
scala scala-* | scala | scala-lang epfl | the language
kotlin | kotlin | jetbrains | the language
deno | deno | deno denoland | the runtime
bun | bun | oven oven-sh | the runtime
yarn | yarn | yarnpkg facebook | the package manager
nasm | nasm netwide-assembler | nasm tortall | the assembler
yasm | yasm | tortall yasm-project yasm | the assembler
libcdio | libcdio | gnu | GNU libcdio
libextractor | libextractor | gnu | GNU libextractor
parallel | parallel | gnu | GNU Parallel
which | which | gnu | GNU which
time | time | gnu | GNU time
gnuplot | gnuplot | gnuplot gnuplot-project | gnuplot
octave | octave | gnu | GNU Octave
adns | adns | gnu chiark | adns
osip libosip | libosip osip2 | gnu | GNU oSIP
gsasl | gsasl | gnu | GNU SASL
oath-toolkit oathtoolkit | oath-toolkit | nongnu oath-toolkit | OATH Toolkit
indent | indent | gnu | GNU indent
netcat-gnu netcat | netcat | gnu netcat-project openbsd | netcat; NetCat is a CMS too
`
