import { type BytePath, TreeError, textOfBytePath } from '@firn/nix/tree'
import type { Fault } from './finding.ts'
import { shellWord } from './shell-word.ts'

export interface ReadFailure {
  /** `large`: more than twice what the database says. */
  readonly kind: TreeError['kind'] | 'large'
  readonly place: string
  readonly atRoot: boolean
  readonly why: string
  readonly code?: string
}

/** Do what the system may refuse; its refusal is a TreeError. */
export function attempt<T>(place: BytePath, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw unreadable(place, error)
  }
}

/** What the system said against reading `place`. */
export function unreadable(place: BytePath, error: unknown): TreeError {
  const { code, message } = error as NodeJS.ErrnoException
  return new TreeError('unreadable', place, code ?? message, code)
}

/** What is told of a failure to read the tree at `root`. */
export function readFailure(error: TreeError, root: BytePath): ReadFailure {
  return {
    kind: error.kind,
    place: textOfBytePath(error.place),
    atRoot: error.place === root,
    why: error.message,
    ...(error.code !== undefined && { code: error.code }),
  }
}

/** What it means that a tree could not be read. */
export function faultOfFailure({ kind, place, atRoot, why, code }: ReadFailure, repair: readonly string[]): Fault {
  if (code === 'ENOENT' && atRoot) {
    return { rule: 'store/missing', level: 'error', message: 'is registered, and not there', repair }
  }
  const evidence = [`${place}: ${why}`]
  switch (kind) {
    case 'type': {
      const message = 'has a device, pipe or socket in it, which no build makes: it was not opened'
      // Nix reads what it repairs, and stops there.
      return { rule: 'store/type', level: 'error', message, evidence, repair: [`rm ${shellWord(place)}`, ...repair] }
    }
    case 'changed':
      return { rule: 'store/unreadable', level: 'error', message: 'changes while it is read', evidence, repair }
    case 'large': {
      const message =
        'does not hold what was built: it is far larger than the database says, and was not read to its end'
      return { rule: 'store/hash-mismatch', level: 'error', message, evidence, repair }
    }
    case 'deep':
      return { rule: 'store/unreadable', level: 'error', message: 'was not read: it is too deep', evidence, repair }
    case 'unreadable': {
      const message = `was not read: ${REASONS[code ?? ''] ?? why}`
      return { rule: 'store/unreadable', level: 'error', message, evidence, repair: code === 'EACCES' ? [] : repair }
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EIO: 'the disk cannot give what it holds (look into dmesg)',
  EBADMSG: 'the file system says that it is damaged',
  EUCLEAN: 'the file system says that it is damaged',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOENT: 'a part of it vanished',
  ENAMETOOLONG: 'its names are too long together',
}
