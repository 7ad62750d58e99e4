/** `firn --help`: what works today; docs/roadmap.md has the rest. */
export const HELP = `firn: where every byte of a NixOS system comes from, and what is known to be wrong with it

  firn scan [PATH...]        known vulnerabilities in a closure, a system, a profile, an SBOM
  firn explain CVE PACKAGE   why a verdict is what it is, step by step
  firn sbom PATH             what a closure is made of: CycloneDX or SPDX, no findings
  firn store ACTION          is the store what was built? verify it
  firn boot ACTION           sign, verify, build and measure what the firmware starts
  firn appliance ACTION      images that boot only what was signed
  firn serve                 the tracker: web pages and web API (npm start runs this)
  firn tracker ACTION        import, sync, status: the tracker's work by hand

  firn COMMAND --help        the options of one command
  firn --version

Exit codes: 0 clean, 1 findings, 2 usage or bad input, 3 data missing or stale,
4 the store or device could not be read, 70 a fault of ours, 130 interrupted.
`
