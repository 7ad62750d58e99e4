/** Browsers, graphics, pictures, sound. See ../aliases.ts for the columns. */
export const DESKTOP = `
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
electron electron-* electron-unwrapped | electron | electronjs electron openjsf atom | Electron
webkitgtk webkitgtk-* webkit | webkitgtk webkitgtk+ webkit | webkitgtk webkit | the GTK port has numbers of its own
qtwebengine | qtwebengine qt-webengine | qt | Qt WebEngine
qtnetworkauth | qtnetworkauth qt-network-authorization | qt the-qt-company | Qt Network Authorization
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
libwebp | libwebp | webmproject google webm-project chromium | Google's WebP
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
hplip | hplip linux-imaging-and-printing | hp | HP's printing
sane-backends | sane-backends sane | sane-backends-project sane-project | SANE
libav | libav | libav | a fork of FFmpeg
vlc libvlc | vlc vlc-media-player vlc-for-desktop | videolan | VLC
mpv mpv-unwrapped | mpv | mpv | mpv
gstreamer gst-plugins-base gst-plugins-good gst-plugins-bad gst-plugins-ugly gst-libav | gstreamer gst-plugins-base gst-plugins-good gst-plugins-bad gst-plugins-ugly | gstreamer gstreamer-project freedesktop | one release number for all
libvpx | libvpx | webmproject google webm-project chromium | the VP8 codec
x264 | x264 | videolan | x264
x265 | x265 | multicorewareinc | x265
libaom | libaom aomedia | aomedia google libaom | AV1's codec
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
imlib2 | imlib2 | enlightenment | of Enlightenment
libraw | libraw | libraw | LibRaw
dcraw | dcraw | dcraw-project | dcraw
exif | libexif exif | libexif libexif-project curtis-galloway | libexif
jhead | jhead | jhead-project matthias-wandel sentex | jhead
freeimage | freeimage | freeimage-project freeimage | FreeImage
openimageio oiio | openimageio oiio | openimageio openimageio-project academysoftwarefoundation aswf | OpenImageIO
opencolorio | opencolorio | academysoftwarefoundation aswf | OpenColorIO
opencv opencv4 opencv3 | opencv | opencv | OpenCV
assimp | assimp open-asset-import-library | assimp open-asset-import-library | Open Asset Import Library
libjxl | libjxl jpeg-xl | libjxl-project libjxl google | JPEG XL
libwmf | libwmf | wvware libwmf-project | libwmf
libgd gd | libgd gd gd-graphics-library | libgd php | GD
libmspack cabextract | = | libmspack-project cabextract cabextract-project kyzer | libmspack
gpac | gpac | gpac | GPAC
libmatroska libebml | = | matroska | Matroska
mkvtoolnix | mkvtoolnix | bunkus mkvtoolnix | MKVToolNix
mpg123 | mpg123 | mpg123 | mpg123
libmad | libmad | underbit | MAD
faad2 | faad2 freeware-advanced-audio-decoder-2 | audiocoding faad2-project | FAAD2
wavpack | wavpack | wavpack | WavPack
libass | libass | libass-project | libass
libsamplerate | libsamplerate | libsamplerate-project | libsamplerate
fluidsynth | fluidsynth | fluidsynth | FluidSynth
orc | orc | gstreamer freedesktop | GStreamer's Oil Runtime Compiler
libgsf | libgsf | gnome | GNOME Structured File Library
libcue | libcue | lipnitsk libcue | libcue
tracker tracker-miners tinysparql localsearch | tracker tracker-miners | gnome | of GNOME
nautilus | nautilus | gnome | GNOME Files
gvfs | gvfs | gnome | GNOME's virtual file system
gnome-keyring | gnome-keyring | gnome | GNOME Keyring
gnome-remote-desktop | gnome-remote-desktop | gnome redhat | GNOME Remote Desktop
evolution | evolution | gnome | GNOME Evolution
geary | geary | gnome | Geary
plasma-workspace plasma-desktop kwin | = | kde | of KDE Plasma
ark okular konsole kmail kdeconnect kdeconnect-kde | = | kde | of KDE
xterm | xterm | invisible-island xterm thomas-dickey | xterm
alacritty | alacritty | alacritty | Alacritty
wezterm | wezterm | wez | WezTerm
iterm2 | iterm2 | iterm2 | iTerm2
xrdp | xrdp | neutrinolabs | xrdp
x11vnc | x11vnc | libvnc x11vnc-project | x11vnc
turbovnc | turbovnc | turbovnc | TurboVNC
remmina | remmina | remmina | Remmina
rustdesk | rustdesk | rustdesk | RustDesk
anydesk | anydesk | anydesk | AnyDesk
teamviewer | teamviewer | teamviewer | TeamViewer
calibre | calibre calibre-ebook | calibre-ebook calibre kovidgoyal | calibre
zathura | zathura | pwmt | zathura
sumatrapdf | sumatrapdf | sumatrapdfreader | Sumatra PDF
podofo | podofo | podofo-project podofo | PoDoFo
pdfbox | pdfbox apache-pdfbox | apache apache-software-foundation | Apache PDFBox
htmldoc | htmldoc | htmldoc-project htmldoc michaelrsweet | HTMLDOC
pandoc | pandoc | pandoc jgm | Pandoc
wkhtmltopdf | wkhtmltopdf | wkhtmltopdf | wkhtmltopdf
musescore | musescore | musescore | MuseScore
obs-studio | obs-studio obs open-broadcaster-software | obsproject | OBS Studio
kdenlive | kdenlive | kde | Kdenlive
shotcut | shotcut | meltytech | Shotcut
handbrake | handbrake | handbrake | HandBrake
gthumb | gthumb | gnome | gThumb
fontforge | fontforge | fontforge | FontForge
anki anki-bin | anki | ankitects ankiweb | Anki
joplin joplin-desktop | joplin | joplinapp joplin-project laurent22 laurent-22 | Joplin
obsidian | obsidian | obsidian | Obsidian
logseq | logseq | logseq | Logseq
typora | typora | typora | Typora
zotero | zotero | zotero | Zotero
discord | discord | discord discordapp | Discord
slack | slack | slack slack-technologies | Slack
teams | teams | microsoft | Microsoft Teams
1password 1password-gui 1password-cli | 1password | 1password agilebits | 1Password
spotify | spotify | spotify | Spotify
dropbox | dropbox dropbox-desktop | dropbox | Dropbox
nextcloud-client | desktop nextcloud-desktop-client nextcloud-client | nextcloud | the desktop client
`
