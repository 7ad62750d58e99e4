import type { StorePlace } from '@firn/nix'
import type { Report } from '@firn/report'
import type { Check, Seal, StoreFinding } from '@firn/store'
import { count } from '../count.ts'
import { version } from '../version.ts'
import { COLUMNS } from './verify-report.ts'

export interface CheckContext {
  readonly place: StorePlace
  readonly seal: Seal
  readonly seconds: number
}

/** What a check says, and how much that is worth: the level stands in the verdict. */
export function checkReport(check: Check, { place, seal, seconds }: CheckContext): Report<StoreFinding> {
  const { verdict, level, counts, paths, part, complete, findings, memory } = check
  const { statement, signers } = seal
  return {
    schema: 'firn/store-check/1',
    tool: { name: 'firn', version: version() },
    subject: `${place.realStoreDir}: what was sealed in generation ${statement.generation}`,
    facts: [
      ['Verdict', tellVerdict(check)],
      ['Looked at', `${count(paths)} paths, ${count(counts.files)} files, in ${seconds.toFixed(2)} s`],
      [
        'Read',
        `${count(counts.read)} files, ${count(Math.round(counts.bytes / 1e6))} MB; ${count(counts.changed)} of them had been touched`,
      ],
      ...(level === 2 ? [['Measured', `${count(counts.measured)} files by the kernel`] as const] : []),
      ['Seal', `root ${statement.root}, signed by ${signers.map(({ id }) => id).join(', ')}`],
      ...(complete && memory === undefined
        ? [['Clock', 'it was set meanwhile: nothing is remembered for the next time'] as const]
        : []),
    ],
    data: {
      verdict,
      level,
      store: place.realStoreDir,
      generation: statement.generation,
      root: statement.root,
      keys: signers.map(({ id }) => id),
      complete,
      paths,
      ...counts,
      ...(part !== undefined && { part: part.turn + 1, parts: part.of }),
      seconds: Math.round(seconds * 1000) / 1000,
    },
    findings,
    columns: COLUMNS,
  }
}

function tellVerdict({ verdict, level, counts, part }: Check): string {
  switch (verdict) {
    case 'broken':
      return `level ${level}: the store is not what was sealed`
    case 'stale':
      return `level ${level}: this seal is not to be believed any more`
    case 'interrupted':
      return `level ${level}: interrupted, so nothing is said`
    case 'unchanged':
      return `level 0: untouched, as far as names, kinds, sizes and times tell; contents were not read${unread(counts.unread)}`
    case 'sampled':
      return `level 1: part ${part!.turn + 1} of ${part!.of} was read and is what was sealed; the rest is untouched, as far as stat tells${unread(counts.unread)}`
    case 'measured':
      return 'level 2: each file is what was sealed: the kernel has the digest and checks what is read, or it was read now'
    case 'verified':
      return 'level 3: verified, every byte was read and is what was sealed'
  }
}

function unread(files: number): string {
  return files === 0 ? '' : `, ${count(files)} files never yet on this machine`
}
