import { readCpio, writeCpio } from '../../src/index.ts'

export const corpus = [
  writeCpio([
    { kind: 'directory', name: 'bin', mode: 0o755 },
    { kind: 'file', name: 'bin/a', mode: 0o755, content: new Uint8Array([1, 2, 3]) },
    { kind: 'symlink', name: 'bin/b', target: 'a' },
    { kind: 'device', name: 'console', mode: 0o600, major: 5, minor: 1 },
  ]),
  writeCpio([]),
]

export function target(bytes: Uint8Array): void {
  const held = readCpio(bytes).reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.content.length : 0), 0)
  if (held > bytes.length) throw new Error('more content than archive')
}
