import { parseMatchResponse, parseResolveAnswer } from '../../src/index/answer.ts'

const answer = {
  advisories: { records: 3, updated: '2024-10-24T00:00:00Z', newest: '2024-10-23T00:00:00Z' },
  matches: [
    {
      component: 1,
      advisory: {
        id: 'CVE-2024-1',
        title: 'x',
        aliases: ['GHSA-x'],
        severity: { score: 7.5, vector: 'CVSS:3.1/AV:N', provider: 'x' },
        kev: { dateAdded: '2024-01-01', ransomware: true },
        epss: { score: 0.1, percentile: 0.9 },
      },
      decision: {
        verdict: 'undetermined',
        reason: 'no_ranges',
        evidence: [{ kind: 'version', text: 'x', source: 'y' }],
      },
    },
  ],
}

const resolved = {
  packages: [
    { path: '/nix/store/x.drv', attribute: 'x', pname: 'x', cpes: ['cpe:2.3:a:x:x'], purls: [], patches: ['p'] },
  ],
}

export const corpus: Uint8Array[] = [answer, resolved].map((json) => Buffer.from(JSON.stringify(json)))

export function target(bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString('utf8')
  const parse = text.includes('"packages"') ? parseResolveAnswer : parseMatchResponse
  parse(text, 'tracker', 2)
}
