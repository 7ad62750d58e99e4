import type { CommandGroup } from '../command.ts'

const HELP = `firn appliance: images that boot only what was signed

  firn appliance iso SYSTEM --initrd F --stub F -o OUT         an image for CD and USB stick
  firn appliance disk SYSTEM --counter N --initrd F --stub F --bootloader F -o OUT   a disk with two slots
  firn appliance bundle IMAGE --key K -o FOLDER                an update, made of a disk's newest system
  firn appliance update FROM --disk D --esp DIR --key PUB      put it into the slot that is not in use
  firn appliance good --disk D --esp DIR                       the system that runs works: it is on trial no longer
  firn appliance inspect IMAGE [--cert C]                      what is in an image, and what covers each byte
  firn appliance verify IMAGE --cert C                         does it boot only what was signed?
  firn appliance review SHIM --launches F... -o FOLDER         the application to have a shim signed
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
    disk: () => import('../appliance/disk.ts'),
    bundle: () => import('../appliance/bundle.ts'),
    update: () => import('../appliance/update.ts'),
    good: () => import('../appliance/good.ts'),
    review: () => import('../appliance/review.ts'),
    initrd: () => import('../appliance/initrd.ts'),
  },
}
