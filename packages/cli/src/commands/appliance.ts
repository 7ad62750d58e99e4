import type { CommandGroup } from '../command.ts'

const HELP = `firn appliance: images that boot only what was signed

  firn appliance iso SYSTEM --initrd F --stub F -o OUT         an image for CD and USB stick
  firn appliance inspect IMAGE [--cert C]                      what is in an image, and what covers each byte
  firn appliance verify IMAGE --cert C                         does it boot only what was signed?
  firn appliance initrd --modules DIR --program F... -o OUT    the initial RAM disk that checks the store

  firn appliance ACTION --help       the options of one action
`

/** Each action is a file of its own in appliance/, imported when called. */
export const command: CommandGroup = {
  help: HELP,
  actions: {
    inspect: () => import('../appliance/inspect.ts'),
    verify: () => import('../appliance/verify.ts'),
    iso: () => import('../appliance/iso.ts'),
    initrd: () => import('../appliance/initrd.ts'),
  },
}
