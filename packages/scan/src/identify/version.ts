import type { Component } from '../match/model.ts'

/** A component's version, less what nixpkgs adds to it. */
export interface KnownVersion {
  /** The release, or the last release before the snapshot. */
  readonly text: string
  /** Commits after that release: what the next release fixes may or may not be in it. */
  readonly snapshot: boolean
  /** `esr`, `S1`: a line of releases of its own. */
  readonly edition?: string
}

const OUTPUT = /-(bin|dev|devdoc|doc|debug|info|lib|man|out|static|py|python|tools|data|modules|terminfo|libgcc)$/
/** Packages whose version ends with the number of commits nixpkgs takes from the release branch. */
const COUNTED = new Set(['glibc', 'glibc-locales', 'locale'])

/** Undefined where neither the derivation nor the store name has a version. */
export function versionOf(component: Component): KnownVersion | undefined {
  const said = component.version ?? versionOfName(component.name)
  if (said === undefined || said === '') return undefined
  let text = said.replace(/^(v|version-|release-|RELEASE\.)(?=\d)/, '').replace(/\+abi=.*$/, '')
  if (COUNTED.has(component.pname ?? '') || component.name.startsWith('glibc-')) text = text.replace(/-\d+$/, '')
  const unstable = /^(?<base>.*?)-?unstable(?:-(?:\d{4}-\d{2}-\d{2}|\d{8}))?$/.exec(text)
  if (unstable !== null) return { text: unstable.groups?.base || '0', snapshot: true }
  const git = /^(?<base>\d[\w.]*)-(?:git|pre)?-?\d{4}-\d{2}-\d{2}$/.exec(text)
  if (git !== null) return { text: git.groups?.base ?? '0', snapshot: true }
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) || /^[0-9a-f]{40}$/.test(text)) return { text, snapshot: true }
  if (/^\d[\d.]*esr$/i.test(text)) return { text: text.slice(0, -3), snapshot: false, edition: 'esr' }
  const subscription = /^\d[\d.]*-(?<edition>S\d+)$/i.exec(text)
  if (subscription !== null) return { text, snapshot: false, edition: subscription.groups!.edition!.toLowerCase() }
  return { text, snapshot: false }
}

/** The part of a derivation's name from the first hyphen that no letter follows, as Nix splits it. */
export function versionOfName(name: string): string | undefined {
  return splitName(name).version?.replace(OUTPUT, '')
}

/** As `builtins.parseDrvName`. */
export function splitName(name: string): { name: string; version?: string } {
  const match = /-(?=[^A-Za-z])/.exec(name)
  if (match === null || match.index === 0) return { name }
  const version = name.slice(match.index + 1)
  return version === '' ? { name } : { name: name.slice(0, match.index), version }
}
