import { lstatSync, type Stats } from 'node:fs'
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

/** What is told of a file: as `Stats` of node:fs has it, and that is one. */
export type FileStat = Pick<Stats, 'dev' | 'ino' | 'mode' | 'nlink' | 'uid' | 'gid' | 'size' | 'mtimeMs' | 'ctimeMs'>

export type EntryKind = 'file' | 'directory' | 'symlink' | 'other'

/** An entry of a directory; `kind`: undefined where the file system does not say. */
export interface DirectoryEntry {
  readonly name: string
  readonly ino: number
  readonly kind: EntryKind | undefined
}

/** The directory that a name begins from when it is given none: the working directory (AT_FDCWD). */
export const NO_DIRECTORY = -100

/**
 * Files by their names in open directories (openat and its like): shorter to look up than whole paths, and nobody can put
 * another directory in the place of one that is open. Names are bytes, a character each (latin1). Each call that fails
 * throws with `code` and `errno`, as those of node:fs do.
 */
export interface DirectoryCalls {
  /** `flags` as for open. A descriptor, to be closed here. */
  readonly open: (directory: number, name: string, flags: number) => number
  readonly close: (file: number) => void
  /** Of what is open. */
  readonly stat: (file: number) => FileStat
  /** Of what has this name; of a link itself. */
  readonly look: (directory: number, name: string) => FileStat
  /** The next entries of an open directory, in no order, without `.` and `..`; undefined: there were no more. */
  readonly entries: (directory: number) => DirectoryEntry[] | undefined
  /** Where a link points to. */
  readonly target: (directory: number, name: string) => Buffer
  /** Have the beginning of an open file fetched from the disk while this thread does something else: a hint, no more. */
  readonly readAhead: (file: number) => void
  /** What reads on in a file, into `buffer` from `at` on; gives how many bytes, 0 at the end. */
  readonly reader: (buffer: Buffer) => (file: number, at: number, size: number) => number
}

let loaded: SystemCalls | undefined | null = null
let directories: DirectoryCalls | undefined | null = null

/** Undefined: this Node, or this system, has no such thing. */
export function systemCalls(): SystemCalls | undefined {
  if (loaded === null) loaded = load(bind)
  return loaded
}

/** Undefined as `systemCalls`, and where the system's library lacks one of these. */
export function directoryCalls(): DirectoryCalls | undefined {
  if (directories === null) directories = load(bindDirectories)
  return directories
}

const EEXIST = 17
const EINVAL = 22
const ENAMETOOLONG = 36
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
/** The same on all machines that Nix runs on. */
const O_CLOEXEC = 0o2_000_000
const DOT = 0x2e

function load<T>(binding: (ffi: Ffi) => T | undefined): T | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    const ffi = process.getBuiltinModule('node:ffi') as Ffi | undefined
    return ffi === undefined ? undefined : binding(ffi)
  } catch {
    // A statically linked Node, or one that does not allow it.
    return undefined
  }
}

function bind({ dlopen, getInt32, getRawPointer }: Ffi): SystemCalls {
  const { functions } = dlopen(null, {
    // Lengths of at most 64 kB or -1: as 32 bits they are numbers, where 64 would make a bigint of each.
    llistxattr: { return: 'i32', arguments: ['buffer', 'u64', 'u64'] },
    flistxattr: { return: 'i32', arguments: ['i32', 'u64', 'u64'] },
    ioctl: { return: 'i32', arguments: ['i32', 'u64', 'buffer'] },
    syscall: { return: 'i64', arguments: ['i64', 'i64', 'i64', 'i64'] },
    __errno_location: { return: 'pointer', arguments: [] },
  })
  // Not called as properties: Node keeps them in a dictionary, which no optimizing compiler looks through.
  const { __errno_location: errnoAt, llistxattr, flistxattr, ioctl, syscall } = functions
  const list = Buffer.alloc(LIST_LIMIT)
  const address = getRawPointer(list)
  const limit = BigInt(LIST_LIMIT)
  const listed = (length: number): string[] => {
    if (length > 0) return list.toString('latin1', 0, length - 1).split('\0')
    if (length === 0) return []
    const errno = getInt32(errnoAt())
    if (errno === EOPNOTSUPP) return []
    const code = getSystemErrorName(-errno)
    throw Object.assign(new Error(`listxattr: ${code}`), { errno: -errno, code })
  }
  return {
    // Hardly any file has attributes, and to ask how much there is costs the kernel no memory.
    xattrNames: (path) => {
      const length = llistxattr(path, 0n, 0n)
      return length === 0 ? NO_NAMES : listed(length < 0 ? length : llistxattr(path, address, limit))
    },
    xattrNamesOfOpen: (file) => {
      const length = flistxattr(file, 0n, 0n)
      return length === 0 ? NO_NAMES : listed(length < 0 ? length : flistxattr(file, address, limit))
    },
    verityDigest: (file) => {
      const measured = Buffer.alloc(MEASURED)
      measured.writeUInt16LE(MEASURED - 4, 2)
      if (ioctl(file, FS_IOC_MEASURE_VERITY, measured) === 0) {
        const size = measured.readUInt16LE(2)
        return measured.readUInt16LE(0) === SHA256 && size === 32 ? measured.subarray(4, 36) : undefined
      }
      const errno = getInt32(errnoAt())
      if ([ENODATA, ENOTTY, EOPNOTSUPP].includes(errno)) return undefined
      throw Object.assign(new Error(`FS_IOC_MEASURE_VERITY: errno ${errno}`), { errno: -errno, code: 'EIO' })
    },
    enableVerity: (file) => {
      const words = Buffer.alloc(ENABLE_WORDS)
      words.writeUInt32LE(1, 0)
      words.writeUInt32LE(SHA256, 4)
      words.writeUInt32LE(4096, 8)
      if (ioctl(file, FS_IOC_ENABLE_VERITY, words) === 0) return 'enabled'
      const errno = getInt32(errnoAt())
      if (errno === EEXIST) return 'was enabled'
      const code = getSystemErrorName(-errno)
      throw Object.assign(new Error(`FS_IOC_ENABLE_VERITY: ${code}`), { errno: -errno, code })
    },
    setIdleDisk: () => {
      const number = IOPRIO_SET[process.arch]
      return number !== undefined && syscall(number, 1n, 0n, IDLE) === 0n
    },
  }
}

const AT_SYMLINK_NOFOLLOW = 0x100
/** More than struct stat takes anywhere. */
const STAT_SIZE = 256
/** A path is no longer, and a link points no further (PATH_MAX). */
const LONGEST = 4096
const ENTRIES_SIZE = 1 << 16
/** Where in struct linux_dirent64 the length, the type and the name are. */
const [ENTRY_LENGTH, ENTRY_TYPE, ENTRY_NAME] = [16, 18, 19]
/** By type (DT_UNKNOWN, DT_FIFO, DT_CHR, DT_DIR, DT_BLK, DT_REG, DT_LNK, DT_SOCK); those between are not used. */
const KINDS: readonly (EntryKind | undefined)[] = [
  undefined,
  ...(['other', 'other', 'other', 'directory', 'other', 'other', 'other', 'file', 'other', 'symlink'] as const),
]
/** Which words of 32 bits in struct stat have what; all else is the same (asm/stat.h, asm-generic/stat.h). */
interface StatLayout {
  readonly mode: number
  readonly nlink: number
  readonly uid: number
}
const GENERIC: StatLayout = { mode: 4, nlink: 5, uid: 6 }
/** Machines with addresses of 64 bits that store low bytes first; elsewhere none of this is called. */
const STAT_LAYOUT: Readonly<Record<string, StatLayout>> = {
  x64: { mode: 6, nlink: 4, uid: 7 },
  arm64: GENERIC,
  riscv64: GENERIC,
  loong64: GENERIC,
}
/** As much as the kernel itself reads ahead in a file by default. */
const AHEAD = 131_072n
const EINTR = 4
const HIGH = 0x1_0000_0000

function bindDirectories({ dlopen, getInt32, getRawPointer }: Ffi): DirectoryCalls | undefined {
  const layout = STAT_LAYOUT[process.arch]
  if (layout === undefined) return undefined
  const { functions } = dlopen(null, {
    openat: { return: 'i32', arguments: ['i32', 'pointer', 'i32'] },
    close: { return: 'i32', arguments: ['i32'] },
    // Not statx, which is the same on all machines: of calls with more than three arguments Node makes an array each.
    fstat: { return: 'i32', arguments: ['i32', 'pointer'] },
    fstatat: { return: 'i32', arguments: ['i32', 'pointer', 'pointer', 'i32'] },
    getdents64: { return: 'i32', arguments: ['i32', 'pointer', 'u64'] },
    readlinkat: { return: 'i32', arguments: ['i32', 'pointer', 'pointer', 'u64'] },
    // The length is in its struct: as an argument it would be a bigint, made for each call.
    readahead: { return: 'i32', arguments: ['i32', 'i64', 'u64'] },
    readv: { return: 'i32', arguments: ['i32', 'pointer', 'i32'] },
    __errno_location: { return: 'pointer', arguments: [] },
  })
  const { __errno_location: errnoAt, openat, close, fstat, fstatat, getdents64 } = functions
  const { readlinkat, readahead, readv } = functions
  // Memory that does not move and is kept: of small arrays V8 moves the bytes, and what no function names is freed.
  const path = Buffer.from(new ArrayBuffer(LONGEST))
  const pathAt = getRawPointer(path)
  const stat = new Uint32Array(new ArrayBuffer(STAT_SIZE))
  const statAt = getRawPointer(stat)
  const list = Buffer.from(new ArrayBuffer(ENTRIES_SIZE))
  const listAt = getRawPointer(list)
  const listSize = BigInt(ENTRIES_SIZE)
  const link = Buffer.from(new ArrayBuffer(LONGEST))
  const linkAt = getRawPointer(link)
  const linkSize = BigInt(LONGEST)

  const failed = (call: string, errno = getInt32(errnoAt())): Error => {
    const code = getSystemErrorName(-errno)
    return Object.assign(new Error(`${call}: ${code}`), { errno: -errno, code })
  }
  const setPath = (name: string): void => {
    const { length } = name
    if (length >= LONGEST) throw failed('open', ENAMETOOLONG)
    for (let i = 0; i < length; i++) {
      const byte = name.charCodeAt(i)
      // It would end the name here, and name something else.
      if (byte === 0) throw failed('open', EINVAL)
      path[i] = byte
    }
    path[length] = 0
  }
  const calls: DirectoryCalls = {
    open: (directory, name, flags) => {
      setPath(name)
      for (;;) {
        const file = openat(directory, pathAt, flags | O_CLOEXEC)
        if (file >= 0) return file
        if (getInt32(errnoAt()) !== EINTR) throw failed('open')
      }
    },
    close: (file) => void close(file),
    stat: (file) => {
      if (fstat(file, statAt) !== 0) throw failed('stat')
      return statOf(stat, layout)
    },
    look: (directory, name) => {
      setPath(name)
      if (fstatat(directory, pathAt, statAt, AT_SYMLINK_NOFOLLOW) !== 0) throw failed('stat')
      return statOf(stat, layout)
    },
    entries: (directory) => {
      const length = getdents64(directory, listAt, listSize)
      if (length < 0) throw failed('readdir')
      return length === 0 ? undefined : entriesIn(list, length)
    },
    target: (directory, name) => {
      setPath(name)
      const length = readlinkat(directory, pathAt, linkAt, linkSize)
      if (length < 0) throw failed('readlink')
      return Buffer.from(link.subarray(0, length))
    },
    readAhead: (file) => void readahead(file, 0n, AHEAD),
    reader: (buffer) => {
      const base = Number(getRawPointer(buffer))
      // struct iovec: where to, and how much at most.
      const piece = new Uint32Array(new ArrayBuffer(16))
      const pieceAt = getRawPointer(piece)
      return (file, at, size) => {
        if (at + size > buffer.length) throw new RangeError('a file is read to beyond the end of its buffer')
        for (;;) {
          const address = base + at
          piece[0] = address % HIGH
          piece[1] = Math.floor(address / HIGH)
          piece[2] = size
          const count = readv(file, pieceAt, 1)
          if (count >= 0) return count
          if (getInt32(errnoAt()) !== EINTR) throw failed('read')
        }
      }
    },
  }
  return tellsAsNode(calls) ? calls : undefined
}

/** Structs are read by where their parts are: believed on a machine where they say of a file what Node says. */
function tellsAsNode({ look }: DirectoryCalls): boolean {
  const [told, known] = [look(NO_DIRECTORY, '/'), lstatSync('/')]
  return (Object.keys(told) as (keyof FileStat)[]).every((name) => told[name] === known[name])
}

function statOf(words: Uint32Array, { mode, nlink, uid }: StatLayout): FileStat {
  return {
    dev: words[0]! + words[1]! * HIGH,
    ino: words[2]! + words[3]! * HIGH,
    mode: words[mode]!,
    nlink: words[nlink]!,
    uid: words[uid]!,
    gid: words[uid + 1]!,
    size: words[12]! + words[13]! * HIGH,
    mtimeMs: milliseconds(words, 22),
    ctimeMs: milliseconds(words, 26),
  }
}

/** As node:fs has it: seconds may be negative, and are a number of 64 bits. */
function milliseconds(words: Uint32Array, at: number): number {
  return (words[at]! + (words[at + 1]! | 0) * HIGH) * 1000 + words[at + 2]! / 1e6
}

/** struct linux_dirent64, one after the other: inode, offset, length, type, name. */
function entriesIn(list: Buffer, length: number): DirectoryEntry[] {
  const entries: DirectoryEntry[] = []
  for (let at = 0; at < length; ) {
    const from = at + ENTRY_NAME
    let end = from
    while (list[end] !== 0) end++
    if (!isItselfOrAbove(list, from, end)) {
      const ino = list.readUInt32LE(at) + list.readUInt32LE(at + 4) * HIGH
      const type = list[at + ENTRY_TYPE]!
      entries.push({ name: list.toString('latin1', from, end), ino, kind: type < KINDS.length ? KINDS[type] : 'other' })
    }
    at += list.readUInt16LE(at + ENTRY_LENGTH)
  }
  return entries
}

function isItselfOrAbove(list: Buffer, from: number, end: number): boolean {
  if (list[from] !== DOT) return false
  return end === from + 1 || (end === from + 2 && list[from + 1] === DOT)
}
