import { createHash } from 'node:crypto'
import type { Signer } from '@firn/attest'
import { parsePe } from '@firn/binary/pe'
import {
  buildUki,
  effectiveSections,
  predictPcr11,
  requireStubVersion,
  type Signing,
  signImage,
  signPcrPolicies,
} from '@firn/boot'
import { type ByteSource, UserError } from '@firn/core'
import { type DigestOptions, formatVerity, type Verity } from '@firn/image'
import { type Mismatch, storeCommandLine } from '../init/words.ts'
import { checkSuitsDisk } from '../initrd/suits.ts'
import { entryFile, entryOsRelease, partitionIds } from '../slots/entry.ts'

/** A system for a slot: what it is called, what is in it, and who signs it. */
export interface SystemWords {
  readonly name: string
  readonly counter: number
  /** For people. */
  readonly version: string
  /** An image of the content of /nix/store, in whole blocks of 4096 bytes. */
  readonly store: ByteSource
  readonly fileSystem: 'erofs' | 'squashfs'
  readonly mismatch: Mismatch
  /** The system's init, in the store. */
  readonly init: string
  /** More words for the kernel, as bootspec has them. */
  readonly kernelParams: readonly string[]
  readonly kernel: ByteSource
  readonly initrds: readonly ByteSource[]
  readonly stub: ByteSource
  readonly signing: Signing
  /** Signs what PCR 11 will be, so that a TPM gives the key of the data partition to this system (an RSA key). */
  readonly pcrSigner?: Signer
  /** The name of the partition for data that the initrd makes and opens. It takes `pcrSigner`. */
  readonly data?: string
}

/** A system, ready to be put into a slot. */
export interface ApplianceSystem {
  readonly name: string
  readonly counter: number
  readonly version: string
  readonly root: string
  readonly store: ByteSource
  readonly hashArea: Verity['hashArea']
  /** The unified kernel, signed. */
  readonly kernel: ByteSource
}

/**
 * Hash the store, and bind it to a unified kernel by its command line. The same words give the same bytes. Errors: an initrd
 * of firn that cannot find this store or open this data.
 */
export async function buildSystem(words: SystemWords, options: DigestOptions = {}): Promise<ApplianceSystem> {
  const { name, counter, version, store } = words
  checkSuitsDisk(words.initrds, words.data !== undefined)
  words.kernelParams.forEach(checkParam)
  const salt = createHash('sha256').update(`firn store ${name} ${counter}`).digest()
  const { rootHash, hashArea } = await formatVerity({ data: store, salt }, options)
  const kernel = await buildKernel(words, rootHash)
  return { name, counter, version, root: rootHash, store, hashArea, kernel }
}

async function buildKernel(words: SystemWords, root: string): Promise<ByteSource> {
  const [data, hash] = partitionIds(root)
  const check = { by: 'verity', root } as const
  const { fileSystem, mismatch, init } = words
  const opens = words.data === undefined ? {} : { data: words.data }
  const store = storeCommandLine({ check, place: { data, hash }, fileSystem, mismatch, ...opens, init })
  const parts = {
    stub: words.stub,
    linux: words.kernel,
    initrds: words.initrds,
    // gpt: Linux takes the copy of the table when a power cut tore the first; firmware mends it, but not all does.
    cmdline: [store, 'gpt', ...words.kernelParams].join(' '),
    osRelease: Buffer.from(entryOsRelease(words)),
  }
  const { signer, options } = words.signing
  if (words.pcrSigner === undefined) return signImage(buildUki(parts), signer, options)
  const pem = words.pcrSigner.publicKey.export({ type: 'spki', format: 'pem' }) as string
  const measured = { ...parts, pcrPublicKey: Buffer.from(pem) }
  const policies = await signPolicies(buildUki(measured), words.pcrSigner)
  return signImage(buildUki({ ...measured, pcrSignature: Buffer.from(policies) }), signer, options)
}

/**
 * Only PCR 11 as it is before systemd says that a phase of the boot has begun: the data partition is opened first of all,
 * and whoever takes over the system later does not get its key any more. The signature itself is not measured.
 */
async function signPolicies(uki: ByteSource, signer: Signer): Promise<string> {
  const pe = parsePe(uki)
  const { values } = predictPcr11(uki, effectiveSections(pe.sections), requireStubVersion(uki, pe), 'sha256', [''])
  return signPcrPolicies([{ bank: 'sha256', values }], signer)
}

/** What would change where the store is, or how it is checked, is not a word that anybody may add. */
export function checkParam(word: string): string {
  if (/^(firn\.|init=)/.test(word) || !/^[\x21-\x7e]+$/.test(word)) {
    throw new UserError(`"${word}" cannot be a word for the kernel here`, 'firn.… and init= are made from the system')
  }
  return word
}

/** Where the kernel of a system goes on the ESP when there is nothing to fall back to: it is not counted. */
export function kernelPath({ name, counter }: ApplianceSystem): string {
  return `EFI/Linux/${entryFile({ name, counter })}`
}
