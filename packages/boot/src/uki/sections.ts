/** The sections of a unified kernel image, and what systemd-stub does with each (systemd-stub(7)). */
export interface UkiSection {
  readonly name: string
  /** What it is, for people. */
  readonly meaning: string
  /** The first version of systemd-stub that measures it into PCR 11. */
  readonly measuredSince?: number
}

/**
 * In the order in which the stub measures them, which is not the order in the file (systemd, src/fundamental/uki.h, formerly
 * tpm-pcr.h: the list has only ever grown, and its order stays). A stub measures the sections that it knows.
 */
export const UKI_SECTIONS: readonly UkiSection[] = [
  { name: '.linux', meaning: 'the kernel', measuredSince: 252 },
  { name: '.osrel', meaning: 'os-release', measuredSince: 252 },
  { name: '.cmdline', meaning: 'the kernel command line', measuredSince: 252 },
  { name: '.initrd', meaning: 'the initial RAM disks', measuredSince: 252 },
  { name: '.ucode', meaning: 'microcode', measuredSince: 256 },
  { name: '.splash', meaning: 'the picture shown at boot', measuredSince: 252 },
  { name: '.dtb', meaning: 'the device tree', measuredSince: 252 },
  { name: '.uname', meaning: "the kernel's release", measuredSince: 254 },
  { name: '.sbat', meaning: 'SBAT: what it is made of', measuredSince: 255 },
  // It signs the measurement, so it cannot be part of it.
  { name: '.pcrsig', meaning: 'signatures over the PCR 11 that is expected' },
  { name: '.pcrpkey', meaning: 'the public key of those signatures', measuredSince: 252 },
  { name: '.profile', meaning: 'where a profile begins', measuredSince: 257 },
  // Of these two the stub takes, and measures, the one that fits the machine, if any: no image alone tells.
  { name: '.dtbauto', meaning: 'a device tree for certain hardware' },
  { name: '.hwids', meaning: 'hardware that device trees are for', measuredSince: 257 },
  { name: '.efifw', meaning: 'firmware for certain hardware' },
]

export function meaningOf(name: string): string | undefined {
  return UKI_SECTIONS.find((section) => section.name === name)?.meaning
}
