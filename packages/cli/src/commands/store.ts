import type { CommandGroup } from '../command.ts'

const HELP = `firn store: is the store what was built?

  firn store verify [PATH...]       read everything, compare it with what was recorded and signed
  firn store seal [PATH...] --key K sign what it holds; inspect, diff, prove what was sealed
  firn store check --level 0|1|2|3  is it still what was sealed? From a second (stat) to everything
  firn store enforce prepare|mount  have the kernel refuse what was not sealed

  firn store ACTION --help          the options of one action
`

/** Each action is a file of its own in store/, imported when called. */
export const command: CommandGroup = {
  help: HELP,
  actions: {
    verify: () => import('../store/verify.ts'),
    seal: () => import('../store/seal.ts'),
    check: () => import('../store/check.ts'),
    enforce: () => import('../store/enforce.ts'),
  },
}
