import { basename } from 'node:path'
import { type ByteSource, fileSource } from '@firn/binary/source'
import { type Bootspec, parseBootspec } from '@firn/boot/esp'
import { naming, UserError } from '@firn/core'
import { buildErofs, directoryTree, layoutSource, readFileTree } from '@firn/image'
import { openStoreDatabase, realPath, resolveStorePath, type StorePlace, storePlace } from '@firn/nix'
import { readSmall } from '../boot/files.ts'
import type { Io } from '../command.ts'
import { checkInitrd, checkKernel } from './programs.ts'

/** The options of `iso` and `disk` that say which system goes into the image. */
export const SYSTEM_OPTIONS = {
  from: { type: 'string' },
  image: { type: 'string' },
  kernel: { type: 'string' },
  initrd: { type: 'string', multiple: true },
  init: { type: 'string' },
  param: { type: 'string', multiple: true },
} as const

export const SYSTEM_HELP = `What goes in
  SYSTEM               a NixOS system in the store (or a link to it): its closure becomes the store of the image, its
                       boot.json names kernel, init and command line. Without one, an image of /nix/store is given:
  --image F            an image of the content of /nix/store, erofs or squashfs, in whole blocks of 4096 bytes
  --from ROOT          the folder that holds nix/store and nix/var/nix (default: this machine's own store)
  --kernel F           the kernel, when it is not the system's
  --initrd F           an initial RAM disk (firn appliance initrd makes one); may be repeated
  --init PATH          what is started, /nix/store/…/init, when it is not the system's
  --param WORD         one more word for the kernel's command line; may be repeated
`

interface Words {
  readonly from?: string | undefined
  readonly image?: string | undefined
  readonly kernel?: string | undefined
  readonly initrd?: readonly string[] | undefined
  readonly init?: string | undefined
  readonly param?: readonly string[] | undefined
}

/** A system, open to be put into an image. */
export interface OpenSystem {
  readonly store: ByteSource
  readonly fileSystem: 'erofs' | 'squashfs'
  readonly init: string
  readonly kernelParams: readonly string[]
  readonly kernel: ByteSource
  readonly initrds: readonly ByteSource[]
  /** What the system calls itself: `NixOS 26.05 (Linux 6.12.1)`. */
  readonly label?: string
  close(): void
}

/** Open what the options name. `command` is as typed. */
export function openSystem(command: string, system: string | undefined, words: Words, io: Io): OpenSystem {
  const open: ByteSource[] = []
  const keep = (source: ByteSource): ByteSource => {
    open.push(source)
    return source
  }
  const checked = (path: string, check: (source: ByteSource) => void): ByteSource => {
    const source = keep(fileSource(path))
    naming(path, () => check(source))
    return source
  }
  try {
    const found = system === undefined ? undefined : findSystem(system, words, io)
    const kernel = words.kernel ?? found?.kernel
    const init = words.init ?? found?.spec.init
    if (kernel === undefined) throw new UserError(`${command}: which kernel?`, 'name a SYSTEM, or add --kernel F')
    if (init === undefined) throw new UserError(`${command}: what is started?`, 'add --init /nix/store/…/init')
    if (words.initrd === undefined) {
      throw new UserError(
        `${command}: an initial RAM disk is needed`,
        'make one: firn appliance initrd; then --initrd F',
      )
    }
    const store = words.image === undefined ? found?.store() : fileSource(words.image)
    if (store === undefined) throw new UserError(`${command}: which store?`, 'name a SYSTEM, or add --image F')
    return {
      store: keep(store),
      fileSystem: words.image === undefined ? 'erofs' : naming(words.image, () => fileSystemOf(store)),
      init,
      kernelParams: [...(found?.spec.kernelParams ?? []), ...(words.param ?? [])],
      kernel: checked(kernel, checkKernel),
      initrds: words.initrd.map((path) => checked(path, checkInitrd)),
      ...(found !== undefined && { label: found.spec.label }),
      close: () => closeAll(open),
    }
  } catch (error) {
    closeAll(open)
    throw error
  }
}

function closeAll(open: readonly ByteSource[]): void {
  for (const source of open) source.close()
}

interface FoundSystem {
  readonly spec: Bootspec
  /** Where the kernel really is. */
  readonly kernel: string
  readonly store: () => ByteSource
}

function findSystem(word: string, words: Words, io: Io): FoundSystem {
  const place = storePlace(io.env, words.from)
  const path = resolveStorePath(word, place)
  const file = `${realPath(path, place)}/boot.json`
  const spec = naming(file, () => parseBootspec(Buffer.from(readSmall(file)).toString('utf8')))
  return { spec, kernel: realPath(spec.kernel, place), store: () => closureStore(path, place) }
}

/** The closure as an image of /nix/store. Times and identities are fixed: the same closure gives the same bytes. */
function closureStore(path: string, place: StorePlace): ByteSource {
  const database = openStoreDatabase(place.stateDir, place.storeDir)
  try {
    const paths = database.closure([path]).map((info) => info.path)
    const nodes = paths.map((one) => [basename(one), readFileTree(realPath(one, place))] as const)
    return layoutSource(buildErofs(directoryTree(nodes), { uuid: STORE_UUID }))
  } finally {
    database.close()
  }
}

/** Stores are told apart by the root of their hash tree, and not by the UUID of the file system. */
const STORE_UUID = '0f1c7e6a-5b0e-4c57-9d0c-6669726e0001'

function fileSystemOf(source: ByteSource): 'erofs' | 'squashfs' {
  const magic = (at: number) => (source.size < at + 4 ? '' : Buffer.from(source.read(at, 4)).toString('hex'))
  if (magic(1024) === 'e2e1f5e0') return 'erofs'
  if (magic(0) === '68737173') return 'squashfs'
  throw new UserError('neither erofs nor squashfs', 'give an image of the content of /nix/store')
}
