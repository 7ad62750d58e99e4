import { parseStorePath } from '@firn/nix/store'
import { systemCalls } from '@firn/nix/tree'
import { newDigestMemory } from '../seal/shared-digests.ts'
import { readRecords } from './records.ts'
import { VerifyRun } from './run.ts'
import { ownership, statStore } from './store-folder.ts'
import type { Verification, VerifyRequest } from './verification.ts'

export type { Scope, Verification, VerifyRequest } from './verification.ts'

/**
 * Is each path of a store what was built? Reads every byte, compares it with the database, the content address and
 * signatures by keys that were named, and looks at what no NAR holds. Only reads; Nix may work meanwhile. A store or
 * database that cannot be read is a UserError, exit 4; what cannot be read within it is a finding.
 */
export async function verifyStore(request: VerifyRequest): Promise<Verification> {
  const { place, scope } = request
  const stat = statStore(place)
  const { records, valid } = readRecords(place, scope)
  const run = new VerifyRun(request, records, {
    owner: ownership(stat),
    xattrs: systemCalls() !== undefined,
    ...(request.scanReferences === true && { hashParts: hashPartsOf(valid) }),
    ...(request.onSealed !== undefined && { seal: newDigestMemory() }),
  })
  let complete = await run.readPaths()
  if (complete) complete = await run.readSuspectsAgain()
  if (complete && scope.kind === 'all') {
    complete = await run.checkLinks()
    await run.checkFolder(valid, stat)
  }
  run.judgeTimes()
  run.askForXattrs()
  return run.end(complete)
}

function hashPartsOf(valid: ReadonlySet<string>): Set<string> {
  return new Set([...valid].map((path) => parseStorePath(path).hash))
}
