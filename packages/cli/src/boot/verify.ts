import { fingerprint } from '@firn/attest/verify'
import {
  type Admission,
  admit,
  forbiddenBy,
  type ImageReport,
  inspectImage,
  NO_TRUST,
  readVendorLists,
  type SignatureReport,
  type Trust,
  trustOf,
} from '@firn/boot/verify'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Finding, Report } from '@firn/report'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { version } from '../version.ts'
import { hex, readCertificateFile, readListFile, withFile } from './files.ts'

const HELP = `firn boot verify: who signed an EFI program, and does that admit it?

  firn boot verify FILE... [--cert C]... [--db ESL]... [--dbx ESL]... [--shim SHIM]...

  --cert C      trust this certificate (PEM or DER): the signer's own, or one that issued it
  --db ESL      trust what these EFI signature lists hold, certificates and hashes; also a variable of efivarfs
  --dbx ESL     refuse what these hold, whoever signed it
  --shim SHIM   trust and refuse what this shim was built to (its vendor certificate and lists)
  --json, --format table|json|sarif|html

No time is looked at, as firmware does: a certificate that ran out still admits, and a warning says so.
Exit codes: 0 every file is admitted, 1 one is not (nor is any when nothing to trust is given), 2 not an EFI program,
or cut off.
`

const OPTIONS = {
  cert: { type: 'string', multiple: true },
  db: { type: 'string', multiple: true },
  dbx: { type: 'string', multiple: true },
  shim: { type: 'string', multiple: true },
  json: { type: 'boolean' },
  format: { type: 'string' },
} as const

interface Verified {
  readonly file: string
  readonly image: ImageReport
  readonly admission: Admission
}

export const command: Command = { help: HELP, run: verify }

async function verify(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot verify', args, OPTIONS)
  const format = values.json === true ? 'json' : (values.format ?? 'table')
  const print = format === 'table' ? printWords : await reportPrinter(format)
  if (positionals.length === 0)
    throw new UserError('firn boot verify takes a file', 'firn boot verify uki.efi --cert db.pem')
  const trust = await trustFrom(values)
  const verified: Verified[] = []
  for (const file of positionals) {
    const image = await withFile(file, inspectImage)
    verified.push({ file, image, admission: admit(image, trust) })
  }
  io.stdout(print(verified))
  return verified.every(({ admission }) => admission.admitted) ? EXIT.clean : EXIT.findings
}

type Printer = (verified: readonly Verified[]) => string

const printWords: Printer = (verified) => verified.map(inWords).join('\n')

/** The house's printers are loaded only when they are asked for: whoever boots a build waits for this command. */
async function reportPrinter(word: string): Promise<Printer> {
  const { FORMATS, printReport } = await import('@firn/report')
  const format = FORMATS.find((name) => name === word)
  if (format === undefined) throw new UserError(`--format ${word}: not known`, `choose one of ${FORMATS.join(', ')}`)
  return (verified) => printReport(asReport(verified), format, { color: false, width: Number.POSITIVE_INFINITY })
}

export async function trustFrom(words: {
  readonly cert?: readonly string[] | undefined
  readonly db?: readonly string[] | undefined
  readonly dbx?: readonly string[] | undefined
  readonly shim?: readonly string[] | undefined
}): Promise<Trust> {
  const shims = await Promise.all(
    (words.shim ?? []).map(async (file) => ({ file, lists: await withFile(file, readVendorLists) })),
  )
  const certificates = (words.cert ?? []).flatMap((from) =>
    readCertificateFile(from).map((certificate) => ({ certificate, from })),
  )
  const lists = [
    ...(words.db ?? []).map((file) => trustOf(readListFile(file), file)),
    ...shims.map(({ file, lists: { allowed } }) => trustOf(allowed, file)),
  ]
  return {
    certificates: [...certificates, ...lists.flatMap((trust) => trust.certificates)],
    hashes: new Map([NO_TRUST, ...lists].flatMap((trust) => [...trust.hashes])),
    forbidden: forbiddenBy([
      ...(words.dbx ?? []).flatMap(readListFile),
      ...shims.flatMap(({ lists: { forbidden } }) => forbidden),
    ]),
  }
}

function inWords({ file, image, admission }: Verified): string {
  const lines = [
    `${file}: ${admission.admitted ? 'admitted' : 'not admitted'}: ${admission.reason}`,
    `  hash         SHA-256 ${hex(image.sha256)}`,
    ...image.signatures.flatMap((signature, i) => [
      `  signature ${i + 1}  ${signature.problem === undefined ? 'intact' : `proves nothing: ${signature.problem}`}`,
      ...aboutSignature(signature).map((line) => `               ${line}`),
    ]),
    ...warningsOn(image).map((warning) => `  warning      ${warning}`),
  ]
  return `${lines.map(plain).join('\n')}\n`
}

function aboutSignature({ signer, hash, signingTime, timestamps, certificates }: SignatureReport): string[] {
  return [
    ...(signer === undefined ? [] : [`by ${signer.subject.text}`, `issued by ${signer.issuer.text}`]),
    ...certificates
      .filter((certificate) => certificate !== signer)
      .map((certificate) => `sent along: ${certificate.subject.text}`),
    ...(hash === undefined || hash === 'sha256' ? [] : [`over ${hash}`]),
    ...(signingTime === undefined ? [] : [`says that it was made at ${signingTime.toISOString()}`]),
    ...timestamps.map(({ time, authority, problem }) =>
      problem === undefined
        ? `timestamp ${time?.toISOString()} by ${authority} (the authority is not checked)`
        : `timestamp ${time?.toISOString() ?? ''}: proves nothing: ${problem}`,
    ),
  ]
}

function warningsOn({ warnings, signatures }: ImageReport): string[] {
  const now = Date.now()
  const expired = signatures.flatMap(({ signer }) =>
    signer !== undefined && signer.notAfter.getTime() < now
      ? [`the certificate of ${signer.subject.text} ran out on ${signer.notAfter.toISOString().slice(0, 10)}`]
      : [],
  )
  return [...warnings, ...expired]
}

function asReport(verified: readonly Verified[]): Report {
  return {
    schema: 'firn/boot-verify/1',
    tool: { name: 'firn', version: version() },
    subject: verified.map(({ file }) => file).join(', '),
    facts: [['time', 'not looked at, as firmware does']],
    data: { files: verified.map(asJson) },
    findings: verified.flatMap(findingsOn),
  }
}

function findingsOn({ file, image, admission }: Verified): Finding[] {
  const subject = { kind: 'efi-program', name: file, path: file }
  const evidence = [{ kind: 'hash', text: `SHA-256 ${hex(image.sha256)}`, source: file }]
  const refused: Finding[] = admission.admitted
    ? []
    : [
        {
          rule: image.signatures.length === 0 ? 'boot/unsigned' : 'boot/not-admitted',
          level: 'error',
          subject,
          message: `${file} is not admitted: ${admission.reason}`,
          evidence,
          remedy: 'sign it with a key whose certificate the machine trusts: firn boot sign',
        },
      ]
  const warned = warningsOn(image).map(
    (text): Finding => ({ rule: 'boot/odd-image', level: 'note', subject, message: text, evidence }),
  )
  return [...refused, ...warned]
}

function asJson({ file, image, admission }: Verified) {
  return {
    file,
    admitted: admission.admitted,
    reason: admission.reason,
    ...(admission.admitted && {
      by:
        admission.by.kind === 'hash'
          ? { kind: 'hash', from: admission.by.from }
          : {
              kind: 'certificate',
              from: admission.by.from,
              subject: admission.by.certificate.subject.text,
              sha256: fingerprint(admission.by.certificate),
            },
    }),
    sha256: hex(image.sha256),
    machine: `0x${image.pe.machine.toString(16)}`,
    signatures: image.signatures.map((signature) => ({
      intact: signature.problem === undefined,
      problem: signature.problem,
      hash: signature.hash,
      signer: signature.signer?.subject.text,
      certificates: signature.certificates.map((certificate) => ({
        subject: certificate.subject.text,
        issuer: certificate.issuer.text,
        serial: certificate.serial.toString(16),
        notBefore: certificate.notBefore.toISOString(),
        notAfter: certificate.notAfter.toISOString(),
        sha256: fingerprint(certificate),
      })),
      signingTime: signature.signingTime?.toISOString(),
      timestamps: signature.timestamps.map(({ time, authority, problem }) => ({
        time: time?.toISOString(),
        authority,
        problem,
      })),
    })),
    warnings: warningsOn(image),
  }
}
