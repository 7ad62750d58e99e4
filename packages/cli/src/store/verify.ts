import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { EXIT, type ExitCode, UserError, worstExit } from '@firn/core'
import { resolveStorePath, type StorePlace, storePlace, systemRoot } from '@firn/nix/place'
import { parseTrustedKey, type TrustedKey } from '@firn/nix/store'
import { type FORMATS, type Level, printReport, reaches } from '@firn/report'
import { type Scope, type Verification, verifyStore } from '@firn/store/verify'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { makeCacheFolder } from '../scan/cache.ts'
import { parseRate } from './rate.ts'
import { verifyReport } from './verify-report.ts'
import { countOf, formatOf, oneOf, tableOptions } from './words.ts'

const HELP = `firn store verify: is the store what was built?

  firn store verify --all                the whole store, with what is in it unregistered, and its .links
  firn store verify PATH...              these paths
  firn store verify --closure PATH...    these and all they refer to
  firn store verify                      the closure of the running system

Which store
  --store ssh://[USER@]HOST[:PORT]   another machine's, through its nix-daemon: contents, addresses and signatures
  --store ROOT           a chroot store, a mounted image or disk: the folder that holds nix/store
Who vouches for it
  --trusted-key NAME:BASE64   a public key to judge signatures by; may be repeated. Nothing else is trusted, neither
                         nix.conf nor the keys of this machine
  --require-signature    what no such key signed and is not addressed by its contents is an error
What else to look at
  --scan-references      paths that contents name and the database does not
  --links                hash each file in .links, also those that were hashed as part of a path
  --touched-known-until DATE   that files were touched until then is known: store/changed-later says nothing of it
How
  --workers N, --max-rate RATE (50M, bytes a second), --idle (only when nobody else wants processor or disk)
  --resume               go on where an interrupted run stopped (the same start of this machine, at most a day ago)
  --repair               print what would mend it, in a safe order, and let Nix repair contents
  --json, --format table|json|sarif|html    --fail-on error|warning (default)|note

Everything is read, nothing is written (but with --repair), and Nix may go on working.
NIX_STORE_DIR and NIX_STATE_DIR are honoured.
Exit codes: 0 clean, 1 findings, 2 bad input, 4 something could not be read, 130 interrupted.
`

const OPTIONS = {
  store: { type: 'string' },
  all: { type: 'boolean' },
  closure: { type: 'boolean' },
  'trusted-key': { type: 'string', multiple: true },
  'require-signature': { type: 'boolean' },
  'scan-references': { type: 'boolean' },
  'touched-known-until': { type: 'string' },
  links: { type: 'boolean' },
  workers: { type: 'string' },
  'max-rate': { type: 'string' },
  idle: { type: 'boolean' },
  resume: { type: 'boolean' },
  repair: { type: 'boolean' },
  json: { type: 'boolean' },
  format: { type: 'string' },
  'fail-on': { type: 'string' },
} as const

export const command: Command = { help: HELP, run: verify }

type Values = ReturnType<typeof parse>['values']

function parse(args: readonly string[]) {
  return parseOptions('firn store verify', args, OPTIONS)
}

async function verify(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parse(args)
  const format = formatOf(values)
  const failOn: Level = oneOf('--fail-on', values['fail-on'] ?? 'warning', ['error', 'warning', 'note'])
  const keys = (values['trusted-key'] ?? []).map(parseTrustedKey)
  if (values.store?.startsWith('ssh://') === true)
    return verifyOverSsh(values.store, positionals, values, { format, failOn, keys }, io)
  const place = storePlace(io.env, values.store)
  const scope = scopeOf(positionals, values, place)
  if (values.idle === true) (await import('./idle.ts')).beIdle(io)
  const started = performance.now()
  const run = (which: Scope, resume: boolean) => {
    const bar = new ProgressBar(io)
    return verifyStore({
      place,
      scope: which,
      signatures: { keys, required: values['require-signature'] === true },
      scanReferences: values['scan-references'] === true,
      allLinks: values.links === true,
      touchedKnownUntil: dateOf(values['touched-known-until']),
      workers: countOf('--workers', values.workers),
      maxRate: values['max-rate'] === undefined ? undefined : parseRate(values['max-rate']),
      ...stateOf(place, resume, io),
      signal: io.signal,
      onProgress: (done, total) => bar.show({ label: 'reading (MB)', done: done / 1e6, total: total / 1e6 }),
    }).finally(() => bar.close())
  }
  let verification = await run(scope, values.resume === true)
  if (values.repair === true && verification.complete) {
    const { repairStore } = await import('./repair.ts')
    const repaired = await repairStore(verification.findings, place, values.store, io)
    if (repaired.length > 0) verification = await run(scope, false)
  }
  const seconds = (performance.now() - started) / 1000
  const report = verifyReport(verification, { place, scope, keys: keys.map(({ name }) => name), seconds })
  io.stdout(printReport(report, format, tableOptions(io)))
  return exitOf(verification, failOn, io)
}

interface Terms {
  readonly format: (typeof FORMATS)[number]
  readonly failOn: Level
  readonly keys: readonly TrustedKey[]
}

async function verifyOverSsh(store: string, words: readonly string[], values: Values, terms: Terms, io: Io) {
  const { verifyRemote } = await import('@firn/store')
  const { connectStore, overSsh, remoteScope, requireRemoteWords } = await import('./remote.ts')
  requireRemoteWords(values)
  const { place, name, connect } = connectStore(store, io)
  const scope = remoteScope(words, values, place.storeDir)
  const started = performance.now()
  const client = await connect().catch((error: unknown) => {
    throw overSsh(error)
  })
  const bar = new ProgressBar(io)
  try {
    const verification = await verifyRemote({
      client,
      scope,
      signatures: { keys: terms.keys, required: values['require-signature'] === true },
      signal: io.signal,
      onProgress: (done, total) =>
        bar.show({ label: `reading from ${name} (MB)`, done: done / 1e6, total: total / 1e6 }),
    })
    bar.close()
    const seconds = (performance.now() - started) / 1000
    const keys = terms.keys.map((key) => key.name)
    io.stdout(
      printReport(
        verifyReport(verification, { place, scope, keys, seconds, remote: true }),
        terms.format,
        tableOptions(io),
      ),
    )
    return exitOf(verification, terms.failOn, io)
  } catch (error) {
    throw overSsh(error)
  } finally {
    bar.close()
    client.close()
  }
}

function scopeOf(words: readonly string[], values: Values, place: StorePlace): Scope {
  if (values.all === true) {
    if (words.length > 0 || values.closure === true) {
      throw new UserError('--all is every path', 'leave out --closure and the paths')
    }
    return { kind: 'all' }
  }
  const paths = [...new Set(words.map((word) => resolveStorePath(word, place)))]
  if (paths.length > 0) return { kind: values.closure === true ? 'closure' : 'paths', paths }
  return { kind: 'closure', paths: [systemRoot(place)] }
}

/** A folder of its own user for what was done; without one an interrupted run starts over. */
function stateOf(place: StorePlace, resume: boolean, io: Io) {
  try {
    const id = createHash('sha256').update(`${place.realStoreDir}\n${place.stateDir}`).digest('hex').slice(0, 16)
    return { state: { file: join(makeCacheFolder(io.env), `store-verify-${id}.json`), resume } }
  } catch (error) {
    if (resume) throw error
    return {}
  }
}

/** What could not be read weighs more than what was found in the rest. */
function exitOf({ findings, complete, unsaved }: Verification, failOn: Level, io: Io): ExitCode {
  if (!complete) {
    const rest =
      unsaved === undefined
        ? 'the same command with --resume goes on from here'
        : `--resume starts over, since nothing could be kept (${unsaved})`
    io.stderr(`firn: interrupted; ${rest}\n`)
    return EXIT.interrupted
  }
  return worstExit([
    findings.some(({ rule }) => rule === 'store/unreadable') ? EXIT.store : EXIT.clean,
    findings.some(({ level }) => reaches(level, failOn)) ? EXIT.findings : EXIT.clean,
  ])
}

function dateOf(word: string | undefined): number {
  const date = word === undefined ? 0 : Date.parse(word)
  if (!Number.isNaN(date)) return date
  throw new UserError(`--touched-known-until ${word}: no date`, 'write 2026-11-25 or 2026-11-25T12:00:00Z')
}
