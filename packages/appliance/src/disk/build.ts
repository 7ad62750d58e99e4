import { createHash } from 'node:crypto'
import { parsePe } from '@firn/binary/pe'
import { type Signing, signImage } from '@firn/boot'
import { type ByteSource, UserError } from '@firn/core'
import {
  buildFat,
  buildGpt,
  type FatFile,
  type GptPartition,
  type Layout,
  layoutOf,
  PARTITION_TYPE,
  type PartitionWords,
} from '@firn/image'
import { asGuid, partitionIds } from '../slots/entry.ts'
import { EMPTY, emptyIds } from '../slots/slots.ts'
import { type ApplianceSystem, kernelPath } from './system.ts'

/** The disk of an appliance: one system, room for the next, and room for its data. */
export interface DiskWords {
  readonly system: ApplianceSystem
  /** systemd-boot, not signed yet. */
  readonly bootloader: ByteSource
  readonly signing: Signing
  /** Bytes for the store of a slot; by default half more than this one takes. */
  readonly slotSize?: number
  /** Bytes of the ESP; by default enough for three kernels like this one. */
  readonly espSize?: number
  /** Bytes for data, left empty: it is encrypted when the machine first starts. By default there is no such partition. */
  readonly dataSize?: number
  /** Of all files on the ESP. */
  readonly time: Date
}

export interface ApplianceDisk {
  readonly layout: Layout
  readonly partitions: readonly GptPartition[]
}

const MiB = 1 << 20
const BLOCK = 4096
/** The name of the data partition: what it is found by (/dev/disk/by-partlabel/data). */
export const DATA_NAME = 'data'

/**
 * Lay out the disk: an ESP with systemd-boot and the kernel; slot A with the system; slot B, empty; data. The identities
 * of all partitions follow from what is in them, so the same words give the same bytes.
 */
export async function buildDisk(words: DiskWords): Promise<ApplianceDisk> {
  const { system } = words
  const slot = roundUp(words.slotSize ?? system.store.size * 1.5, MiB)
  const diskId = guidOf(`firn disk ${system.name} ${system.root}`)
  const types = typesOf(parsePe(system.kernel).machine)
  const [dataA, hashA] = partitionIds(system.root)
  const [dataB, hashB] = emptyIds(diskId, 'B')
  const name = `${system.name} ${system.counter}`.slice(0, 36)
  const { store } = system
  const storeExtent = { offset: 0, size: store.size, what: 'store', content: () => unclosed(store) }
  const hashes = roundUp(hashAreaSize(slot), MiB)
  const partitions: PartitionWords[] = [
    { type: PARTITION_TYPE.esp, id: guidOf(`${diskId} esp`), name: 'ESP', content: await espOf(words, diskId) },
    { type: types.data, id: dataA, name, size: slot, content: layoutOf(store.size, [storeExtent]) },
    { type: types.hash, id: hashA, name, size: hashes, content: system.hashArea },
    { type: types.data, id: dataB, name: EMPTY, size: slot },
    { type: types.hash, id: hashB, name: EMPTY, size: hashes },
  ]
  if (words.dataSize !== undefined) {
    const id = guidOf(`${diskId} data`)
    partitions.push({ type: PARTITION_TYPE.linux, id, name: DATA_NAME, size: roundUp(words.dataSize, MiB) })
  }
  return buildGpt({ diskId, partitions })
}

async function espOf({ system, bootloader, signing, espSize, time }: DiskWords, diskId: string): Promise<Layout> {
  const loader = await signImage(bootloader, signing.signer, signing.options)
  const settings = Buffer.from(`timeout 0\ndefault ${system.name}-*\neditor no\n`)
  const [own, fallback] = loaderNames(parsePe(bootloader).machine)
  const files: FatFile[] = [
    { path: fallback, size: loader.size, content: () => unclosed(loader) },
    { path: own, size: loader.size, content: () => unclosed(loader) },
    { path: 'loader/loader.conf', size: settings.length, content: settings },
    { path: kernelPath(system), size: system.kernel.size, content: () => unclosed(system.kernel) },
  ]
  // Two systems, and a third while it is being written; FAT16 cannot be smaller than some 16 MiB, nor firmware choosy.
  const size = roundUp(espSize ?? Math.max(64 * MiB, 3 * system.kernel.size + 4 * loader.size + 8 * MiB), MiB)
  return buildFat({ files, volumeId: Number.parseInt(diskId.slice(0, 8), 16), label: 'ESP', time, size })
}

/** The largest that a tree of SHA-256 over so many bytes can be, with its superblock: 128 digests fit in a block. */
export function hashAreaSize(dataSize: number): number {
  let [blocks, total] = [Math.ceil(dataSize / BLOCK), 1]
  while (blocks > 1) {
    blocks = Math.ceil(blocks / 128)
    total += blocks
  }
  return total * BLOCK
}

function typesOf(machine: number) {
  if (machine === 0x8664) return { data: PARTITION_TYPE.usrX64, hash: PARTITION_TYPE.usrVerityX64 }
  if (machine === 0xaa64) return { data: PARTITION_TYPE.usrArm64, hash: PARTITION_TYPE.usrVerityArm64 }
  throw new UserError(`a stub for machine 0x${machine.toString(16)}`, 'appliances are for x86-64 and aarch64')
}

function loaderNames(machine: number): readonly [own: string, fallback: string] {
  const name = machine === 0xaa64 ? 'aa64' : 'x64'
  return [`EFI/systemd/systemd-boot${name}.efi`, `EFI/BOOT/BOOT${name.toUpperCase()}.EFI`]
}

/** An identity that follows from a text, with the bits of a UUID of version 8. */
export function guidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return asGuid(`${hex.slice(0, 12)}8${hex.slice(13, 16)}a${hex.slice(17, 32)}`)
}

/** Whoever opened a source closes it, not each reader of a layout. */
export function unclosed(source: ByteSource): ByteSource {
  return { ...source, close() {} }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
