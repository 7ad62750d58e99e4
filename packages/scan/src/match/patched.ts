import type { Evidence } from '@firn/report'
import type { Advisory, Component } from './model.ts'
import { idsIn } from './references.ts'

/** All ids of one vulnerability. */
function idsOf(advisory: Advisory): ReadonlySet<string> {
  return new Set([advisory.id, ...advisory.aliases])
}

/** A patch by this name takes a fix back, or tests for the flaw. */
const NOT_A_FIX = /\b(revert|poc|exploit|reproducer)\b/i

/** What a patch's name or URL says that it fixes. */
interface Named {
  readonly patch: string
  readonly ids: readonly string[]
  /** Commits, lower case. */
  readonly commits: readonly string[]
}

const READ = new WeakMap<readonly string[], readonly Named[]>()

/** Patches are read once: thousands of advisories ask of a kernel's. */
function namedBy(patches: readonly string[]): readonly Named[] {
  const known = READ.get(patches)
  if (known !== undefined) return known
  const named = patches
    .filter((patch) => !NOT_A_FIX.test(patch))
    .map((patch) => ({ patch, ids: idsIn([patch.replaceAll('_', '-')]), commits: commitsIn(patch) }))
  READ.set(patches, named)
  return named
}

function commitsIn(patch: string): string[] {
  const hashes = patch.toLowerCase().match(/(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])/g) ?? []
  // Seven digits alone may be a date or a number.
  return hashes.filter((hash) => /[a-f]/.test(hash) || hash.length >= 12)
}

/**
 * The patch of a component that fixes this vulnerability: by an id in its name or URL (any case, several a name), or by
 * a commit that the advisory's references name.
 */
export function patchFor(component: Component, advisory: Advisory): Evidence | undefined {
  const { patches = [] } = component
  if (patches.length === 0) return undefined
  const { fixes = [] } = advisory
  for (const { patch, ids, commits } of namedBy(patches)) {
    const named = ids.find((id) => id === advisory.id || advisory.aliases.includes(id))
    if (named !== undefined) return { kind: 'patch', text: `the patch ${patch} names ${named}`, source: patch }
    const fix = commits
      .map((hash) => fixes.find((commit) => commit.startsWith(hash) || hash.startsWith(commit)))
      .find((commit) => commit !== undefined)
    if (fix !== undefined)
      return {
        kind: 'patch',
        text: `the patch ${patch} is the commit ${fix} that the advisory refers to`,
        source: patch,
      }
  }
  return undefined
}

/** What nixpkgs' maintainers wrote: `meta.knownVulnerabilities` names this one. */
export function knownVulnerability(component: Component, advisory: Advisory): Evidence | undefined {
  const { knownVulnerabilities = [] } = component
  if (knownVulnerabilities.length === 0) return undefined
  const ids = idsOf(advisory)
  for (const text of knownVulnerabilities) {
    const named = idsIn([text]).find((id) => ids.has(id))
    if (named !== undefined)
      return {
        kind: 'known-vulnerability',
        text: `nixpkgs lists it as known: ${text}`,
        source: 'meta.knownVulnerabilities',
      }
  }
  return undefined
}
