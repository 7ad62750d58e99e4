import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { pemSigner } from '@firn/attest'
import { EXIT, type ExitCode, naming, UserError, worstExit } from '@firn/core'
import { writeFileAtomic } from '@firn/core/fs'
import { signatureOf, signIndex } from '@firn/scan'
import type { IngestionStatus, StatusView, SyncOutcome } from '@firn/tracker'
import type { Command, Io } from '../command.ts'
import { count as grouped } from '../count.ts'
import { jsonOf } from '../json.ts'
import { nearest } from '../nearest.ts'
import { parseOnlyOptions, parseOptions } from '../options.ts'
import { describeAge } from '../scan/age.ts'
import { readInput } from '../scan/subject.ts'
import { channel } from '../tracker/channel.ts'
import { decide, decisions } from '../tracker/decide.ts'
import { withTracker } from '../tracker/reach.ts'

const HELP = `firn tracker: the tracker's work by hand

  firn tracker import FILE... [--channel NAME] [--revision COMMIT] [--accept-shrinking]
      take in files, each known by its content: CVE zips (bulk, delta), folders and records, NVD pages, OSV zips and
      records, the KEV catalogue, EPSS scores, and the package set of a channel (packages.json, nix-eval-jobs lines,
      nix-env -qaP --json --meta), packed with brotli, gzip, zstd, xz, bzip2 or not at all
  firn tracker sync [FEED...]     ask all feeds, or these, now
  firn tracker export FILE --key PRIVATE.pem
      write the advisories and decisions as an index for firn scan --update --from FILE, and its signature, FILE.dsse
  firn tracker status [--json]    how old the data is, what was imported, what could not be read
  firn tracker decide ATTRIBUTE ID STATUS --author NAME [--justification WORD] [--statement TEXT]
                      [--versions RANGE] [--channel NAME] [--expires DAY]
      write down, for good, what is true of a vulnerability in a package; pages, scanners that ask and the exported
      index follow. To take one back, make another: of two on the same thing the later counts
  firn tracker decisions [ATTRIBUTE|ID] [--json]    what was decided, oldest first
  firn tracker channel drop NAME  forget a channel with its history, one that is no longer followed

  --channel NAME     import: whose package set it is, when the file's name does not tell; decide: in this one alone
  --revision COMMIT  the nixpkgs commit of a package set
  --accept-shrinking take a package set less than half as large as the one before
  --key PRIVATE.pem  the ed25519 key to sign with; scanners check with its public half
  STATUS             not_affected, affected, fixed or under_investigation, as in OpenVEX
  --justification    for not_affected: component_not_present, vulnerable_code_not_present,
                     vulnerable_code_not_in_execute_path, vulnerable_code_cannot_be_controlled_by_adversary or
                     inline_mitigations_already_exist; or say it in a --statement
  --versions RANGE   for these versions alone: '>= 1.0, < 1.2.3', or one version
  --expires DAY      from this day on it says nothing: 2027-01-31

A running firn serve does the work itself; else this process opens the data, which FIRN_DATA_DIR and DATABASE_URL
place as for firn serve. An import that is interrupted, even by kill -9, goes on at the next start of either.
Exit codes: 0 done, 2 a file that cannot be taken, 3 a feed that failed or is stale, 4 the database could not be used.
`

const ACTIONS: Readonly<Record<string, (args: readonly string[], io: Io) => Promise<ExitCode>>> = {
  import: importFiles,
  export: exportIndex,
  sync,
  status,
  decide,
  decisions,
  channel,
}

export const command: Command = {
  help: HELP,
  run: ([action, ...rest], io) => {
    const act = action !== undefined && Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
    if (act !== undefined) return act(rest, io)
    if (action === undefined)
      throw new UserError(
        'firn tracker: which action?',
        `${Object.keys(ACTIONS).slice(0, -1).join(', ')} or ${Object.keys(ACTIONS).at(-1)}; see --help`,
      )
    const close = nearest(action, Object.keys(ACTIONS))
    throw new UserError(`firn tracker has no action '${action}'`, `did you mean firn tracker ${close}?`)
  },
}

async function importFiles(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn tracker import', args, {
    channel: { type: 'string' },
    revision: { type: 'string' },
    'accept-shrinking': { type: 'boolean' },
  })
  if (positionals.length === 0) throw new UserError('firn tracker import: which files?', 'firn tracker import FILE...')
  const options = {
    ...(values.channel !== undefined && { channel: values.channel }),
    ...(values.revision !== undefined && { revision: values.revision }),
    ...(values['accept-shrinking'] === true && { acceptShrinking: true }),
  }
  return withTracker(
    io,
    async (control, bar) => {
      const exits: ExitCode[] = []
      for (const path of positionals) {
        try {
          const result = await control.importFile({ path, ...options }, (progress) => bar.show(progress))
          bar.close()
          io.stdout(`${describeImport(result)}\n`)
          // A file of which nothing can be read is no success, though it is known why: the status tells.
          if (result.done > 0 && result.counts.aside === result.done) exits.push(EXIT.usage)
        } catch (error) {
          bar.close()
          // One bad file does not keep out the others; a full disk or a lost database does.
          if (!(error instanceof UserError) || error.exit !== EXIT.usage) throw error
          io.stderr(`firn: ${error.message}\n  ${error.hint}\n`)
          exits.push(error.exit)
        }
      }
      return worstExit(exits)
    },
    true,
  )
}

async function sync(args: readonly string[], io: Io): Promise<ExitCode> {
  const { positionals } = parseOptions('firn tracker sync', args, {})
  return withTracker(
    io,
    async (control, bar) => {
      const failed: SyncOutcome[] = []
      await control.sync(
        positionals,
        (progress) => bar.show(progress),
        (outcome) => {
          bar.close()
          if (outcome.state === 'failed') failed.push(outcome)
          io.stdout(`${outcome.feed}: ${outcome.state}${outcome.message === undefined ? '' : `: ${outcome.message}`}\n`)
        },
      )
      return failed.length === 0 ? EXIT.clean : EXIT.data
    },
    true,
  )
}

async function exportIndex(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn tracker export', args, { key: { type: 'string' } })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0 || values.key === undefined) {
    throw new UserError(
      'firn tracker export: where to, signed with what?',
      'firn tracker export FILE --key PRIVATE.pem',
    )
  }
  // First, so that a bad key costs nothing; it stays in this process whoever writes the index.
  const signer = naming(values.key, () => pemSigner(readInput(values.key!)))
  const path = resolve(file)
  return withTracker(io, async (control, bar) => {
    // An index beside the signature of another is worse than one without.
    rmSync(signatureOf(path), { force: true })
    const { records, updated } = await control.exportIndex(path, (progress) => bar.show(progress))
    writeFileAtomic(signatureOf(path), await signIndex(path, signer))
    bar.close()
    io.stdout(`${file}: ${grouped(records)} advisories as of ${updated}, signed by key ${signer.keyId.slice(0, 16)}\n`)
    return EXIT.clean
  })
}

async function status(args: readonly string[], io: Io): Promise<ExitCode> {
  const values = parseOnlyOptions('firn tracker status', args, { json: { type: 'boolean' } })
  return withTracker(io, async (control) => {
    const view = await control.status()
    io.stdout(values.json === true ? statusJson(view) : describeStatus(view))
    return view.feeds.some(({ state }) => state !== 'fresh') ? EXIT.data : EXIT.clean
  })
}

/** The version is the server's: it may be another than that of the command. */
function statusJson({ version: server, ...view }: StatusView): string {
  return jsonOf('firn/tracker-status/1', 'the tracker', { server, ...view })
}

function describeImport({ origin, done, counts }: IngestionStatus): string {
  const parts = Object.entries(counts).map(
    ([key, count]) => `${grouped(count)} ${key === 'aside' ? 'kept aside' : key}`,
  )
  const hint = (counts.aside ?? 0) > 0 ? ' (firn tracker status shows what is kept aside)' : ''
  return `${origin}: ${grouped(done)} entries${parts.length === 0 ? '' : `: ${parts.join(', ')}`}${hint}`
}

const SHOWN = 10

function describeStatus(view: StatusView): string {
  const now = Date.now()
  const feeds = view.feeds.map(({ name, state, lastSuccess, lastError }) => {
    const success = lastSuccess === undefined ? 'never' : `${describeAge(now - Date.parse(lastSuccess))} ago`
    const error = lastError === undefined ? '' : `\n      ${lastError.message}`
    return `  ${name.padEnd(28)} ${state.padEnd(8)} last success: ${success}${error}`
  })
  const runs = view.ingestions.slice(0, SHOWN).map((run) => {
    const of = run.total === undefined ? '' : ` of ${grouped(run.total)}`
    return `  ${run.state.padEnd(8)} ${run.origin}: ${grouped(run.done)}${of}${run.error === undefined ? '' : `\n      ${run.error}`}`
  })
  const aside = view.aside.slice(0, SHOWN).map((record) => `  ${record.name} (${record.origin}): ${record.error}`)
  const counts = Object.entries(view.counts).map(([key, count]) => `  ${grouped(count).padStart(10)} ${key}`)
  return [
    section('Feeds', feeds, 'none is set up: data comes from files imported by hand'),
    section('Imports, newest first', runs, 'none'),
    section(`Kept aside: ${grouped(view.asideTotal)}`, aside, 'every record could be read'),
    section(`In the database (${view.database})`, counts, 'nothing'),
  ].join('\n')
}

function section(title: string, lines: readonly string[], none: string): string {
  return `${title}\n${lines.length === 0 ? `  ${none}` : lines.join('\n')}\n`
}
