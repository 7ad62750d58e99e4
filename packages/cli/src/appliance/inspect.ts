import type { Command } from '../command.ts'
import { LOOK_HELP, look } from './look.ts'

const HELP = `firn appliance inspect: what is in an image, what binds it, and what covers each byte

  firn appliance inspect IMAGE [--cert C... | --vars F [--mok C...]] [--map]

  IMAGE                a file, or the stick or disk that it was written to (/dev/sdX)

${LOOK_HELP}
  --map                every byte of the image, and what covers it
  --fail-on LEVEL      error, warning or note: from when on the exit code is 1 (default: warning)
  --json, --format table|json|sarif|html

The image is read as a machine would read it, down to the last byte of the store; nothing of it is started. Without
--cert and --vars it is shown as a machine with Secure Boot off would start it. Exit codes: 0 the chain holds, 1 it does
not, 4 the image could not be read.
`

export const command: Command = {
  help: HELP,
  run: (args, io) => look('firn appliance inspect', args, io, false),
}
