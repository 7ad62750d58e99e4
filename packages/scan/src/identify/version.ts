import { parseDrvName } from '@firn/nix/closure'
import type { Component } from '../match/model.ts'

/** A component's version, less what nixpkgs adds to it. */
export interface KnownVersion {
  /** The release, or the last release before the snapshot. */
  readonly text: string
  /** Commits after that release: what the next release fixes may or may not be in it. */
  readonly snapshot: boolean
  /** `esr`, `S1`: a line of releases of its own. */
  readonly edition?: string
  /** OpenSSH's number without the mark of the portable release: `9.7` for `9.7p1`. */
  readonly plain?: string
}

const OUTPUT = /-(bin|dev|devdoc|doc|debug|info|lib|man|out|static|py|python|tools|data|modules|terminfo|libgcc)$/
/** Packages whose version ends with the number of commits nixpkgs takes from the release branch. */
const COUNTED = /^(glibc|glibc-locales|locale|glibc-multi|glibc-info)$/
/** Packages whose version ends with the day of the release: newlib 4.3.0 is `4.3.0.20230120`. */
const DATED = /^newlib(-nano)?$/
/** Packages whose version has the mark `p1` of a portable release. */
const PORTABLE = /^(openssh|openssh[-_](hpn|gssapi|with-.*)|openntpd|opensmtpd)$/

/** Builds of Java that write `8.0.402` for `8u402`. */
const JAVA = /^(zulu|temurin|corretto|adoptopenjdk|semeru|openjdk|jdk|jre|sapmachine)/

/** Undefined where neither the derivation nor the store name has a version. */
export function versionOf(component: Component): KnownVersion | undefined {
  const parsed = parseDrvName(component.name)
  const said = component.version ?? parsed.version.replace(OUTPUT, '')
  if (said === '') return undefined
  const pname = component.pname ?? parsed.name
  const text = said.replace(/^(v|version-|release-|RELEASE\.)(?=\d)/, '').replace(/\+abi=.*$/, '')
  if (JAVA.test(pname) && /^8\.0\.\d+/.test(text)) return { text: text.replace(/^8\.0\./, '8u'), snapshot: false }
  return (
    snapshotOf(text) ??
    editionOf(text) ?? {
      text: COUNTED.test(pname) ? text.replace(/-\d+$/, '') : DATED.test(pname) ? text.replace(/\.20\d{6}$/, '') : text,
      snapshot: false,
      ...(PORTABLE.test(pname) && /\dp\d+$/.test(text) ? { plain: text.replace(/p\d+$/, '') } : {}),
    }
  )
}

/** `0-unstable-2024-01-02`, `1.2-unstable-…`, `unstable-2024-01-02`, `1.2-2024-01-02`, a date or commit alone. */
function snapshotOf(text: string): KnownVersion | undefined {
  const unstable = /^(?<base>.*?)-?unstable(?:-(?:\d{4}-\d{2}-\d{2}|\d{8}))?$/.exec(text)?.groups
  if (unstable !== undefined) return { text: unstable.base || '0', snapshot: true }
  const dated = /^(?<base>\d[\w.]*)-(?:(?:git|pre|rolling)-?)?\d{4}-\d{2}-\d{2}$/.exec(text)?.groups
  if (dated !== undefined) return { text: dated.base!, snapshot: true }
  return /^\d{4}-\d{2}-\d{2}$|^[0-9a-f]{40}$/.test(text) ? { text, snapshot: true } : undefined
}

function editionOf(text: string): KnownVersion | undefined {
  if (/^\d[\d.]*esr$/i.test(text)) return { text: text.slice(0, -3), snapshot: false, edition: 'esr' }
  const subscription = /^\d[\d.]*-(?<edition>S\d+)$/i.exec(text)?.groups
  return subscription === undefined
    ? undefined
    : { text, snapshot: false, edition: subscription.edition!.toLowerCase() }
}
