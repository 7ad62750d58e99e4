import type { CommandGroup } from '../command.ts'

const HELP = `firn appliance: images that boot only what was signed

  firn appliance iso SYSTEM --initrd F --stub F -o OUT         an image for CD and USB stick
  firn appliance initrd --modules DIR --program F... -o OUT    the initial RAM disk that checks the store

  firn appliance ACTION --help       the options of one action
`

/** Each action is a file of its own in appliance/, imported when called. */
export const command: CommandGroup = {
  help: HELP,
  actions: {
    iso: () => import('../appliance/iso.ts'),
    initrd: () => import('../appliance/initrd.ts'),
  },
}
