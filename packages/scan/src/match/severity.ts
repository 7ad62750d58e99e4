import { type CveContainer, type CvssVersion, scoreCvss } from '@firn/advisories'
import type { Advisory } from './model.ts'

/** Newer versions of CVSS replace older ones. */
const NEWEST_FIRST: readonly CvssVersion[] = ['4.0', '3.1', '3.0', '2.0']

/**
 * The score to show: of the newest CVSS version that has one, by whom the list has first (the authority of the record
 * before analysts). Computed from the vector: what records write beside it is sometimes wrong.
 */
export function severityOf(vectors: readonly { vector: string; provider: string }[]): Advisory['severity'] {
  const scored = vectors.flatMap(({ vector, provider }) => {
    const score = scoreCvss(vector)
    return score === undefined ? [] : [{ score: score.score, version: score.version, vector, provider }]
  })
  for (const version of NEWEST_FIRST) {
    const best = scored.find((entry) => entry.version === version)
    if (best !== undefined) return { score: best.score, vector: best.vector, provider: best.provider }
  }
  return undefined
}

/** The vectors of CVE containers, in their order. */
export function vectorsOf(containers: readonly CveContainer[]): { vector: string; provider: string }[] {
  return containers.flatMap(({ metrics = [], providerMetadata }) =>
    metrics.flatMap(({ cvssV4_0, cvssV3_1, cvssV3_0, cvssV2_0 }) =>
      [cvssV4_0, cvssV3_1, cvssV3_0, cvssV2_0].flatMap((cvss) =>
        cvss === undefined ? [] : [{ vector: cvss.vectorString, provider: providerMetadata?.shortName ?? 'unknown' }],
      ),
    ),
  )
}
