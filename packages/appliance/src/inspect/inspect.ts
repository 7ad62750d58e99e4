import { parsePe } from '@firn/binary/pe'
import { hashedRanges } from '@firn/boot'
import { type ByteSource, UserError } from '@firn/core'
import { type DigestOptions, openFat, stretches } from '@firn/image'
import type { Finding } from '@firn/report'
import type { Part } from '../iso/build.ts'
import { readSlots } from '../slots/slots.ts'
import { imageEsp } from '../update/bundle.ts'
import { type Canonical, readCanonical } from './canonical.ts'
import { type Chain, chainOf, type Link, type Trust } from './chain.ts'
import { type Claim, mapOf } from './map.ts'
import { checkStore } from './store-check.ts'
import { findDifferences, unknownFiles } from './strange.ts'

export interface Inspection {
  /** From the firmware to the store, in order. */
  readonly links: readonly Link[]
  readonly findings: readonly Finding[]
  /** Every byte of the image, once. */
  readonly map: readonly Claim[]
  /** What the image is made of, the largest first. */
  readonly parts: readonly Part[]
  /** What the kernels bind: root hashes and SHA-256. */
  readonly stores: readonly string[]
}

/**
 * Follow the chain of an image as a machine would, without starting anything, and read all of it. Whatever is wrong with
 * the image is told as a finding; an error is only what the disk says, and the reason of `signal`. `medium`: the image, or
 * what it was written to, which may be larger.
 */
export async function inspectAppliance(
  medium: ByteSource,
  trust: Trust,
  name: string,
  options: DigestOptions = {},
): Promise<Inspection> {
  const subject = { kind: 'image', name, path: name }
  const read = attempt(() => {
    const canonical = readCanonical(medium)
    const image = stretches(medium, [{ offset: 0, size: canonical.layout.size }])
    return { canonical, image, chain: chainOf(image, canonical, trust) }
  })
  if (read instanceof UserError) return unreadable(medium, subject, read)
  const { canonical, image, chain } = read
  const links = [...chain.links]
  const claims: Claim[] = [...structure(image, canonical), ...programClaims(image, canonical, chain)]
  const stores = new Map<string, readonly Link[]>()
  for (const words of chain.kernels.flatMap((kernel) => kernel.stores)) {
    const key = JSON.stringify([words.check, words.place])
    if (stores.has(key)) continue
    const found = await checkStore(image, canonical.gpt, words, options)
    stores.set(key, found.links)
    links.push(...found.links)
    claims.push(...found.claims)
  }
  claims.push(behind(image, medium))
  const map = mapOf(medium.size, claims)
  const different = await findDifferences(image, canonical, options.signal)
  const findings = [
    ...links.filter(({ holds }) => !holds).map((link) => broken(subject, link)),
    ...different.map((what) => strange(subject, what)),
    ...unknownFiles(canonical, chain).map(({ level, path, why }): Finding => {
      return {
        rule: 'appliance/unknown-file',
        level,
        subject,
        message: `${path} on the EFI system partition: ${why}`,
        evidence: [],
      }
    }),
  ]
  findings.push(...strayEntries(image, subject))
  return { links, findings, map, parts: partsOf(canonical, image.size), stores: hashesOf(chain) }
}

/** A stick is larger than its image. The first partition table counts, and the signed words give places inside of the image. */
function behind(image: ByteSource, medium: ByteSource): Claim {
  const why = 'the medium is larger than the image; nothing that boots looks there'
  return { offset: image.size, size: medium.size - image.size, what: 'behind the image', by: 'nothing', why }
}

function attempt<T>(act: () => T): T | UserError {
  try {
    return act()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

function unreadable(image: ByteSource, subject: Finding['subject'], error: UserError): Inspection {
  const link = { name: 'image', holds: false, text: error.message }
  const why = 'the image cannot be read'
  return {
    links: [link],
    findings: [{ ...broken(subject, link), remedy: error.hint }],
    map: [{ offset: 0, size: image.size, what: 'image', by: 'nothing', why }],
    parts: [],
    stores: [],
  }
}

function broken(subject: Finding['subject'], { name, text }: Link): Finding {
  return { rule: 'appliance/broken-chain', level: 'error', subject, message: `${name}: ${text}`, evidence: [] }
}

function strange(subject: Finding['subject'], what: string): Finding {
  return {
    rule: 'appliance/not-canonical',
    level: 'warning',
    subject,
    message: `${what} is not what firn writes around these contents`,
    evidence: [],
    remedy: 'take the image from where it was made; if another program changed its tables on purpose, make it anew',
  }
}

/** Entries of a disk with slots whose name says another system than what is signed: an update passes them over. */
function strayEntries(image: ByteSource, subject: Finding['subject']): Finding[] {
  const slots = attempt(() => readSlots(image, imageEsp(image)))
  if (slots instanceof UserError) return []
  return slots.stray.map(({ path, why }): Finding => {
    return { rule: 'appliance/stray-entry', level: 'warning', subject, message: `${path}: ${why}`, evidence: [] }
  })
}

/** What is not content: all of it follows from the contents, but for what is told here. */
function structure(image: ByteSource, { layout, iso, gpt, esp }: Canonical): Claim[] {
  const claims: Claim[] = [{ offset: 0, size: image.size, what: 'room between', by: 'checked' }]
  for (const { offset, size, what, content } of layout.extents) {
    if (content instanceof Uint8Array) claims.push({ offset, size, what, by: 'checked' })
    else {
      const inEsp = offset >= esp.offset && offset < esp.offset + esp.size
      const why = inEsp ? whyUncovered(what) : 'no kernel that is started uses it'
      claims.push({ offset, size, what, by: 'nothing', why })
    }
  }
  if (iso === undefined) return claims
  const volume = { offset: 16 * 2048 + 40, size: 32, what: 'ISO 9660: name of the volume' }
  claims.push({ ...volume, by: 'nothing', why: 'people and desktops read it, nothing that boots' })
  for (const { offset, size, what } of layout.extents) {
    if (what !== 'ISO 9660: root directory') continue
    claims.push({
      offset,
      size,
      what,
      by: 'nothing',
      why: 'it names files for a mounted CD; nothing that boots reads them',
    })
  }
  for (const { name, extents } of iso.files) {
    for (const { offset, size } of extents) {
      if (gpt.partitions.some((one) => one.offset <= offset && offset < one.offset + one.size)) continue
      claims.push({
        offset,
        size,
        what: `ISO 9660: ${name}`,
        by: 'nothing',
        why: 'a text for people; nothing that boots reads it',
      })
    }
  }
  return claims
}

/** Why a file of the EFI system partition that is no part of the chain does no harm. */
function whyUncovered(path: string): string {
  if (/^EFI\/BOOT\/mm[a-z0-9]+\.efi$/i.test(path)) return 'shim checks its signature before it starts it'
  if (/^loader\//i.test(path)) return 'it chooses among what is signed'
  return 'nothing of the chain reads it'
}

/** Of each program that is started: what its signature covers, and what it does not. */
function programClaims(image: ByteSource, { esp, layout }: Canonical, { programs }: Chain): Claim[] {
  const fat = openFat(stretches(image, [esp]))
  return programs.flatMap(({ path, by }) => {
    const entry = fat.find(path)
    const extent = layout.extents.find((one) => !(one.content instanceof Uint8Array) && samePath(one.what, path))
    if (entry === undefined || entry.isDirectory || extent === undefined) return []
    const source = fat.open(entry)
    const own = path.replaceAll('\\', '/').replace(/^\//, '')
    const why = 'it is the signature, and where it stands: a change makes it invalid, or changes nothing'
    const whole: Claim = { offset: extent.offset, size: extent.size, what: `${own}: signature`, by: 'nothing', why }
    const covered = hashedRanges(parsePe(source)).map(({ from, to }): Claim => {
      return { offset: extent.offset + from, size: to - from, what: `${own}, signed: ${by}`, by: 'signature' }
    })
    return [whole, ...covered]
  })
}

function samePath(a: string, b: string): boolean {
  return a.toUpperCase() === b.replaceAll('\\', '/').replace(/^\//, '').toUpperCase()
}

function hashesOf({ kernels }: Chain): string[] {
  const hashes = kernels.flatMap(({ stores }) =>
    stores.map(({ check }) => (check.by === 'sha256' ? `sha256:${check.sha256}` : `root hash ${check.root}`)),
  )
  return [...new Set(hashes)]
}

function partsOf({ layout, files }: Canonical, size: number): Part[] {
  const contents = layout.extents.filter(({ content }) => !(content instanceof Uint8Array))
  const parts = contents.map(({ what, size: own }) => ({ name: what, size: own }))
  const known = parts.reduce((sum, part) => sum + part.size, 0)
  const empty = files.filter((file) => file.size === 0).map(({ path }) => ({ name: path, size: 0 }))
  parts.push(...empty, { name: 'tables, folders and room between them', size: size - known })
  return parts.sort((a, b) => b.size - a.size)
}
