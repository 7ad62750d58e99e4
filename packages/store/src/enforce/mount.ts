import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { measureOpen } from '../check/measure.ts'
import { isHex } from '../seal/statement.ts'
import { imagePath } from './prepare.ts'

export interface MountRequest {
  /** Where images and objects are. */
  readonly folder: string
  /** The image's fs-verity digest, from where nobody else can change it: a signed command line. */
  readonly digest: string
  /** The folder to mount on: where the system expects its store. */
  readonly at: string
}

const EARLIER = 'start an earlier generation whose image is whole, and prepare this one again'
const WORD = 'firn.store.composefs'

/** The digest that a kernel command line names. It must name exactly one: a second could have been added. */
export function digestOfCommandLine(text: string): string {
  const given = text
    .split(/\s+/)
    .filter((word) => word.startsWith(`${WORD}=`))
    .map((word) => word.slice(WORD.length + 1))
  const [digest] = given
  if (given.length === 1 && isHex(digest)) return digest
  const found =
    given.length === 0 ? 'names no image' : given.length > 1 ? 'names several images' : `is no digest: ${digest}`
  throw new UserError(
    `${WORD} of the command line ${found}`,
    `sign one with ${WORD}=DIGEST, as firn store enforce prepare prints it`,
  )
}

/**
 * Mount a store of which the kernel lets nothing be read that is not what the digest stands for: the image is measured
 * first, and every file of it as it is opened (Linux 6.6 or later: `verity=require`). UserError, exit 4: it is refused, and
 * nothing is mounted.
 */
export function mountSealed({ folder, digest, at }: MountRequest): void {
  if (!isHex(digest))
    throw new UserError(`${digest}: no digest`, 'it has 64 hex digits, as firn store enforce prepare prints it')
  const objects = join(folder, 'objects')
  for (const path of [folder, at]) {
    if (/[:,\\]/.test(path))
      throw new UserError(`${path}: mount would misread this name`, 'choose one without : , and \\')
  }
  const image = imagePath(folder, digest)
  const file = openImage(image, digest)
  const lower = mkdtempSync(join(folderForMounts(), 'firn-image-'))
  let inTheWay = false
  try {
    // mount may look up the descriptor's name again: who can rename files of this folder, root, could give it another.
    run('mount', ['-t', 'erofs', '-o', 'ro,loop,nodev,nosuid', '/proc/self/fd/3', lower], file)
    inTheWay = true
    try {
      const options = `ro,nodev,nosuid,metacopy=on,redirect_dir=on,verity=require,lowerdir=${lower}::${objects}`
      run('mount', ['-t', 'overlay', '-o', options, 'overlay', at])
    } finally {
      // The overlay keeps it; nobody else needs a way to it.
      run('umount', [lower])
      inTheWay = false
    }
  } finally {
    if (!inTheWay) rmdirSync(lower)
    closeSync(file)
  }
}

/** The image, open, and measured as it is open. */
function openImage(image: string, digest: string): number {
  let file: number
  try {
    file = openSync(image, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw diskError(image, error)
    throw new UserError(`${image}: there is no such image`, EARLIER, EXIT.store, { cause: error })
  }
  const measured = measureOpen(file)
  if (measured === digest) return file
  closeSync(file)
  throw new UserError(
    measured === undefined
      ? `${image}: the kernel does not check this image`
      : `${image}: not the image that was asked for, its digest is ${measured}`,
    EARLIER,
    EXIT.store,
  )
}

function folderForMounts(): string {
  mkdirSync('/run', { recursive: true })
  return '/run'
}

function run(program: 'mount' | 'umount', args: readonly string[], file?: number): void {
  const { error, status, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe', ...(file === undefined ? [] : [file])],
    encoding: 'utf8',
    // By mount(2), whose options are one text: newer libraries take it apart, each its own way.
    env: { ...process.env, LIBMOUNT_FORCE_MOUNT2: 'always' },
  })
  if (status === 0) return
  const said = error === undefined ? stderr.trim().slice(0, 300) : error.message
  throw new UserError(
    `${program}: ${said}`,
    'this needs root, and Linux 6.6 or later with erofs, loop devices and overlays (CONFIG_FS_VERITY)',
    EXIT.store,
  )
}
