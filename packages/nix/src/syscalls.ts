import type { dlopen as Dlopen, getInt32 as GetInt32 } from 'node:ffi'

/**
 * The system calls that Node lacks, by its foreign function interface (node:ffi), which is young and may be built out.
 * Each is undefined where it cannot be had; the caller then asks one of the system's programs, or says so. Linux only.
 */
export interface SystemCalls {
  /** The names of a file's extended attributes; of a link itself, not of what it points to. `path` ends with NUL. */
  readonly xattrNames: (path: Uint8Array) => string[]
  /** The same of an open file. */
  readonly xattrNamesOfOpen: (file: number) => string[]
  /** Let this thread, and those it starts from now on, use the disk only when nobody else does. Whether it worked. */
  readonly setIdleDisk: () => boolean
}

let loaded: SystemCalls | undefined | null = null

/** Undefined: this Node, or this system, has no such thing. */
export function systemCalls(): SystemCalls | undefined {
  if (loaded === null) loaded = load()
  return loaded
}

const EOPNOTSUPP = 95
const ERANGE = 34
/** The kernel's own limit of a list of names (XATTR_LIST_MAX). */
const LIST_LIMIT = 65_536
const IOPRIO_SET: Readonly<Record<string, bigint>> = { x64: 251n, arm64: 30n, riscv64: 30n }
/** IOPRIO_CLASS_IDLE in its place. */
const IDLE = 3n << 13n

function load(): SystemCalls | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const ffi = process.getBuiltinModule('node:ffi') as
      | { readonly dlopen: typeof Dlopen; readonly getInt32: typeof GetInt32 }
      | undefined
    return ffi === undefined ? undefined : bind(ffi.dlopen, ffi.getInt32)
  } catch {
    // A statically linked Node, or one that does not allow it.
    return undefined
  }
}

function bind(dlopen: typeof Dlopen, getInt32: typeof GetInt32): SystemCalls {
  const { functions: libc } = dlopen(null, {
    llistxattr: { return: 'i64', arguments: ['buffer', 'buffer', 'u64'] },
    flistxattr: { return: 'i64', arguments: ['i32', 'buffer', 'u64'] },
    syscall: { return: 'i64', arguments: ['i64', 'i64', 'i64', 'i64'] },
    __errno_location: { return: 'pointer', arguments: [] },
  })
  const list = Buffer.alloc(LIST_LIMIT)
  const size = BigInt(LIST_LIMIT)
  const names = (length: bigint): string[] => {
    if (length === 0n) return []
    if (length > 0n) return list.toString('latin1', 0, Number(length) - 1).split('\0')
    const errno = getInt32(libc.__errno_location())
    if (errno === EOPNOTSUPP) return []
    const error: NodeJS.ErrnoException = new Error(`listxattr: errno ${errno}`)
    error.errno = -errno
    error.code = errno === ERANGE ? 'ERANGE' : 'EIO'
    throw error
  }
  return {
    xattrNames: (path) => names(libc.llistxattr(path, list, size)),
    xattrNamesOfOpen: (file) => names(libc.flistxattr(file, list, size)),
    setIdleDisk: () => {
      const number = IOPRIO_SET[process.arch]
      return number !== undefined && libc.syscall(number, 1n, 0n, IDLE) === 0n
    },
  }
}
