import { parseGetfattr } from '../../src/verify/xattr-program.ts'

export const corpus = [
  Buffer.from(
    '# file: /nix/store/x\nsecurity.capability\nuser.a\\040b\n\n# file: /y\\377\nsystem.posix_acl_access\n\n',
  ),
  Buffer.from('user.alone\n# file: \n\\999\n'),
]

export function target(bytes: Uint8Array): void {
  parseGetfattr(bytes)
}
