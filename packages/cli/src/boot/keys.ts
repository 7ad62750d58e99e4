import type { CommandGroup } from '../command.ts'

const HELP = `firn boot keys: keys and certificates for Secure Boot

  firn boot keys create -o DIR       a platform key (PK), a key exchange key (KEK) and a signing key (db)
  firn boot keys import DIR -o DIR   take over the keys of sbctl or lanzaboote
  firn boot keys show FILE...        what a certificate says

  firn boot keys ACTION --help       the options of one action
`

export const command: CommandGroup = {
  help: HELP,
  actions: {
    create: () => import('./keys-create.ts'),
    import: () => import('./keys-import.ts'),
    show: () => import('./keys-show.ts'),
  },
}
