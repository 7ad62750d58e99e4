import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from '@firn/attest'
import { bytesSource } from '@firn/binary/source'
import type { Esp, Volume } from '@firn/boot'
import { type EntryExplanation, explainBoot, parsePolicyKey } from '@firn/boot'
import { editGpt, readGpt } from '@firn/image'
import { type Identity, identity } from '../../attest/test/authority.ts'
import { bootloader, certs, lists, memoryVolume, program, signedBy } from '../../boot/test/explain-fixture.ts'
import type { Disk, Manifest, Payloads } from '../src/index.ts'
import { entryOsRelease, partitionIds, payloadOf, readSlots, slotChanges } from '../src/index.ts'

export const owner: Identity = await identity('appliance owner')

/** A system of the appliance `router`: bytes for a store, its hashes and a kernel that names them. */
export interface TestSystem {
  readonly manifest: Manifest
  readonly files: Readonly<Record<string, Buffer>>
}

/** The same bytes in both systems, but for some: what an update has to fetch. */
export async function system(
  counter: number,
  { size = 2_600_000, shared = 0, pcrKey }: { size?: number; shared?: number; pcrKey?: PcrKey } = {},
): Promise<TestSystem> {
  const data = Buffer.alloc(size, `store of system ${counter}, `)
  data.fill('what all systems hold, ', 0, shared)
  const hash = Buffer.alloc(120_000, `hashes of system ${counter}, `)
  const root = createHash('sha256').update(hash).digest('hex')
  const kernel = await signedBy(owner, ukiOf(counter, root, 'router', pcrKey))
  const files = { 'store.img': data, 'store.verity': hash, 'kernel.efi': kernel }
  const payload = (file: keyof typeof files) => payloadOf(file, bytesSource(files[file]))
  const manifest = {
    name: 'router',
    counter,
    version: `26.${counter}`,
    root,
    data: payload('store.img'),
    hash: payload('store.verity'),
    kernel: payload('kernel.efi'),
    ...(pcrKey !== undefined && { opens: { partition: 'data', pcrKey: pcrKey.fingerprint } }),
  }
  return { manifest, files }
}

/** A key that signs what PCR 11 may be. */
export interface PcrKey {
  readonly pem: string
  readonly fingerprint: string
}

export function pcrKeyOf(): PcrKey {
  const pem = generateKey('rsa-2048').publicPem
  return { pem, fingerprint: parsePolicyKey(pem).fingerprint }
}

/** With a key, it is a system that opens data. */
export function ukiOf(counter: number, root: string, name = 'router', pcrKey?: PcrKey): Buffer {
  const text = (section: string, content: string) => ({ name: section, content: Buffer.from(content) })
  const opens = pcrKey === undefined ? '' : 'firn.data=data '
  const words = `firn.store=verity firn.store.root=${root} firn.store.part=${partitionIds(root).join()} ${opens}init=/nix/store/x/init`
  return program(
    [
      text('.osrel', entryOsRelease({ name, counter, version: `26.${counter}` })),
      text('.cmdline', words),
      text('.linux', 'MZ kernel'),
      ...(pcrKey === undefined ? [] : [text('.pcrpkey', pcrKey.pem)]),
    ],
    'systemd-stub,1',
  )
}

/** The files of a system, as they would lie in a folder or at a server. */
export function memoryPayloads({ files }: Pick<TestSystem, 'files'>): Payloads & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async *read({ file }, from, to) {
      asked.push(`${file} ${from}-${to}`)
      for (let at = from; at < to; at += 300_000) yield files[file]!.subarray(at, Math.min(to, at + 300_000))
    },
  }
}

const MB = 2048
const LAYOUT = [
  ['1', 2048, MB, 'ef00', 'ESP'],
  ['2', 2048 + MB, 4 * MB, '8314', '_empty'],
  ['3', 2048 + 5 * MB, MB, '8319', '_empty'],
  ['4', 2048 + 6 * MB, 4 * MB, '8314', '_empty'],
  ['5', 2048 + 10 * MB, MB, '8319', '_empty'],
  ['6', 2048 + 11 * MB, MB, '8300', 'data'],
] as const

/** The table of a disk of 14 MiB: an ESP, two slots and data. */
function emptyDisk(): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'firn-slots-'))
  try {
    const path = join(folder, 'disk.img')
    writeFileSync(path, Buffer.alloc(14 << 20))
    const types: Record<string, string> = {
      '8314': '8484680c-9521-48c6-9c11-b0720656f69e',
      '8319': '77ff5f63-e7b6-4633-acf4-1565b864c0e6',
      '8300': '8300',
      ef00: 'ef00',
    }
    const words = LAYOUT.flatMap(([number, first, sectors, type, name]) => {
      return ['-n', `${number}:${first}:+${sectors / 2}K`, '-t', `${number}:${types[type]}`, '-c', `${number}:${name}`]
    })
    execFileSync('/sbin/sgdisk', ['-a', '1', ...words, path], { stdio: 'ignore' })
    return readFileSync(path)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What is on a machine's disk: the disk itself, and its ESP file by file. */
export interface State {
  readonly disk: Buffer
  readonly esp: Map<string, Buffer>
}

let made: Buffer | undefined

/** A disk with one system in slot A, found good, and systemd-boot, signed. */
export async function installed({ manifest, files }: TestSystem): Promise<State> {
  made ??= emptyDisk()
  const state: State = { disk: Buffer.from(made), esp: new Map() }
  state.esp.set('EFI/BOOT/BOOTX64.EFI', await signedBy(owner, bootloader()))
  state.esp.set('loader/loader.conf', Buffer.from('timeout 0\ndefault router-*\n'))
  const disk = memoryDisk(state)
  const [slot] = readSlots(disk, memoryEsp(state)).slots
  disk.write(slot.data.offset, files['store.img']!)
  disk.write(slot.hash.offset, files['store.verity']!)
  for (const write of editGpt(disk, slotChanges(slot, manifest, readGpt(disk)!.diskId)))
    disk.write(write.offset, write.bytes)
  state.esp.set(`EFI/Linux/router-${manifest.counter}.efi`, files['kernel.efi']!)
  return state
}

export function copyOf({ disk, esp }: State): State {
  return { disk: Buffer.from(disk), esp: new Map(esp) }
}

export function memoryDisk({ disk }: Pick<State, 'disk'>): Disk {
  return {
    ...bytesSource(disk),
    name: 'disk.img',
    write: (offset, bytes) => void disk.set(bytes, offset),
    flush() {},
  }
}

export function memoryEsp({ esp }: Pick<State, 'esp'>, free = 1 << 20): Esp {
  const parent = (path: string) => path.slice(0, path.lastIndexOf('/'))
  return {
    name: '/boot',
    list: (folders) =>
      [...esp].flatMap(([path, { length }]) => (folders.includes(parent(path)) ? [{ path, size: length }] : [])),
    open: (path) => bytesSource(esp.get(path)!),
    write: (path, content) => void esp.set(path, Buffer.from(content.read(0, content.size))),
    flush() {},
    flushFolder() {},
    rename: (from, to) => {
      const content = esp.get(from)!
      esp.delete(from)
      esp.set(to, content)
    },
    remove: (path) => void esp.delete(path),
    isReadableByAll: () => false,
    space: () => ({ free, cluster: 512 }),
  }
}

export function volumeOf({ esp }: Pick<State, 'esp'>): Volume {
  return memoryVolume(Object.fromEntries([...esp].map(([path, bytes]) => [`\\${path.replaceAll('/', '\\')}`, bytes])))
}

const VARIABLES = ['PK', 'KEK', 'db'].map((name) => lists(name, certs(owner), 0x27))

/** What the firmware of a machine that trusts the owner's key does with the disk, Secure Boot being on. */
export function bootOf(state: Pick<State, 'esp'>): EntryExplanation | undefined {
  return explainBoot({ variables: VARIABLES, volumes: [volumeOf(state)], architecture: 'x64' }).taken
}
