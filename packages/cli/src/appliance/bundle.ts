import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  checkData,
  MANIFEST_FILE,
  type Manifest,
  manifestText,
  openManifest,
  readSystem,
  writeBundle,
} from '@firn/appliance'
import type { Signer } from '@firn/attest'
import { fileSource } from '@firn/binary/source'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { makeFolder } from '@firn/core/fs'
import { plain } from '@firn/report/plain'
import { readSmall } from '../boot/files.ts'
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
  --new-pcr-key      another key signed its PCR 11 than that of the update before: say it to \`update\`, too
  -o, --output FOLDER   to be served as it is: update.json, and the files that it names

The system is read and checked, block by block, before it is signed. When the folder holds the update before, with the same
key, a system that would not open the data of the machines that took that one is refused.
`

const OPTIONS = {
  key: { type: 'string' },
  'public-key': { type: 'string' },
  counter: { type: 'string' },
  version: { type: 'string' },
  'new-pcr-key': { type: 'boolean' },
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
    const before = updateBefore(output, signer)
    if (before?.name === system.said.name) checkData(before, system.said, values['new-pcr-key'])
    makeFolder(output)
    const made = await writeBundle(output, system, values.version ?? String(system.said.counter), signer)
    bar.close()
    const { opens } = made
    const lines = [
      plain(`${made.name} ${made.version} (${made.counter})`),
      join(output, MANIFEST_FILE),
      `key ${signer.keyId}`,
      opens === undefined
        ? 'opens no data'
        : `opens partition ${opens.partition}; key ${opens.pcrKey} signed its PCR 11`,
    ]
    io.stdout(`${lines.join('\n')}\n`)
    return EXIT.clean
  } finally {
    bar.close()
    image.close()
  }
}

/** The update that is in the folder, when it is one that this key signed: another may be of another appliance. */
function updateBefore(folder: string, { keyId, publicKey }: Signer): Manifest | undefined {
  const file = join(folder, MANIFEST_FILE)
  if (!existsSync(file)) return undefined
  try {
    return openManifest(manifestText(readSmall(file)), [{ id: keyId, key: publicKey }])
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
