import { parseManifest } from '../../src/index.ts'

const payload = { file: 'router-2.store', size: 3, pieces: ['ab'.repeat(32)] }
const manifest = {
  schema: 'firn/update/1',
  piece: 1 << 20,
  name: 'router',
  counter: 2,
  version: '26.11',
  root: 'cd'.repeat(32),
  data: payload,
  hash: { ...payload, file: 'router-2.verity' },
  kernel: { ...payload, file: 'router-2.efi' },
}

const opens = { partition: 'data', pcrKey: 'ef'.repeat(32) }

export const corpus = [manifest, { ...manifest, opens }].map((value) => Buffer.from(JSON.stringify(value)))

export function target(bytes: Uint8Array): void {
  const { data, hash, kernel } = parseManifest(bytes)
  for (const { file, size, pieces } of [data, hash, kernel]) {
    if (file.includes('/') || file.startsWith('.') || pieces.length !== Math.ceil(size / (1 << 20)))
      throw new Error(file)
  }
}
