import { type ByteSource, bytesSource } from '@firn/binary/source'
import { naming, UserError } from '@firn/core'
import { buildUki, joinInitrds } from '../uki/build.ts'
import { withoutRefusedSignature } from '../uki/inner-kernel.ts'
import { readKernel } from '../uki/kernel.ts'
import { cmdlineOf, nameOfVariant, osReleaseOf, type Variant } from './generation.ts'
import { type BootCounter, contentFile, efiPath, entryFile, FOLDER } from './layout.ts'
import { type Signing, sha256Of, type WantedFile, wantedContent, wantedProgram } from './wanted.ts'

/** What entries are made with. */
export interface EntryParts {
  readonly stub: ByteSource
  /** Whether the stub is lanzaboote's, which loads kernel and initrd from the ESP by path and hash. */
  readonly thin: boolean
  readonly counter?: BootCounter
  readonly signing: Signing
  /** Open a file of the store, or give the one that is open already. */
  readonly open: (path: string) => ByteSource
  /** The same file is hashed once. */
  readonly hash: (path: string) => Uint8Array
  /** What a variant's secrets add to its initrd. */
  readonly secrets: (variant: Variant) => ByteSource | undefined
}

/** The files of one line of the menu: kernel and initrd beside it for a thin stub, else all in one. */
export function wantedEntry(variant: Variant, parts: EntryParts): WantedFile[] {
  const { bootspec } = variant
  const linux = parts.open(bootspec.kernel)
  const added = parts.secrets(variant)
  const initrds = [...bootspec.initrds.map(parts.open), ...(added === undefined ? [] : [added])]
  return parts.thin
    ? thinEntry(variant, parts, linux, initrds, added !== undefined)
    : [fatEntry(variant, parts, linux, initrds)]
}

function fatEntry(variant: Variant, parts: EntryParts, linux: ByteSource, initrds: readonly ByteSource[]): WantedFile {
  const { devicetree } = variant.bootspec
  const unsigned = naming(nameOfVariant(variant), () =>
    buildUki({
      stub: parts.stub,
      linux: withoutRefusedSignature(linux),
      initrds,
      cmdline: cmdlineOf(variant),
      osRelease: Buffer.from(osReleaseOf(variant)),
      ...(devicetree !== undefined && { dtb: parts.open(devicetree) }),
    }),
  )
  return entryOf(variant, parts, unsigned, [])
}

/** lanzaboote's stub: `.linux` and `.initrd` are paths on the ESP, `.linuxh` and `.initrdh` SHA-256 of what lies there. */
function thinEntry(
  variant: Variant,
  parts: EntryParts,
  linux: ByteSource,
  initrds: readonly ByteSource[],
  secrets: boolean,
): WantedFile[] {
  const what = nameOfVariant(variant)
  const { bootspec } = variant
  if (initrds.length === 0) throw new UserError(`${what}: it has no initrd`, 'a thin stub needs one; use systemd-stub')
  if (bootspec.devicetree !== undefined) {
    throw new UserError(`${what}: it has a device tree`, 'a thin stub takes none; use systemd-stub')
  }
  const version = readKernel(linux).release ?? 'unknown'
  const initrd = joinInitrds(initrds)
  const whole = initrds.length === 1 && !secrets
  const kernelHash = parts.hash(bootspec.kernel)
  const initrdHash = whole ? parts.hash(bootspec.initrds[0]!) : sha256Of(initrd)
  const kernelPath = `${FOLDER.contents}/${contentFile('kernel', version, kernelHash)}`
  const initrdPath = `${FOLDER.contents}/${contentFile('initrd', version, initrdHash)}`
  const section = (name: string, content: Uint8Array) => ({ name, content: bytesSource(content) })
  const unsigned = naming(what, () =>
    buildUki({
      stub: parts.stub,
      cmdline: cmdlineOf(variant),
      osRelease: Buffer.from(osReleaseOf(variant)),
      others: [
        section('.initrd', Buffer.from(efiPath(initrdPath))),
        section('.linux', Buffer.from(efiPath(kernelPath))),
        section('.initrdh', initrdHash),
        section('.linuxh', kernelHash),
      ],
    }),
  )
  return [
    wantedContent('kernel', kernelPath, `kernel ${version}`, linux, kernelHash),
    wantedContent('initrd', initrdPath, `initrd for ${version}`, initrd, initrdHash),
    entryOf(variant, parts, unsigned, [kernelPath, initrdPath]),
  ]
}

function entryOf(
  variant: Variant,
  { signing, counter }: EntryParts,
  unsigned: ByteSource,
  needs: readonly string[],
): WantedFile {
  const { generation, specialisation } = variant
  const name = { generation: generation.number, ...(specialisation !== undefined && { specialisation }) }
  const path = (hash: string) =>
    `${FOLDER.entries}/${entryFile({ ...name, hash, ...(counter !== undefined && { counter }) })}`
  return wantedProgram('entry', nameOfVariant(variant), unsigned, signing, path, needs)
}

/** Hashes of files, each computed once. */
export function hashOnce(open: (path: string) => ByteSource): (path: string) => Uint8Array {
  const known = new Map<string, Uint8Array>()
  return (path) => {
    const hash = known.get(path) ?? sha256Of(open(path))
    known.set(path, hash)
    return hash
  }
}
