import type { PublicKey } from '@firn/attest/envelope'
import { EXIT, type ExitCode, UserError, worstExit } from '@firn/core'
import { storePlace } from '@firn/nix'
import { plain } from '@firn/report'
import { type Check, checkStore, readLastSeen, remember, type Seal } from '@firn/store'
import type { Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { defaultKeys, lastSeenFile, readKeys, readWholeSeal } from './seal-words.ts'
import { jsonOf } from './words.ts'

const OPTIONS = {
  key: { type: 'string', multiple: true },
  store: { type: 'string' },
  json: { type: 'boolean' },
} as const

/** A file that is no seal by a key that was given, and why. */
interface PassedOver {
  readonly file: string
  readonly why: string
}

interface Judged {
  readonly file: string
  readonly seal: Seal
  readonly check: Check
}

/**
 * `firn store seal good`: of several seals of one store, the newest of which every byte is still what was sealed. That an
 * older one is asked for is on purpose here, so it is no rollback, and nothing is remembered of it; a key that was revoked
 * stays so. What is no seal that can be believed is told and passed over: somebody may have spoilt the newest.
 */
export async function good(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store seal good', args, OPTIONS)
  if (positionals.length === 0)
    throw new UserError('firn store seal good: between which seals?', 'firn store seal good SEAL... --key PUB')
  const place = storePlace(io.env, values.store)
  const keys = readKeys(values.key ?? defaultKeys(io))
  const { seals, passedOver } = readSeals(positionals, keys)
  let seen = readLastSeen(lastSeenFile(place, io))
  for (const { seal } of seals) seen = remember(seen, seal.statement, seal.signers)
  const judged: Judged[] = []
  for (const { file, seal } of seals) {
    const bar = new ProgressBar(io)
    const check = await checkStore({
      place,
      seal,
      level: 3,
      parts: 1,
      memory: { seal: '', runs: 0, paths: new Map() },
      seen: { ...seen, generation: 0 },
      least: 0,
      workers: undefined,
      maxRate: undefined,
      signal: io.signal,
      onProgress: (done, total) =>
        bar.show({
          label: `reading generation ${seal.statement.generation} (%)`,
          done: (100 * done) / total,
          total: 100,
        }),
    }).finally(() => bar.close())
    judged.push({ file, seal, check })
    if (check.verdict === 'verified' || check.verdict === 'interrupted') break
  }
  const findings = judged.flatMap(({ check }) => check.findings)
  io.stdout(
    values.json === true
      ? jsonOf('firn/seal-good/1', { generations: judged.map(describe), passedOver }, findings)
      : [...passedOver.map(({ why }) => `${plain(why)}\n`), ...judged.map(tell)].join(''),
  )
  const last = judged.at(-1)!.check
  if (last.verdict === 'interrupted') return EXIT.interrupted
  if (last.verdict === 'verified') return EXIT.clean
  io.stderr('firn: none of these generations is whole\n')
  const unreadable = judged.some(({ check }) => check.findings.some(({ rule }) => rule === 'store/unreadable'))
  return worstExit([EXIT.findings, unreadable ? EXIT.store : EXIT.clean])
}

/** The newest first. None that can be believed: the UserError of the first. */
function readSeals(files: readonly string[], keys: readonly PublicKey[]) {
  const seals: { readonly file: string; readonly seal: Seal }[] = []
  const passedOver: PassedOver[] = []
  let first: UserError | undefined
  for (const file of files) {
    try {
      seals.push({ file, seal: readWholeSeal(file, keys) })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      first ??= error
      passedOver.push({ file, why: error.message })
    }
  }
  if (seals.length === 0 && first !== undefined) throw first
  return { seals: seals.sort((a, b) => b.seal.statement.generation - a.seal.statement.generation), passedOver }
}

function describe({ file, seal: { statement }, check }: Judged) {
  return {
    file,
    generation: statement.generation,
    roots: statement.roots.map(({ path }) => path),
    verdict: check.verdict,
    findings: check.findings,
  }
}

function tell({ file, seal: { statement }, check }: Judged): string {
  const { verdict, findings } = check
  const broken = new Set(findings.filter(({ level }) => level === 'error').map(({ subject }) => subject.name))
  const said =
    verdict === 'verified'
      ? 'is what was sealed, every byte of it'
      : verdict === 'stale'
        ? 'is signed only by keys that were revoked'
        : verdict === 'interrupted'
          ? 'interrupted, so nothing is said'
          : `is broken: ${[...broken].slice(0, 3).join(', ')}${broken.size > 3 ? ` and ${broken.size - 3} more` : ''}`
  const roots = verdict === 'verified' ? statement.roots.map(({ path }) => `  start ${plain(path)}\n`).join('') : ''
  return `generation ${statement.generation} (${plain(file)}) ${plain(said)}\n${roots}`
}
