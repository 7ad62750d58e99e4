import { type ClosureComponent, nameAndVersion } from '../collect/components.ts'
import { cpeField } from '../identify/cpe.ts'
import { identify } from '../identify/identity.ts'
import { normaliseName } from '../identify/normalise.ts'
import { purlOrigin } from '../identify/purl.ts'
import { versionOf } from '../identify/version.ts'
import type { Component } from '../match/model.ts'
import { answersTo } from './names.ts'

/**
 * Whether a component is the product that a VEX document names: by package URL, CPE, store path, name and version, or
 * name. A version that is named must be the component's own; what cannot be told apart is not the product.
 */
export function isProduct(component: Component, id: string): boolean {
  if (id.startsWith('pkg:')) return isPurl(component, id)
  if (id.startsWith('cpe:')) return isCpe(component, id)
  const { paths = [], derivation } = component as Partial<ClosureComponent>
  if (id.startsWith('/')) return paths.includes(id) || derivation === id
  if ([...paths, derivation ?? ''].some((path) => path.endsWith(`/${id}`))) return true
  return component.name === id || answersTo(component, id)
}

const PURL = /^pkg:(?<type>[a-z0-9.+-]+)\/(?<path>[^@?#]+)(?:@(?<version>[^?#]+))?/i

function isPurl(component: Component, purl: string): boolean {
  const parts = PURL.exec(purl)?.groups
  if (parts === undefined) return false
  const version = decoded(parts.version)
  if (version !== undefined && !hasVersion(component, version)) return false
  const type = parts.type!.toLowerCase()
  if (type === 'nix' || type === 'generic') return isNamed(component, purl, decoded(parts.path)!)
  const origin = purlOrigin(purl)
  const identity = identify(component)
  if (origin.repo !== undefined && identity.repos.has(origin.repo)) return true
  if (origin.ecosystem === undefined || origin.name === undefined) return false
  const registered = identity.ecosystem?.name === origin.ecosystem || identity.registries.has(origin.ecosystem)
  return registered && identity.names.has(origin.name)
}

/** `pkg:nix/openssl@3.0.14?drv=HASH-openssl-3.0.14.drv`: with the derivation only that very one. */
function isNamed(component: Component, purl: string, name: string): boolean {
  const drv = /[?&]drv=([^&#]+)/.exec(purl)?.[1]
  const { derivation } = component as Partial<ClosureComponent>
  if (drv !== undefined && derivation !== undefined) return derivation.endsWith(`/${decoded(drv)}`)
  return nameAndVersion(component).pname === name || answersTo(component, name)
}

function isCpe(component: Component, cpe: string): boolean {
  const product = cpeField(cpe, 'product')
  const vendor = cpeField(cpe, 'vendor')
  const version = cpeField(cpe, 'version')
  if (product === undefined || (version !== undefined && !hasVersion(component, version))) return false
  const identity = identify(component)
  if (vendor !== undefined && identity.cpes.has(`${vendor}:${product}`.toLowerCase())) return true
  if (identity.ecosystem !== undefined || !identity.names.has(normaliseName(product))) return false
  return vendor === undefined || identity.vendors.size === 0 || identity.vendors.has(normaliseName(vendor))
}

function hasVersion(component: Component, version: string): boolean {
  const wanted = version.replace(/^v(?=\d)/, '')
  return nameAndVersion(component).version === wanted || versionOf(component)?.text === wanted
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
