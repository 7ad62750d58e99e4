import { markGood, openDisk, readSlots } from '@firn/appliance/machine'
import { directoryEsp, lockEsp } from '@firn/boot/esp'
import { EXIT, type ExitCode, UserError } from '@firn/core'
import { plain } from '@firn/report/plain'
import type { Command, Io } from '../command.ts'
import { parseOptions } from '../options.ts'
import { runningRoot } from './running.ts'

const NAME = 'firn appliance good'

const HELP = `firn appliance good: the system that runs works; it is not on trial any longer

  firn appliance good --disk D --esp DIR

  --disk D       the appliance's disk
  --esp DIR      where its EFI system partition is mounted
  --root HEX     the root hash of the system that was found good (default: of the one that runs)

Run it when all that the machine is for works. Until then each start uses up one of the tries of an update, and after
the last the machine goes back to the system before.
Exit codes: 0 done, or it was found good before, 2 no system of this disk, 4 the disk or its ESP.
`

const OPTIONS = { disk: { type: 'string' }, esp: { type: 'string' }, root: { type: 'string' } } as const

export const command: Command = { help: HELP, run: good }

async function good(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions(NAME, args, OPTIONS)
  if (positionals[0] !== undefined) throw new UserError(`${NAME}: what is ${positionals[0]}?`, 'give --disk and --esp')
  const { disk: device, esp: folder } = values
  if (device === undefined) throw new UserError(`${NAME}: which disk?`, 'add --disk /dev/vda')
  if (folder === undefined) throw new UserError(`${NAME}: where is its ESP mounted?`, 'add --esp /boot')
  const root = values.root ?? runningRoot()
  if (root === undefined) {
    throw new UserError(`${NAME}: this machine runs no system of an appliance`, 'name one by its root hash: --root HEX')
  }
  const disk = openDisk(device)
  let unlock: (() => void) | undefined
  try {
    unlock = lockEsp(folder)
    const esp = directoryEsp(folder)
    const { entries } = readSlots(disk, esp)
    const done = markGood(esp, entries, root)
    const { title, slot } = entries.find((entry) => entry.root === root)!
    io.stdout(
      `${plain(title)} in slot ${slot} ${done ? 'is good: it is on trial no longer' : 'was found good before'}\n`,
    )
    return EXIT.clean
  } finally {
    unlock?.()
    disk.close()
  }
}
