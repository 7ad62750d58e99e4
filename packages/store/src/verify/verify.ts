import { parseStorePath } from '@firn/nix/store'
import { systemCalls } from '@firn/nix/tree'
import { newDigestMemory } from '../seal/shared-digests.ts'
import { newCrew } from './job.ts'
import { hireFor } from './pool.ts'
import { readRecords } from './records.ts'
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
  const crew = newCrew()
  // They start while this thread loads what it needs to begin.
  const bytes = records.reduce((sum, { narSize }) => sum + narSize, 0)
  hireFor(crew, request, { tasks: records.length, bytes })
  try {
    const { VerifyRun } = await import('./run.ts')
    const run = new VerifyRun(request, records, crew, {
      owner: ownership(stat),
      xattrs: systemCalls() !== undefined,
      ...(request.scanReferences === true && { hashParts: hashPartsOf(valid) }),
      ...(request.onSealed !== undefined && { seal: newDigestMemory() }),
    })
    if (scope.kind === 'all') await run.listLinks()
    let complete = await run.readPaths()
    if (complete) complete = await run.readSuspectsAgain()
    if (complete && scope.kind === 'all') {
      complete = await run.checkLinks()
      await run.checkFolder(valid, stat)
    }
    run.judgeTimes()
    run.askForXattrs()
    return run.end(complete)
  } finally {
    crew.dismiss()
  }
}

function hashPartsOf(valid: ReadonlySet<string>): Set<string> {
  return new Set([...valid].map((path) => parseStorePath(path).hash))
}
