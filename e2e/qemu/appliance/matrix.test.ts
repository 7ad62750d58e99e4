import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { parsePe } from '@firn/binary'
import { bytesSource } from '@firn/core/fs'
import { openFat, readGpt } from '@firn/image'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { Bench } from '../boot/bench.ts'
import { boot, type Disk } from '../machine.ts'
import { SHIM_REFUSES } from '../refusals.ts'
import { applianceInitrd, DONE, type KernelKind, kernelFile, marker, QUICK, SYSTEM, storeImage, UP } from './system.ts'

/**
 * An image on a machine with Secure Boot on, as it is sold: Microsoft's keys in the firmware, our certificate in shim's
 * list. It boots from a CD and from a stick; with one bit turned over, in twelve places, it stops, or what is read later
 * stops it; and where `inspect` says that nothing covers a byte, it boots all the same.
 */
const skip = {
  ...needs('qemu-system-x86_64', 'veritysetup', 'depmod', 'gcc', 'objcopy'),
  ...needsParts('firmware', 'vars-ms', 'shim', 'stub', 'kernel', 'modules', 'busybox', 'gnu-efi', 'kernel-generic'),
}
const firn = new URL('../../../firn', import.meta.url).pathname

const FIRMWARE_REFUSES = 'No bootable option or device was found'
const NO_SECOND_STAGE = 'Failed to open \\\\EFI\\\\BOOT\\\\grubx64.efi - Not Found'
const PANIC = 'Kernel panic - not syncing: dm-verity device corrupted'
const STOPS = 'The machine stops here'

/** However it ends: waiting for the wanted end alone would be waiting for long. */
const END = new RegExp([DONE, FIRMWARE_REFUSES, SHIM_REFUSES, NO_SECOND_STAGE, PANIC, STOPS].join('|'))

let bench: Bench
let vars: string
let image: Buffer

before(() => {
  if (skip.skip !== undefined) return
  bench = new Bench()
  vars = bench.vars('vars.fd', 'vars-ms', '--mok', 'keys/db.pem')
  bench.put('store.img', storeImage(bench.folder))
  image = buildImage('cloud')
})
after(() => bench?.close())

function run(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(firn, ['appliance', ...words], {
    cwd: bench.folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  assert.ok(status === 0 || status === 1, `${words.join(' ')}: ${stderr}`)
  return stdout
}

/** `firn appliance iso`, with Debian's shim and kernel and our initrd. */
function buildImage(kind: KernelKind): Buffer {
  bench.put('initrd', applianceInitrd(kind))
  run(
    ...['iso', '--image', 'store.img', '--kernel', kernelFile(kind), '--init', `${SYSTEM}/init`, '--initrd', 'initrd'],
    ...['--stub', part('stub'), '--shim', part('shim'), '--cert', 'keys/db.pem', '--key', 'keys/db.key'],
    ...['console=ttyS0', 'quiet', ...QUICK].flatMap((word) => ['--param', word]),
    ...['-o', `${kind}.iso`],
  )
  return readFileSync(bench.at(`${kind}.iso`))
}

async function start(bytes: Buffer, until: string, as?: Disk['as']): Promise<string> {
  const file = bench.put('disk.img', bytes)
  const { serial } = await boot({ disks: [{ file, readOnly: true, as }], vars, memory: 768 }, END)
  assert.match(serial, new RegExp(until))
  return serial
}

test('a CD and a stick boot, and read every file of the store', skip, async () => {
  const generic = buildImage('generic')
  for (const as of ['cd', 'usb'] as const) {
    const serial = await start(generic, DONE, as)
    assert.match(serial, new RegExp(UP))
    assert.doesNotMatch(serial, /cannot read/)
  }
})

/** Where the parts of the image are. */
function places() {
  const partitions = readGpt(bytesSource(image))!.partitions
  const [store, hashes, esp] = ['store', 'store hashes', 'ESP'].map(
    (name) => partitions.find((one) => one.name === name)!,
  )
  const fat = openFat(bytesSource(image.subarray(esp!.offset, esp!.offset + esp!.size)))
  return { store: store!, hashes: hashes!, esp: esp!, fat }
}

/** The offset in the image of a program, found by its bytes. */
function offsetOf(program: Uint8Array): number {
  const at = image.indexOf(program.subarray(0, 4096))
  assert.ok(at > 0 && image.subarray(at, at + program.length).equals(program), 'the file lies in one piece')
  return at
}

/** The middle of a section of the unified kernel. */
function inSection(name: string): number {
  const { esp } = places()
  const shimAt = offsetOf(readFileSync(part('shim')))
  // The other program on the ESP: it is larger than shim, and begins at a cluster.
  for (let at = esp.offset; at < esp.offset + esp.size; at += 512) {
    if (at === shimAt || image.toString('latin1', at, at + 2) !== 'MZ') continue
    const { sections } = parsePe(bytesSource(image.subarray(at, esp.offset + esp.size)))
    const section = sections.find((one) => one.name === name)
    if (section !== undefined) return at + section.rawOffset + (Math.min(section.rawSize, section.virtualSize) >> 1)
  }
  throw new Error(`no ${name} in the image`)
}

const inFile = (): number => image.indexOf(marker(7))
const BLOCK = 4096
const DIGESTS = BLOCK / 32

/** Where the bit is, and what stops then: words of whom. */
const FLIPS: Readonly<Record<string, { readonly at: () => number; readonly says: string; readonly up?: boolean }>> = {
  'the store, in a file that no boot needs': { at: inFile, says: PANIC, up: true },
  'a leaf of the hash tree': {
    at: () => {
      const { store, hashes } = places()
      const block = Math.floor((inFile() - store.offset) / BLOCK)
      // The superblock, the root, then the leaves; this one has the digest of the first block too.
      return hashes.offset + (2 + Math.floor(block / DIGESTS)) * BLOCK + (block % DIGESTS) * 32
    },
    says: STOPS,
  },
  'the root of the hash tree': { at: () => places().hashes.offset + BLOCK + 5, says: STOPS },
  'the salt in the superblock of the hashes': { at: () => places().hashes.offset + 90, says: STOPS },
  '.linux of the unified kernel': { at: () => inSection('.linux'), says: SHIM_REFUSES },
  '.initrd of the unified kernel': { at: () => inSection('.initrd'), says: SHIM_REFUSES },
  '.cmdline of the unified kernel': { at: () => inSection('.cmdline'), says: SHIM_REFUSES },
  '.osrel of the unified kernel': { at: () => inSection('.osrel'), says: SHIM_REFUSES },
  '.sbat of the unified kernel': { at: () => inSection('.sbat'), says: SHIM_REFUSES },
  '.text of the unified kernel': { at: () => inSection('.text'), says: SHIM_REFUSES },
  shim: { at: () => offsetOf(readFileSync(part('shim'))) + 300_000, says: FIRMWARE_REFUSES },
  'the name of a file on the ESP': {
    at: () => image.indexOf(Buffer.from('grubx', 'utf16le'), places().esp.offset),
    says: NO_SECOND_STAGE,
  },
}

for (const [what, { at, says, up = false }] of Object.entries(FLIPS)) {
  test(`one bit: ${what}`, skip, async () => {
    const serial = await start(withBits(at()), says)
    assert.equal(serial.includes(UP), up, 'the system was started')
    if (says === STOPS) assert.match(serial, /The store on \/dev\/\S+ is NOT what was signed: .*root hash/)
  })
}

test(
  'five bits that nothing covers, and one of the partition table, which has a second copy: it boots what was signed',
  skip,
  async () => {
    const { map } = JSON.parse(run('inspect', 'cloud.iso', '--vars', vars, '--map', '--json')) as {
      map: { offset: number; size: number; by: string; what: string }[]
    }
    const places = map
      .filter(({ by }) => by === 'nothing')
      .flatMap(({ offset, size, what }) =>
        [...new Set([0, size >> 2, size >> 1, size - 1])].map((inside) => ({ at: offset + inside, what })),
      )
    // In the middle of a signature a bit does matter: then `verify` refuses, and so does the machine.
    // All in one image, since a boot costs more than all the rest here; `verify` must let the five pass.
    const five: typeof places = []
    for (const place of scattered(places)) {
      if (five.length < 5 && verifies(withBits(...[...five, place].map(({ at }) => at)))) five.push(place)
    }
    assert.equal(five.length, 5, `of ${places.length}`)
    // The first sector of the first partition, as the table has it.
    const table = 2 * 512 + 32
    const bits = withBits(table, ...five.map(({ at }) => at))
    const serial = await start(bits, `${DONE}|${SHIM_REFUSES}|${FIRMWARE_REFUSES}`)
    assert.match(serial, new RegExp(DONE), five.map(({ what, at }) => `${what}, byte ${at}`).join('; '))
    assert.doesNotMatch(serial, /cannot read/)
  },
)

/** In an order in which neighbours are far apart: steps of the golden section. */
function scattered<T>(values: readonly T[]): T[] {
  const rank = (i: number) => (i * 0.618034) % 1
  return values
    .map((value, i) => ({ value, i }))
    .sort((a, b) => rank(a.i) - rank(b.i))
    .map(({ value }) => value)
}

/** The image with one bit turned over at each of these places. */
function withBits(...places: readonly number[]): Buffer {
  const bytes = Buffer.from(image)
  for (const at of places) bytes[at]! ^= 1
  return bytes
}

function verifies(bytes: Buffer): boolean {
  bench.put('turned.img', bytes)
  return spawnSync(firn, ['appliance', 'verify', 'turned.img', '--vars', vars], { cwd: bench.folder }).status === 0
}
