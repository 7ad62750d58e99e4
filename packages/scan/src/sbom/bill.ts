import { createHash } from 'node:crypto'
import { PackageURL } from 'packageurl-js'
import { type ClosureComponent, type Composition, nameAndVersion } from '../collect/components.ts'
import { nameOfPath } from '../collect/paths.ts'
import { type Snapshot, snapshotDigest } from '../collect/snapshot.ts'
import type { VulnerabilityFinding } from '../finding.ts'
import type { BillTool } from './write.ts'

/** A bill of materials before it is written in some format: what CycloneDX and SPDX have in common. */
export interface Bill {
  /** The name of the first root. */
  readonly name: string
  /** A UUID made from the content: the same closure has the same one. */
  readonly uuid: string
  readonly created: Date
  readonly toolVersion: string
  readonly entries: readonly BillEntry[]
  /** References of the entries that the roots need directly. */
  readonly top: readonly string[]
  readonly findings: readonly VulnerabilityFinding[]
}

/** One component as the formats write it. */
export interface BillEntry {
  readonly ref: string
  readonly component: ClosureComponent
  readonly name: string
  readonly version?: string
  readonly purl: string
  /** References of the entries it needs, sorted. */
  readonly dependsOn: readonly string[]
}

/** `created` is the time of writing; `SOURCE_DATE_EPOCH` (seconds) makes it reproducible. */
export function makeBill(
  snapshot: Snapshot,
  composition: Composition,
  tool: BillTool,
  findings: readonly VulnerabilityFinding[],
): Bill {
  const refs = new Map<string, string>()
  for (const component of composition.components) for (const path of component.paths) refs.set(path, refOf(component))
  const nearest = nearestComponents(snapshot, refs)
  return {
    name: nameOfPath(snapshot.roots[0] ?? 'closure'),
    uuid: uuidOf(snapshotDigest(snapshot)),
    created: createdAt(tool.sourceDateEpoch),
    toolVersion: tool.version,
    entries: composition.components.map((component) => entryOf(component, nearest(component.paths, refOf(component)))),
    top: [...new Set(snapshot.roots.flatMap((root) => refs.get(root) ?? nearest([root])))].sort(),
    findings,
  }
}

function entryOf(component: ClosureComponent, dependsOn: readonly string[]): BillEntry {
  const { pname, version } = nameAndVersion(component)
  return {
    ref: refOf(component),
    component,
    name: pname,
    ...(version === undefined ? {} : { version }),
    purl: purlOf(component),
    dependsOn,
  }
}

/** `pkg:nix/openssl@3.0.14?drv=HASH-openssl-3.0.14.drv`. */
export function purlOf(component: ClosureComponent): string {
  const { pname, version } = nameAndVersion(component)
  const drv = component.derivation?.slice(component.derivation.lastIndexOf('/') + 1)
  return new PackageURL('nix', undefined, pname, version, drv === undefined ? undefined : { drv }, undefined).toString()
}

/** Where people read an advisory: the CVE program's page, or that of OSV, which has all that are no CVE. */
export function advisoryPage(id: string): string {
  return id.startsWith('CVE-')
    ? `https://www.cve.org/CVERecord?id=${encodeURIComponent(id)}`
    : `https://osv.dev/vulnerability/${encodeURIComponent(id)}`
}

function refOf(component: ClosureComponent): string {
  const place = component.derivation ?? component.paths[0] ?? component.name
  return place.slice(place.lastIndexOf('/') + 1)
}

/** The components that paths reach without passing another component: what is between is no package. */
function nearestComponents(snapshot: Snapshot, refs: ReadonlyMap<string, string>) {
  const references = new Map(snapshot.paths.map((path) => [path.path, path.references]))
  return (from: readonly string[], self?: string): string[] => {
    const found = new Set<string>()
    const seen = new Set(from)
    const queue = [...from]
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      for (const reference of references.get(path) ?? []) {
        const ref = refs.get(reference)
        if (ref !== undefined) {
          if (ref !== self) found.add(ref)
        } else if (!seen.has(reference)) {
          seen.add(reference)
          queue.push(reference)
        }
      }
    }
    return [...found].sort()
  }
}

function createdAt(sourceDateEpoch: string | undefined): Date {
  const seconds = sourceDateEpoch === undefined || sourceDateEpoch === '' ? Number.NaN : Number(sourceDateEpoch)
  const date = new Date(Number.isSafeInteger(seconds) ? seconds * 1000 : Date.now())
  return Number.isNaN(date.getTime()) ? new Date(0) : date
}

/** A UUID of version 8 (RFC 9562): the content's hash decides it. */
function uuidOf(digest: string): string {
  const hex = createHash('sha256').update(digest).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
