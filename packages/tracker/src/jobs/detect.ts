import { basename, dirname } from 'node:path'
import { type FeedFileLook, lookAtFeedFile } from '@firn/advisories'
import { jsonHead, UserError } from '@firn/core'
import type { IngestionKind } from '../domain/ingestion.ts'

/** What a file given to the tracker is. */
export interface KnownFile {
  readonly kind: Exclude<IngestionKind, 'rematch'>
  readonly container: FeedFileLook['container']
  /** In words: `a zip of CVE records`. */
  readonly seen: string
}

/**
 * Know a file by its content: advisories of every kind, or a channel's package set. What is neither is a UserError;
 * `shown` is what it calls the file.
 */
export async function knowFile(path: string, shown = path): Promise<KnownFile> {
  const { kind, container, seen, head } = await look(path, shown)
  if (kind !== undefined) {
    if ((kind === 'kev' || kind === 'epss') && container !== 'file') {
      throw new UserError(`${shown}: ${seen}`, 'give the file itself')
    }
    return { kind, container, seen }
  }
  const packages = container === 'file' ? packageSetSeen(head) : undefined
  if (packages !== undefined) return { kind: 'packages', container, seen: packages }
  throw new UserError(`${shown}: not a file that the tracker takes, but ${seen}`, TAKEN)
}

async function look(path: string, shown: string): Promise<FeedFileLook> {
  try {
    return await lookAtFeedFile(path)
  } catch (error) {
    throw error instanceof UserError ? calledBy(shown, path, error) : error
  }
}

/** The same error about a file at `path`, that names the file as people know it. */
export function calledBy(shown: string, path: string, error: UserError): UserError {
  const message = error.message.replaceAll(path, shown)
  const named = message.includes(shown) ? message : `${shown}: ${message}`
  return new UserError(named, error.hint, error.exit, { cause: error })
}

const TAKEN =
  'it takes CVE zips (bulk, delta), folders and records, NVD pages, OSV zips and records, the KEV catalogue, EPSS scores, ' +
  'and package sets (packages.json, nix-eval-jobs, nix-env --json --meta), packed or plain'

/** `nix-eval-jobs` prints a line a package; `packages.json` has an envelope; `nix-env` prints the bare map. */
function packageSetSeen(head: string): string | undefined {
  const json = jsonHead(head)
  if (json === undefined) return undefined
  const { keys, inner } = json
  if (keys.has('packages') && keys.has('version')) return 'a package set (packages.json)'
  if (keys.has('attr') && JOB_KEYS.some((key) => keys.has(key))) return 'a package set (nix-eval-jobs)'
  if (inner.has('name') && PACKAGE_KEYS.some((key) => inner.has(key))) return 'a package set (nix-env)'
  return undefined
}

const JOB_KEYS = ['attrPath', 'drvPath', 'error', 'name']
const PACKAGE_KEYS = ['meta', 'pname', 'system', 'outputName', 'outputs']

/**
 * The channel that a package set's place tells: `packages-nixos-24.11.json.br`, or `packages.json.br` in a folder
 * named like a channel, as mirrors have it.
 */
export function channelOfPath(path: string): string | undefined {
  const name = /^packages[-_.](.+?)\.json(\.[a-z]+)?$/.exec(basename(path))?.[1] ?? basename(dirname(path))
  return CHANNEL_LIKE.test(name) ? name : undefined
}

const CHANNEL_LIKE = /^(nixos|nixpkgs|release|home-manager)-[A-Za-z0-9.-]{1,40}$/
const CHANNEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/

/** A channel's name as a person gave it, or as the path tells it. UserError: neither, or no name for a channel. */
export function channelFor(path: string, given: string | undefined): string {
  const channel = given ?? channelOfPath(path)
  if (channel === undefined) {
    throw new UserError(`${path}: a package set, but of which channel?`, 'say it: --channel nixos-unstable')
  }
  if (CHANNEL_NAME.test(channel)) return channel
  throw new UserError(
    `--channel ${JSON.stringify(channel)}: not a channel's name`,
    'use letters, digits, dots and dashes: nixos-24.11',
  )
}
