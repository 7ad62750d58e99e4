import { createHash } from 'node:crypto'
import { parsePe } from '@firn/binary/pe'
import { buildUki, kernelBehindShim, type Signing, signImage } from '@firn/boot'
import { type ByteSource, UserError, writeGuid } from '@firn/core'
import {
  buildFat,
  buildIso,
  type DigestOptions,
  type FatFile,
  formatVerity,
  type GptPartition,
  type Layout,
  layoutOf,
  layoutSource,
  PARTITION_TYPE,
  type PartitionWords,
  type Verity,
} from '@firn/image'
import { guidOf, unclosed } from '../disk/build.ts'
import { checkParam } from '../disk/system.ts'
import { initPath, type Mismatch, type StoreCheck, type StorePlace, storeCommandLine } from '../init/words.ts'
import { checkName } from '../slots/entry.ts'

/** An image that starts from a CD or a stick, and only what was signed. */
export interface IsoWords {
  /** Letters, digits, dots and underscores. */
  readonly name: string
  /** For people. */
  readonly version: string
  /** An image of the content of /nix/store, in whole blocks of 4096 bytes. */
  readonly store: ByteSource
  readonly fileSystem: 'erofs' | 'squashfs'
  readonly check: StoreCheck['by']
  readonly mismatch: Mismatch
  /** The system's init, in the store. */
  readonly init: string
  /** More words for the kernel. */
  readonly kernelParams: readonly string[]
  readonly kernel: ByteSource
  readonly initrds: readonly ByteSource[]
  readonly start: StartWords
  readonly signing: Signing
  /** What firmware starts: signed by Microsoft, and not touched. Without it firmware starts what we signed. */
  readonly shim?: ByteSource | undefined
  /** MokManager, with which a person at the machine takes our certificate into shim's list. */
  readonly mokManager?: ByteSource | undefined
  /** Of all files on the image. */
  readonly time: Date
}

/**
 * How the kernel is started. `unified`: kernel, initrd and command line are one signed program. `kernel`, as the first
 * images of this kind did it: systemd-boot and the kernel are signed, each for itself, and nothing else is.
 */
export type StartWords =
  | { readonly by: 'unified'; readonly stub: ByteSource }
  | { readonly by: 'kernel'; readonly bootloader: ByteSource }

export interface ApplianceIso {
  readonly layout: Layout
  readonly partitions: readonly GptPartition[]
  /** What the image is made of, the largest first. Bytes. */
  readonly parts: readonly Part[]
  readonly commandLine: string
  /** Of the store; absent where it is not checked so. */
  readonly rootHash?: string
  readonly sha256?: string
  /** What nothing verifies, in words; empty for a unified kernel. */
  readonly unverified: readonly string[]
}

export interface Part {
  readonly name: string
  readonly size: number
}

const BLOCK = 4096

/**
 * Build the image. The store lies first, so that its place is known before the kernel is bound to it; the EFI system
 * partition lies last, so that a CD's boot entry that reaches to the end of the medium holds nothing else. The same
 * words give the same bytes: identities follow from what is in the image.
 */
export async function buildApplianceIso(words: IsoWords, options: DigestOptions = {}): Promise<ApplianceIso> {
  const { params, osRelease } = checkWords(words)
  const store = await checkedStore(words, options)
  const diskId = guidOf(`firn iso ${words.name} ${store.identity}`)
  const place = placeOf(store, words.store.size, diskId)
  const { fileSystem, mismatch, init } = words
  const line = storeCommandLine({ check: store.check, place, fileSystem, mismatch, init })
  const commandLine = [line, ...params].join(' ')
  const files = await startFiles(words, commandLine, osRelease)
  const [time, label] = [words.time, 'ESP']
  const esp = buildFat({ files, volumeId: Number.parseInt(diskId.slice(0, 8), 16), label, time })
  const { layout, partitions } = buildIso({
    volumeId: words.name.toUpperCase().replaceAll(/[^A-Z0-9_]/g, '_'),
    time,
    diskId,
    ...contents(words, store, esp, diskId),
  })
  checkPlace(partitions, place)
  return {
    layout,
    partitions,
    parts: partsOf(words, files, store, layout.size),
    commandLine,
    ...(store.rootHash !== undefined && { rootHash: store.rootHash }),
    ...(store.sha256 !== undefined && { sha256: store.sha256 }),
    unverified: words.start.by === 'unified' ? [] : UNVERIFIED,
  }
}

/** What is wrong is said before anything large is read. */
function checkWords({ name, version, store, kernelParams, init }: IsoWords) {
  checkName(name)
  initPath(init)
  if (!/^[\w.~^ -]{1,64}$/.test(version)) throw new UserError(`"${version}" is no version`, 'give a short plain text')
  if (store.size === 0 || store.size % BLOCK !== 0) {
    throw new UserError(`a store of ${store.size} bytes is not made of blocks of ${BLOCK}`, 'fill it up with zeros')
  }
  const osRelease = `ID=firn\nIMAGE_ID=${name}\nVERSION="${version}"\nPRETTY_NAME="${name} ${version}"\n`
  return { params: kernelParams.map(checkParam), osRelease: Buffer.from(osRelease) }
}

const UNVERIFIED = [
  'the initrd: whoever can write to the medium puts another in its place, and the kernel starts it',
  'the command line, and in it the hash of the store: whoever can write to the medium chooses both',
  'the menu of systemd-boot: whoever can write to the medium adds entries',
]

interface CheckedStore {
  readonly check: StoreCheck
  /** What the store is known by: nothing else goes into the identities. */
  readonly identity: string
  readonly hashArea?: Verity['hashArea']
  readonly rootHash?: string
  readonly sha256?: string
}

async function checkedStore(words: IsoWords, options: DigestOptions): Promise<CheckedStore> {
  const { store, check: by } = words
  const sha256 = by === 'verity' ? undefined : await sha256Of(store, options)
  if (by === 'sha256') return { check: { by, sha256: sha256!, size: store.size }, identity: sha256!, sha256: sha256! }
  const salt = createHash('sha256').update(`firn store ${words.name}`).digest()
  const { rootHash, hashArea } = await formatVerity({ data: store, salt }, options)
  const verity = { identity: rootHash, hashArea, rootHash }
  if (by === 'verity') return { ...verity, check: { by, root: rootHash } }
  return { ...verity, check: { by, root: rootHash, sha256: sha256! }, sha256: sha256! }
}

async function sha256Of(source: ByteSource, { signal, onProgress }: DigestOptions): Promise<string> {
  const hash = createHash('sha256')
  const step = 4 << 20
  for (let at = 0; at < source.size; at += step) {
    signal?.throwIfAborted()
    const end = Math.min(source.size, at + step)
    for (const chunk of source.chunks(at, end)) hash.update(chunk)
    onProgress?.(end)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return hash.digest('hex')
}

const FIRST_PARTITION = 1 << 20

/**
 * Where the initrd finds the store, and how it knows the medium: by the start of verity's superblock, which tells of this
 * store by its UUID; or without one by the disk's identity in the partition table.
 */
function placeOf({ hashArea }: CheckedStore, size: number, diskId: string): StorePlace {
  const at = FIRST_PARTITION
  if (hashArea === undefined) return { mark: { at: DISK_ID_AT, bytes: diskMark(diskId) }, at }
  const hashAt = alignUp(at + size)
  return { mark: { at: hashAt, bytes: layoutSource(hashArea).read(0, 32) }, at, hashAt }
}

/** In the header of the table: the disk's id, then where its entries are and how many of what size. */
const DISK_ID_AT = 512 + 56

function diskMark(diskId: string): Uint8Array {
  const bytes = Buffer.alloc(32)
  bytes.set(writeGuid(diskId))
  bytes.writeBigUInt64LE(2n, 16)
  bytes.writeUInt32LE(128, 24)
  bytes.writeUInt32LE(128, 28)
  return bytes
}

function contents(words: IsoWords, store: CheckedStore, esp: Layout, diskId: string) {
  const { hashArea } = store
  const image = layoutOf(words.store.size, [
    { offset: 0, size: words.store.size, what: 'store', content: () => unclosed(words.store) },
  ])
  const id = (what: string) => guidOf(`${diskId} ${what}`)
  const type = PARTITION_TYPE.linux
  const partitions: PartitionWords[] = [{ type, id: id('store'), name: 'store', content: image }]
  if (hashArea !== undefined) partitions.push({ type, id: id('hashes'), name: 'store hashes', content: hashArea })
  const efi = partitions.push({ type: PARTITION_TYPE.esp, id: id('esp'), name: 'ESP', content: esp })
  return {
    partitions,
    efi,
    files: [
      { name: 'README.TXT', content: Buffer.from(readme(words, store)) },
      { name: `STORE.${words.fileSystem === 'erofs' ? 'EROFS' : 'SQUASHFS'}`, content: { partition: 1 } },
      ...(hashArea === undefined ? [] : [{ name: 'STORE.VERITY', content: { partition: 2 } }]),
      { name: 'ESP.IMG', content: { partition: efi } },
    ],
  }
}

function readme({ name, version }: IsoWords, { rootHash, sha256 }: CheckedStore): string {
  const hashes = [
    ...(rootHash === undefined ? [] : [`The root hash of its store is\n    ${rootHash}`]),
    ...(sha256 === undefined ? [] : [`The SHA-256 of its store is\n    ${sha256}`]),
  ]
  return [
    `${name} ${version}`,
    'This image starts from a CD or a USB stick, with Secure Boot on, and only what was signed. Nothing on the medium is\nread from the files that you see here; they are windows on its partitions.',
    ...hashes,
    'No signature covers this text. Before you trust the image, check it against the certificate of its maker:\n    firn appliance verify IMAGE --cert CERTIFICATE',
  ]
    .join('\n\n')
    .concat('\n')
}

/** What goes onto the EFI system partition. */
async function startFiles(words: IsoWords, commandLine: string, osRelease: Uint8Array): Promise<FatFile[]> {
  const { start, signing, shim, mokManager } = words
  const kernel = shim === undefined ? words.kernel : await kernelBehindShim(words.kernel, shim, signing)
  const parts = { linux: kernel, initrds: words.initrds, cmdline: commandLine, osRelease }
  const program = start.by === 'unified' ? buildUki({ ...parts, stub: start.stub }) : start.bootloader
  const signed = await signImage(program, signing.signer, signing.options)
  const arch = architectureOf(program)
  const first = `EFI/BOOT/BOOT${arch.toUpperCase()}.EFI`
  const file = (path: string, source: ByteSource): FatFile => {
    return { path, size: source.size, content: () => unclosed(source) }
  }
  const files =
    shim === undefined ? [file(first, signed)] : [file(first, shim), file(`EFI/BOOT/grub${arch}.efi`, signed)]
  if (mokManager !== undefined) files.push(file(`EFI/BOOT/mm${arch}.efi`, mokManager))
  return start.by === 'unified' ? files : [...files, ...(await looseFiles(words, commandLine))]
}

/** Kernel and initrd beside each other, joined by an entry of systemd-boot: only the kernel is signed. */
async function looseFiles({ kernel, initrds, signing, name, version }: IsoWords, line: string): Promise<FatFile[]> {
  const signed = await signImage(kernel, signing.signer, signing.options)
  const paths = initrds.map((_, i) => `EFI/firn/initrd-${i + 1}`)
  const entry = [
    `title ${name} ${version}`,
    'linux /EFI/firn/linux.efi',
    ...paths.map((path) => `initrd /${path}`),
    `options ${line}`,
  ]
  const text = (path: string, lines: readonly string[]): FatFile => {
    const content = Buffer.from(`${lines.join('\n')}\n`)
    return { path, size: content.length, content }
  }
  return [
    { path: 'EFI/firn/linux.efi', size: signed.size, content: () => unclosed(signed) },
    ...initrds.map((source, i) => ({ path: paths[i]!, size: source.size, content: () => unclosed(source) })),
    text('loader/loader.conf', ['timeout 0', 'editor no']),
    text(`loader/entries/${name}.conf`, entry),
  ]
}

function architectureOf(program: ByteSource): 'x64' | 'aa64' {
  const { machine } = parsePe(program)
  if (machine === 0x8664) return 'x64'
  if (machine === 0xaa64) return 'aa64'
  throw new UserError(`a program for machine 0x${machine.toString(16)}`, 'images are for x86-64 and aarch64')
}

/** A kernel that looked for its store elsewhere would start nothing. */
function checkPlace(partitions: readonly GptPartition[], place: StorePlace): void {
  const hashAt = 'hashAt' in place ? place.hashAt : undefined
  if (!('at' in place) || partitions[0]!.offset !== place.at) throw new RangeError('the store lies elsewhere')
  if (hashAt !== undefined && partitions[1]!.offset !== hashAt) throw new RangeError('the hashes lie elsewhere')
}

function partsOf({ store }: IsoWords, files: readonly FatFile[], checked: CheckedStore, size: number): Part[] {
  const parts = [
    { name: 'store', size: store.size },
    ...(checked.hashArea === undefined ? [] : [{ name: 'hash tree of the store', size: checked.hashArea.size }]),
    ...files.map(({ path, size: own }) => ({ name: path, size: own })),
  ]
  const known = parts.reduce((sum, part) => sum + part.size, 0)
  parts.push({ name: 'tables, folders and room between them', size: size - known })
  return parts.sort((a, b) => b.size - a.size)
}

function alignUp(value: number): number {
  return Math.ceil(value / FIRST_PARTITION) * FIRST_PARTITION
}
