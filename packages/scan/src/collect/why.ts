import type { Snapshot } from './snapshot.ts'

/**
 * Why each path is in the closure: the shortest chain of references from a root to it, both ends included. Of several
 * equally short ones it is the one through the alphabetically first paths, so that the answer is always the same.
 */
export function referenceChains(snapshot: Snapshot): (path: string) => readonly string[] {
  const references = new Map(snapshot.paths.map((path) => [path.path, path.references]))
  const cameFrom = new Map<string, string | undefined>()
  let edge = [...new Set(snapshot.roots)].sort()
  for (const root of edge) cameFrom.set(root, undefined)
  while (edge.length > 0) {
    const next: string[] = []
    for (const path of edge) {
      for (const reference of references.get(path) ?? []) {
        if (cameFrom.has(reference)) continue
        cameFrom.set(reference, path)
        next.push(reference)
      }
    }
    edge = next
  }
  return (path) => {
    const chain: string[] = []
    if (!cameFrom.has(path)) return chain
    for (let at: string | undefined = path; at !== undefined; at = cameFrom.get(at)) chain.push(at)
    return chain.reverse()
  }
}
