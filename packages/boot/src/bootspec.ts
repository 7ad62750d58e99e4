import { UserError } from '@firn/core'

/**
 * Bootspec: what a NixOS system says of how it is booted (`boot.json`). Version 1 is RFC 125; its text calls the key `v1`,
 * everything that exists writes `org.nixos.bootspec.v1`, and both are read. Version 2 is the draft RFC 165: several
 * initrds, a device tree; see docs/findings/bootspec-v2.md.
 */
export interface Bootspec {
  readonly version: 1 | 2
  /** `x86_64-linux`. */
  readonly system: string
  readonly init: string
  readonly kernel: string
  /** In the order in which the kernel unpacks them; none is fine. */
  readonly initrds: readonly string[]
  /** A program that appends secrets to the initrd file that it is given (version 1). */
  readonly initrdSecrets?: string
  /** Secrets that belong into the initrd: name and path (version 2). */
  readonly secretFiles: ReadonlyMap<string, string>
  readonly kernelParams: readonly string[]
  /** For people: `NixOS 26.05 (Linux 6.12.1)`. */
  readonly label: string
  /** The system's store path. */
  readonly toplevel: string
  /** One device tree for this very machine. */
  readonly devicetree?: string
  /** What the entry is sorted by in the menu; of two with the same, the newer stands first. */
  readonly sortKey?: string
  /** Variants of the system, by name. They have none of their own. */
  readonly specialisations: ReadonlyMap<string, Bootspec>
  /** Keys of third parties, in reverse-DNS form, as they stand. */
  readonly extensions: ReadonlyMap<string, unknown>
}

type Json = Readonly<Record<string, unknown>>

const SPELLINGS = {
  2: { spec: ['org.nixos.bootspec.v2'], specialisation: ['org.nixos.specialisation.v2'] },
  1: {
    spec: ['org.nixos.bootspec.v1', 'v1'],
    specialisation: ['org.nixos.specialisation.v1', 'specialisation', 'specialisations'],
  },
} as const

const SECRETS = 'org.nixos.initrd-secrets.v1'
const MAX_SIZE = 4 << 20
const MAX_SPECIALISATIONS = 256

/** Parse `boot.json`. Errors: not JSON, a version that is not known, a field that is missing or of another type. */
export function parseBootspec(text: string): Bootspec {
  if (text.length > MAX_SIZE) throw bad(`it has ${text.length} characters`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw bad('it is not JSON')
  }
  return readDocument(objectOf(value, 'the document'), true)
}

/** The kernel command line: what stage 1 shall start, then the parameters. */
export function commandLineOf({ init, kernelParams }: Bootspec): string {
  return [`init=${init}`, ...kernelParams].join(' ')
}

function readDocument(document: Json, outermost: boolean): Bootspec {
  const { version, spec } = findSpec(document)
  const initrds = version === 1 ? optional(spec, 'initrd', pathOf) : listOf(spec, 'initrds', pathOf)
  const secrets = optional(spec, 'initrdSecrets', pathOf)
  const systemdBoot = objectOr(document['org.nixos.systemd-boot'])
  const devicetree =
    optional(spec, 'devicetree', pathOf) ??
    optional(systemdBoot, 'devicetree', pathOf) ??
    optional(systemdBoot, 'deviceTree', pathOf)
  const sortKey =
    optional(objectOr(document['org.nix-community.lanzaboote']), 'sort_key', wordOf) ??
    optional(systemdBoot, 'sortKey', wordOf)
  const known: readonly string[] = [...SPELLINGS[version].spec, ...SPELLINGS[version].specialisation]
  return {
    version,
    system: required(spec, 'system', wordOf),
    init: required(spec, 'init', pathOf),
    kernel: required(spec, 'kernel', pathOf),
    initrds: initrds === undefined ? [] : typeof initrds === 'string' ? [initrds] : initrds,
    ...(secrets !== undefined && version === 1 && { initrdSecrets: secrets }),
    secretFiles: secretsOf(document),
    kernelParams: listOf(spec, 'kernelParams', parameterOf),
    label: required(spec, 'label', textOf),
    toplevel: required(spec, 'toplevel', pathOf),
    ...(devicetree !== undefined && { devicetree }),
    ...(sortKey !== undefined && { sortKey }),
    specialisations: outermost ? specialisationsOf(document, version) : new Map(),
    extensions: new Map(Object.entries(document).filter(([key]) => !known.includes(key))),
  }
}

/** The newest version that is known. A document of a newer one alone cannot be understood, and is refused. */
function findSpec(document: Json): { readonly version: 1 | 2; readonly spec: Json } {
  for (const version of [2, 1] as const) {
    const key = SPELLINGS[version].spec.find((name) => Object.hasOwn(document, name))
    if (key !== undefined) return { version, spec: objectOf(document[key], key) }
  }
  const other = Object.keys(document).find((key) => /^org\.nixos\.bootspec\.v\d+$/.test(key))
  throw bad(other === undefined ? 'it has no key org.nixos.bootspec.v1' : `${other} is a version that is not known`)
}

function specialisationsOf(document: Json, version: 1 | 2): Map<string, Bootspec> {
  const key = SPELLINGS[version].specialisation.find((name) => Object.hasOwn(document, name))
  const all = key === undefined ? [] : Object.entries(objectOf(document[key], key))
  if (all.length > MAX_SPECIALISATIONS) throw bad(`it has ${all.length} specialisations`)
  return new Map(all.map(([name, value]) => [name, readDocument(objectOf(value, `specialisation ${name}`), false)]))
}

function secretsOf(document: Json): Map<string, string> {
  if (!Object.hasOwn(document, SECRETS)) return new Map()
  const all = Object.entries(objectOf(document[SECRETS], SECRETS))
  return new Map(all.map(([name, path]) => [name, pathOf(path, `${SECRETS} ${name}`)]))
}

type Read<T> = (value: unknown, field: string) => T

function required<T>(object: Json, field: string, read: Read<T>): T {
  if (!Object.hasOwn(object, field)) throw bad(`${field} is missing`)
  return read(object[field], field)
}

/** Tools write null where the field is absent. */
function optional<T>(object: Json, field: string, read: Read<T>): T | undefined {
  const value = Object.hasOwn(object, field) ? object[field] : undefined
  return value === undefined || value === null ? undefined : read(value, field)
}

function listOf<T>(object: Json, field: string, read: Read<T>): T[] {
  const list = required(object, field, (value) => value)
  if (!Array.isArray(list)) throw bad(`${field} is not a list`)
  return list.map((value) => read(value, field))
}

function objectOf(value: unknown, field: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(`${field} is not an object`)
  return value as Json
}

/** Extensions belong to others: one of another shape says nothing to us. */
function objectOr(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {}
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== 'string') throw bad(`${field} is not a text`)
  return value
}

function wordOf(value: unknown, field: string): string {
  const text = textOf(value, field)
  if (!/^[\w.+-]{1,128}$/.test(text)) throw bad(`${field} is not a plain word`)
  return text
}

function pathOf(value: unknown, field: string): string {
  const text = textOf(value, field)
  if (!/^\/[^\x00-\x1f\x7f]*$/.test(text)) throw bad(`${field} is not an absolute path`)
  return text
}

/** A line break would end the command line early wherever it is kept in a file. */
function parameterOf(value: unknown, field: string): string {
  const text = textOf(value, field)
  if (/[\x00-\x1f\x7f]/.test(text)) throw bad(`${field} holds a control character`)
  return text
}

function bad(why: string): UserError {
  return new UserError(`bootspec: ${why}`, 'NixOS writes boot.json (RFC 125) into each system; build it again')
}
