import { formatHash, type PathInfo, parseHash, parseStorePath } from '@firn/nix/store'
import { type ContentPlan, judgeContent, needsSecondHash } from './content-check.ts'
import type { Fault } from './finding.ts'
import type { PathResult } from './path-reading.ts'
import { faultOfFailure } from './read-failure.ts'

/** What was found of one path's contents, beside what the database says of it. */
export interface PathVerdict {
  readonly faults: readonly Fault[]
  /** Every byte was read and is what the database says. */
  readonly whole: boolean
  /** The contents are the address of the path. */
  readonly addressed: boolean
}

/** Compare what a path holds with its record. The faults that have to do with contents come first. */
export function judgePath(info: PathInfo, plan: ContentPlan | undefined, result: PathResult): PathVerdict {
  const repair = [`nix-store --repair-path ${info.path}`]
  if (result.failure !== undefined || result.narHash === undefined) {
    return { faults: [faultOfFailure(result.failure!, repair), ...result.faults], whole: false, addressed: false }
  }
  const found = formatHash(parseHash(result.narHash, 'sha256'), 'base32')
  const recorded = parseHash(info.narHash)
  const recordedText = formatHash(recorded, 'base32')
  const content = plan === undefined ? undefined : judgeContent(info, plan, computedFor(plan, result), result.isFile)
  const addressed = plan !== undefined && content === undefined
  const evidence = [`recorded: ${recordedText}, ${info.narSize} bytes`, `contents: ${found}, ${result.narSize} bytes`]
  const faults: Fault[] = []
  let whole = false
  if (recorded.bytes.every((byte) => byte === 0)) {
    const message = 'has no hash in the database: nothing says what it should hold'
    faults.push({ rule: 'store/database-hash', level: 'error', message, evidence, repair })
  } else if (found !== recordedText && addressed) {
    const message = 'holds what its content address says; it is its hash in the database that is wrong'
    faults.push({ rule: 'store/database-hash', level: 'error', message, evidence, repair })
  } else if (found !== recordedText) {
    const message = 'does not hold what was built: its contents have another hash than the database says'
    faults.push({ rule: 'store/hash-mismatch', level: 'error', message, evidence, repair })
  } else if (info.narSize !== result.narSize) {
    const message =
      info.narSize === 0
        ? 'has no size in the database, so that no signature can cover it'
        : 'has another size than the database says, though its hash is right: the database was changed'
    const level = info.narSize === 0 ? 'warning' : 'error'
    faults.push({ rule: 'store/database-hash', level, message, evidence })
  } else whole = true
  if (content !== undefined && (whole || faults.length === 0)) {
    faults.push(content)
    whole = false
  }
  return { faults: [...faults, ...result.faults], whole, addressed: addressed && whole }
}

function computedFor(plan: ContentPlan, result: PathResult): string {
  return needsSecondHash(plan) ? (result.second ?? '') : (result.narHash ?? '')
}

/** Hash parts that the contents name without a registered reference. A derivation names its own outputs, which are none. */
export function judgeReferences(info: PathInfo, { references = [] }: PathResult): Fault | undefined {
  if (info.path.endsWith('.drv')) return undefined
  const registered = new Set(info.references.map((path) => parseStorePath(path).hash))
  const strange = references.filter((part) => !registered.has(part)).sort()
  if (strange.length === 0) return undefined
  return {
    rule: 'store/reference-unregistered',
    level: 'warning',
    message: 'names paths that it has no registered reference to: garbage collection may take them away',
    evidence: strange.slice(0, 5).map((part) => `${info.path}: ${part}-…`),
  }
}
