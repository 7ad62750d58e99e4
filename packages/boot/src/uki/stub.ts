import { type Pe, sectionRange } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { UserError } from '@firn/core'

const MAX_MAGIC = 4096

/** What `.sdmagic` says: `#### LoaderInfo: systemd-stub 252.39-1~deb12u2 ####`. */
export interface StubVersion {
  /** `systemd-stub 252.39-1~deb12u2`. */
  readonly text: string
  /** 252; absent for stubs that are not systemd's. */
  readonly major?: number
}

/** The stub that an image is built on, or undefined. */
export function stubVersion(source: ByteSource, pe: Pe): StubVersion | undefined {
  const section = pe.sections.find(({ name }) => name === '.sdmagic')
  if (section === undefined) return undefined
  const { from, to } = sectionRange(section)
  const text = Buffer.from(source.read(from, Math.min(MAX_MAGIC, to - from))).toString('latin1')
  const [, info] = /^#### LoaderInfo: ([\x20-\x7e]{1,100}?) ####/.exec(text) ?? []
  if (info === undefined) return undefined
  const [, major] = /^systemd-stub (\d{1,4})/.exec(info) ?? []
  return { text: info, ...(major !== undefined && { major: Number(major) }) }
}

/** The stub's major version, given by hand or read from the image. */
export function requireStubVersion(source: ByteSource, pe: Pe, given?: number): number {
  const major = given ?? stubVersion(source, pe)?.major
  if (major !== undefined) return major
  throw new UserError(
    'not built on a systemd-stub that tells its version',
    'which sections are measured depends on it: give it with --stub-version 257',
  )
}
