import { type Certificate, describeKey, fingerprint, OID, publicKeyOf, weakness } from '@firn/attest'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { readCertificateFile } from './files.ts'

const HELP = `firn boot keys show: what a certificate says

  firn boot keys show FILE...     PEM or DER, one or several in a file
`

export const command: Command = { help: HELP, run: show }

async function show(args: readonly string[], io: Io): Promise<ExitCode> {
  const { positionals } = parseOptions('firn boot keys show', args, {})
  if (positionals.length === 0) throw new UserError('firn boot keys show takes a file', 'firn boot keys show db.pem')
  const blocks = positionals.flatMap((file) =>
    readCertificateFile(file).map((certificate) => inWords(file, certificate)),
  )
  io.stdout(blocks.join('\n'))
  return EXIT.clean
}

const PURPOSES: Readonly<Record<string, string>> = {
  [OID.codeSigning]: 'codeSigning',
  [OID.timeStamping]: 'timeStamping',
}

function inWords(file: string, certificate: Certificate): string {
  const key = publicKeyOf(certificate)
  const day = (date: Date) => date.toISOString().slice(0, 10)
  const uses = [
    ...(certificate.keyUsage ?? []),
    ...(certificate.extendedKeyUsage ?? []).map((oid) => PURPOSES[oid] ?? oid),
  ]
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
