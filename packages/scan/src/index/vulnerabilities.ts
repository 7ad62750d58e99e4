/** What is needed to tell which records speak of the same vulnerability. */
interface Named {
  readonly id: string
  readonly aliases: readonly string[]
  readonly name: string
}

/**
 * Records grouped by vulnerability, in the order of an index: by the first record's name, then by id. A CVE is one
 * vulnerability; records under other ids join the CVE that calls them its alias, or each other by their aliases. Two
 * CVEs are never joined, whatever an advisory of several lists.
 */
export function vulnerabilities<T extends Named>(records: readonly T[]): T[][] {
  const groupOf = groupNames(records)
  const groups = new Map<string, T[]>()
  for (const record of records) {
    const key = groupOf(record.id)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [record])
    else group.push(record)
  }
  for (const group of groups.values()) group.sort((a, b) => compare(a.id, b.id))
  return [...groups.values()].sort((a, b) => compare(a[0]!.name, b[0]!.name) || compare(a[0]!.id, b[0]!.id))
}

function groupNames(records: readonly Named[]): (id: string) => string {
  const parents = new Map<string, string>()
  const rootOf = (id: string): string => {
    let root = id
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up
    for (let at = id; at !== root; ) {
      const next = parents.get(at)!
      parents.set(at, root)
      at = next
    }
    return root
  }
  const cveOf = new Map<string, string>()
  for (const { id, aliases } of records) {
    for (const alias of aliases) {
      if (isCve(alias)) continue
      if (isCve(id)) {
        if (!cveOf.has(alias) || id < cveOf.get(alias)!) cveOf.set(alias, id)
      } else join(parents, rootOf(id), rootOf(alias))
    }
  }
  // The whole chain of other ids goes to the CVE that one of them belongs to.
  const cveOfRoot = new Map<string, string>()
  for (const [alias, cve] of cveOf) {
    const root = rootOf(alias)
    if (!cveOfRoot.has(root) || cve < cveOfRoot.get(root)!) cveOfRoot.set(root, cve)
  }
  // A CVE was never joined to anything, so it is its own root.
  return (id) => cveOfRoot.get(rootOf(id)) ?? rootOf(id)
}

function join(parents: Map<string, string>, a: string, b: string): void {
  if (a !== b) parents.set(a < b ? b : a, a < b ? a : b)
}

function isCve(id: string): boolean {
  return id.startsWith('CVE-')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
