import { ByteReader, type Guid, readGuid } from '@firn/core'

/** One node of an EFI device path (UEFI 2.10, chapter 10), as far as it says where a file lies. */
export type DeviceNode =
  | {
      readonly kind: 'partition'
      readonly number: number
      /** GPT: the id of the partition; MBR: the disk's signature, as text. */
      readonly id: string
      readonly scheme: 'gpt' | 'mbr' | 'unknown'
    }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'firmware-file'; readonly id: Guid }
  | { readonly kind: 'network' }
  /** A bus, a controller, a disk: where the rest hangs. */
  | { readonly kind: 'hardware'; readonly type: number; readonly subtype: number }

const END = 0x7f
const MOST_NODES = 64
/** IPv4, IPv6, MAC, URI, Wi-Fi: what boots over these comes from no disk. */
const NETWORK_SUBTYPES = new Set([11, 12, 13, 24, 28])

/** Parse one device path up to its end node; what follows (other instances, other paths) is left alone. */
export function parseDevicePath(bytes: Uint8Array): DeviceNode[] {
  const reader = new ByteReader(bytes, 'device path')
  const nodes: DeviceNode[] = []
  for (;;) {
    if (nodes.length > MOST_NODES) reader.fail('too many nodes')
    const type = reader.u8('type')
    const subtype = reader.u8('subtype')
    const length = reader.u16('length')
    if (length < 4) reader.fail(`a node of ${length} bytes`, reader.offset - 2)
    const content = reader.take(length - 4, 'node')
    if (type === END) return nodes
    nodes.push(readNode(type, subtype, content))
  }
}

function readNode(type: number, subtype: number, content: Uint8Array): DeviceNode {
  if (type === 4 && subtype === 1) return readPartition(content)
  if (type === 4 && subtype === 4) return { kind: 'file', path: utf16Text(content) }
  if (type === 4 && subtype === 6 && content.length >= 16) return { kind: 'firmware-file', id: readGuid(content) }
  if (type === 3 && NETWORK_SUBTYPES.has(subtype)) return { kind: 'network' }
  return { kind: 'hardware', type, subtype }
}

function readPartition(content: Uint8Array): DeviceNode {
  const reader = new ByteReader(content, 'device path: partition')
  const number = reader.u32('number')
  reader.skip(16, 'start and size')
  const signature = reader.take(16, 'signature')
  reader.skip(1, 'format')
  const type = reader.u8('type of the signature')
  if (type === 2) return { kind: 'partition', number, id: readGuid(signature), scheme: 'gpt' }
  const id = Buffer.from(signature.subarray(0, 4)).toString('hex')
  return { kind: 'partition', number, id, scheme: type === 1 ? 'mbr' : 'unknown' }
}

/** UTF-16 up to its NUL. */
export function utf16Text(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, bytes.length & ~1)).toString('utf16le')
  const end = text.indexOf('\0')
  return end < 0 ? text : text.slice(0, end)
}
