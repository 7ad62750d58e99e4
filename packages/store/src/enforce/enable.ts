import { spawnSync } from 'node:child_process'
import { closeSync, constants, fstatSync, futimesSync, openSync } from 'node:fs'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { type BytePath, bytePath, bytes, systemCalls, textOfBytePath } from '@firn/nix'

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Have the kernel check every later read of a file (fs-verity: SHA-256, blocks of 4096, no salt). By system calls, else
 * by the program `fsverity`. Whether it was this call that did it. Errors: a file system without fs-verity, a read-only
 * mount, a file that is being written to, as UserError.
 */
export function enableVerity(place: BytePath): boolean {
  try {
    return enable(place)
  } catch (error) {
    throw explained(place, error)
  }
}

function enable(place: BytePath): boolean {
  const calls = systemCalls()
  const file = openSync(bytes(place), FLAGS)
  try {
    const { atime, mtime } = fstatSync(file)
    const enabled = calls === undefined ? enableByProgram(place) : calls.enableVerity(file) === 'enabled'
    // ext4 takes it for a change of the file; Nix has all its files of one time.
    if (enabled) futimesSync(file, atime, mtime)
    return enabled
  } finally {
    closeSync(file)
  }
}

function enableByProgram(place: BytePath): boolean {
  const path = textOfBytePath(place)
  if (bytePath(path) !== place)
    throw new UserError(`${path}: a name that is not UTF-8`, 'run firn by a Node that has node:ffi')
  const { error, status, stderr } = spawnSync('fsverity', ['enable', path], { encoding: 'utf8' })
  if (error !== undefined)
    throw new UserError('fsverity: no such program', 'install it (Debian, nixpkgs: fsverity-utils)')
  if (status === 0) return true
  if (/File exists/.test(stderr)) return false
  throw new UserError(`${path}: ${stderr.trim().slice(0, 200)}`, 'see docs/how-to/seal-a-store.md', EXIT.store)
}

const HINTS: Readonly<Record<string, readonly [message: string, hint: string]>> = {
  // Node's name for EOPNOTSUPP.
  ENOTSUP: [
    'fs-verity is switched off, in the file system or in the kernel',
    'ext4: tune2fs -O verity DEVICE; kernel: CONFIG_FS_VERITY',
  ],
  ENOTTY: ['the file system has no fs-verity', 'put the store on ext4, btrfs or f2fs'],
  ETXTBSY: ['it is being written to', 'wait until builds are done'],
  EROFS: [
    'the store is mounted read-only',
    "run it so: unshare --mount sh -c 'umount -l /nix/store; firn store enforce prepare …'",
  ],
}

function explained(place: BytePath, error: unknown): unknown {
  const [message, hint] = HINTS[(error as NodeJS.ErrnoException).code ?? ''] ?? []
  if (message === undefined || hint === undefined) return diskError(textOfBytePath(place), error)
  return new UserError(`${textOfBytePath(place)}: ${message}`, hint, EXIT.store, { cause: error })
}
