/**
 * Everyday words that many makers give to a product: a name among them says nothing without its maker. Coined names
 * (`tcpreplay`, `libcdio`, `keepalived`) are not here: two things seldom share one. Judged by reading, from the
 * one-word names that nixpkgs and CVE records have in common.
 */
const WORDS = `
access account acorn action active activity actor ada adapt adapter admin agent air airflow alarm album alert align all
alloy alpha altair amber analog analytics anchor angel angle ant apex app apple application apps aqua arc arcade
archive archiver arena argo aria ark arrow art artist ash aspect async assembly asset assistant astro at atlas atom attic
audio audit aurora auth author auto avatar avenue away axel axis azure baby babel back backbone backup badge bag
balance ball ballast bamboo banana band bank banner bar barcode barrel base basic basket bat batch battery bay beacon
beam bean bear beat bee bell bench beta bin binder bird bit bitter black blade blast blaze blink block blocks blog
bloom blue board boat body bold bolt bomber bond book books boost boot bootstrap borg boss bottle boundary bow box
brain branch brand brave bread break brick bridge bridges brief broadcast broker browser brush bubble bucket buffer
bug build builder bull bullet bundle bus business butler butterfly button cable cache cactus cafe calc calculator
calendar call camera camp canvas capsule caption capture car carbon card cargo carousel cart cascade case cash castle
cat catalog catalogue catalyst cave cell center central chain chalk channel chaos chapel charge charm chart charts chat
check checker cheese chef cherry chess chief chimera chip choose chrome chronicle circle circuit citadel city clay
clean cleaner clear clicker client clip clipboard clock clone cloud clover club cluster clusters coach cobalt cobra
code coffee coin collector color colors combine comet comma command comment comments commerce common commons community
compact compare compass compiler component composer compress concept concert condor conduit conf config configurator
confluence conform connect connection connector console constant contact contacts container content contest context
control controller convert converter cookie copper copy coral core corner cosmic cosmos counter courier course cover
crab craft crane crash crate crawler create creator credit cricket crop cross crow crown cruise crystal cube cura
current cursor curve custom cut cutter cyber cycle cylon daily dart dash dashboard data database date dawn day deck
deep delivery delta demo deploy derby desk desktop detect developer device dew dia dial diamond dice diff digest
digital dino direct directory dirac disc discover discovery disk dispatch display dive doc docs document dog dolphin
domain domino done door dot double dough dove down download downloader dragon draw drawing dream drift drive driver
drone drop drops drum dry duck duct duo dust dynamic dynamo eagle early earth ease easy echo eclipse ecosystem eden
edge edit editor effect ego elastic electric element elements elf elite ember emblem emerald empire enable encore
encoder engine enigma ent enterprise envoy epic equal era error escape esp essence essential essentials eternity ether
euler eve event events ever evergreen evolution exact exchange execute explorer export express extension extract eye
fable fabric face factor factory fair fairy faker falcon family fancy farm fast fax feather feed fence ferry fetch
fiber field fifo file files filter final finance find finder fire firebird fireplace firewall first fish fit five fix
flag flame flare flash fleet flex flight flint float flow flower fluent fluid flux fly focus folder folio font fonts
food forecast forest forge fork form format forms formula fort forum forward foundation fountain fox fractal fragment
frame framework free freedom freeze frequency fresh frog front frontier fruit fuel full fun function fuse fusion future
galaxy gallery game gate gateway gauge gazelle gear gem gemini general generator genesis genie genius gentle get ghost
giant gift ginger glass glide glider global globe glow glue go goal gold good grade graph graphic graphite gravity
green grid grip ground group groups grow guard guest guide gulp gum guru hack halo hammer hammock hand handle handler
happy harbor hardware harmony hatch hawk haxe hazel head health heap heart heat heaven helix hello helm help helper
hermes hero hex hexagon hide high hint hit hive home hook hop hope horizon horn horse host hosts hot hotspot hour house
hub hue hugo human hunt hunter hydra hyper icarus ice icon icons idea ideal image images impact import impulse include
indent index indigo indicator infinity info ingest inject ink inlet inner input insight insights inspect inspector
inspire install installer instant integration intelligence intercept interface internet invoice ion iris iron island
issue item iterate iv ivy jacket jade jam janus java jazz jelly jet jetty jewel job jobs join joker journal joy judge
juice jump jungle junior jupiter just karma keeper key keyboard keys keychain kick king kiosk kit kite kitty kiwi knight
knot know koala lab label labyrinth ladder lake lamp lance land lane language lark laser latch launch launcher layer
layout leaf league leap ledger legacy legend lemon lens leo less level lever liberty library license life lift light
lighthouse lightning lily lime limit line linear linger link links lion list listener lite little live loader local
locker locket lodge log logger logic login loki loop lotus love loyalty luck luna lunar lynx lyra machine macro magic
magma magnet mail mailer main mako manager manifest map maple maps marble mariner mark markdown marker market mars
marvel mask master mastodon match matcher material matrix max maze meadow measure media medley meet meeting melody
member membership memo memory menu mercury merge mesh message messages messenger meta meteor meter metric metrics micro
midas midnight mimic mind mine mini minimal minion mint mirage mirror mission mist mix mixer mobile mocha mock model
modern module monitor monkey monster moon mosaic moss moth motion mount mountain mouse move movie mule multi multipass
muse museum music mutt mysteries mystic name nano native navigator nebula neo neon nest net nets network neutron news
next nexus night nimbus ninja node nomad nook north nota note notebook notes notion nova nudge nuke null number nut
oak oasis oath object ocean octave octopus odyssey office omega one onion opal open opera operator optimizer option
oracle orange orb orbit orc orchard orchid order origin orion osprey otter outline output owl owner ox oxygen pace
pack package packer pad page pages paint painter pal palette panda pandora panel panther paper parallel parcel parrot
parse parser parts party pass passage passenger password paste patch path paths pathway pattern pause pay payment peace
peach peak pear pearl pelican pen pencil penguin people pepper perfect perspective pet petal phantom phoenix phone
photo photos pi piano pick pickle picture pier pigeon pike pilot pin pine ping pink pipe pipeline pirate pivot pixel
place plan plane planet planner plant plate platform play player playground plex plot plug plugin plum plus pocket pod
point pointer poker polar policy polis pond pool pop popup port portal portfolio portrait position post poster postal
posts power preview prime prince print printer prism privacy pro probe process processor product profile program
progress project prompt proof prophet proto protect protocol proton provider proxy public publisher pulp pulsar pulse
puma pump punch pure purple puzzle pyramid quark quartz quasar queen query quest question queue quick quicksilver quill
quilt quiz quote rabbit race rack radar radiance radio radius rain rainbow ramp ranch range ranger rapid rapids raptor
rave raven ray reach react reactor read reader ready realm reason rebel record recorder recovery red redirect redirection
reference reflect reflex refresh region registry relation relay release remind reminder remote render replay report
reporter request requests rescue reserve resource resources response rest restore result retro reveal review reviews
rhythm ribbon rider ring river road roadrunner robin robot rocket roll roller room rooms root rope rose rotor roundup
route router royal ruby rule ruler rules run runner rush rust sable sage sail salsa salt sand sandbox sap sapphire
satellite saturn sauce save saw scale scan scanner scarlet scene scheduler schema scheme scholar school science scope
score scout scratch screen script scroll seal search season secure security seed seek segment select selector send
sensor sentinel sentry sequence serial series serve server service session set settings shadow shape share shark sharp
sheet shell shield shift ship shiny shop shore short shortcut show shuttle sidebar sidekick sidekiq sierra sight sigma
sign signal signature silk silver simple simulator single sink siren site six sketch skills skin sky slash slate sleuth
slice slide slider sling smart smile smoke smooth snake snap snapshot snappy snipe snow soap social socket soft solar
solid solo solution solutions sonar sonic soul sound source space spark sparrow spectrum speed sphere spice spider spike
spin spinner spiral spirit splash sponge spool sport spot spotlight spray spring sprite sprout spy square squid stack
staff stage stamp star start starter state static station stats status steam steel stellar stem step stitch stock stone
storage store storm story strata stream streamer street stretch strike string strip stripe strong structure studio
style sublime submit subscribe subtitle suite sulu summit sun sunrise super support surf surge survey swagger swallow
swan sweep sweet swift swing switch sword symbol sync synapse system table tablet tabs tag tags swarm tailor talk talon tango
tank tap tape target task tasks taxi tea team tech telegram telescope template tempo terminal terra test text theme
thread threads three thunder ticket tide tiger time timer timeline tiny tip title token tomb tone tool toolbox toolkit
tools top topaz topic torch tornado total totem touch tour tower town toy trace tracer track tracker trade trader trail
train transfer transform transit translate translation transmission transport trap travel tree trend trick trident
trigger trinity trip triton trophy true trumpet trust truth tube tulip tune tunnel turbo turtle twig twist twister
typo ultra umbrella unicode unify unicorn union unique unit unite unity universal universe up update updater upload uploader
uranium user users utility valve vampire vanguard vanilla vantage vapor variable vault vector vega vela velocity venom
venture venus verify version vertex vesta vibe victor video view viewer village vine violet viper virgo virtual virtue
virus vision vista vital vivid voice volt volume voyager vulcan wagon waiter wake walk wall wallet wand warden warehouse
warp watch watcher watchman water wave waves way weasel weather weave web webhook weekend whale wheel whisper white
widget wiki wild willow wind window windows wing wings winter wire wisdom wish wizard wolf wonder wood word words work
worker workflow works workspace world worm wrap wrapper write writer yank yarn year yellow yoga zen zenith zephyr zero
zeus zinc zip zodiac zone zoom zulu
minder online webmail http-server web-server file-server media-server open-source
`

const COMMON = new Set(WORDS.split(/\s+/))

/** Too short to tell things apart, but no everyday word. */
export const isShortName = (name: string) => name.length <= 3 && !COMMON.has(name)

/** Whether a normalised name is an everyday word, or too short to tell things apart. */
export function isCommonName(name: string): boolean {
  return name.length <= 3 || COMMON.has(name)
}
