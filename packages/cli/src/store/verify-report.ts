import type { StorePlace } from '@firn/nix'
import type { Column, Report } from '@firn/report'
import type { Scope, StoreFinding, Verification } from '@firn/store'
import { count } from '../count.ts'
import { version } from '../version.ts'

const SCHEMA = 'firn/store-verify/1'

export interface VerifyContext {
  readonly place: StorePlace
  readonly scope: Scope
  /** Names of the trusted keys. */
  readonly keys: readonly string[]
  readonly seconds: number
  /** Read through another machine's Nix. */
  readonly remote?: boolean
}

/** What was found, with what was read and what was not, so that a clean report claims no more than was done. */
export function verifyReport(verification: Verification, context: VerifyContext): Report<StoreFinding> {
  const { paths, whole, files, bytes, signed, addressed, collected, resumed, links, xattrs, complete } = verification
  const { place, scope, keys, seconds, remote = false } = context
  const speed = bytes / 1e6 / Math.max(seconds, 0.001)
  return {
    schema: SCHEMA,
    tool: { name: 'firn', version: version() },
    subject: `${place.realStoreDir}: ${SCOPES[scope.kind]}`,
    facts: [
      [
        'Read',
        `${count(paths)} paths, ${remote ? '' : `${count(files)} files, `}${megabytes(bytes)} in ${seconds.toFixed(1)} s (${Math.round(speed)} MB/s)`,
      ],
      ['Contents', `${count(whole)} of ${count(paths)} paths hold what the database says`],
      ['Addressed', `${count(addressed)} paths hold what their own address says`],
      ['Signatures', signaturesFact(signed, keys)],
      ...(links === undefined ? [] : [['Links', linksFact(links)] as const]),
      remote
        ? ['Not seen', 'owners, modes, times, attributes, links, what is not registered: no archive holds these']
        : ['Attributes', ATTRIBUTES[xattrs]],
      ...(collected === 0 ? [] : [['Collected', `${count(collected)} paths went while this ran`] as const]),
      ...(resumed === 0
        ? []
        : [['Resumed', `${count(resumed)} paths were read by the run that was interrupted`] as const]),
      ...(complete ? [] : [['Interrupted', 'the rest was not read'] as const]),
    ],
    data: {
      store: place.realStoreDir,
      scope: scope.kind,
      complete,
      paths,
      whole,
      files,
      bytes,
      signed,
      addressed,
      collected,
      resumed,
      ...(links === undefined ? {} : { links }),
      xattrs,
      seconds: Math.round(seconds * 1000) / 1000,
    },
    findings: verification.findings,
    columns: COLUMNS,
  }
}

const SCOPES = { all: 'the whole store', paths: 'some paths', closure: 'a closure' } as const

const ATTRIBUTES = {
  'system call': 'looked at',
  getfattr: 'looked at, by getfattr',
  'not checked': 'not looked at',
} as const

export const COLUMNS: readonly Column<StoreFinding>[] = [
  { title: 'Level', text: (finding) => finding.level },
  { title: 'Rule', text: (finding) => finding.rule },
  { title: 'Path', text: (finding) => finding.subject.name },
  {
    title: 'Finding',
    text: ({ message, evidence, remedy }) =>
      [
        message,
        ...evidence.map(({ text }) => `(${text})`),
        ...(remedy === undefined ? [] : [`Repair: ${remedy}`]),
      ].join(' '),
  },
]

function signaturesFact(signed: number, keys: readonly string[]): string {
  if (keys.length === 0) return 'not judged: no key was given (--trusted-key)'
  return `${count(signed)} paths are signed by ${keys.join(', ')}`
}

function linksFact({ names, hashed }: { readonly names: number; readonly hashed: number }): string {
  const shared = names - hashed
  return `${count(names)} names; ${count(hashed)} were hashed${shared > 0 ? `, the others are files of paths that were (--links hashes all)` : ''}`
}

function megabytes(bytes: number): string {
  return `${count(Math.round(bytes / 1e6))} MB`
}
