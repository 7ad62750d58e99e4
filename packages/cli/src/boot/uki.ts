import type { CommandGroup } from '../command.ts'

const HELP = `firn boot uki: unified kernel images, one signed file from the stub to the initrd

  firn boot uki build --linux F --initrd F... --cmdline TEXT|@F --os-release TEXT|@F --stub F -o OUT
  firn boot uki inspect FILE         what it is made of
  firn boot uki extract FILE -o DIR  its sections as files
  firn boot uki diff OLD NEW         what is different, in words

  firn boot uki ACTION --help        the options of one action
`

export const command: CommandGroup = {
  help: HELP,
  actions: {
    build: () => import('./uki-build.ts'),
    inspect: () => import('./uki-inspect.ts'),
    extract: () => import('./uki-extract.ts'),
    diff: () => import('./uki-diff.ts'),
  },
}
