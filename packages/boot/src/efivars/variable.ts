import { type Guid, UserError, writeGuid } from '@firn/core'

/** An EFI variable (UEFI 2.10, section 8.2). A name alone says nothing: the vendor's GUID is part of it. */
export interface EfiVariable {
  readonly name: string
  readonly vendor: Guid
  /** Bits of ATTRIBUTE. */
  readonly attributes: number
  readonly data: Uint8Array
  /** EFI_TIME of the last authenticated write, 16 bytes: only a later one is taken. Absent where nobody tells. */
  readonly time?: Uint8Array
}

export const ATTRIBUTE = {
  nonVolatile: 0x01,
  bootService: 0x02,
  runtime: 0x04,
  timeBasedAuthenticated: 0x20,
  append: 0x40,
} as const

/** What firmware gives PK, KEK, db and dbx. */
export const SECURE_ATTRIBUTES =
  ATTRIBUTE.nonVolatile | ATTRIBUTE.bootService | ATTRIBUTE.runtime | ATTRIBUTE.timeBasedAuthenticated
/** What shim demands of MokList and its like: a running system must not be able to write them. */
export const BOOT_ONLY_ATTRIBUTES = ATTRIBUTE.nonVolatile | ATTRIBUTE.bootService

export const VENDOR = {
  /** EFI_GLOBAL_VARIABLE: PK, KEK, SecureBoot, SetupMode, BootOrder, Boot####. */
  global: '8be4df61-93ca-11d2-aa0d-00e098032b8c',
  /** EFI_IMAGE_SECURITY_DATABASE: db, dbx. */
  imageSecurity: 'd719b2cb-3d3a-4596-a3bc-dad00e67656f',
  shim: '605dab50-e046-4300-abb6-3dd810dd8b23',
  /** EDK2's own switches. */
  secureBootEnable: 'f0a30bc7-af08-4556-99c4-001009c93a44',
  customMode: 'c076ec0c-7028-4399-a072-71ee5c448b9f',
  /** systemd-boot and systemd-stub: LoaderEntryDefault and others. */
  loader: '4a67b082-0a4c-41cf-b6c7-440b29bb8c4f',
} as const

const KNOWN_VENDORS: Readonly<Record<string, Guid>> = {
  PK: VENDOR.global,
  KEK: VENDOR.global,
  SecureBoot: VENDOR.global,
  SetupMode: VENDOR.global,
  BootOrder: VENDOR.global,
  BootNext: VENDOR.global,
  db: VENDOR.imageSecurity,
  dbx: VENDOR.imageSecurity,
  dbt: VENDOR.imageSecurity,
  dbr: VENDOR.imageSecurity,
  MokList: VENDOR.shim,
  MokListX: VENDOR.shim,
  MokListRT: VENDOR.shim,
  MokListXRT: VENDOR.shim,
  MokSBState: VENDOR.shim,
  MokSBStateRT: VENDOR.shim,
  MokDBState: VENDOR.shim,
  MokIgnoreDB: VENDOR.shim,
  MokListTrusted: VENDOR.shim,
  MokPolicy: VENDOR.shim,
  MokPolicyRT: VENDOR.shim,
  SbatLevel: VENDOR.shim,
  SbatLevelRT: VENDOR.shim,
  SbatPolicy: VENDOR.shim,
  SecureBootEnable: VENDOR.secureBootEnable,
  CustomMode: VENDOR.customMode,
  LoaderEntryDefault: VENDOR.loader,
}

/** Variables whose value is EFI signature lists. */
export const LIST_VARIABLES = [
  ...['PK', 'KEK', 'db', 'dbx', 'dbt', 'dbr'],
  ...['MokList', 'MokListX', 'MokListRT', 'MokListXRT'],
] as const

/** The vendor of a variable that specifications or shim name. */
export function vendorOf(name: string): Guid {
  const vendor = Object.hasOwn(KNOWN_VENDORS, name) ? KNOWN_VENDORS[name] : undefined
  if (vendor !== undefined) return vendor
  if (/^Boot[0-9A-F]{4}$/.test(name)) return VENDOR.global
  throw new UserError(`${name}: not a variable that is known here`, `known: ${Object.keys(KNOWN_VENDORS).join(', ')}`)
}

/** The variable of that name, of the vendor that owns the name. */
export function variable(variables: readonly EfiVariable[], name: string): EfiVariable | undefined {
  const vendor = vendorOf(name)
  return variables.find((candidate) => candidate.name === name && candidate.vendor === vendor)
}

/** UEFI_VARIABLE_DATA, as it is measured: vendor, length of the name in characters, of the data, name without NUL, data. */
export function variableData(name: string, data: Uint8Array, vendor: Guid = vendorOf(name)): Uint8Array {
  const lengths = Buffer.alloc(16)
  lengths.writeBigUInt64LE(BigInt(name.length), 0)
  lengths.writeBigUInt64LE(BigInt(data.length), 8)
  return Buffer.concat([writeGuid(vendor), lengths, Buffer.from(name, 'utf16le'), data])
}

export function holdsLists({ name, vendor }: Pick<EfiVariable, 'name' | 'vendor'>): boolean {
  return LIST_VARIABLES.some((known) => known === name) && vendorOf(name) === vendor
}
