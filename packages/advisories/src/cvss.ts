import { scoreCvss2 } from './cvss2.ts'
import { scoreCvss3 } from './cvss3.ts'
import { scoreCvss4 } from './cvss4.ts'

export type CvssVersion = '2.0' | '3.0' | '3.1' | '4.0'
export type CvssRating = 'none' | 'low' | 'medium' | 'high' | 'critical'

export interface CvssScore {
  readonly version: CvssVersion
  /** 0 to 10, one decimal: of the base metrics alone, as databases show and compare it. */
  readonly score: number
  /** With all that the vector says: threat or temporal metrics and the environment. `score`, where it has neither. */
  readonly overall: number
  /** Of `score`. */
  readonly rating: CvssRating
}

/**
 * The score of a CVSS vector, computed by FIRST's specification of its version (first.org/cvss): 4.0 and 3.x by their
 * prefix, 2.0 without one, with or without parentheses. Metrics in any order; undefined when one is unknown, given
 * twice, or a base metric is missing.
 */
export function scoreCvss(vector: string): CvssScore | undefined {
  if (vector.length > MAX_LENGTH) return undefined
  const [, version, metrics] = /^\s*(?:CVSS:([0-9.]+)\/)?\(?([A-Za-z:/]+?)\/?\)?\s*$/.exec(vector) ?? []
  if (metrics === undefined) return undefined
  switch (version) {
    case '4.0':
      return rated(version, scoreCvss4(metrics))
    case '3.0':
    case '3.1':
      return rated(version, scoreCvss3(metrics, version))
    case '2.0':
    case undefined:
      return rated('2.0', scoreCvss2(metrics))
    default:
      return undefined
  }
}

/** All metrics of a version, each with all its values, are shorter. */
const MAX_LENGTH = 300

type Scores = { readonly score: number; readonly overall: number }

function rated(version: CvssVersion, scores: Scores | undefined): CvssScore | undefined {
  return scores && { version, ...scores, rating: cvssRating(scores.score, version) }
}

/** The word for a score: FIRST's scale since 3.0, the NVD's of three words for 2.0. */
export function cvssRating(score: number, version: CvssVersion): CvssRating {
  if (version === '2.0') return score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low'
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : score > 0 ? 'low' : 'none'
}
