import { parseDrvName } from '@firn/nix/closure'

/** What a path of a closure is, when it is not a package that an advisory could name. */
export type OtherKind = 'source' | 'configuration' | 'environment' | 'wrapper' | 'hook' | 'bootstrap' | 'unversioned'

/** How each kind is counted in a report. */
export const OTHER_KINDS: Readonly<Record<OtherKind, string>> = {
  source: 'sources and patches',
  configuration: 'configuration',
  environment: 'environments',
  wrapper: 'wrappers',
  hook: 'hooks',
  bootstrap: 'bootstrap stages',
  unversioned: 'without a version',
}

/** What is known of a group of outputs when it is told from a package. */
export interface Traits {
  /** The derivation's name, or the path's. */
  readonly name: string
  readonly pname?: string
  readonly version?: string
  /** Addressed by its content: `fixed` is a fetched source, `text` a file written by an expression. */
  readonly content?: 'fixed' | 'text'
  /** A fixed output that says where it was fetched from. */
  readonly fetched?: boolean
}

const UNIT = /\.(service|socket|timer|target|path|mount|automount|slice|swap)$/
const SETTINGS = /\.(conf|cfg|ini|json|toml|ya?ml|xml|rules|pam|desktop|sh|nix|txt|policy|network|netdev|link)$/
const ARCHIVE =
  /\.(tar|tgz|tbz2?|txz|tzst|gz|bz2|xz|zst|lz|lzma|zip|jar|whl|gem|crate|patch|diff|deb|rpm|dmg|iso|bin|pem|crt)$/
const ENVIRONMENT =
  /^(user-environment|nixos-system-.*|darwin-system-.*|home-manager-(path|generation|files)|initrd-.*|.*-modules-shrunk|.*-env|.*-environment)$/
const VENDORED =
  /-(vendor|go-modules|cargo-deps|vendor-staging|npm-deps|yarn-deps|pnpm-deps|yarn-offline-cache|mix-deps|maven-deps|composer-vendor)(\.tar\.gz)?$/

/**
 * Which kind of thing this is, or undefined for a package. The order matters: what was fetched is a source whatever
 * its name says, and only then do names speak.
 */
export function otherKind(traits: Traits): OtherKind | undefined {
  const { name } = traits
  if (traits.content === 'text') return 'configuration'
  if (name === 'source' || ARCHIVE.test(name) || VENDORED.test(name)) return 'source'
  if (traits.content === 'fixed' && (traits.fetched === true || traits.pname === undefined)) return 'source'
  if (/(^|-)hook(\.sh)?$/.test(name)) return 'hook'
  if (name.startsWith('unit-') || name.startsWith('etc-') || name === 'etc') return 'configuration'
  if (UNIT.test(name) || SETTINGS.test(name)) return 'configuration'
  if (ENVIRONMENT.test(name)) return 'environment'
  if (name.startsWith('bootstrap-')) return 'bootstrap'
  const pname = traits.pname ?? parseDrvName(name).name
  if (pname.endsWith('-wrapper')) return 'wrapper'
  const version = traits.version ?? parseDrvName(name).version
  if (traits.pname === undefined && version === '') return 'unversioned'
  return undefined
}
