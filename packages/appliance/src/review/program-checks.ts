import { revokedBy } from '@firn/boot'
import type { Finding } from '@firn/report'
import { LEAST_GENERATIONS } from './known.ts'
import { type ReviewedProgram, type ReviewSubject, sbatOf } from './subject.ts'

const NX_COMPAT = 0x100
const PAGE = 4096
const WRITE_AND_EXECUTE = 0xa000_0000
const EFI_APPLICATION = 10

export function hasNx({ program }: ReviewedProgram): boolean {
  return (program.image.pe.dllCharacteristics & NX_COMPAT) !== 0
}

/** What is wrong with the programs themselves: their headers, and their SBAT. */
export function checkPrograms(subject: ReviewSubject): Finding[] {
  const { shim, launched } = subject
  return [
    ...[shim, ...launched].flatMap((one) => [...layoutFindings(one), ...sbatFindings(one, subject)]),
    ...nxFindings(shim, launched),
  ]
}

/** Every finding of a review is about a program, or the application as a whole. */
export function reviewFinding(
  rule: string,
  level: Finding['level'],
  name: string,
  message: string,
  remedy: string,
): Finding {
  return { rule: `review/${rule}`, level, subject: { kind: 'program', name }, message, evidence: [], remedy }
}

/** What the memory protection of firmware needs: whole pages, each to be written or to be run, never both. */
function layoutFindings({ name, program }: ReviewedProgram): Finding[] {
  const { pe, refusal } = program.image
  const wrong = [
    ...(refusal === undefined ? [] : [`firmware refuses it: ${refusal}`]),
    ...(pe.subsystem === EFI_APPLICATION ? [] : [`it is of subsystem ${pe.subsystem}, not ${EFI_APPLICATION}`]),
    ...(pe.sectionAlignment % PAGE === 0
      ? []
      : [`its sections are aligned to ${pe.sectionAlignment} bytes, not pages`]),
    ...pe.sections.flatMap(({ name: section, virtualAddress, characteristics }) => [
      ...(virtualAddress % PAGE === 0 ? [] : [`${section} does not begin at a page`]),
      ...((characteristics & WRITE_AND_EXECUTE) >>> 0 === WRITE_AND_EXECUTE
        ? [`${section} can be written and executed`]
        : []),
    ]),
  ]
  const remedy = 'link it with sections of 4096 bytes that are writable or executable, not both'
  return wrong.map((message) => reviewFinding('layout', 'error', name, message, remedy))
}

function nxFindings(shim: ReviewedProgram, launched: readonly ReviewedProgram[]): Finding[] {
  const without = launched.filter((one) => !hasNx(one))
  if (!hasNx(shim)) {
    const message = 'it does not say that it bears no-execute data (NX_COMPAT); Microsoft signs that only by exception'
    return [
      reviewFinding('nx-off', 'warning', shim.name, message, 'build all of the chain with NX, and the shim with it'),
    ]
  }
  return without.map(({ name }) =>
    reviewFinding(
      'nx-off',
      'error',
      name,
      'the shim claims NX, this program behind it does not bear it',
      'build it with NX',
    ),
  )
}

function sbatFindings(one: ReviewedProgram, { shim }: ReviewSubject): Finding[] {
  const { name, program } = one
  const { sbat } = program
  if (sbat === undefined) {
    return [
      reviewFinding('sbat-missing', 'error', name, 'it has no SBAT: shim does not start it', 'build it with .sbat'),
    ]
  }
  if ('problem' in sbat) return [reviewFinding('sbat-missing', 'error', name, sbat.problem, 'write its .sbat anew')]
  const levels = [...shim.levels, ...LEAST_GENERATIONS]
  const revoked = new Map(revokedBy(sbat, levels).map(({ entry, least }) => [entry.component, { entry, least }]))
  return [
    ...[...revoked.values()].map(({ entry, least }) => {
      const message = `${entry.component} ${entry.generation} is revoked: ${least} is the least`
      return reviewFinding(
        'sbat-revoked',
        'error',
        name,
        message,
        `build it from a release with ${entry.component},${least}`,
      )
    }),
    ...vendorFindings(one, shim.vendor),
  ]
}

/** Each binary carries a line of who built it, under one name for all of them, beside those of where it came from. */
function vendorFindings(one: ReviewedProgram, vendor: string | undefined): Finding[] {
  const components = sbatOf(one).map(({ component }) => component)
  const twice = components.find((component, i) => components.indexOf(component) !== i)
  const ends = vendor === undefined ? undefined : `.${vendor}`
  const own = components.filter((component) =>
    ends === undefined ? component.includes('.') : component.endsWith(ends),
  )
  return [
    ...(twice === undefined
      ? []
      : [reviewFinding('sbat-vendor', 'warning', one.name, `${twice} stands twice in its SBAT`, 'keep one line')]),
    ...(own.length > 0
      ? []
      : [
          reviewFinding(
            'sbat-vendor',
            'error',
            one.name,
            `its SBAT has no line of the vendor${vendor === undefined ? '' : ` (${vendor})`}`,
            `append one: ${components.at(1) ?? 'component'}.${vendor ?? 'VENDOR'},1,Your Name,package,version,URL`,
          ),
        ]),
    ...(one.uki === undefined || components.some((component) => component.startsWith('uki.'))
      ? []
      : [
          reviewFinding(
            'sbat-vendor',
            'warning',
            one.name,
            'its SBAT does not say that it is a unified kernel image',
            `append: uki.${vendor ?? 'VENDOR'},1,UKI of Your Name,linux,version,URL`,
          ),
        ]),
  ]
}
