import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parsePe } from '@firn/binary/pe'
import { contentOf, profilesOf, writeSource } from '@firn/boot'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { withFile } from './files.ts'

const HELP = `firn boot uki extract: the sections of an EFI program as files

  firn boot uki extract FILE -o DIR [SECTION...]

Each section (or those named: .linux .initrd) becomes DIR/NAME; one of a profile DIR/NAME.profileN. Files that are there
are not written over. The padding behind a section's length is left out.
`

/** A section's name becomes a file's: nothing but these characters, and no dot alone. */
const SAFE = /^\.?[A-Za-z0-9_-][A-Za-z0-9_.-]*$/

export const command: Command = { help: HELP, run: extract }

async function extract(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn boot uki extract', args, {
    output: { type: 'string', short: 'o' },
  })
  const [file, ...wanted] = positionals
  const folder = values.output
  if (file === undefined)
    throw new UserError('firn boot uki extract takes a file', 'firn boot uki extract uki.efi -o DIR')
  if (folder === undefined) throw new UserError('firn boot uki extract: where to?', 'add -o DIR')
  await withFile(file, (source) => {
    const { base, profiles } = profilesOf(parsePe(source).sections)
    const all = [
      ...base.map((section) => ({ section, suffix: '' })),
      ...profiles.flatMap(({ index, sections }) =>
        sections.map((section) => ({ section, suffix: `.profile${index}` })),
      ),
    ]
    const missing = wanted.find((name) => !all.some(({ section }) => section.name === name))
    if (missing !== undefined) throw new UserError(`there is no section ${missing}`, 'firn boot uki inspect lists them')
    for (const { section, suffix } of all) {
      if (wanted.length > 0 && !wanted.includes(section.name)) continue
      if (!SAFE.test(section.name))
        throw new UserError(`a section has a name that is no file name: ${section.name}`, 'name those you want')
      const path = join(folder, `${section.name}${suffix}`)
      if (existsSync(path)) throw new UserError(`${path} is there already`, 'choose an empty folder')
      const content = contentOf(source, section)
      writeSource(path, content)
      io.stdout(`${path}: ${content.size} bytes\n`)
    }
  })
  return EXIT.clean
}
