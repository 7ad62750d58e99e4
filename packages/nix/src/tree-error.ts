import type { BytePath } from './byte-path.ts'

/** Why a tree is no store object, or could not be read to its end. */
export class TreeError extends Error {
  override readonly name = 'TreeError'
  /** `type`: a device, pipe or socket; `changed`: while it was read; `deep`: too many directories in each other. */
  readonly kind: 'type' | 'changed' | 'deep' | 'unreadable'
  readonly place: BytePath
  /** What the system said: ENOENT, EIO, EACCES, … */
  readonly code: string | undefined

  constructor(kind: TreeError['kind'], place: BytePath, message: string, code?: string) {
    super(message)
    this.kind = kind
    this.place = place
    this.code = code
  }
}

/** What the system said against reading what is at `place`. */
export function unreadable(place: BytePath, error: unknown): TreeError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ELOOP') return new TreeError('changed', place, 'it became a link while it was read', code)
  if (code === 'ENXIO') return oddType(place)
  return new TreeError('unreadable', place, code ?? message, code)
}

export function oddType(place: BytePath): TreeError {
  return new TreeError('type', place, 'neither file, directory nor link')
}
