import {
  type BytePath,
  type FileStat,
  type SystemCalls,
  systemCalls,
  type TreeWatcher,
  textOfBytePath,
} from '@firn/nix/tree'
import type { Level } from '@firn/report'
import type { Fault, StoreRule } from './finding.ts'
import { unreadable } from './read-failure.ts'
import { shellWord } from './shell-word.ts'

/** Who owns the files of a store. Nix does not care for groups, and the modes it gives let them do nothing. */
export interface Ownership {
  readonly uid: number
}

/** Attributes that a system gives to every file, and Nix leaves alone (its `ignored-acls`). */
const IGNORED_XATTRS = new Set(['security.selinux', 'system.nfs4_acl', 'security.csm'])
const EXAMPLES = 3

interface Tally {
  count: number
  readonly examples: { readonly place: BytePath; readonly text: string }[]
}

/**
 * Looks at what a NAR does not hold: modes, owners, times and extended attributes. Nix gives every file mode 0444 or
 * 0555, every directory 0555, the store's owner, and the time 1 (local-store.cc: canonicalisePathMetaData).
 */
export class TreeFacts implements TreeWatcher {
  readonly #owner: Ownership
  readonly #calls: SystemCalls | undefined
  readonly #tallies = new Map<StoreRule, Tally>()
  files = 0
  /** Whether the tree is one plain file. */
  isFile = false
  #nodes = 0
  /** Inodes with more than one name. */
  readonly shared: number[] = []
  /** When a file that has one name only was last touched in any way; milliseconds. */
  touched = 0

  /** `withXattrs`: whether to ask for extended attributes here, by system calls. */
  constructor(owner: Ownership, withXattrs: boolean) {
    this.#owner = owner
    this.#calls = withXattrs ? systemCalls() : undefined
  }

  /** `file`: it is open; else it is asked for by name. */
  directory(place: BytePath, stat: FileStat, file: number | 'by name' = 'by name'): void {
    this.#nodes++
    if ((stat.mode & 0o7777) !== 0o555) this.#mode(place, stat)
    this.#common(place, stat)
    this.#xattrs(place, file)
  }

  /** `file`: how its attributes are asked for, of the open file or by name; or that they are not. */
  file(place: BytePath, stat: FileStat, file: number | 'by name' | 'not now'): void {
    this.files++
    this.isFile = this.#nodes++ === 0
    const mode = stat.mode & 0o7777
    if (mode !== 0o444 && mode !== 0o555) this.#mode(place, stat)
    this.#common(place, stat)
    if (stat.nlink > 1) this.shared.push(stat.ino)
    else if (stat.ctimeMs > this.touched) this.touched = stat.ctimeMs
    if (file !== 'not now') this.#xattrs(place, file)
  }

  symlink(place: BytePath, stat: FileStat): void {
    this.#common(place, stat)
    if (stat.nlink > 1) this.shared.push(stat.ino)
    this.#xattrs(place, 'by name')
  }

  #mode(place: BytePath, stat: FileStat): void {
    const mode = `mode ${(stat.mode & 0o7777).toString(8).padStart(4, '0')}`
    if ((stat.mode & 0o7000) !== 0) this.#add('store/setuid', place, mode)
    else this.#add('store/mode', place, mode)
  }

  #common(place: BytePath, stat: FileStat): void {
    const { uid } = this.#owner
    if (stat.uid !== uid) this.#add('store/owner', place, `owner ${stat.uid}, not ${uid}`)
    if (stat.mtimeMs < 1000 || stat.mtimeMs >= 2000) {
      this.#add('store/mtime', place, `modified ${new Date(stat.mtimeMs).toISOString()}`)
    }
  }

  /** A file system may fail here as well as with contents, and what is asked for by name may be gone meanwhile. */
  #xattrs(place: BytePath, file: number | 'by name'): void {
    const calls = this.#calls
    if (calls === undefined) return
    let names: readonly string[]
    try {
      names = file === 'by name' ? calls.xattrNames(withNul(place)) : calls.xattrNamesOfOpen(file)
    } catch (error) {
      throw unreadable(place, error)
    }
    for (const name of names) this.xattr(place, name)
  }

  xattr(place: BytePath, name: string): void {
    if (IGNORED_XATTRS.has(name)) return
    this.#add(name === 'security.capability' ? 'store/capability' : 'store/xattr', place, name)
  }

  #add(rule: StoreRule, place: BytePath, text: string): void {
    let tally = this.#tallies.get(rule)
    if (tally === undefined) {
      tally = { count: 0, examples: [] }
      this.#tallies.set(rule, tally)
    }
    tally.count++
    if (tally.examples.length < EXAMPLES) tally.examples.push({ place, text })
  }

  /** One fault a rule, however many files have it. `root` is where the tree is. */
  faults(root: BytePath): Fault[] {
    return [...this.#tallies].map(([rule, tally]) => faultOf(rule as MetadataRule, tally, root, this.#owner))
  }
}

type MetadataRule = keyof typeof MEANING

/** Whether a rule is of what no NAR holds. */
export function isMetadataRule(rule: string): boolean {
  return Object.hasOwn(MEANING, rule)
}

const MEANING = {
  'store/setuid': ['error', 'runs as another user, or lets others remove its files (setuid, setgid or sticky bit)'],
  'store/mode': ['warning', 'may be written to, or is not readable by all: the mode is not the one Nix gives'],
  'store/owner': ['error', 'belongs to somebody else, who may change it'],
  'store/mtime': ['warning', 'has a modification time other than the one Nix gives (1 second after 1970)'],
  'store/capability': ['error', 'gives whoever runs it rights of root (a file capability)'],
  'store/xattr': ['warning', 'has extended attributes or an access list, which no store object has'],
} as const satisfies Partial<Record<StoreRule, readonly [Level, string]>>

function faultOf(rule: MetadataRule, { count, examples }: Tally, root: BytePath, owner: Ownership): Fault {
  const [level, meaning] = MEANING[rule]
  return {
    rule,
    level,
    message: count === 1 ? meaning : `${meaning}: ${count} files`,
    evidence: examples.map(({ place, text }) => `${textOfBytePath(place)}: ${text}`),
    repair: repairOf(rule, count, examples, textOfBytePath(root), owner),
  }
}

function repairOf(
  rule: MetadataRule,
  count: number,
  examples: Tally['examples'],
  root: string,
  { uid }: Ownership,
): string[] {
  const tree = shellWord(root)
  const own = `chown -h ${uid}`
  const one = count === 1 ? shellWord(textOfBytePath(examples[0]!.place)) : undefined
  switch (rule) {
    case 'store/setuid':
    case 'store/mode':
      return [
        one === undefined
          ? `find ${tree} ! -type l ! -perm 0444 ! -perm 0555 -exec chmod a=rX,ug-s,-t {} +`
          : `chmod a=rX,ug-s,-t ${one}`,
      ]
    case 'store/owner':
      return [one === undefined ? `find ${tree} -exec ${own} {} +` : `${own} ${one}`]
    case 'store/mtime':
      return [one === undefined ? `find ${tree} -depth -exec touch -h -d @1 {} +` : `touch -h -d @1 ${one}`]
    case 'store/capability':
    case 'store/xattr':
      return examples.map(({ place, text }) => `setfattr -h -x ${shellWord(text)} ${shellWord(textOfBytePath(place))}`)
  }
}

function withNul(place: BytePath): Buffer {
  return Buffer.from(`${place}\0`, 'latin1')
}
