import type { CommandGroup } from '../command.ts'

const HELP = `firn appliance: images that boot only what was signed

  firn appliance initrd --modules DIR --program F... -o OUT    the initial RAM disk that checks the store

  firn appliance ACTION --help       the options of one action
`

/** Each action is a file of its own in appliance/, imported when called. */
export const command: CommandGroup = {
  help: HELP,
  actions: {
    initrd: () => import('../appliance/initrd.ts'),
  },
}
