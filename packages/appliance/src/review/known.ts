/**
 * What reviewers held against applications when this was written: shim-review's README.md and docs/reviewer-guidelines.md
 * of 28 July 2026 (commit 88a3cac).
 */
export const SHIM_RELEASES = [
  {
    version: '16.1',
    archive: 'shim-16.1.tar.bz2',
    sha256: '46319cd228d8f2c06c744241c0f342412329a7c630436fce7f82cf6936b1d603',
    sha512:
      'ca5f80e82f3b80b622028f03ef23105c98ee1b6a25f52a59c823080a3202dd4b9962266489296e99f955eb92e36ce13e0b1d57f688350006bba45f2718f159fb',
  },
] as const

/** Shims before this one are not signed any more. */
export const OLDEST_SHIM = '15.8'

/** Generations below these are revoked, whatever level a shim brings along. */
export const LEAST_GENERATIONS = [
  { component: 'shim', generation: 4 },
  { component: 'grub', generation: 5 },
] as const

/** Commits that every kernel must have, and the first release of Linus Torvalds' that does. */
export const LOCKDOWN_COMMITS = [
  { commit: '1957a85b0032', what: 'efivar_ssdt_load is restricted', since: '5.4' },
  { commit: '75b0cea7bf30', what: 'no ACPI tables through configfs', since: '5.8' },
  { commit: 'eadb2f47a3ce', what: 'kgdb is locked down', since: '5.19' },
] as const

/** Years that a certificate may be valid: one that signs programs itself, and an authority that signs others. */
export const MOST_YEARS = { leaf: 5, authority: 20 } as const

/** From 27 June 2026 on Microsoft signs with the second only; machines that know one of them refuse the other's. */
export const MICROSOFT_AUTHORITIES = {
  old: 'Microsoft Corporation UEFI CA 2011',
  current: 'Microsoft UEFI CA 2023',
} as const
