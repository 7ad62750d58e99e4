import { createHash } from 'node:crypto'
import { EXIT, UserError } from '@firn/core'
import { type DaemonClient, NarReader } from '@firn/nix'
import type { PathInfo } from '@firn/nix/store'
import { needsSecondHash, planContent } from './content-check.ts'
import { type Fault, findingOf, type StoreFinding } from './finding.ts'
import { judgePath } from './judge.ts'
import type { PathResult } from './path-reading.ts'
import { secondHash } from './second-hash.ts'
import { judgeSignatures, type SignaturePolicy } from './signature-check.ts'
import type { Scope, Verification } from './verify.ts'

export interface RemoteRequest {
  readonly client: DaemonClient
  readonly scope: Scope
  readonly signatures: SignaturePolicy
  readonly signal: AbortSignal
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Verify another machine's store through its Nix: contents, content addresses and signatures, hashed here. What a NAR
 * does not hold (owners, modes, times, attributes, strangers, links) is not seen; the other machine could also send
 * us other bytes than it uses, so only keys that were named speak against its owner.
 */
export async function verifyRemote(request: RemoteRequest): Promise<Verification> {
  const { client, scope, signatures, signal, onProgress } = request
  const infos = await recordsOf(client, scope)
  const total = infos.reduce((sum, { narSize }) => sum + narSize, 0)
  const findings: StoreFinding[] = []
  let [paths, whole, bytes, signed, addressed, collected] = [0, 0, 0, 0, 0, 0]
  for (const info of infos) {
    if (signal.aborted) break
    const { trusted, fault } = judgeSignatures(info, signatures)
    const { plan, fault: recordFault } = planContent(info)
    const secondary = plan !== undefined && needsSecondHash(plan) ? plan : undefined
    const before = bytes
    const result = await readPath(client, info, secondary, (size) => {
      bytes += size
      if (signal.aborted) client.close()
      onProgress?.(bytes, Math.max(total, bytes))
    })
    if (result === undefined) {
      collected++
      bytes = before
      continue
    }
    const verdict = judgePath(info, plan, result)
    paths++
    if (verdict.whole) whole++
    if (verdict.addressed) addressed++
    if (trusted) signed++
    const faults = [fault, recordFault, ...verdict.faults].filter((each): each is Fault => each !== undefined)
    findings.push(...faults.map((each) => findingOf(info.path, each)))
  }
  return {
    findings,
    paths,
    whole,
    files: 0,
    bytes,
    signed,
    addressed,
    collected,
    resumed: 0,
    links: undefined,
    xattrs: 'not checked',
    complete: !signal.aborted,
  }
}

async function recordsOf(client: DaemonClient, scope: Scope): Promise<PathInfo[]> {
  if (scope.kind === 'closure') return client.closure(scope.paths)
  const wanted = scope.kind === 'all' ? await client.allValidPaths() : scope.paths
  const infos = await client.pathInfos(wanted)
  const known = new Set(infos.map(({ path }) => path))
  const missing = scope.kind === 'all' ? undefined : wanted.find((path) => !known.has(path))
  if (missing === undefined) return infos
  throw new UserError(`${missing}: not a valid path of that store`, 'check the path', EXIT.store)
}

/** Undefined: it was collected meanwhile. */
async function readPath(
  client: DaemonClient,
  info: PathInfo,
  plan: Parameters<typeof secondHash>[0] | undefined,
  count: (bytes: number) => void,
): Promise<PathResult | undefined> {
  const hash = createHash('sha256')
  const second = plan === undefined ? undefined : secondHash(plan)
  let isFile = false
  const flat =
    plan?.how !== 'flat'
      ? undefined
      : contentsReader(
          (bytes) => second?.contents?.(bytes),
          () => (isFile = true),
        )
  let narSize = 0
  const sink = (bytes: Uint8Array) => {
    hash.update(bytes)
    second?.nar?.(bytes)
    flat?.push(bytes)
    narSize += bytes.length
    count(bytes.length)
  }
  if (!(await client.validPaths([info.path])).has(info.path)) return undefined
  await client.nar(info.path, sink)
  return {
    narHash: hash.digest('hex'),
    narSize,
    ...(second !== undefined && { second: second.digest() }),
    isFile,
    files: 0,
    faults: [],
    touched: 0,
  }
}

/** Takes the contents of files out of a NAR; `found` is told when the NAR is one plain file. */
function contentsReader(contents: (bytes: Uint8Array) => void, found: () => void): NarReader {
  const nothing = () => {}
  return new NarReader({
    directory: nothing,
    leave: nothing,
    file: (path) => {
      if (path === '') found()
    },
    contents,
    symlink: nothing,
  })
}
