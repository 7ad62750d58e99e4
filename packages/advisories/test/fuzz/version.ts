import { compareVersions } from '../../src/index.ts'

/** Two versions, a line each; a third line is the scheme. */
export const corpus = [
  '1.0.2-beta1\n1.0.2zk',
  '2024-01-02\n0-unstable-2024-01-02',
  '1!2.0.post1.dev3+local\n2.0rc1\npython',
  '1.0.0-alpha.beta.1\n1.0.0+build\nsemver',
  'v1.2.3-4-g0123abc\n1.2.3+k3s1',
  '8u392-b08\n11.0.21',
  'REL_15_3\nr1234',
].map((lines) => Buffer.from(lines))

export function target(bytes: Uint8Array): void {
  const [a = '', b = '', scheme] = Buffer.from(bytes).toString().split('\n')
  const there = compareVersions(a, b, scheme)
  const back = compareVersions(b, a, scheme)
  if (there === undefined ? back !== undefined : back !== -there + 0) throw new Error(`${there} there, ${back} back`)
}
