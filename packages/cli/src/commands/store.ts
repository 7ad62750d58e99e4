import type { CommandGroup } from '../command.ts'

const HELP = `firn store: is the store what was built?

  firn store verify [PATH...]       read everything, compare it with what was recorded and signed

  firn store ACTION --help          the options of one action
`

/** Each action is a file of its own in store/, imported when called. */
export const command: CommandGroup = {
  help: HELP,
  actions: {
    verify: () => import('../store/verify.ts'),
  },
}
