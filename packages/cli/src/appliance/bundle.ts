import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readSystem, writeBundle } from '@firn/appliance'
import { fileSource } from '@firn/binary/source'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { plain } from '@firn/report/plain'
import { keySigner } from '../boot/pcr-sign.ts'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { parseCounter } from './image-words.ts'

const NAME = 'firn appliance bundle'

const HELP = `firn appliance bundle: an update, made of the newest system of a disk image

  firn appliance bundle IMAGE --key K -o FOLDER

  --key K            signs the update: a PEM file, or a token (pkcs11:...), with --public-key
  --public-key P     the public half, PEM, of a key in a token
  --counter N        the system with that counter, in place of the newest
  --version TEXT     for people (default: the counter)
  -o, --output FOLDER   to be served as it is: update.json, and the files that it names

The system is read and checked, block by block, before it is signed.
`

const OPTIONS = {
  key: { type: 'string' },
  'public-key': { type: 'string' },
  counter: { type: 'string' },
  version: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const

export const command: Command = { help: HELP, run: bundle }

async function bundle(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(NAME, args, OPTIONS)
  const [file, ...more] = positionals
  const { output } = values
  if (file === undefined || more.length > 0) throw new UserError(`${NAME} takes one image of a disk`, 'name its file')
  if (output === undefined) throw new UserError(`${NAME}: where to?`, 'add -o FOLDER')
  const signer = keySigner(values.key, values['public-key'], io)
  const counter = values.counter === undefined ? undefined : parseCounter('--counter', values.counter)
  const bar = new ProgressBar(io)
  const image = fileSource(file)
  try {
    const onProgress = (done: number) => bar.show({ label: `checking ${file}`, done })
    const system = await readSystem(image, counter, { onProgress, signal: io.signal }).catch((error: unknown) =>
      naming(file, () => {
        throw error
      }),
    )
    try {
      mkdirSync(output, { recursive: true })
    } catch (error) {
      throw diskError(output, error)
    }
    const made = await writeBundle(output, system, values.version ?? String(system.said.counter), signer)
    bar.close()
    io.stdout(
      `${plain(`${made.name} ${made.version} (${made.counter})`)}\n${join(output, 'update.json')}\nkey ${signer.keyId}\n`,
    )
    return EXIT.clean
  } finally {
    bar.close()
    image.close()
  }
}
