import type { Command } from '../command.ts'
import { LOOK_HELP, look } from './look.ts'

const HELP = `firn appliance verify: does an image boot only what was signed?

  firn appliance verify IMAGE --cert C...
  firn appliance verify IMAGE --vars F [--mok C]

  IMAGE                a file, or the stick or disk that it was written to (/dev/sdX)

${LOOK_HELP}
  --map                every byte of the image, and what covers it
  --fail-on LEVEL      error, warning or note: from when on the exit code is 1 (default: warning)
  --json, --format table|json|sarif|html

Follows every link: firmware, shim, unified kernel, its command line, hash tree, store. What no signature covers must be
exactly what firn writes around these contents. Exit codes: 0 the chain holds, 1 it does not, 4 the image could not be
read.
`

export const command: Command = {
  help: HELP,
  run: (args, io) => look('firn appliance verify', args, io, true),
}
