import { commandLineOf, parseBootspec } from '../../src/index.ts'

const spec = {
  system: 'x86_64-linux',
  init: '/nix/store/x/init',
  kernel: '/nix/store/k/bzImage',
  kernelParams: ['quiet'],
  label: 'NixOS',
  toplevel: '/nix/store/x',
}
const v1 = { 'org.nixos.bootspec.v1': { ...spec, initrd: '/i', initrdSecrets: '/s' } }
const v2 = { 'org.nixos.bootspec.v2': { ...spec, initrds: ['/i'] }, 'org.nixos.initrd-secrets.v1': { a: '/b' } }

export const corpus = [
  Buffer.from(
    JSON.stringify({ ...v1, 'org.nixos.specialisation.v1': { a: v1 }, 'org.nixos.systemd-boot': { sortKey: 'x' } }),
  ),
  Buffer.from(JSON.stringify({ ...v2, 'org.nixos.specialisation.v2': { a: v2 } })),
]

export function target(bytes: Uint8Array): void {
  const parsed = parseBootspec(Buffer.from(bytes).toString('utf8'))
  if (/[\n\0]/.test(commandLineOf(parsed))) throw new Error('a line break in the command line')
}
