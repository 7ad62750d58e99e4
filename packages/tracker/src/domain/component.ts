import { hash } from 'node:crypto'
import type { PackageEntry } from '@firn/nix'
import type { Component } from '@firn/scan'

/**
 * What is kept of a package: all that says what it is, nothing that moves with every build (paths, derivations) or
 * every edit of a file (line numbers). The same facts in several channels are one component.
 */
export type Facts = Omit<PackageEntry, 'drvPath' | 'outputs' | 'inputDrvs'>

export function factsOf(entry: PackageEntry): Facts {
  const { drvPath: _drv, outputs: _outputs, inputDrvs: _inputs, position, ...rest } = entry
  return position === undefined ? rest : { ...rest, position: position.replace(/:\d+$/, '') }
}

/** Facts as stored, and the key under which they are stored once. */
export function storedFacts(facts: Facts): { readonly text: string; readonly digest: string } {
  const text = JSON.stringify(facts, Object.keys(facts).sort())
  return { text, digest: hash('sha256', text, 'base64url') }
}

/** What the matcher asks for. */
export function componentOf(facts: Facts): Component {
  const { name, pname, version, system, patches, homepages, attribute, position, cpes, purls, knownVulnerabilities } =
    facts
  return {
    name,
    attribute,
    ...(pname === undefined ? {} : { pname }),
    ...(version === undefined ? {} : { version }),
    ...(system === undefined ? {} : { system }),
    ...(patches === undefined ? {} : { patches }),
    ...(homepages.length === 0 ? {} : { homepages }),
    ...(position === undefined ? {} : { position }),
    ...(cpes.length === 0 ? {} : { cpes }),
    ...(purls.length === 0 ? {} : { purls }),
    ...(knownVulnerabilities.length === 0 ? {} : { knownVulnerabilities }),
  }
}
