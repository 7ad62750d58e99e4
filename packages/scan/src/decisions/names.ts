import { nameAndVersion } from '../collect/components.ts'
import { languageOfName, languageOfPlace } from '../identify/ecosystem.ts'
import { normaliseName } from '../identify/normalise.ts'
import type { Component } from '../match/model.ts'

/**
 * Whether a component is what nixpkgs calls `name`. A library of a language is not the program of the same name:
 * `redis` is not `python3.12-redis`, but `python3Packages.redis` (as `attribute`) is. `openssl_1_1` is openssl, in
 * versions that begin so.
 */
export function answersTo(component: Component, name: string, attribute: string = name): boolean {
  const { pname, version } = nameAndVersion(component)
  if (component.name === name) return true
  const wanted = languageOfPlace(attribute, undefined)?.ecosystem ?? languageOfName(name)?.ecosystem
  const language = languageOfName(component.name) ?? languageOfName(pname)
  if (wanted !== language?.ecosystem) return false
  const called = bare(pname)
  if (called === bare(name)) return true
  const branch = /^(?<stem>.+?)_(?<branch>\d+(_\d+)*)$/.exec(name)?.groups
  if (branch === undefined || version === undefined || called !== bare(branch.stem!)) return false
  return `${version}.`.startsWith(`${branch.branch!.replaceAll('_', '.')}.`)
}

/** The name without the prefix of its language, in one way of writing. */
function bare(name: string): string {
  return normaliseName(languageOfName(name)?.name ?? name)
}
