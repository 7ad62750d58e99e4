import { readFileSync } from 'node:fs'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { type StorePlace, storePlace } from '@firn/nix'
import {
  type BootCheck,
  bootScript,
  digestOfCommandLine,
  enforceFolder,
  imageDigest,
  judgeFreshness,
  mountSealed,
  prepareEnforcement,
  readLastSeen,
  type Seal,
  sealedImage,
} from '@firn/store'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { defaultKeys, lastSeenFile, readKeys, readWholeSeal, sealFile } from './seal-words.ts'
import { jsonOf, oneOf } from './words.ts'

const HELP = `firn store enforce: have the kernel refuse what was not sealed

  firn store enforce prepare [--seal FILE] [--key PUB]   switch on fs-verity, and write the image of names and digests
  firn store enforce digest [--seal FILE] [--key PUB]    that image's digest; nothing is changed, and the store may be a copy
  firn store enforce mount [--digest HEX] [--at DIR]     mount the store through it, or refuse
  firn store enforce script --by image|signatures        what an initial RAM disk runs before the system starts

  --folder DIR   images and objects (default: firn-sealed beside the store, on its file system)
  --store ROOT   a chroot store, a mounted disk
prepare, digest
  --seal FILE, --key PUB    as for firn store check; the lines are compared with what was signed
  --prune                   remove objects of which the store has no name any more: not while an older image may need them
mount
  --digest HEX   default: firn.store.composefs=HEX of the kernel's command line, which must be signed
  --at DIR       default: the store itself

prepare prints the digest to sign into a command line. Nothing is copied: objects are further names of the store's files.
mount needs Linux 6.6 or later. A file that is changed later cannot be read (EIO).
script prints a shell script. --by image does what mount does, without firn; --by signatures has firn, with Node in the
initial RAM disk, verify the system's closure by the keys it is given. Both take the folder where the system is mounted.
Exit codes: 0 done, 2 bad input, 3 no seal that can be believed, 4 refused: not what was sealed, or not possible here.
`

const OPTIONS = {
  seal: { type: 'string' },
  key: { type: 'string', multiple: true },
  folder: { type: 'string' },
  store: { type: 'string' },
  digest: { type: 'string' },
  prune: { type: 'boolean' },
  at: { type: 'string' },
  by: { type: 'string' },
  json: { type: 'boolean' },
} as const

export const command: Command = { help: HELP, run: enforce }

async function enforce(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store enforce', args, OPTIONS)
  const [action, ...more] = positionals
  if (more.length > 0) throw new UserError(`${more[0]}: one word too many`, 'see firn store enforce --help')
  if (action === 'script') {
    if (values.by === undefined)
      throw new UserError('by what is the system to be judged?', 'add --by image or --by signatures')
    const by: BootCheck = oneOf('--by', values.by, ['image', 'signatures'])
    io.stdout(bootScript(by))
    return EXIT.clean
  }
  const place = storePlace(io.env, values.store)
  const folder = values.folder ?? enforceFolder(place)
  const sealed = () => {
    const seal = readWholeSeal(values.seal ?? sealFile(place, io), readKeys(values.key ?? defaultKeys(io)))
    requireUnrevoked(seal, place, io)
    return seal
  }
  switch (action) {
    case 'prepare': {
      const seal = sealed()
      const bar = new ProgressBar(io)
      const prepared = await prepareEnforcement({
        place,
        seal,
        folder,
        prune: values.prune === true,
        signal: io.signal,
        onProgress: (done, total) => bar.show({ label: 'paths', done, total }),
      }).finally(() => bar.close())
      const { digest, image, imageSize, files, enabled, linked, pruned } = prepared
      if (values.json === true) {
        io.stdout(jsonOf('firn/store-enforce/1', prepared))
        return EXIT.clean
      }
      io.stdout(
        `${files} files: ${enabled} are checked by the kernel from now on, the others were already; ` +
          `${linked} objects made, ${pruned} removed\n${image}: ${imageSize} bytes\n\nfirn.store.composefs=${digest}\n`,
      )
      // The kernel gives a file a new change time then, which is all that a path has that nobody has signed.
      if (enabled > 0) {
        io.stderr(
          `firn: these files count as touched now: firn store verify takes --touched-known-until ${new Date().toISOString()}\n`,
        )
      }
      return EXIT.clean
    }
    case 'digest':
      io.stdout(`${imageDigest(sealedImage(sealed(), place.realStoreDir))}\n`)
      return EXIT.clean
    case 'mount': {
      const digest = values.digest ?? digestOfCommandLine(readFileSync('/proc/cmdline', 'latin1'))
      const at = values.at ?? place.realStoreDir
      mountSealed({ folder, digest, at })
      io.stdout(`${at}: the store of image ${digest}\n`)
      return EXIT.clean
    }
    default:
      throw new UserError(
        action === undefined ? 'firn store enforce: what is to be done?' : `${action}: not known`,
        'prepare, digest, mount or script: see firn store enforce --help',
      )
  }
}

/** An older generation may be wanted on purpose, what a revoked key signed never. */
function requireUnrevoked({ statement, signers }: Seal, place: StorePlace, io: Io): void {
  const seen = { ...readLastSeen(lastSeenFile(place, io)), generation: 0 }
  const revoked = judgeFreshness(statement, signers, seen).find(({ rule }) => rule === 'store/seal-revoked')
  if (revoked === undefined) return
  throw new UserError(revoked.message, 'seal the store again, with a key that was not revoked', EXIT.data)
}
