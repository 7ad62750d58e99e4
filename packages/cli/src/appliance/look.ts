import { type Claim, type Inspection, inspectAppliance, type Trust } from '@firn/appliance'
import { certificateLists, type EfiVariable, enroll } from '@firn/boot/efivars'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { diskSource } from '@firn/core/fs'
import { FORMATS, printReport, type Report, reaches } from '@firn/report'
import { plain } from '@firn/report/plain'
import { readCertificateFile } from '../boot/files.ts'
import { readVariables } from '../boot/vars-files.ts'
import type { Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { version } from '../version.ts'
import { choice } from './choice.ts'

/** `inspect` and `verify`: the same look at an image, told at length or as a verdict. */
export const LOOK_HELP = `Who is trusted
  --cert C             a certificate that signed what the image starts: the maker's, and for a shim Microsoft's as well
                       (PEM or DER; may be repeated). Stands for a machine whose firmware and shim trust just these
  --vars F             the variables of a real machine: an OVMF variable file, or a folder that vars backup wrote
  --mok C              with --vars: a certificate that shim's list on that machine will have (may be repeated)
`

const OPTIONS = {
  cert: { type: 'string', multiple: true },
  vars: { type: 'string' },
  mok: { type: 'string', multiple: true },
  map: { type: 'boolean' },
  json: { type: 'boolean' },
  format: { type: 'string' },
  'fail-on': { type: 'string' },
} as const

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values']

/** Look at the image that is named. `isVerdict`: somebody must be trusted, and only what is wrong is told at length. */
export async function look(name: string, args: readonly string[], io: Io, isVerdict: boolean): Promise<ExitCode> {
  const { values, positionals } = parseOptions(name, args, OPTIONS)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new UserError(`${name} takes one image`, `${name} firn.iso --cert C`)
  if (values.cert !== undefined && values.vars !== undefined) {
    throw new UserError('both --cert and --vars', 'give certificates, or the variables of a machine')
  }
  if (values.mok !== undefined && values.vars === undefined) {
    throw new UserError('--mok without --vars', 'add --vars F, or give all certificates with --cert')
  }
  if (isVerdict && values.cert === undefined && values.vars === undefined) {
    throw new UserError(`${name}: whose signature is to be trusted?`, 'add --cert FILE, or --vars FILE of the machine')
  }
  const format = choice('--format', values.json === true ? 'json' : (values.format ?? 'table'), FORMATS)
  const failOn = choice('--fail-on', values['fail-on'] ?? 'warning', ['error', 'warning', 'note'])
  const trust = trustOf(values)
  const image = diskSource(file)
  const bar = new ProgressBar(io)
  try {
    const inspection = await inspectAppliance(image, trust, file, {
      signal: io.signal,
      onProgress: (done) => bar.show({ label: 'reading the store', done }),
    })
    bar.close()
    const report = reportOf(file, image.size, inspection)
    if (format === 'table') {
      io.stdout(inWords(file, inspection, values.map === true, isVerdict))
      if (values.cert !== undefined && isRefusedByFirmware(inspection)) io.stderr(CERT_HINT)
    } else io.stdout(printReport(report, format, { color: false, width: Number.POSITIVE_INFINITY }))
    return inspection.findings.some(({ level }) => reaches(level, failOn)) ? EXIT.findings : EXIT.clean
  } finally {
    bar.close()
    image.close()
  }
}

function trustOf({ cert, vars, mok = [] }: Values): Trust {
  if (vars !== undefined) {
    if (mok.length === 0) return { variables: readVariables(vars) }
    const lists = certificateLists(mok.flatMap(readCertificateFile), OWNER)
    return { variables: enroll(readVariables(vars), [{ name: 'MokList', lists, keep: true }], new Date(0)) }
  }
  return { variables: cert === undefined ? [] : trusting(cert) }
}

const OWNER = '00000000-0000-0000-0000-000000000000'

/** A firmware and a shim that trust these certificates, and nothing else. */
function trusting(files: readonly string[]): readonly EfiVariable[] {
  const certificates = files.flatMap(readCertificateFile)
  const lists = certificateLists(certificates, OWNER)
  const enrollments = [
    { name: 'PK', lists: lists.slice(0, 1), keep: false },
    { name: 'db', lists, keep: false },
    { name: 'MokList', lists, keep: false },
  ] as const
  return enroll([], enrollments, new Date(0))
}

/** With `--cert` alone it is easily forgotten who signed the shim. */
function isRefusedByFirmware({ links }: Inspection): boolean {
  return links.some(
    ({ name, holds, text }) => !holds && name.startsWith('firmware: ') && text.includes('not issued by'),
  )
}

const CERT_HINT =
  "with --cert firmware trusts just what is given: for an image with a shim, give Microsoft's certificate as well, " +
  'or ask as a machine: --vars F --mok C\n'

function reportOf(file: string, size: number, { links, findings, map, parts, stores }: Inspection): Report {
  return {
    schema: 'firn/appliance-inspect/1',
    tool: { name: 'firn', version: version() },
    subject: file,
    facts: [
      ['Size', `${size} bytes`],
      ['Stores', stores.length === 0 ? 'none is bound' : stores.join(', ')],
      ['Covered', coverage(map)],
    ],
    data: { links, parts, map },
    findings,
  }
}

function inWords(file: string, inspection: Inspection, withMap: boolean, isVerdict: boolean): string {
  const { links, findings, map, parts } = inspection
  const broken = findings.length > 0
  const lines = [
    ...links.map(({ name, holds, text }) => `${holds ? '  ok     ' : '  BROKEN '} ${name}: ${text}`),
    ...findings
      .filter(({ rule }) => rule !== 'appliance/broken-chain')
      .map(({ level, message }) => `  ${level.padEnd(8)}${message}`),
    ...(isVerdict ? [] : ['', ...partLines(parts), '', ...uncovered(map)]),
    ...(withMap ? ['', 'Every byte, and what covers it:', ...map.map(spanLine)] : []),
    '',
    broken
      ? `${file}: do NOT trust it.`
      : `${file}: the chain holds, from the firmware to the last byte. ${coverage(map)}`,
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function partLines(parts: Inspection['parts']): string[] {
  const width = Math.max(0, ...parts.map(({ name }) => name.length))
  return [
    'What is in it:',
    ...parts.map(({ name, size }) => `  ${name.padEnd(width)}  ${`${(size / 2 ** 20).toFixed(1)} MiB`.padStart(11)}`),
  ]
}

function uncovered(map: readonly Claim[]): string[] {
  const open = map.filter(({ by }) => by === 'nothing')
  return ['What nothing covers:', ...(open.length === 0 ? ['  no byte'] : open.map(spanLine))]
}

function spanLine({ offset, size, what, by, why }: Claim): string {
  const covered = by === 'nothing' ? 'by nothing' : by === 'checked' ? 'checked' : `by ${by}`
  return `  ${String(offset).padStart(12)} ${String(size).padStart(12)}  ${covered.padEnd(12)} ${what}${why === undefined ? '' : `: ${why}`}`
}

function coverage(map: readonly Claim[]): string {
  const sum = (...by: readonly Claim['by'][]) =>
    map.filter((one) => by.includes(one.by)).reduce((total, { size }) => total + size, 0)
  const signed = sum('signature', 'root hash', 'sha256')
  return `${signed} bytes are signed for, ${sum('checked')} follow from them and are as firn writes them, ${sum('nothing')} decide nothing.`
}
