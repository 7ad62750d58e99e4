import { UserError } from '@firn/core'

/** FIRST's Exploit Prediction Scoring System: how likely exploitation is within 30 days. */
export interface EpssScore {
  readonly cveId: string
  /** Probability, 0 to 1. */
  readonly score: number
  /** Share of all scored CVEs that score the same or lower, 0 to 1. */
  readonly percentile: number
}

export interface EpssHeader {
  readonly modelVersion: string
  /** ISO 8601. */
  readonly scoreDate: string
}

/** Read the first line: `#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z`. */
function parseEpssHeader(line: string): EpssHeader {
  const match = /^#\s*model_version:([^,]+),\s*score_date:(\S+)\s*$/.exec(line)
  if (match === null) throw new UserError('not an EPSS file', 'its first line is #model_version:…,score_date:…')
  return { modelVersion: match[1]!, scoreDate: match[2]! }
}

/** Read one row; undefined for the column titles and for what is no score. */
function parseEpssRow(line: string): EpssScore | undefined {
  const [cveId, score, percentile, ...rest] = line.split(',')
  const [s, p] = [Number(score), Number(percentile)]
  if (rest.length > 0 || !score || !percentile || !/^CVE-\d{4}-\d{4,19}$/.test(cveId!)) return undefined
  return s >= 0 && s <= 1 && p >= 0 && p <= 1 ? { cveId: cveId!, score: s, percentile: p } : undefined
}

/** Read a whole file from its unpacked chunks, in lots of `size` scores. Rows that are no score are counted. */
export async function* epssScores(
  chunks: AsyncIterable<Uint8Array>,
  size = 5000,
): AsyncGenerator<{ readonly header: EpssHeader; readonly scores: readonly EpssScore[]; readonly skipped: number }> {
  let header: EpssHeader | undefined
  let scores: EpssScore[] = []
  let skipped = 0
  for await (const line of lines(chunks)) {
    if (header === undefined) header = parseEpssHeader(line)
    else if (line !== '' && line !== 'cve,epss,percentile') {
      const score = parseEpssRow(line)
      if (score === undefined) skipped++
      else scores.push(score)
    }
    if (header !== undefined && scores.length >= size) {
      yield { header, scores, skipped }
      scores = []
      skipped = 0
    }
  }
  if (header === undefined) throw new UserError('an empty EPSS file', 'fetch it again')
  yield { header, scores, skipped }
}

const MAX_LINE = 4096

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop()!
    if (rest.length > MAX_LINE)
      throw new UserError(`not an EPSS file: a line of over ${MAX_LINE} characters`, 'fetch it again')
    for (const part of parts) yield part.replace(/\r$/, '')
  }
  if (rest !== '') yield rest
}
