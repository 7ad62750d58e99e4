import type { Evidence } from '@firn/report'
import type { Advisory, Component } from './model.ts'
import { idsIn } from './references.ts'

/** All ids of one vulnerability. */
function idsOf(advisory: Advisory): ReadonlySet<string> {
  return new Set([advisory.id, ...advisory.aliases])
}

/** A patch by this name takes a fix back, or tests for the flaw. */
const NOT_A_FIX = /\b(revert|poc|exploit|reproducer)\b/i

/**
 * The patch of a component that fixes this vulnerability: by an id in its name or URL (any case, several a name), or by
 * a commit that the advisory's references name.
 */
export function patchFor(component: Component, advisory: Advisory): Evidence | undefined {
  const { patches = [] } = component
  if (patches.length === 0) return undefined
  const ids = idsOf(advisory)
  for (const patch of patches) {
    if (NOT_A_FIX.test(patch)) continue
    const named = idsIn([patch.replaceAll('_', '-')]).find((id) => ids.has(id))
    if (named !== undefined) return { kind: 'patch', text: `the patch ${patch} names ${named}`, source: patch }
    const fix = fixCommit(patch, advisory.fixes ?? [])
    if (fix !== undefined)
      return {
        kind: 'patch',
        text: `the patch ${patch} is the commit ${fix} that the advisory refers to`,
        source: patch,
      }
  }
  return undefined
}

function fixCommit(patch: string, fixes: readonly string[]): string | undefined {
  if (fixes.length === 0) return undefined
  for (const [hash] of patch.toLowerCase().matchAll(/(?<![0-9a-z])[0-9a-f]{7,64}(?![0-9a-z])/g)) {
    // Seven digits alone may be a date or a number.
    if (!/[a-f]/.test(hash) && hash.length < 12) continue
    const fix = fixes.find((commit) => commit.startsWith(hash) || hash.startsWith(commit))
    if (fix !== undefined) return fix
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
