import { OID, signData } from '@firn/attest'
import type { Signing } from '@firn/boot'
import { UserError } from '@firn/core'

/**
 * Sign a root hash for the kernel: PKCS#7 SignedData, DER, detached, without attributes, over the hash as it is written in
 * the table of the device (lower-case hex, no newline). It goes where `veritysetup --root-hash-signature` and the table's
 * `root_hash_sig_key_desc` take it; a kernel with dm_verity.require_signatures=1 maps nothing without one whose
 * certificate is in its keyrings (Linux, drivers/md/dm-verity-verify-sig.c).
 */
export function signRootHash(rootHash: string, { signer, options }: Signing): Promise<Uint8Array> {
  if (!/^[0-9a-f]{64}([0-9a-f]{64})?$/.test(rootHash)) {
    throw new UserError(`${rootHash} is no root hash`, 'give 64 or 128 hexadecimal digits, in lower case')
  }
  const { certificates } = options
  return signData({ contentType: OID.data, hashed: Buffer.from(rootHash), certificates, attributes: false }, signer)
}
