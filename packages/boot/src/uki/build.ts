import { parsePe } from '@firn/binary/pe'
import { type ByteSource, bytesSource } from '@firn/binary/source'
import { UserError } from '@firn/core'
import { alignUp, type Piece, padding, piecesSource } from '../pe/pieces.ts'
import { mergeSbat } from '../sbat.ts'
import { appendSections, type NewSection } from './append.ts'
import { readKernel } from './kernel.ts'

/** What goes into a unified kernel image. Contents are used as they are; what is absent gets no section. */
export interface UkiParts {
  /** systemd-stub or one like it, for the machine's architecture. */
  readonly stub: ByteSource
  /** Without a kernel it is an addon: a command line, say, that is signed for itself. */
  readonly linux?: ByteSource
  /** Joined in this order, each padded to 4 bytes; microcode must come first when it is one of them. */
  readonly initrds?: readonly ByteSource[]
  /** UTF-8, without a newline at its end. */
  readonly cmdline?: string
  readonly osRelease?: Uint8Array
  /** `uname -r`. An x86 kernel says it itself. */
  readonly uname?: string
  readonly splash?: ByteSource
  readonly dtb?: ByteSource
  readonly ucode?: ByteSource
  readonly pcrPublicKey?: Uint8Array
  readonly pcrSignature?: Uint8Array
  /** SBAT lines of our own, put behind the stub's and the kernel's. */
  readonly sbat?: readonly Uint8Array[]
  /** Further sections: a name of at most 8 characters, and its content. */
  readonly others?: readonly { readonly name: string; readonly content: ByteSource }[]
  readonly profiles?: readonly UkiProfile[]
}

/** One way to start the image: what differs from the rest. */
export interface UkiProfile {
  /** The text of `.profile`: `ID=factory-reset`, `TITLE=Factory Reset`, a line each. */
  readonly text: string
  readonly cmdline?: string
  readonly initrds?: readonly ByteSource[]
}

const CODE_READ = 0x4000_0020
const DATA_READ = 0x4000_0040
const UKI_SBAT =
  'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n' +
  'uki,1,UKI,uki,1,https://uapi-group.org/specifications/specs/unified_kernel_image/\n'

/**
 * Build a unified kernel image as ukify does: the stub with one section more for each part. The same parts give the same
 * bytes. Signatures, symbols and gaps of the stub do not go along.
 */
export function buildUki(parts: UkiParts): ByteSource {
  const kernel = parts.linux === undefined ? undefined : readKernel(parts.linux)
  const uname = parts.uname ?? kernel?.release
  const texts: NewSection[] = [
    ...bytesSection('.osrel', parts.osRelease),
    ...textSection('.cmdline', parts.cmdline),
    ...sourceSection('.dtb', parts.dtb),
    ...textSection('.uname', uname),
    ...sourceSection('.splash', parts.splash),
    ...bytesSection('.pcrpkey', parts.pcrPublicKey),
    ...initrdSection(parts.initrds),
    ...sourceSection('.ucode', parts.ucode),
    ...(parts.others ?? []).map(({ name, content }) => ({ name, content, characteristics: DATA_READ })),
  ]
  // The kernel stands last in memory: old stubs start it where it lies, and it unpacks itself into what is behind it.
  const linux: NewSection[] =
    parts.linux === undefined
      ? []
      : [
          {
            name: '.linux',
            content: parts.linux,
            virtualSize: Math.max(parts.linux.size, kernel?.sizeOfImage ?? 0),
            characteristics: CODE_READ,
          },
        ]
  const profiles = (parts.profiles ?? []).flatMap(profileSections)
  const signature = bytesSection('.pcrsig', parts.pcrSignature)
  const sections = [...texts, ...linux, ...signature, ...profiles]
  for (const section of sections) checkSection(section)
  refuseTwice(
    parsePe(parts.stub).sections.filter(({ name }) => name !== '.sbat'),
    [...texts, ...linux, ...signature],
  )
  const sbat = sbatOf(parts, kernel?.sbat)
  return appendSections(
    parts.stub,
    sections,
    sbat === undefined ? [] : [{ name: '.sbat', content: bytesSource(sbat), characteristics: DATA_READ }],
  )
}

/** Several initrds as one, each padded with zeros to 4 bytes, as the kernel wants them. */
export function joinInitrds(initrds: readonly ByteSource[]): ByteSource {
  const pieces = initrds.flatMap((source, i): Piece[] => [
    { source, from: 0, to: source.size },
    ...(i < initrds.length - 1 ? [padding(source.size, 4)] : []),
  ])
  return piecesSource(pieces)
}

function profileSections({ text, cmdline, initrds }: UkiProfile): NewSection[] {
  return [...textSection('.profile', text), ...textSection('.cmdline', cmdline), ...initrdSection(initrds)]
}

function initrdSection(initrds: readonly ByteSource[] | undefined): NewSection[] {
  return initrds === undefined || initrds.length === 0 ? [] : sourceSection('.initrd', joinInitrds(initrds))
}

function textSection(name: string, text: string | undefined): NewSection[] {
  if (text?.includes('\0') === true) throw new UserError(`${name}: it holds a NUL character`, 'give a text')
  return text === undefined ? [] : bytesSection(name, Buffer.from(text))
}

function bytesSection(name: string, bytes: Uint8Array | undefined): NewSection[] {
  return bytes === undefined ? [] : sourceSection(name, bytesSource(bytes))
}

function sourceSection(name: string, content: ByteSource | undefined): NewSection[] {
  return content === undefined ? [] : [{ name, content, characteristics: DATA_READ }]
}

/** The stub's lines, the kernel's and ours; one that revokes UKIs as such is added when there is a kernel. */
function sbatOf(parts: UkiParts, kernel: Uint8Array | undefined): Uint8Array | undefined {
  const section = parsePe(parts.stub).sections.find(({ name }) => name === '.sbat')
  const stub =
    section === undefined ? [] : [parts.stub.read(section.rawOffset, Math.min(section.rawSize, section.virtualSize))]
  const own = parts.sbat ?? (parts.linux === undefined ? [] : [Buffer.from(UKI_SBAT)])
  const all = [...stub, ...(kernel === undefined ? [] : [kernel]), ...own]
  return all.length === 0 ? undefined : mergeSbat(all)
}

/** Of two sections with one name, which one starts is nobody's to say. */
function refuseTwice(stub: readonly { readonly name: string }[], added: readonly { readonly name: string }[]): void {
  const there = new Set(stub.map(({ name }) => name))
  for (const { name } of added) {
    if (there.has(name)) throw new UserError(`two sections ${name}`, 'give the stub alone, and each part once')
    there.add(name)
  }
}

function checkSection({ name, content }: NewSection): void {
  if (!/^\.[\x21-\x7e]{1,7}$/.test(name)) {
    throw new UserError(`a section cannot be named ${name}`, 'a dot and up to 7 characters: .extra')
  }
  if (content.size === 0 && name !== '.cmdline')
    throw new UserError(`${name}: it would be empty`, 'give a file that is not')
  if (alignUp(content.size, 4096) > 0xffff_ffff)
    throw new UserError(`${name}: larger than 4 GB`, 'EFI programs are smaller')
}
