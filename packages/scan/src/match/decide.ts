import type { Evidence } from '@firn/report'
import { type Identity, identify } from '../identify/identity.ts'
import type { Advisory, Component, Decision, ReasonCode, Statement, StatementSource } from './model.ts'
import { knownVulnerability, patchFor } from './patched.ts'
import { otherPlatform } from './platform.ts'
import { type ProductAnswer, sameProduct } from './product.ts'
import { decideRange } from './ranges.ts'

/**
 * What one advisory means for one component. Total: any record gives a verdict. `identity` is passed by those who ask
 * about one component many times.
 */
export function decide(component: Component, advisory: Advisory, identity: Identity = identify(component)): Decision {
  if (advisory.rejected)
    return {
      verdict: 'not_affected',
      evidence: [{ kind: 'record', text: `${advisory.id} was rejected by its authority`, source: advisory.id }],
    }
  const patch = patchFor(component, advisory)
  if (patch !== undefined) return { verdict: 'patched', evidence: [patch] }
  const known = knownVulnerability(component, advisory)
  if (known !== undefined) return { verdict: 'affected', evidence: [known] }
  const applicable = applicableStatements(identity, advisory)
  if (applicable.length === 0) return otherProduct(identity, advisory)
  if (advisory.tags?.includes('exclusively-hosted-service')) {
    return {
      verdict: 'not_affected',
      evidence: [
        { kind: 'record', text: 'the flaw is in a hosted service, not in what is installed', source: advisory.id },
      ],
    }
  }
  const opinions = applicable.map((judged) => opinionOf(component, identity, advisory, judged))
  return join(opinions)
}

interface Judged {
  readonly statement: Statement
  readonly product: Exclude<ProductAnswer, { same: 'no' }>
}

interface Opinion extends Decision {
  readonly source: StatementSource
}

/**
 * The statements about this component. What an ADP adds counts where it agrees with the CNA, or the CNA names nothing;
 * a product that the CNA does not name needs proof, and one that the CNA gives to another maker is dropped.
 */
function applicableStatements(identity: Identity, advisory: Advisory): Judged[] {
  const judged = advisory.statements.map((statement) => ({
    statement,
    product: sameProduct(identity, statement, advisory),
  }))
  const cna = judged.filter(({ statement }) => statement.source === 'cna' && isNamed(statement))
  const denied = cna.some(({ product }) => product.same === 'no' && product.named && !distributionRow(product))
  const confirmed = cna.some(({ product }) => product.same !== 'no')
  return judged.filter((entry): entry is Judged => {
    const { statement, product } = entry
    if (product.same === 'no') return false
    if (statement.source !== 'adp' || cna.length === 0 || confirmed) return true
    return !denied && product.same === 'proven'
  })
}

const distributionRow = (product: ProductAnswer) => /speaks of its own package/.test(product.evidence.text)
const isNamed = ({ product, packageName, purl }: Statement) =>
  [product, packageName, purl].some(
    (name) => name !== undefined && !/^(n\/?a|unspecified|unknown|-|)$/i.test(name.trim()),
  )

/** Bodies that make specifications: a flaw of a protocol is in any product that speaks it. */
const SPECIFIERS = /^(ietf|w3c?|ieee|bluetooth|bluetooth_sig|rfc|3gpp|wi-fi_alliance)$/i

function otherProduct(identity: Identity, advisory: Advisory): Decision {
  const named = advisory.statements.filter(isNamed)
  const first = named[0]
  if (named.every(({ vendor }) => vendor !== undefined && SPECIFIERS.test(vendor))) {
    const text =
      first === undefined
        ? 'the record names no product'
        : `the record names a specification (${first.product}), and no product that follows it`
    return {
      verdict: 'undetermined',
      reason: 'product_unproven',
      evidence: [{ kind: 'product', text, source: first?.at ?? advisory.id }],
    }
  }
  const answers = named.map((statement) => sameProduct(identity, statement, advisory))
  const best = answers.find((answer) => answer.same === 'no' && answer.named) ?? answers[0]
  return { verdict: 'different_product', evidence: best === undefined ? [] : [best.evidence] }
}

function opinionOf(
  component: Component,
  identity: Identity,
  advisory: Advisory,
  { statement, product }: Judged,
): Opinion {
  const { source, at } = statement
  const platform = otherPlatform(statement, advisory, component.system)
  if (platform !== undefined) return { source, verdict: 'not_affected', evidence: [product.evidence, platform] }
  const version = identity.version
  if (version === undefined) {
    return {
      source,
      verdict: 'undetermined',
      reason: 'no_version',
      evidence: [product.evidence, { kind: 'version', text: 'the version of the component is not known' }],
    }
  }
  const answer = decideRange(statement, version.text, version.edition)
  const range: Evidence = {
    kind: 'version',
    text: answer.text,
    source: answer.row === undefined ? at : `${at}.versions[${answer.row}]`,
  }
  const evidence = [product.evidence, range]
  if (answer.status === 'unaffected') return { source, verdict: 'not_affected', evidence }
  if (answer.status === 'undetermined') return { source, verdict: 'undetermined', reason: answer.reason!, evidence }
  if (version.snapshot) {
    const text = `${component.version ?? component.name} is a snapshot after ${version.text}: the fix may be in it`
    return {
      source,
      verdict: 'undetermined',
      reason: 'unstable_version',
      evidence: [...evidence, { kind: 'version', text }],
    }
  }
  if (product.same === 'unproven')
    return { source, verdict: 'undetermined', reason: 'product_unproven', evidence: [range, product.evidence] }
  return { source, verdict: 'affected', evidence, ...(answer.fixedIn === undefined ? {} : { fixedIn: answer.fixedIn }) }
}

/** Who is asked first: the authority of the record, then package databases, then analysts. */
const RANKS: readonly (readonly StatementSource[])[] = [['cna'], ['osv'], ['nvd', 'cpe-applicability'], ['adp']]
/** Reasons that say the statement is silent, so that another may speak. */
const SILENT = new Set<ReasonCode>(['no_ranges', 'git_ranges_only', 'status_unknown'])

/** The best source that decides. Within one, affected weighs more than unclear, and that more than not affected. */
function join(opinions: readonly Opinion[]): Decision {
  let unclear: Opinion | undefined
  for (const sources of RANKS) {
    const said = opinions.filter(({ source }) => sources.includes(source))
    const affected = said.find(({ verdict }) => verdict === 'affected')
    if (affected !== undefined) return decision(affected)
    const open = said.find(({ reason }) => reason !== undefined && !SILENT.has(reason))
    const clear = said.find(({ verdict }) => verdict === 'not_affected')
    if (clear !== undefined && open === undefined) return decision(clear)
    unclear ??= open ?? said.find(({ verdict }) => verdict === 'undetermined')
  }
  return decision(unclear!)
}

function decision({ verdict, reason, evidence, fixedIn }: Opinion): Decision {
  return {
    verdict,
    evidence,
    ...(reason === undefined ? {} : { reason }),
    ...(fixedIn === undefined ? {} : { fixedIn }),
  }
}
