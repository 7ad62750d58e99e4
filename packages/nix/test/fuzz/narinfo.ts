import { fingerprint, parseNarInfo, printNarInfo } from '../../src/index.ts'

export const corpus: Uint8Array[] = [
  `StorePath: /nix/store/n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
URL: nar/1.nar.xz
Compression: xz
FileHash: sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
FileSize: 4029176
NarHash: sha256:1w1fff338fvdw53sqgamddn1b2xgds473pv6y13gizdbqjv4i5p3
NarSize: 34878
References: g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar n5wkd9frr45pa74if5gpz9j7mifg27fh-foo
Deriver: g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-bar.drv
Sig: asdf:AAAA
CA: fixed:r:sha256:1lr187v6dck1rjh2j6svpikcfz53wyl3qrlcbb405zlh13x0khhh
`,
].map((text) => Buffer.from(text))

/** What is taken can be printed, read again, and signed. */
export function target(bytes: Uint8Array): void {
  const info = parseNarInfo(Buffer.from(bytes).toString(), '/nix/store')
  fingerprint(info)
  const printed = printNarInfo(info)
  if (printNarInfo(parseNarInfo(printed, '/nix/store')) !== printed) throw new Error('printed again, it differs')
}
