import { shortName } from '@firn/attest'
import {
  ATTRIBUTE,
  describeLists,
  parseAuth,
  parseSignatureLists,
  readEfiTime,
  SECURE_ATTRIBUTES,
  vendorOf,
  verifyUpdate,
} from '@firn/boot/efivars'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { readCertificateFile, readSmall } from './files.ts'
import { oneFile } from './vars-files.ts'
import { secureVariable } from './vars-sign.ts'

const HELP = `firn boot vars verify: would a machine that trusts these certificates take this .auth file?

  firn boot vars verify FILE.auth --var NAME --cert C...

  --var NAME   PK, KEK, db or dbx: the signature is over the name, too
  --cert C     the machine's PK (for PK and KEK) or its KEKs (for db and dbx)
  --append     it was signed to be appended
  --json

Exit codes: 0 taken, 1 refused, 2 not an .auth file. The time, which must be later than that of the machine's value, is shown.
`

const OPTIONS = {
  var: { type: 'string' },
  cert: { type: 'string', multiple: true },
  append: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

export const command: Command = { help: HELP, run: verify }

async function verify(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot vars verify', args, OPTIONS)
  const file = oneFile('firn boot vars verify', positionals)
  const name = secureVariable(values.var)
  if (values.cert === undefined)
    throw new UserError('firn boot vars verify: whom does the machine trust?', 'add --cert FILE')
  const update = naming(file, () => parseAuth(readSmall(file)))
  const attributes = SECURE_ATTRIBUTES | (values.append === true ? ATTRIBUTE.append : 0)
  const trusted = values.cert.flatMap(readCertificateFile)
  const verdict = naming(file, () => verifyUpdate({ name, vendor: vendorOf(name), attributes }, update, trusted))
  const told =
    'reason' in verdict
      ? { taken: false, reason: verdict.reason }
      : { taken: true, reason: `signed by ${shortName(verdict.chain.certificates[0]!.subject)}` }
  const time = readEfiTime(update.time)?.toISOString()
  const entries = naming(file, () => describeLists(parseSignatureLists(update.data)))
  if (values.json === true)
    io.stdout(jsonOf('firn/boot-vars-verify/1', file, { variable: name, ...told, time, entries }))
  else {
    const words = [`${file}: ${told.taken ? 'taken' : 'refused'}: ${told.reason}`, `  time ${time}`]
    io.stdout(`${[...words, ...entries.map((line) => `  ${line}`)].map(plain).join('\n')}\n`)
  }
  return 'reason' in verdict ? EXIT.findings : EXIT.clean
}
