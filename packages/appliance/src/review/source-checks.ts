import { compareVersions } from '@firn/nix'
import type { Finding } from '@firn/report'
import { lockdownOf } from './kernel-config.ts'
import { LOCKDOWN_COMMITS, OLDEST_SHIM, SHIM_RELEASES } from './known.ts'
import { reviewFinding } from './program-checks.ts'
import type { ReviewedProgram, ReviewSubject } from './subject.ts'

/** What is wrong with where the shim comes from: its release, its archive, whether it can be built again. */
export function checkSources({ shim, source, rebuilds }: ReviewSubject): Finding[] {
  const { name, version } = shim
  const release = SHIM_RELEASES.at(-1)!
  return [
    ...(version === undefined
      ? [
          reviewFinding(
            'shim-version',
            'error',
            name,
            'it does not say which release of shim it is',
            'build it from a release',
          ),
        ]
      : compareVersions(version, OLDEST_SHIM) < 0
        ? [
            reviewFinding(
              'shim-version',
              'error',
              name,
              `shim ${version} is not signed any more`,
              `build ${release.version}`,
            ),
          ]
        : compareVersions(version, release.version) < 0
          ? [
              reviewFinding(
                'shim-version',
                'warning',
                name,
                `it is shim ${version}, applications are asked to build ${release.version}`,
                `build ${release.version}`,
              ),
            ]
          : []),
    ...(source === undefined || releaseOf(source.sha256) !== undefined
      ? []
      : [
          reviewFinding(
            'source',
            'error',
            source.name,
            `it is no release of shim that is known here (sha256 ${source.sha256})`,
            `fetch ${release.archive} again; sha256 ${release.sha256}`,
          ),
        ]),
    ...rebuilds
      .filter(({ firstDifference }) => firstDifference !== undefined)
      .map((build) =>
        reviewFinding(
          'not-reproduced',
          'error',
          build.name,
          `it differs from the shim, first at byte ${build.firstDifference}`,
          'pin the tools of the build; firn boot hash tells whether only the signature differs',
        ),
      ),
  ]
}

/** The release whose archive has that hash. */
export function releaseOf(sha256: string): (typeof SHIM_RELEASES)[number] | undefined {
  return SHIM_RELEASES.find((release) => release.sha256 === sha256)
}

/** What is wrong with the kernels: too old for the commits that are asked for, or not locked down. */
export function checkKernels({ launched, config }: ReviewSubject): Finding[] {
  return kernelsOf(launched).flatMap((one): Finding[] => {
    const lacking = lackingCommits(releaseOfKernel(one))
    const lockdown = lockdownOf(config, one.uki?.cmdline)
    return [
      ...lacking.map(({ commit, what, since }) =>
        reviewFinding(
          'kernel-age',
          'warning',
          one.name,
          `Linux before ${since}: show that ${commit} is applied (${what})`,
          `take a kernel of ${since} or later, or name the patch`,
        ),
      ),
      ...(lockdown === undefined
        ? [
            reviewFinding(
              'lockdown',
              'warning',
              one.name,
              'nothing shows that it locks down under Secure Boot',
              'give its configuration with --kernel-config, or sign lockdown=integrity into the command line',
            ),
          ]
        : lockdown.enforced
          ? []
          : [
              reviewFinding(
                'lockdown',
                'error',
                one.name,
                `it does not lock down: ${lockdown.text}`,
                'build it with lockdown, or sign lockdown=integrity into the command line',
              ),
            ]),
    ]
  })
}

export function kernelsOf(launched: readonly ReviewedProgram[]): ReviewedProgram[] {
  return launched.filter(({ program }) => ['uki', 'lanzaboote', 'kernel'].includes(program.kind))
}

/** `6.1.0-31-cloud-amd64`, when the kernel says it. */
export function releaseOfKernel({ uki }: ReviewedProgram): string | undefined {
  return uki?.kernel?.release ?? uki?.uname
}

function lackingCommits(release: string | undefined) {
  const version = /^\d+\.\d+/.exec(release ?? '')?.[0]
  return version === undefined ? [] : LOCKDOWN_COMMITS.filter(({ since }) => compareVersions(version, since) < 0)
}
