const ID =
  /\b(CVE-\d{4}-\d{4,19}|GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}|GO-\d{4}-\d{4,}|RUSTSEC-\d{4}-\d{4}|PYSEC-\d{4}-\d+)\b/gi

/** Ids of vulnerabilities in texts, in their usual case. */
export function idsIn(texts: Iterable<string>): string[] {
  const ids = new Set<string>()
  for (const text of texts) {
    for (const [id] of text.matchAll(ID))
      ids.add(/^ghsa/i.test(id) ? `GHSA${id.slice(4).toLowerCase()}` : id.toUpperCase())
  }
  return [...ids]
}

/** Commit ids that URLs of commits, patches and pulls carry. */
export function commitsOf(urls: Iterable<string>): string[] {
  const commits = new Set<string>()
  for (const url of urls) {
    const commit = /(?:\/commits?\/|[?;&](?:h|id|p)=|\/c\/|\/\+\/|\/rev\/)([0-9a-f]{7,64})\b/i.exec(url)?.[1]
    if (commit !== undefined) commits.add(commit.toLowerCase())
  }
  return [...commits]
}

/** The repository whose own security page carries the advisory: GitHub's records have no `repo`. */
export function repositoryOf(urls: readonly string[]): string | undefined {
  const repos = new Set<string>()
  for (const url of urls) {
    const repo = /^https:\/\/github\.com\/([^/]+\/[^/]+)\/security\/advisories\/GHSA-/i.exec(url)?.[1]
    if (repo !== undefined) repos.add(repo)
  }
  return repos.size === 1 ? `https://github.com/${[...repos][0]}` : undefined
}
