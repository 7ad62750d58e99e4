import { createHash } from 'node:crypto'
import { bytesSource } from '@firn/binary/source'
import { writeGuid } from '@firn/core'
import type { Identity } from '../../attest/test/authority.ts'
import { makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import {
  certificateLists,
  type EfiVariable,
  explainBoot,
  printSignatureLists,
  type SignatureList,
  signImage,
  VENDOR,
  type Volume,
  vendorOf,
} from '../src/index.ts'
import { bytesOf } from './fixture.ts'

export const OWNER = '11111111-2222-3333-4444-555555555555'
export const PARTITION = '99999999-2222-3333-4444-555555555555'
const SBAT = 'sbat,1,SBAT Version,sbat,1,https://example.org\n'

type Section = { readonly name: string; readonly content: Uint8Array }

/** A program with these sections; `sbat` as `component,generation`. */
export function program(sections: readonly Section[], sbat?: string): Buffer {
  const lines =
    sbat === undefined ? [] : [{ name: '.sbat', content: Buffer.from(`${SBAT}${sbat},vendor,package,1,url\n`) }]
  return makePe({ sections: [TEXT, ...sections, ...lines] })
}

const text = (name: string, content: string) => ({ name, content: Buffer.from(content) })

export const uki = (sbat: string | undefined = 'systemd-stub,1', title = 'Test', version = '1') =>
  program(
    [
      text('.osrel', `ID=test\nPRETTY_NAME="${title}"\nVERSION_ID=${version}\n`),
      text('.cmdline', 'quiet'),
      text('.linux', 'MZ kernel'),
    ],
    sbat,
  )

export const bootloader = () => program([text('.sdmagic', '#### LoaderInfo: systemd-boot 252 ####')], 'systemd-boot,1')

/** A kernel without SBAT, as most are. */
export function kernel(): Buffer {
  const bytes = makePe()
  bytes.write('HdrS', 0x202, 'latin1')
  return bytes
}

/** A shim. */
export function shim(
  vendor: Uint8Array,
  level = 'sbat,1,2025021800\nshim,4\ngrub,5\n',
  version: string | undefined = undefined,
): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt32LE(vendor.length, 0)
  head.writeUInt32LE(16, 8)
  head.writeUInt32LE(16 + vendor.length, 12)
  const levels = Buffer.concat([Buffer.from([1, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0]), Buffer.from(`${level}\0`)])
  return makePe({
    sections: [
      TEXT,
      ...(version === undefined ? [] : [text('.data', `UEFI SHIM\n$Version: ${version} $\n$BuildMachine: x $\n`)]),
      { name: '.vendor_cert', content: Buffer.concat([head, vendor]) },
      { name: '.sbatlevel', content: levels },
      text('.sbat', `${SBAT}shim,4,vendor,shim,16,url\n`),
    ],
  })
}

export async function signedBy(who: Identity, bytes: Uint8Array): Promise<Buffer> {
  return bytesOf(await signImage(bytesSource(bytes), who.signer, { certificates: [who.certificate] }))
}

/** A thin stub of lanzaboote: paths, and hashes of what must lie there. */
export function thinStub(
  files: Readonly<Record<'linux' | 'initrd', readonly [path: string, content: Uint8Array]>>,
): Buffer {
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
  return program(
    Object.entries(files).flatMap(([name, [path, content]]) => [
      text(`.${name}`, path),
      { name: `.${name}h`, content: hash(content) },
    ]),
    'lanzastub,1',
  )
}

/** Files as a volume; paths with backslashes. */
export function memoryVolume(
  files: Readonly<Record<string, Uint8Array | string>>,
  role: Volume['role'] = 'esp',
  partition: Volume['partition'] = { number: 1, id: PARTITION },
): Volume {
  const entries = Object.entries(files).map(([path, content]) => [path.toUpperCase(), path, content] as const)
  return {
    role,
    ...(partition !== undefined && { partition }),
    open: (path) => {
      const found = entries.find(([key]) => key === path.toUpperCase())
      return found === undefined ? undefined : bytesSource(Buffer.from(found[2]))
    },
    list: (path) => {
      const start = `${path.toUpperCase()}\\`
      const names = entries
        .filter(([key]) => key.startsWith(start))
        .map(([, name]) => name.slice(start.length).split('\\')[0]!)
      return names.length === 0 ? undefined : [...new Set(names)]
    },
  }
}

export const set = (name: string, data: Uint8Array, attributes = 3): EfiVariable => ({
  name,
  vendor: vendorOf(name),
  attributes,
  data,
})
export const lists = (name: string, value: readonly SignatureList[], attributes = 3): EfiVariable =>
  set(name, printSignatureLists(value), attributes)
export const certs = (...who: readonly Identity[]) =>
  certificateLists(
    who.map(({ certificate }) => certificate),
    OWNER,
  )
export const loaderText = (name: string, value: string): EfiVariable => ({
  name,
  vendor: VENDOR.loader,
  attributes: 7,
  data: Buffer.from(`${value}\0`, 'utf16le'),
})

/** A Boot#### variable that leads to a file on a partition (without a file: to the partition). */
export function bootEntry(
  number: number,
  title: string,
  path: string | undefined,
  { active = true, category = 0, id = PARTITION, data = new Uint8Array() as Uint8Array } = {},
): EfiVariable {
  const node = (type: number, subtype: number, content: Uint8Array) =>
    Buffer.concat([Buffer.from([type, subtype, content.length + 4, 0]), content])
  const partition = Buffer.alloc(38)
  partition.writeUInt32LE(1, 0)
  partition.set(writeGuid(id), 20)
  partition.set([2, 2], 36)
  const nodes = Buffer.concat([
    node(4, 1, partition),
    ...(path === undefined ? [] : [node(4, 4, Buffer.from(`${path}\0`, 'utf16le'))]),
    Buffer.from([0x7f, 0xff, 4, 0]),
  ])
  const head = Buffer.alloc(6)
  head.writeUInt32LE((active ? 1 : 0) | category, 0)
  head.writeUInt16LE(nodes.length, 4)
  const bytes = Buffer.concat([head, Buffer.from(`${title}\0`, 'utf16le'), nodes, data])
  return set(`Boot${number.toString(16).toUpperCase().padStart(4, '0')}`, bytes, 7)
}

export const numbers = (name: 'BootOrder' | 'BootNext', ...values: readonly number[]) =>
  set(name, Buffer.from(Uint16Array.from(values).buffer), 7)

export function explain(
  variables: readonly EfiVariable[],
  files: Readonly<Record<string, Uint8Array | string>>,
  more: readonly Volume[] = [],
) {
  return explainBoot({ variables, volumes: [memoryVolume(files), ...more], architecture: 'x64' })
}
