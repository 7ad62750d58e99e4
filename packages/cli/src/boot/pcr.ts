import type { CommandGroup } from '../command.ts'

const HELP = `firn boot pcr: what a TPM holds after a boot

  firn boot pcr expect IMAGE|ESP --vars F    PCR 4 and PCR 7 of the entry that will be booted
  firn boot pcr log [FILE]                   what was measured, replayed and compared
  firn boot pcr sign UKI --key K -o OUT      policies over PCR 11, signed (a .pcrsig)

  firn boot pcr ACTION --help                the options of one action
PCR 11 is predicted by firn boot measure.
`

export const command: CommandGroup = {
  help: HELP,
  actions: {
    expect: () => import('./pcr-expect.ts'),
    log: () => import('./pcr-log.ts'),
    sign: () => import('./pcr-sign.ts'),
  },
}
