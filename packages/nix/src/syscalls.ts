import { getSystemErrorName } from 'node:util'

type Ffi = typeof import('node:ffi')

/**
 * The system calls that Node lacks, by its foreign function interface (node:ffi), which is young and may be built out.
 * Each is undefined where it cannot be had; the caller then asks one of the system's programs, or says so. Linux only.
 */
export interface SystemCalls {
  /** The names of a file's extended attributes; of a link itself, not of what it points to. `path` ends with NUL. */
  readonly xattrNames: (path: Uint8Array) => readonly string[]
  /** The same of an open file. */
  readonly xattrNamesOfOpen: (file: number) => readonly string[]
  /**
   * The fs-verity digest (SHA-256) by which the kernel checks each read of an open file; undefined: it checks none
   * (FS_IOC_MEASURE_VERITY, linux/fsverity.h).
   */
  readonly verityDigest: (file: number) => Uint8Array | undefined
  /**
   * Have the kernel check each later read of a file by its fs-verity digest (SHA-256, blocks of 4096, no salt), for good:
   * it cannot be written to again (FS_IOC_ENABLE_VERITY). `file` is open for reading, nobody has it open for writing.
   * What it was before: 'enabled' if this call did it. Errors have `code`: EOPNOTSUPP where the file system cannot.
   */
  readonly enableVerity: (file: number) => 'enabled' | 'was enabled'
  /** Let this thread, and those it starts from now on, use the disk only when nobody else does. Whether it worked. */
  readonly setIdleDisk: () => boolean
}

let loaded: SystemCalls | undefined | null = null

/** Undefined: this Node, or this system, has no such thing. */
export function systemCalls(): SystemCalls | undefined {
  if (loaded === null) loaded = load()
  return loaded
}

const EEXIST = 17
const EOPNOTSUPP = 95
const ENOTTY = 25
const ENODATA = 61
const FS_IOC_MEASURE_VERITY = 0xc004_6686n
const FS_IOC_ENABLE_VERITY = 0x4080_6685n
/** struct fsverity_enable_arg: version, algorithm, block size, then a salt and a signature that are not given. */
const ENABLE_WORDS = 128
/** Of the digest's struct: algorithm, size, then room for the longest digest. */
const MEASURED = 4 + 64
const SHA256 = 1
/** The kernel's own limit of a list of names (XATTR_LIST_MAX). */
const LIST_LIMIT = 65_536
const NO_NAMES: readonly string[] = []
const IOPRIO_SET: Readonly<Record<string, bigint>> = { x64: 251n, arm64: 30n, riscv64: 30n }
/** IOPRIO_CLASS_IDLE in its place. */
const IDLE = 3n << 13n

function load(): SystemCalls | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const ffi = process.getBuiltinModule('node:ffi') as Ffi | undefined
    return ffi === undefined ? undefined : bind(ffi)
  } catch {
    // A statically linked Node, or one that does not allow it.
    return undefined
  }
}

function bind({ dlopen, getInt32, getRawPointer }: Ffi): SystemCalls {
  const { functions: libc } = dlopen(null, {
    // Lengths of at most 64 kB or -1: as 32 bits they are numbers, where 64 would make a bigint of each.
    llistxattr: { return: 'i32', arguments: ['buffer', 'u64', 'u64'] },
    flistxattr: { return: 'i32', arguments: ['i32', 'u64', 'u64'] },
    ioctl: { return: 'i32', arguments: ['i32', 'u64', 'buffer'] },
    syscall: { return: 'i64', arguments: ['i64', 'i64', 'i64', 'i64'] },
    __errno_location: { return: 'pointer', arguments: [] },
  })
  const list = Buffer.alloc(LIST_LIMIT)
  const address = getRawPointer(list)
  const limit = BigInt(LIST_LIMIT)
  const listed = (length: number): string[] => {
    if (length > 0) return list.toString('latin1', 0, length - 1).split('\0')
    if (length === 0) return []
    const errno = getInt32(libc.__errno_location())
    if (errno === EOPNOTSUPP) return []
    const code = getSystemErrorName(-errno)
    throw Object.assign(new Error(`listxattr: ${code}`), { errno: -errno, code })
  }
  return {
    // Hardly any file has attributes, and to ask how much there is costs the kernel no memory.
    xattrNames: (path) => {
      const length = libc.llistxattr(path, 0n, 0n)
      return length === 0 ? NO_NAMES : listed(length < 0 ? length : libc.llistxattr(path, address, limit))
    },
    xattrNamesOfOpen: (file) => {
      const length = libc.flistxattr(file, 0n, 0n)
      return length === 0 ? NO_NAMES : listed(length < 0 ? length : libc.flistxattr(file, address, limit))
    },
    verityDigest: (file) => {
      const measured = Buffer.alloc(MEASURED)
      measured.writeUInt16LE(MEASURED - 4, 2)
      if (libc.ioctl(file, FS_IOC_MEASURE_VERITY, measured) === 0) {
        const size = measured.readUInt16LE(2)
        return measured.readUInt16LE(0) === SHA256 && size === 32 ? measured.subarray(4, 36) : undefined
      }
      const errno = getInt32(libc.__errno_location())
      if ([ENODATA, ENOTTY, EOPNOTSUPP].includes(errno)) return undefined
      throw Object.assign(new Error(`FS_IOC_MEASURE_VERITY: errno ${errno}`), { errno: -errno, code: 'EIO' })
    },
    enableVerity: (file) => {
      const words = Buffer.alloc(ENABLE_WORDS)
      words.writeUInt32LE(1, 0)
      words.writeUInt32LE(SHA256, 4)
      words.writeUInt32LE(4096, 8)
      if (libc.ioctl(file, FS_IOC_ENABLE_VERITY, words) === 0) return 'enabled'
      const errno = getInt32(libc.__errno_location())
      if (errno === EEXIST) return 'was enabled'
      const code = getSystemErrorName(-errno)
      throw Object.assign(new Error(`FS_IOC_ENABLE_VERITY: ${code}`), { errno: -errno, code })
    },
    setIdleDisk: () => {
      const number = IOPRIO_SET[process.arch]
      return number !== undefined && libc.syscall(number, 1n, 0n, IDLE) === 0n
    },
  }
}
