import { EXIT, UserError } from './error.ts'

/** Turn what the system says of a file (no space, no permission, missing) into a UserError; others pass unchanged. */
export function diskError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code
  const hint = code === undefined ? undefined : DISK_HINTS[code]
  if (hint === undefined) return error
  if (code === 'ENOENT' && path.includes('\ufffd')) {
    return new UserError(
      `${path}: no such file`,
      'a name that is not UTF-8 cannot be given: make a link to it',
      EXIT.usage,
    )
  }
  return new UserError(`${path}: ${hint[0]}`, hint[1], hint[2] ?? EXIT.usage, { cause: error })
}

const DISK_HINTS: Record<string, readonly [message: string, hint: string, exit?: typeof EXIT.store]> = {
  ENOSPC: [
    'no space left on the disk',
    'free some space and run the command again; nothing was half-written',
    EXIT.store,
  ],
  EDQUOT: [
    'the disk quota is used up',
    'free some space and run the command again; nothing was half-written',
    EXIT.store,
  ],
  EIO: ['the disk fails to read or write', 'look into dmesg, and save what can be saved', EXIT.store],
  EROFS: ['the file system is read-only', 'choose a folder that can be written to', EXIT.store],
  EACCES: ['permission denied', 'run as a user who may use it, or choose another path'],
  EPERM: ['not permitted', 'run as a user who may use it, or choose another path'],
  ENOENT: ['no such file', 'check the path'],
  ENOTDIR: ['a part of this path is not a folder', 'check the path'],
  EEXIST: ['a file stands where a folder is needed', 'check the path'],
  EFBIG: ['larger than this file system lets a file be', 'choose a smaller size, or another file system'],
  ELOOP: ['links that lead in a circle', 'check the path'],
  ENAMETOOLONG: ['no file has so long a name', 'check the path'],
  EISDIR: ['this is a folder, not a file', 'give a file'],
}
