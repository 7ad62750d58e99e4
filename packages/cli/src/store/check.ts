import { isDeepStrictEqual } from 'node:util'
import { EXIT, type ExitCode, UserError, worstExit } from '@firn/core'
import { type StorePlace, storePlace } from '@firn/nix/place'
import { type Level, printReport, reaches } from '@firn/report'
import {
  checkStore,
  type LastSeen,
  parseLevel,
  readLastSeen,
  readMemory,
  readSeal,
  remember,
  type Seal,
  writeLastSeen,
  writeMemory,
} from '@firn/store/check'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { checkReport } from './check-report.ts'
import { parseRate } from './rate.ts'
import { defaultKeys, keep, lastSeenFile, makeStateFolder, memoryFile, readKeys, sealFile } from './seal-words.ts'
import { countOf, formatOf, generationOf, oneOf, tableOptions } from './words.ts'

const HELP = `firn store check: is the store what was sealed?

  firn store check [--level 0|1|2|3] [--seal FILE] [--key PUB]

  --level 0    stat only: names, kinds, sizes, times. Tells accidents. What was touched since is read again  (default)
  --level 1    that, and a part of the contents, another in each run: --parts N (default 20) runs read everything
  --level 2    the digests by which the kernel checks every read (fs-verity); what it does not check is read
  --level 3    everything is read; nothing that was remembered is believed
  --seal FILE  default: where firn store seal writes it
  --key PUB    the public key of who seals (may be repeated; default: seal.pub in /var/lib/firn)
  --least N    refuse a seal below this generation, which you know from elsewhere
  --store ROOT           a chroot store, a mounted disk
  --workers N, --max-rate RATE (50M), --idle
  --json, --format table|json|sarif|html    --fail-on error|warning (default)|note

Only level 3 says "verified"; each verdict names its level. A machine that somebody else owns can say anything: check its
disk from another one, with --store and a key you brought.
Exit codes: 0 clean, 1 findings, 2 bad input, 3 no seal that can be believed, 4 something could not be read, 130 interrupted.
`

const OPTIONS = {
  level: { type: 'string' },
  parts: { type: 'string' },
  seal: { type: 'string' },
  key: { type: 'string', multiple: true },
  least: { type: 'string' },
  store: { type: 'string' },
  workers: { type: 'string' },
  'max-rate': { type: 'string' },
  idle: { type: 'boolean' },
  json: { type: 'boolean' },
  format: { type: 'string' },
  'fail-on': { type: 'string' },
} as const

export const command: Command = { help: HELP, run: check }

async function check(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn store check', args, OPTIONS)
  if (positionals.length > 0) {
    throw new UserError(
      `${positionals[0]}: a check is of all that was sealed`,
      'for some paths: firn store verify PATH',
    )
  }
  const format = formatOf(values)
  const failOn: Level = oneOf('--fail-on', values['fail-on'] ?? 'warning', ['error', 'warning', 'note'])
  const level = parseLevel(values.level ?? '0')
  const place = storePlace(io.env, values.store)
  const seal = readSeal(values.seal ?? sealFile(place, io), readKeys(values.key ?? defaultKeys(io)))
  const seen = readLastSeen(lastSeenFile(place, io))
  if (values.idle === true) (await import('./idle.ts')).beIdle(io)
  const file = memoryFile(place, io)
  const memory = readMemory(file, place.realStoreDir)
  const started = performance.now()
  const bar = new ProgressBar(io)
  const result = await checkStore({
    place,
    seal,
    level,
    parts: countOf('--parts', values.parts) ?? 20,
    memory,
    seen,
    least: values.least === undefined ? 0 : generationOf('--least', values.least),
    workers: countOf('--workers', values.workers),
    maxRate: values['max-rate'] === undefined ? undefined : parseRate(values['max-rate']),
    signal: io.signal,
    onProgress: (done, total) =>
      bar.show({ label: `checking, level ${level} (%)`, done: (100 * done) / total, total: 100 }),
  }).finally(() => bar.close())
  const seconds = (performance.now() - started) / 1000
  io.stdout(printReport(checkReport(result, { place, seal, seconds }), format, tableOptions(io)))
  const { memory: fresh } = result
  if (file !== undefined && fresh !== undefined && fresh !== memory) {
    keep(io, 'what was read', 'the next check has to read it again', () => writeMemory(file, place.realStoreDir, fresh))
  }
  if (result.complete && result.verdict !== 'stale') rememberSeal(seal, seen, place, io)
  if (!result.complete) {
    io.stderr('firn: interrupted: nothing is said of the rest\n')
    return EXIT.interrupted
  }
  return worstExit([
    result.findings.some(({ rule }) => rule === 'store/unreadable') ? EXIT.store : EXIT.clean,
    result.findings.some((finding) => reaches(finding.level, failOn)) ? EXIT.findings : EXIT.clean,
  ])
}

function rememberSeal({ statement, signers }: Seal, seen: LastSeen, place: StorePlace, io: Io): void {
  const now = remember(seen, statement, signers)
  if (isDeepStrictEqual(now, seen)) return
  const { generation } = statement
  keep(io, `generation ${generation}`, `an older seal will pass unless --least ${generation} is given`, () => {
    makeStateFolder(io)
    writeLastSeen(lastSeenFile(place, io), now)
  })
}
