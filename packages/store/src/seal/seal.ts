import { addSignature, type Envelope, merkleRoot, type Signer } from '@firn/attest/envelope'
import { EXIT, UserError } from '@firn/core'
import type { StorePlace } from '@firn/nix/place'
import { type PathInfo, parseHash } from '@firn/nix/store'
import type { Remembered } from '../check/memory.ts'
import type { SignaturePolicy } from '../verify/signature-check.ts'
import { isMetadataRule } from '../verify/tree-facts.ts'
import { type Verification, type VerifyRequest, verifyStore } from '../verify/verify.ts'
import { lineKey, printLine } from './seal-line.ts'
import type { SealedTree } from './seal-watcher.ts'
import { PAYLOAD_TYPE, printStatement, type Revocation, type SealStatement } from './statement.ts'
import { type PathFacts, pathLeaf } from './tree.ts'

export interface SealRequest extends Pick<VerifyRequest, 'signal' | 'workers' | 'maxRate' | 'onProgress'> {
  readonly place: StorePlace
  /** The paths whose closure is sealed; undefined: the whole store. */
  readonly roots: readonly string[] | undefined
  readonly signatures: SignaturePolicy
  readonly signers: readonly Signer[]
  readonly generation: number
  readonly created?: string
  readonly revoked: readonly Revocation[]
}

export interface Sealing {
  readonly verification: Verification
  /** Undefined: the store is not what was built, or it was interrupted. */
  readonly sealed:
    | {
        readonly statement: SealStatement
        readonly envelope: Envelope
        /** In order. */
        readonly lines: readonly Uint8Array[]
        /** By the path's name, where modes, owners, times and attributes are right: what a check need not read again. */
        readonly remembered: ReadonlyMap<string, Remembered>
      }
    | undefined
}

/**
 * Seal a closure: read it once, compare it with all that `verifyStore` knows, and sign what it holds. With an error in it
 * nothing is sealed. The same store, signers, generation and date give the same bytes.
 */
export async function sealStore(request: SealRequest): Promise<Sealing> {
  const { place, roots, signatures, signal, workers, maxRate, onProgress } = request
  const paths = new Map<string, SealedPath>()
  const verification = await verifyStore({
    place,
    scope: roots === undefined ? { kind: 'all' } : { kind: 'closure', paths: roots },
    signatures,
    signal,
    workers,
    maxRate,
    ...(onProgress !== undefined && { onProgress }),
    // At once, while other threads read: nothing of it is left to do when they have nothing more.
    onSealed: (info, tree) => paths.set(info.path, sealedPath(info, tree, place.storeDir)),
  })
  if (!verification.complete || verification.findings.some(({ level }) => level === 'error')) {
    return { verification, sealed: undefined }
  }
  requireAll(verification, paths.size)
  const sorted = [...paths.values()].sort((a, b) => (a.info.path < b.info.path ? -1 : 1))
  // Of what a check tells too, it must not be remembered that all was well.
  const blemished = new Set(
    verification.findings.filter(({ rule }) => isMetadataRule(rule)).map(({ subject }) => subject.path),
  )
  const statement: SealStatement = {
    storeDir: place.storeDir,
    roots: (roots ?? []).toSorted().map((path) => ({ path, narHash: narHashOf(paths.get(path)!.info) })),
    generation: request.generation,
    root: merkleRoot(sorted.map(({ leaf }) => leaf)).toString('hex'),
    paths: sorted.length,
    files: verification.files,
    bytes: verification.bytes,
    ...(request.created !== undefined && { created: request.created }),
    revoked: request.revoked,
  }
  return {
    verification,
    sealed: {
      statement,
      envelope: await signStatement(statement, request.signers),
      lines: sorted.map(({ line }) => line),
      remembered: new Map(
        sorted.flatMap(({ info, name, remembered }) => (blemished.has(info.path) ? [] : [[name, remembered]])),
      ),
    },
  }
}

/** Several signers sign one statement, so that a store can change its keys one machine after another. */
export async function signStatement(statement: SealStatement, signers: readonly Signer[]): Promise<Envelope> {
  let envelope: Envelope = { payloadType: PAYLOAD_TYPE, payload: printStatement(statement), signatures: [] }
  for (const signer of signers) envelope = await addSignature(envelope, signer)
  return envelope
}

/** What garbage collection took while it was read would leave a hole in the closure. */
function requireAll({ collected, paths }: Verification, sealed: number): void {
  if (collected === 0 && sealed === paths && sealed > 0) return
  throw new UserError(
    sealed === 0 ? 'there is nothing to seal' : 'paths went, or were registered anew, while they were read',
    'wait until garbage collection or repair is done, and seal again',
    EXIT.store,
  )
}

/** What becomes of one path. */
interface SealedPath {
  readonly info: PathInfo
  readonly name: string
  readonly leaf: Buffer
  readonly line: Uint8Array
  readonly remembered: Remembered
}

function sealedPath(info: PathInfo, { node, text, records }: SealedTree, storeDir: string): SealedPath {
  const facts = factsOf(info, storeDir)
  const line = printLine(facts, text)
  const leaf = pathLeaf(facts, Buffer.from(node, 'hex'))
  return { info, name: facts.name, leaf, line, remembered: { line: lineKey(line), records } }
}

function factsOf(info: PathInfo, storeDir: string): PathFacts {
  const nameOf = (path: string) => path.slice(storeDir.length + 1)
  return {
    name: nameOf(info.path),
    narHash: narHashOf(info),
    narSize: info.narSize,
    references: info.references.map(nameOf),
    ca: info.ca ?? '',
  }
}

function narHashOf({ narHash }: PathInfo): string {
  return Buffer.from(parseHash(narHash).bytes).toString('hex')
}
