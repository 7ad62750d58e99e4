import { EXIT, type ExitCode, UserError } from '@firn/core'
import type { NewDecision, StoredDecision } from '@firn/tracker'
import type { Io } from '../command.ts'
import { jsonOf } from '../json.ts'
import { parseOptions } from '../options.ts'
import { withTracker } from './reach.ts'

const OPTIONS = {
  author: { type: 'string' },
  justification: { type: 'string' },
  statement: { type: 'string' },
  versions: { type: 'string' },
  channel: { type: 'string' },
  expires: { type: 'string' },
} as const

/** `firn tracker decide ATTRIBUTE ID STATUS …`: one decision more; the tracker checks that it makes sense. */
export async function decide(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn tracker decide', args, OPTIONS)
  const [attribute, vulnerability, status, ...more] = positionals
  if (status === undefined || attribute === undefined || vulnerability === undefined || more.length > 0) {
    throw new UserError(
      'firn tracker decide: of which package, which vulnerability, and what?',
      'firn tracker decide openssl CVE-2024-5535 not_affected --justification vulnerable_code_not_present --author NAME',
    )
  }
  if (values.author === undefined) {
    throw new UserError('firn tracker decide: who decides?', 'give --author NAME: it is shown beside the decision')
  }
  const decision = { ...values, attribute, vulnerability, status } as unknown as NewDecision
  return withTracker(io, async (control) => {
    const { decision: made, holds } = await control.decide(decision)
    io.stdout(`${describe(made)}\n`)
    if (holds === 0) {
      io.stderr('firn: it speaks of nothing that is here now; see that attribute, id and versions are right\n')
    }
    return EXIT.clean
  })
}

/** `firn tracker decisions [ATTRIBUTE|ID]`: what was decided, oldest first. */
export async function decisions(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = parseOptions('firn tracker decisions', args, { json: { type: 'boolean' } })
  const [about, ...more] = positionals
  if (more.length > 0) {
    throw new UserError('firn tracker decisions: about what?', 'give one attribute or id, or none for all')
  }
  return withTracker(io, async (control) => {
    const list = await control.decisions(aboutOf(about))
    if (values.json === true) io.stdout(jsonOf('firn/tracker-decisions/1', about ?? 'all', { decisions: list }))
    else io.stdout(list.length === 0 ? 'nothing was decided\n' : `${list.map(describe).join('\n')}\n`)
    return EXIT.clean
  })
}

/** nixpkgs has no attribute that looks like `CVE-2024-1` or `GHSA-…`. */
function aboutOf(about: string | undefined): { readonly attribute?: string; readonly vulnerability?: string } {
  if (about === undefined) return {}
  return /^[A-Z]+-[A-Za-z0-9]+-/.test(about) ? { vulnerability: about } : { attribute: about }
}

function describe(decision: StoredDecision): string {
  const { id, attribute, vulnerability, status, justification, statement, versions, channel, author } = decision
  const scope = [versions === undefined ? [] : `versions ${versions}`, channel === undefined ? [] : `in ${channel}`]
  const where = scope.flat().join(' ')
  const why = [justification, statement].filter((each) => each !== undefined).join('; ')
  const until = decision.expires === undefined ? '' : `, until ${decision.expires}`
  return `decision ${id}: ${attribute}${where === '' ? '' : ` (${where})`} ${status} ${vulnerability}${why === '' ? '' : `: ${why}`}
  by ${author}, ${decision.created.slice(0, 10)}${until}`
}
