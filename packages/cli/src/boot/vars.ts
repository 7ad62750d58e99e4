import type { CommandGroup } from '../command.ts'

const HELP = `firn boot vars: the variables in which firmware keeps whom it trusts and what it boots

  firn boot vars show [--vars F]              what they hold
  firn boot vars diff BEFORE AFTER            what changes from one file to another
  firn boot vars enroll --vars IN.fd ... -o OUT.fd   put keys into the variable file of a virtual machine
  firn boot vars sign --var NAME ... -o OUT.auth     sign a new value, for a machine that is running
  firn boot vars verify FILE.auth --var NAME  would a machine take this?
  firn boot vars backup -o DIR                keep the variables of this machine
  firn boot vars write FILE.auth...           give this machine new keys, after showing what changes
  firn boot vars restore DIR                  put back the keys of a backup, or its boot menu

  firn boot vars ACTION --help                the options of one action
`

export const command: CommandGroup = {
  help: HELP,
  actions: {
    show: () => import('./vars-show.ts'),
    diff: () => import('./vars-diff.ts'),
    enroll: () => import('./vars-enroll.ts'),
    sign: () => import('./vars-sign.ts'),
    backup: () => import('./vars-backup.ts'),
    write: () => import('./vars-write.ts'),
    restore: () => import('./vars-restore.ts'),
    verify: () => import('./vars-verify.ts'),
  },
}
