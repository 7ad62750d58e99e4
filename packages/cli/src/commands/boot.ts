import type { CommandGroup } from '../command.ts'

const HELP = `firn boot: what lies between the firmware and the kernel

  firn boot sign --key K --cert C IN -o OUT       sign an EFI program
  firn boot verify FILE... [--cert C] [--db ESL]  who signed it, and would it be admitted?
  firn boot hash FILE...                          the hash that firmware computes
  firn boot strip IN -o OUT                       take the signatures away
  firn boot uki build | inspect | extract | diff  unified kernel images
  firn boot measure FILE                          PCR 11 by boot phase, predicted
  firn boot pcr expect | log | sign               PCR 4 and 7 predicted, event logs, signed policies
  firn boot keys create | import | show           keys and certificates for Secure Boot
  firn boot explain IMAGE|ESP --vars F            will it boot, and if not, why not?
  firn boot vars show | diff | enroll | sign      the firmware's variables: whom it trusts
  firn boot install --esp DIR ...                 put the system's generations on the EFI system partition
  firn boot status | fsck --esp DIR --cert C      what is there, and what of it boots

  firn boot ACTION --help                         the options of one action
`

/** Each action is a file of its own in boot/, imported when called. */
export const command: CommandGroup = {
  help: HELP,
  actions: {
    sign: () => import('../boot/sign.ts'),
    verify: () => import('../boot/verify.ts'),
    hash: () => import('../boot/hash.ts'),
    strip: () => import('../boot/strip.ts'),
    uki: () => import('../boot/uki.ts'),
    measure: () => import('../boot/measure.ts'),
    pcr: () => import('../boot/pcr.ts'),
    keys: () => import('../boot/keys.ts'),
    explain: () => import('../boot/explain.ts'),
    install: () => import('../boot/install.ts'),
    status: () => import('../boot/status.ts'),
    fsck: () => import('../boot/fsck.ts'),
    vars: () => import('../boot/vars.ts'),
  },
}
