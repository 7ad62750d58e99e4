/** Pictures, sound, documents, printing, fonts, games. See ../aliases.ts for the columns. */
export const MEDIA = `
cups-filters | cups-filters cups-browsed libcupsfilters libppd foomatic-rip | linuxfoundation openprinting | up to 1.28 one source for all
cups-browsed | cups-browsed | openprinting linuxfoundation cups | of OpenPrinting
libcupsfilters libppd cpdb-libs | = | openprinting linuxfoundation | of OpenPrinting
pappl | pappl | openprinting pwg michaelrsweet pappl-project | a framework for printers
mxml | mini-xml mxml | mini-xml-project mini-xml michaelrsweet msweet | Mini-XML
pdfio codedoc | = | michaelrsweet pdfio pdfio-project | of Michael Sweet
gutenprint | gutenprint | gutenprint gimp-print | Gutenprint
vips libvips | libvips vips | libvips | libvips
ilmbase | openexr ilmbase | openexr academysoftwarefoundation aswf | of OpenEXR
netpbm | netpbm | netpbm netpbm-project | Netpbm
sdl sdl2 sdl3 sdl2-compat | sdl2 sdl simple-directmedia-layer | libsdl sdl libsdl-org | SDL
sdl-image sdl2-image | sdl2-image sdl-image simple-directmedia-layer-image sdl-image-2 | libsdl libsdl-org | SDL_image
sdl-ttf sdl2-ttf | sdl2-ttf sdl-ttf | libsdl libsdl-org | SDL_ttf
sdl-mixer sdl2-mixer | sdl2-mixer sdl-mixer | libsdl libsdl-org | SDL_mixer
jellyfin-ffmpeg | ffmpeg | ffmpeg | a build of FFmpeg
ffmpeg ffmpeg-* ffmpeg-full ffmpeg-headless ffmpeg-lgpl | ffmpeg libavcodec libavformat libavutil libavfilter libswscale libswresample | ffmpeg | one source for tool and libraries
live555 | live555 live555-streaming-media streaming-media liblivemedia live555-media-server | live555 live-networks live555-project | LIVE555
zbar | zbar | zbar-project zbar mchehab | ZBar
fdk-aac fdk-aac-encoder faac speex opusfile opus-tools libshout icecast | = | fraunhofer audiocoding xiph xiph-org icecast speex-project | of sound
snapcast | snapcast | badaix snapcast-project | Snapcast
mopidy mpdscribble ncmpcpp | = | mopidy ncmpcpp | of music
openshot-qt | openshot openshot-video-editor | openshot | OpenShot
smplayer celluloid | = | smplayer celluloid | players
wpewebkit | wpe-webkit wpewebkit webkit | webkit wpewebkit webkitgtk apple | WPE WebKit
abiword gnumeric | = | abisource abiword gnome gnumeric | offices
wpsoffice | wps-office wps-office-for-linux | kingsoft wps | WPS Office
softmaker-office freeoffice | office freeoffice softmaker-office | softmaker | SoftMaker
masterpdfeditor | master-pdf-editor masterpdfeditor | code-industry | Master PDF Editor
foxitreader | foxit-reader pdf-reader | foxit foxitsoftware foxit-software | Foxit Reader
pdftk pdfarranger xournalpp xournal koreader sioyek | = | pdflabs pdftk pdfarranger xournalpp koreader sioyek | for PDF
catdoc antiword unrtf tnef libpst libytnef libmobi | = | catdoc antiword gnu tnef libpst ytnef ytnef-project libmobi libmobi-project bfabiszewski | readers of formats
peazip | peazip | peazip peazip-project | PeaZip
7zz-rar | 7-zip 7zip | 7-zip igor-pavlov | 7-Zip
ncompress lzip lzop xar zopfli | = | ncompress lzip lzop apple xar google | compressors
squashfs squashfs-tools squashfstools | squashfs-tools squashfs | squashfs-tools-project squashfs plougher squashfs-tools | Squashfs tools
squashfs-tools-ng | squashfs-tools-ng | squashfs-tools-ng agentd | another set of tools
libisoburn xorriso libburn libisofs | = | gnu libburnia | libburnia
gpsd | gpsd | gpsd-project gpsd ntpsec | GPSd
gpsbabel qlandkarte | = | gpsbabel | of maps
raptor2 librdf-raptor2 | raptor2 raptor raptor-rdf-syntax-library | librdf | Raptor
openslide libvncclient | = | openslide libvncserver | of pictures
minetest luanti | minetest luanti | minetest luanti | Minetest is Luanti
wesnoth | wesnoth battle-for-wesnoth | wesnoth | Battle for Wesnoth
freeciv openttd openra teeworlds ddnet supertuxkart nethack mame scummvm dosbox dosbox-staging retroarch ppsspp | = | freeciv openttd openra teeworlds ddnet supertuxkart nethack mamedev scummvm dosbox libretro ppsspp | games
crawl | crawl dungeon-crawl-stone-soup | develz crawl | Dungeon Crawl
dolphin-emu | dolphin dolphin-emulator | dolphin-emu | the emulator
minecraft-server minecraft | minecraft minecraft-java minecraft-server java | mojang microsoft | Minecraft
papermc | paper papermc | papermc | Paper
orthanc | = | orthanc-server orthanc | DICOM
invesalius3 invesalius | invesalius | invesalius | InVesalius
slic3r orca-slicer bambu-studio super-slicer | = | slic3r softfever bambulab | of printing
potrace autotrace | = | potrace autotrace autotrace-project | tracing
jxrlib openjph libultrahdr | = | microsoft jxrlib aous72 google | codecs
nanosvg resvg plutosvg | = | nanosvg-project memononen razrfalcon sammycage | SVG
cairosvg | cairosvg | courtbouillon kozea | CairoSVG
tesseract tesseract3 tesseract4 tesseract5 | tesseract tesseract-ocr | tesseract-ocr-project tesseract-ocr google | Tesseract
mediawriter rpi-imager etcher balenaetcher | = | fedoraproject raspberrypi balena | writers of media
`
