import { identity } from '../../../attest/test/authority.ts'
import { bootloader, certs, explain, lists, loaderText, shim, uki } from '../explain-fixture.ts'

const key = await identity('key', {}, undefined, 'ec-p256')
const variables = [lists('MokList', certs(key)), loaderText('LoaderEntryDefault', 'a*')]

export const corpus = [
  shim(key.certificate.encoded),
  bootloader(),
  uki(),
  Buffer.from('title x\nlinux /a\ninitrd /a\n'),
]

/** The bytes as every file of the disk: first program, second program, menu entry. */
export function target(bytes: Uint8Array): void {
  const files = {
    '\\EFI\\BOOT\\BOOTX64.EFI': bytes,
    '\\EFI\\BOOT\\grubx64.efi': bytes,
    '\\EFI\\Linux\\a.efi': bytes,
    '\\a': bytes,
    '\\loader\\loader.conf': bytes,
    '\\loader\\entries\\b.conf': bytes,
  }
  explain(variables, files)
  explain(variables, { ...files, '\\EFI\\BOOT\\BOOTX64.EFI': corpus[1]! })
}
