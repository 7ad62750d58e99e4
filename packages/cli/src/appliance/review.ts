import { basename, join } from 'node:path'
import {
  compareRebuild,
  parseKernelConfig,
  QUESTION_IDS,
  type Review,
  type ReviewSubject,
  readPatch,
  readReviewed,
  readShim,
  readSourceArchive,
  reviewShim,
} from '@firn/appliance'
import type { ByteSource } from '@firn/binary/source'
import { diskVolumes } from '@firn/boot'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { makeFolder, writeFileAtomic } from '@firn/core/fs'
import { FORMATS, printReport, type Report, reaches } from '@firn/report'
import { readSmall } from '../boot/files.ts'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { version } from '../version.ts'
import { choice } from './choice.ts'
import { OpenFiles } from './open-files.ts'
import { sourcesOfDerivation } from './review-derivation.ts'

const NAME = 'firn appliance review'

const HELP = `firn appliance review: the application to have a shim signed (shim-review), as far as facts can answer it

  firn appliance review SHIM --launches F... -o FOLDER
  firn appliance review IMAGE -o FOLDER          the shim and what it starts, from an image or a disk

  --launches F         a program that the shim starts: unified kernel image, boot loader, fwupd (may be repeated)
  --kernel-config F    the .config of the kernels
  --source F           the archive that the shim was built from
  --patch F            a patch of yours to the shim (may be repeated)
  --drv F              the .drv that builds the shim: its source and its patches
  --rebuild F          the shim, built once more: compared byte for byte (may be repeated)
  --previous F         a shim of yours that was signed before (may be repeated)
  --organization NAME  who must stand in the certificate
  --answers F          what only you know, as JSON: {"organization": "...", "legal": "..."}
  --template F         README.md of shim-review: its questions are kept as they stand
  -o, --output FOLDER  README.md, review.json, and the draft of a Dockerfile with the vendor's certificate and SBAT
  --fail-on LEVEL      error, warning or note: from when on the exit code is 1 (default: warning)
  --json, --format table|json|sarif|html

Answers that follow from the files are complete; drafts are marked and need a person; the rest keeps its blank.
Exit codes: 0 nothing that a reviewer would reject, 1 something is, 2 not a shim.
`

const OPTIONS = {
  launches: { type: 'string', multiple: true },
  'kernel-config': { type: 'string' },
  source: { type: 'string' },
  patch: { type: 'string', multiple: true },
  drv: { type: 'string' },
  rebuild: { type: 'string', multiple: true },
  previous: { type: 'string', multiple: true },
  organization: { type: 'string' },
  answers: { type: 'string' },
  template: { type: 'string' },
  output: { type: 'string', short: 'o' },
  json: { type: 'boolean' },
  format: { type: 'string' },
  'fail-on': { type: 'string' },
} as const

type Values = ReturnType<typeof parseOptions<typeof OPTIONS>>['values']

export const command: Command = { help: HELP, run: review }

async function review(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(NAME, args, OPTIONS)
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UserError(`${NAME} takes one shim or image`, `${NAME} shimx64.efi`)
  const format = choice('--format', values.json === true ? 'json' : (values.format ?? 'table'), FORMATS)
  const failOn = choice('--fail-on', values['fail-on'] ?? 'warning', ['error', 'warning', 'note'])
  const files = new OpenFiles()
  try {
    const written = values.answers === undefined ? new Map<string, string>() : readAnswers(values.answers)
    const template = values.template === undefined ? undefined : textOf(values.template)
    const subject = readSubject(file, values, files)
    const words = { written, ...(template !== undefined && { template }) }
    const made = naming(values.template ?? file, () => reviewShim(subject, words))
    const report = reportOf(file, subject, made)
    if (values.output !== undefined) writeApplication(values.output, made, report)
    io.stdout(printReport(report, format, { color: false, width: Number.POSITIVE_INFINITY }))
    return made.findings.some(({ level }) => reaches(level, failOn)) ? EXIT.findings : EXIT.clean
  } finally {
    files.close()
  }
}

interface Named {
  readonly name: string
  readonly source: ByteSource
}

function readSubject(file: string, values: Values, files: OpenFiles): ReviewSubject {
  const { shim, launched } = programsOf(file, files)
  const open = (path: string): Named => ({ name: basename(path), source: files.open(path) })
  const programs = [...launched, ...(values.launches ?? []).map(open)]
  const built = values.drv === undefined ? undefined : sourcesOfDerivation(values.drv)
  const source =
    values.source === undefined ? built?.source : readSourceArchive(basename(values.source), files.open(values.source))
  const config = values['kernel-config']
  return {
    shim: naming(file, () => readShim(shim.name, shim.source)),
    launched: programs.map(({ name, source: program }) => naming(name, () => readReviewed(name, program))),
    ...(config !== undefined && { config: naming(config, () => parseKernelConfig(textOf(config))) }),
    ...(source !== undefined && { source }),
    patches: [
      ...(built?.patches ?? []),
      ...(values.patch ?? []).map((path) => readPatch(basename(path), readSmall(path))),
    ],
    rebuilds: (values.rebuild ?? []).map((path) => compareRebuild(path, shim.source, files.open(path))),
    previous: (values.previous ?? []).map((path) => naming(path, () => readShim(basename(path), files.open(path)))),
    ...(values.organization !== undefined && { organization: values.organization }),
    now: new Date(),
  }
}

/** A shim by itself, or the one that firmware starts from an image, with what stands beside it. */
function programsOf(file: string, files: OpenFiles): { readonly shim: Named; readonly launched: readonly Named[] } {
  const source = files.open(file)
  if (source.size >= 2 && Buffer.from(source.read(0, 2)).toString('latin1') === 'MZ') {
    return { shim: { name: basename(file), source }, launched: [] }
  }
  return naming(file, () => {
    for (const volume of diskVolumes(source)) {
      const named = (pattern: RegExp): Named[] =>
        (volume.list(FOLDER) ?? []).flatMap((name) => {
          const found = pattern.test(name) ? volume.open(`${FOLDER}\\${name}`) : undefined
          return found === undefined ? [] : [{ name, source: files.keep(found) }]
        })
      const [shim] = named(/^BOOT[A-Z0-9]+\.EFI$/i)
      if (shim !== undefined) return { shim, launched: named(/^GRUB[A-Z0-9]+\.EFI$/i) }
    }
    throw new UserError(`no ${FOLDER}\\BOOT*.EFI on its EFI system partition`, 'give a shim, or an image that has one')
  })
}

const FOLDER = '\\EFI\\BOOT'

function readAnswers(file: string): ReadonlyMap<string, string> {
  const hint = `an object of texts; the questions are: ${QUESTION_IDS.join(', ')}`
  let parsed: unknown
  try {
    parsed = JSON.parse(textOf(file))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new UserError(`${file}: not JSON`, hint)
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new UserError(`${file}: not an object`, hint)
  }
  for (const [id, text] of Object.entries(parsed)) {
    if (!QUESTION_IDS.includes(id)) throw new UserError(`${file}: no question is called ${JSON.stringify(id)}`, hint)
    if (typeof text !== 'string') throw new UserError(`${file}: the answer to ${id} is no text`, hint)
  }
  return new Map(Object.entries(parsed as Record<string, string>))
}

function textOf(file: string): string {
  return Buffer.from(readSmall(file)).toString('utf8')
}

function reportOf(file: string, { shim, launched }: ReviewSubject, { findings, answers, recipe }: Review): Report {
  const count = (kind: string) => answers.filter(({ answer }) => answer.kind === kind).length
  const open = answers.filter(({ answer }) => answer.kind === 'yours' && answer.text === '')
  return {
    schema: 'firn/appliance-review/1',
    tool: { name: 'firn', version: version() },
    subject: file,
    facts: [
      ['Shim', `${shim.version ?? 'of no known version'}, SHA-256 ${shim.sha256}`],
      [
        'It starts',
        launched.length === 0
          ? 'nothing was given'
          : launched.map(({ name, program }) => `${name} (${program.kind})`).join(', '),
      ],
      [
        'Answers',
        `${count('fact')} follow from the files, ${count('draft')} are drafts, ${open.length} are left to you`,
      ],
      ['Left to you', open.map(({ question }) => question.id).join(', ') || 'none'],
      ['In the Dockerfile', recipe.open.join('; ')],
    ],
    data: {
      programs: [shim, ...launched].map(({ name, sha256, program }) => ({ name, kind: program.kind, sha256 })),
      answers: answers.map(({ question, answer }) => ({ id: question.id, title: question.title, ...answer })),
    },
    findings,
  }
}

function writeApplication(folder: string, { readme, recipe }: Review, report: Report): void {
  makeFolder(folder)
  writeFileAtomic(join(folder, 'README.md'), readme)
  writeFileAtomic(join(folder, 'Dockerfile'), recipe.dockerfile)
  for (const { name, content } of recipe.files) writeFileAtomic(join(folder, name), content)
  writeFileAtomic(join(folder, 'review.json'), printReport(report, 'json', { color: false, width: 0 }))
}
