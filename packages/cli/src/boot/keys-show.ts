import { type Certificate, describeKey, fingerprint, OID, publicKeyOf, weakness } from '@firn/attest'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { readCertificateFile } from './files.ts'

const HELP = `firn boot keys show: what a certificate says

  firn boot keys show FILE... [--json]     PEM or DER, one or several in a file
`

export const command: Command = { help: HELP, run: show }

async function show(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot keys show', args, { json: { type: 'boolean' } })
  if (positionals.length === 0) throw new UserError('firn boot keys show takes a file', 'firn boot keys show db.pem')
  const all = positionals.flatMap((file) => readCertificateFile(file).map((certificate) => ({ file, certificate })))
  if (values.json === true)
    io.stdout(jsonOf('firn/boot-keys/1', positionals.join(', '), { certificates: all.map(asJson) }))
  else io.stdout(all.map(inWords).join('\n'))
  return EXIT.clean
}

const PURPOSES: Readonly<Record<string, string>> = {
  [OID.codeSigning]: 'codeSigning',
  [OID.timeStamping]: 'timeStamping',
}

interface Shown {
  readonly file: string
  readonly certificate: Certificate
}

function asJson({ file, certificate }: Shown) {
  const { subject, issuer, serial, notBefore, notAfter } = certificate
  return {
    file,
    subject: subject.text,
    issuer: issuer.text,
    serial: serial.toString(16),
    notBefore,
    notAfter,
    key: describeKey(publicKeyOf(certificate)),
    isCa: certificate.basicConstraints?.isCa === true,
    uses: usesOf(certificate),
    sha256: fingerprint(certificate),
    sha1: fingerprint(certificate, 'sha1'),
  }
}

function usesOf({ keyUsage, extendedKeyUsage }: Certificate): string[] {
  return [...(keyUsage ?? []), ...(extendedKeyUsage ?? []).map((oid) => PURPOSES[oid] ?? oid)]
}

function inWords({ file, certificate }: Shown): string {
  const key = publicKeyOf(certificate)
  const day = (date: Date) => date.toISOString().slice(0, 10)
  const uses = usesOf(certificate)
  const lines = [
    ['subject', certificate.subject.text],
    ['issuer', certificate.issuer.text],
    ['serial', certificate.serial.toString(16)],
    ['valid', `${day(certificate.notBefore)} to ${day(certificate.notAfter)}`],
    ['key', `${describeKey(key)}${weakness(key) === undefined ? '' : ', too weak to be believed'}`],
    ['is a CA', certificate.basicConstraints?.isCa === true ? 'yes' : 'no'],
    ['uses', uses.length === 0 ? 'any' : uses.join(', ')],
    ['SHA-256', fingerprint(certificate)],
    ['SHA-1', fingerprint(certificate, 'sha1')],
  ] as const
  return [`${file}:`, ...lines.map(([label, text]) => `  ${label.padEnd(8)} ${plain(text)}`), ''].join('\n')
}
