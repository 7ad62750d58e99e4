import { SHIM_RELEASES } from './known.ts'
import { hasNx } from './program-checks.ts'
import { releaseOf } from './source-checks.ts'
import { type ReviewSubject, sbatOf } from './subject.ts'

/** The draft of a recipe, by which reviewers build a shim again. */
export interface Recipe {
  readonly dockerfile: string
  /** Files that it takes and that follow from the shim: its vendor's certificate, and its vendor's lines of SBAT. */
  readonly files: readonly RecipeFile[]
  /** Files that it takes and that only the applicant has. */
  readonly wanted: readonly string[]
  /** What a person must put in place of `FILL-IN`. */
  readonly open: readonly string[]
}

interface RecipeFile {
  readonly name: string
  readonly content: Uint8Array
}

/** Lines of a Dockerfile, what they copy, and what they leave to a person. */
interface Part {
  readonly lines: readonly string[]
  readonly files?: readonly RecipeFile[]
  readonly wanted?: readonly string[]
  readonly open?: readonly string[]
}

/** What stands where no file tells. `docker build` stops at the first of them. */
const BLANK = 'FILL-IN'

/**
 * A Dockerfile that fetches the source, builds the shim, and ends with an error when it is not the one that was looked at
 * (docs/submitting.md of shim-review, 3.3; the variables: BUILDING and Make.defaults of shim). What no binary tells is left
 * blank: which image, which versions of the tools, and options that leave no trace.
 */
export function draftRecipe(subject: ReviewSubject): Recipe {
  const source = sourcePart(subject)
  const [vendor, sbat] = [vendorPart(subject), sbatPart(subject)]
  const parts = [
    basePart(),
    source,
    patchPart(subject),
    vendor,
    sbat,
    makePart(subject, vendor.options),
    comparePart(subject),
  ]
  return {
    dockerfile: `${parts.flatMap(({ lines }) => (lines.length === 0 ? [] : [lines.join('\n')])).join('\n\n')}\n`,
    files: parts.flatMap(({ files = [] }) => files),
    wanted: parts.flatMap(({ wanted = [] }) => wanted),
    open: parts.flatMap(({ open = [] }) => open),
  }
}

function basePart(): Part {
  return {
    lines: [
      '# How reviewers build this shim again: docker build .',
      `# A draft by firn appliance review. ${BLANK} stands for what no file tells, and only its maker knows.`,
      '',
      '# The image of the build by its digest, and the tools by their versions, so that next year they are the same.',
      `FROM ${BLANK}@sha256:${BLANK}`,
      'RUN apt-get update && apt-get install --yes --no-install-recommends \\',
      `    gcc=${BLANK} binutils=${BLANK} \\`,
      '    bsdextrautils bzip2 ca-certificates dos2unix libc6-dev make openssl patch wget',
    ],
    open: ['the image of the build, by its digest', 'the versions of gcc and binutils, and where they are kept'],
  }
}

/** The release whose archive was given, or that the binary says it is. */
function sourcePart({ shim, source }: ReviewSubject): Part {
  const release =
    source === undefined ? SHIM_RELEASES.find(({ version }) => version === shim.version) : releaseOf(source.sha256)
  if (release !== undefined) {
    const { version, archive, sha256 } = release
    const url = `https://github.com/rhboot/shim/releases/download/${version}/${archive}`
    return {
      lines: ['WORKDIR /build', `RUN wget -q ${url} \\`, ...unpack(archive, sha256), `WORKDIR /build/shim-${version}`],
    }
  }
  const name = source?.name ?? BLANK
  return {
    lines: [
      `# The source${source === undefined ? '' : ' is none of the known releases: say where it comes from'}.`,
      'WORKDIR /build',
      copy([name], './'),
      'RUN true \\',
      ...unpack(name, source?.sha256 ?? BLANK),
      `WORKDIR /build/${BLANK}`,
    ],
    wanted: [name],
    open: [source === undefined ? 'the archive of the source, its hash and its folder' : 'the folder of the source'],
  }
}

function unpack(archive: string, sha256: string): string[] {
  return [`    && echo ${quoted(`${sha256}  ${archive}`)} | sha256sum --check \\`, `    && tar -xf ${quoted(archive)}`]
}

/** In the order in which they were given. */
function patchPart({ patches }: ReviewSubject): Part {
  if (patches.length === 0) return { lines: [] }
  const sums = patches.map(({ name, sha256 }) => quoted(`${sha256}  ${name}`))
  return {
    lines: [
      copy(
        patches.map(({ name }) => name),
        '/build/patches/',
      ),
      `RUN cd /build/patches && printf '%s\\n' ${sums.join(' ')} | sha256sum --check`,
      ...patches.map(({ name }) => `RUN patch -p1 < ${quoted(`/build/patches/${name}`)}`),
    ],
    wanted: patches.map(({ name }) => name),
  }
}

/** One certificate is compiled in as it is; several, or hashes, as lists that only their maker has as they were. */
function vendorPart({ shim }: ReviewSubject): Part & { readonly options: readonly string[] } {
  const [certificate, ...more] = shim.certificates
  const isAlone = certificate !== undefined && more.length === 0 && shim.allowedHashes === 0
  const hasDatabase = !isAlone && (certificate !== undefined || shim.allowedHashes > 0)
  const lists = [
    ...(isAlone ? [{ name: 'vendor_cert.der', option: 'VENDOR_CERT_FILE' }] : []),
    ...(hasDatabase ? [{ name: 'vendor_db.esl', option: 'VENDOR_DB_FILE' }] : []),
    ...(shim.forbidden > 0 ? [{ name: 'vendor_dbx.esl', option: 'VENDOR_DBX_FILE' }] : []),
  ]
  const names = lists.map(({ name }) => name)
  return {
    lines: names.length === 0 ? [] : [copy(names, '/build/')],
    files: isAlone ? [{ name: 'vendor_cert.der', content: certificate.encoded }] : [],
    wanted: names.filter((name) => name.endsWith('.esl')),
    options: lists.map(({ name, option }) => `${option}=/build/${name}`),
  }
}

/** shim's own build adds each data/sbat.*.csv to its two lines. */
function sbatPart(subject: ReviewSubject): Part {
  const { vendor } = subject.shim
  const lines = sbatOf(subject.shim).filter(({ component }) => component !== 'sbat' && component !== 'shim')
  if (lines.length === 0) return { lines: [] }
  const name = `sbat.${vendor !== undefined && /^[\w.-]{1,60}$/.test(vendor) ? vendor : 'vendor'}.csv`
  return {
    lines: [copy([name], 'data/')],
    files: [{ name, content: Buffer.from(lines.map(({ line }) => `${line}\n`).join('')) }],
  }
}

const MAKE_ARCH: Readonly<Record<string, string>> = { x64: 'x86_64', ia32: 'ia32', aa64: 'aarch64', arm: 'arm' }

function makePart({ shim }: ReviewSubject, vendor: readonly string[]): Part {
  const nx = `POST_PROCESS_PE_FLAGS=${hasNx(shim) ? '-n' : '-N'}`
  const arch = `ARCH=${MAKE_ARCH[shim.program.architecture ?? ''] ?? BLANK}`
  return {
    lines: [
      '# Add what leaves no trace in the binary, or none that is read here: RELEASE, DEFAULT_LOADER, SBAT_AUTOMATIC_DATE,',
      '# ENABLE_HTTPBOOT, DISABLE_EBS_PROTECTION, REQUIRE_TPM.',
      `RUN make ${[arch, ...vendor, nx, targetOf(shim)].join(' ')}`,
    ],
    open: ['further options of make, if there were any'],
  }
}

/** A signature is no part of what is built. */
function comparePart({ shim }: ReviewSubject): Part {
  const target = targetOf(shim)
  const isSigned = shim.program.image.signatures.length > 0
  const note = isSigned
    ? ['# The one that was looked at is signed: attach it as it was before, and give its hash.']
    : []
  return {
    lines: [
      ...note,
      copy([target], '/review/'),
      `RUN sha256sum ${target} /review/${target} \\`,
      `    && echo '${isSigned ? BLANK : shim.sha256}  ${target}' | sha256sum --check \\`,
      `    && cmp ${target} /review/${target}`,
    ],
    wanted: [target],
    open: isSigned ? ['the hash of the shim without its signatures (firn boot strip)'] : [],
  }
}

function targetOf({ program }: ReviewSubject['shim']): string {
  return `shim${program.architecture ?? BLANK}.efi`
}

/** The form that takes names with blanks. */
function copy(names: readonly string[], to: string): string {
  return `COPY ${JSON.stringify([...names, to])}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
