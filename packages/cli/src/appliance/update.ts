import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  folderPayloads,
  httpPayloads,
  MOST_MANIFEST,
  manifestText,
  openDisk,
  openManifest,
  type Payloads,
  patient,
  update as putIntoSlot,
} from '@firn/appliance/machine'
import { parsePublicKey } from '@firn/attest/envelope'
import { directoryEsp, lockEsp } from '@firn/boot/esp'
import { EXIT, type ExitCode, naming, UserError } from '@firn/core'
import { fetchText, useNetworkSettings } from '@firn/core/download'
import { plain } from '@firn/report/plain'
import { readSmall } from '../boot/files.ts'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { ProgressBar } from '../progress.ts'
import { runningRoot } from './running.ts'

const NAME = 'firn appliance update'

const HELP = `firn appliance update: put a signed system into the slot that is not in use

  firn appliance update FROM --disk D --esp DIR --key PUB

  FROM           the update.json of an update: a file, or its URL
  --disk D       the appliance's disk, or an image of it
  --esp DIR      where its EFI system partition is mounted
  --key PUB      a public key, PEM; may be repeated: one of them signed the update
  --again        try a system again that did not come up the last time
  --new-pcr-key  take a system whose PCR 11 another key signed: its first start asks for the recovery key of the data

The manifest is verified first; what is older than what the disk has is refused. What arrived is read again from the disk
before anything may start it. A system to which the data of this machine would stay closed is refused. Stopped at any
moment, the machine boots what it booted before; run again, it goes on.
Exit codes: 0 done, or nothing to do, 2 bad input or not signed by the key, 3 not to be had, 4 the disk, 130 interrupted.
`

const OPTIONS = {
  disk: { type: 'string' },
  esp: { type: 'string' },
  key: { type: 'string', multiple: true },
  again: { type: 'boolean' },
  'new-pcr-key': { type: 'boolean' },
} as const

export const command: Command = { help: HELP, run: update }

async function update(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(NAME, args, OPTIONS)
  const [from, ...more] = positionals
  if (from === undefined || more.length > 0)
    throw new UserError(`${NAME} takes one update.json`, 'name its file or URL')
  const { disk: device, esp } = values
  if (device === undefined) throw new UserError(`${NAME}: which disk?`, 'add --disk /dev/vda')
  if (esp === undefined) throw new UserError(`${NAME}: where is its ESP mounted?`, 'add --esp /boot')
  if (values.key === undefined) throw new UserError(`${NAME}: whose updates?`, 'add --key PUB')
  const keys = values.key.map((file) =>
    naming(file, () => parsePublicKey(Buffer.from(readSmall(file)).toString('utf8'))),
  )
  const { text, payloads } = await source(from, io)
  const manifest = naming(from, () => openManifest(text, keys))
  const bar = new ProgressBar(io)
  const disk = openDisk(device)
  let unlock: (() => void) | undefined
  try {
    // Another update, or an installation, would write to the same slot and folder.
    unlock = lockEsp(esp)
    const running = runningRoot()
    const done = await putIntoSlot({ disk, esp: directoryEsp(esp) }, manifest, payloads, {
      ...(running !== undefined && { running }),
      again: values.again === true,
      newPcrKey: values['new-pcr-key'] === true,
      signal: io.signal,
      onProgress: (label, at, total) => bar.show({ label, done: at, total }),
    })
    bar.close()
    const what = plain(`${manifest.name} ${manifest.version} (${manifest.counter})`)
    io.stdout(
      done.done
        ? `${what} is in slot ${done.slot}, to be tried at the next start; ${done.fetched} bytes fetched\n`
        : `nothing to do: ${plain(done.why)}\n`,
    )
    return EXIT.clean
  } finally {
    bar.close()
    unlock?.()
    disk.close()
  }
}

async function source(from: string, io: Io): Promise<{ readonly text: string; readonly payloads: Payloads }> {
  if (!/^https?:\/\//.test(from)) {
    return { text: manifestText(readSmall(from)), payloads: folderPayloads(dirname(from)) }
  }
  useNetworkSettings(io.env)
  const text = await fetchText(from, { signal: io.signal, limit: MOST_MANIFEST })
  const wait = (failures: number) => sleep(1000 * 2 ** failures, undefined, { signal: io.signal })
  return { text: manifestText(Buffer.from(text)), payloads: patient(httpPayloads(from, io.signal), wait) }
}
