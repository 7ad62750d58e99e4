import { EXIT, type ExitCode, UserError } from '@firn/core'
import { resolveStorePath, type StorePlace, storePlace, systemRoot } from '@firn/nix/place'
import { parseTrustedKey } from '@firn/nix/store'
import { printReport } from '@firn/report'
import {
  openSealLoosely,
  parseRevocation,
  readLastSeen,
  remember,
  type Sealing,
  type SealRequest,
  type SealStatement,
  sealStore,
  writeLastSeen,
  writeMemory,
  writeSeal,
} from '@firn/store/seal'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { keepOlder } from './older-seals.ts'
import { parseRate } from './rate.ts'
import { keep, lastSeenFile, makeStateFolder, memoryFile, SIGNER_OPTIONS, sealFile, signersOf } from './seal-words.ts'
import { verifyReport } from './verify-report.ts'
import { countOf, formatOf, jsonOf, tableOptions } from './words.ts'

const HELP = `firn store seal: sign what a store holds, file by file, so that later anybody can tell whether it still does

  firn store seal [PATH...] --key K       verify a closure (default: the running system's) and seal it, in one reading
  firn store seal --all --key K           the whole store
  firn store seal key -o FILE             a new key: FILE (mode 0600) and FILE.pub
  firn store seal inspect SEAL            what it says, and who signed it
  firn store seal diff OLD NEW --key PUB  what changed between two seals, in words
  firn store seal good SEAL... --key PUB  of several seals, the newest that still holds: which generation to start
  firn store seal prove SEAL PATH --key PUB [-o PROOF]    show that a path, or a file in one, was sealed
  firn store seal verify-proof PROOF --key PUB [FILE]     check that, and whether FILE is that very file
  firn store seal cosign SEAL --trusted PUB --key K       sign again what a key you trust has signed

To seal
  --key K                an ed25519 key (PEM), or pkcs11:… with --public-key; several sign the same
  --sign-command 'P A', --public-key PUB    a program that signs, and whose key it has
  -o FILE                default: store.seal in /var/lib/firn, or in the user's state folder; the ten before it stay
                         there as store-GENERATION.seal
  --generation N         default: one more than was seen before; a seal never goes back
  --revoke KEYID:N       of the key KEYID, nothing after generation N is to be believed (repeat it in later seals)
  --created DATE         a date to tell; without it the same store, key and generation give the same bytes
  --trusted-key NAME:BASE64, --require-signature    whom to ask before it is sealed, as for firn store verify
  --store ROOT           a chroot store, a mounted disk
  --workers N, --max-rate RATE
  --json                 what was sealed, or stands in the way; --format table|json|sarif|html is for the latter

Nothing is sealed when the store is not what its database, addresses and signatures say.
Exit codes: 0 sealed, 1 findings, 2 bad input, 3 not signed by a trusted key, 4 something could not be read, 130 interrupted.
`

export const command: Command = { help: HELP, run }

type Action = (args: readonly string[], io: Io) => Promise<ExitCode>

const ACTIONS: Readonly<Record<string, () => Promise<Action>>> = {
  key: async () => (await import('./seal-key.ts')).makeKey,
  inspect: async () => (await import('./seal-look.ts')).inspect,
  diff: async () => (await import('./seal-look.ts')).diff,
  good: async () => (await import('./seal-good.ts')).good,
  prove: async () => (await import('./seal-prove.ts')).proveSealed,
  'verify-proof': async () => (await import('./seal-prove.ts')).verifySealed,
  cosign: async () => (await import('./seal-key.ts')).cosign,
}

const OPTIONS = {
  ...SIGNER_OPTIONS,
  all: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
  generation: { type: 'string' },
  revoke: { type: 'string', multiple: true },
  created: { type: 'string' },
  'trusted-key': { type: 'string', multiple: true },
  'require-signature': { type: 'boolean' },
  store: { type: 'string' },
  workers: { type: 'string' },
  'max-rate': { type: 'string' },
  json: { type: 'boolean' },
  format: { type: 'string' },
} as const

async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  const [first = '', ...rest] = args
  if (Object.hasOwn(ACTIONS, first)) return (await ACTIONS[first]!())(rest, io)
  return seal(args, io)
}

async function seal(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal', args, OPTIONS)
  const place = storePlace(io.env, values.store)
  const file = values.output ?? sealFile(place, io)
  const seenFile = lastSeenFile(place, io)
  const seen = readLastSeen(seenFile)
  const signers = await signersOf(values, io)
  const revoked = (values.revoke ?? []).map(parseRevocation)
  const bar = new ProgressBar(io)
  const started = performance.now()
  const request: SealRequest = {
    place,
    roots: rootsOf(positionals, values.all === true, place),
    signatures: {
      keys: (values['trusted-key'] ?? []).map(parseTrustedKey),
      required: values['require-signature'] === true,
    },
    signers,
    generation: generationOf(values.generation, Math.max(seen.generation, openSealLoosely(file)?.generation ?? 0)),
    ...(values.created !== undefined && { created: dateOf(values.created) }),
    revoked: [...seen.revoked, ...revoked],
    workers: countOf('--workers', values.workers),
    maxRate: values['max-rate'] === undefined ? undefined : parseRate(values['max-rate']),
    signal: io.signal,
    onProgress: (done, total) => bar.show({ label: 'reading (MB)', done: done / 1e6, total: total / 1e6 }),
  }
  const sealing = await sealStore(request).finally(() => bar.close())
  const seconds = (performance.now() - started) / 1000
  if (sealing.sealed === undefined) return tellWhyNot(sealing, request, seconds, values, io)
  const { statement, envelope, lines, remembered } = sealing.sealed
  if (values.output === undefined) {
    makeStateFolder(io)
    keepOlder(file)
  }
  const digest = writeSeal(file, envelope, lines)
  const keys = signers.map(({ keyId, publicKey }) => ({ id: keyId, key: publicKey }))
  io.stdout(
    values.json === true
      ? jsonOf('firn/store-seal/1', {
          ...statement,
          keys: keys.map(({ id }) => id),
          file,
          seconds: Math.round(seconds * 1000) / 1000,
        })
      : tell(statement, keys, file, seconds),
  )
  const next = statement.generation + 1
  keep(io, `generation ${statement.generation}`, `seal the next time with --generation ${next} or more`, () => {
    makeStateFolder(io)
    writeLastSeen(seenFile, remember(seen, statement, keys))
  })
  const memory = memoryFile(place, io)
  if (memory !== undefined) {
    keep(io, 'what was read', 'the first check has to read it again', () =>
      writeMemory(memory, place.realStoreDir, { seal: digest, runs: 0, paths: remembered }),
    )
  }
  return EXIT.clean
}

function tell(
  statement: SealStatement,
  keys: readonly { readonly id: string }[],
  file: string,
  seconds: number,
): string {
  const { paths, files, bytes, generation, root } = statement
  const speed = Math.round(bytes / 1e6 / Math.max(seconds, 0.001))
  return (
    `sealed ${paths} paths, ${files} files, ${Math.round(bytes / 1e6)} MB in ${seconds.toFixed(1)} s (${speed} MB/s)\n` +
    `generation ${generation}, root ${root}\n` +
    `signed by ${keys.map(({ id }) => id).join(', ')}\n` +
    `${file}\n`
  )
}

function tellWhyNot(
  { verification }: Sealing,
  { place, roots, signatures }: SealRequest,
  seconds: number,
  words: { readonly json?: boolean | undefined; readonly format?: string | undefined },
  io: Io,
): ExitCode {
  const { complete, findings } = verification
  if (!complete) {
    io.stderr('firn: interrupted; nothing was sealed\n')
    return EXIT.interrupted
  }
  const keys = signatures.keys.map(({ name }) => name)
  const scope = roots === undefined ? ({ kind: 'all' } as const) : ({ kind: 'closure', paths: roots } as const)
  const report = verifyReport(verification, { place, scope, keys, seconds })
  io.stdout(printReport(report, formatOf(words), tableOptions(io)))
  io.stderr('firn: nothing was sealed: the store is not what was built\n')
  return findings.some(({ rule }) => rule === 'store/unreadable') ? EXIT.store : EXIT.findings
}

function rootsOf(words: readonly string[], all: boolean, place: StorePlace): readonly string[] | undefined {
  if (all && words.length > 0) throw new UserError('--all is every path', 'leave out the paths')
  if (all) return undefined
  const paths = [...new Set(words.map((word) => resolveStorePath(word, place)))]
  return paths.length > 0 ? paths : [systemRoot(place)]
}

/** A lower generation than was seen would be refused as a rollback wherever the last one was seen. */
function generationOf(word: string | undefined, last: number): number {
  if (word === undefined) return last + 1
  const generation = /^\d{1,15}$/.test(word) ? Number(word) : 0
  if (generation > last) return generation
  throw new UserError(`--generation ${word}: generation ${last} is there already`, `write ${last + 1} or more`)
}

function dateOf(word: string): string {
  const date = Date.parse(word)
  if (!Number.isNaN(date)) return new Date(date).toISOString()
  throw new UserError(`--created ${word}: no date`, 'write 2026-11-25 or 2026-11-25T12:00:00Z')
}
