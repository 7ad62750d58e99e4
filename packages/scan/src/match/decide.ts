import type { Evidence } from '@firn/report'
import { type Identity, identify } from '../identify/identity.ts'
import { saidName } from '../identify/normalise.ts'
import { type Applicable, applicable, isNamed, type Judged, judge } from './applicable.ts'
import { tellsOfUpstream } from './distribution.ts'
import type { Advisory, Component, Decision, Statement, VersionRow } from './model.ts'
import { joinOpinions, type Opinion } from './opinions.ts'
import { knownVulnerability, patchFor } from './patched.ts'
import { otherPlatform } from './platform.ts'
import { decideRange, type RangeContext } from './ranges.ts'
import { factsOf } from './statementFacts.ts'
import { wordsOf } from './versionExpression.ts'

/**
 * What one advisory means for one component: is it patched, is it this product, on this platform, in this version?
 * Total: any record gives a verdict. `identity` is passed by those who ask about one component many times.
 */
export function decide(component: Component, advisory: Advisory, identity: Identity = identify(component)): Decision {
  if (advisory.rejected) return clear('record', `${advisory.id} was rejected by its authority`, advisory.id)
  const patch = patchFor(component, advisory)
  if (patch !== undefined) return { verdict: 'patched', evidence: [patch] }
  const known = knownVulnerability(component, advisory)
  if (known !== undefined) return { verdict: 'affected', evidence: [known] }
  const judged = judge(identity, advisory)
  const statements = applicable(identity, judged)
  if (statements.length === 0) return otherProduct(identity, advisory, judged)
  if (advisory.tags?.includes('exclusively-hosted-service'))
    return clear('record', 'the flaw is in a hosted service, not in what is installed', advisory.id)
  const decision = joinOpinions(statements, (each) => opinionOf(component, identity, advisory, each, statements))
  return isNamesake(decision, statements) ? { ...decision, verdict: 'different_product' } : decision
}

/** An everyday name is all that agrees, the record names a maker, and not even its versions are the component's. */
const isNamesake = ({ verdict, evidence }: Decision, statements: readonly Applicable[]) =>
  verdict === 'not_affected' &&
  evidence.some(({ kind }) => kind === 'version') &&
  statements.every(({ statement, product }) => product.same === 'unproven' && saidName(statement.vendor) !== undefined)

const clear = (kind: string, text: string, source: string): Decision => ({
  verdict: 'not_affected',
  evidence: [{ kind, text, source }],
})

/** Bodies that make specifications: a flaw of a protocol is in any product that speaks it. */
const SPECIFIERS = /^(ietf|w3c?|ieee|bluetooth|bluetooth[_ ]sig|rfc|3gpp|wi-fi_alliance)$/i

/** Whether a statement is of a specification, not of a product. */
export const isOfSpecifier = ({ vendor = '' }: Statement) => SPECIFIERS.test(vendor)

function otherProduct(identity: Identity, advisory: Advisory, judged: readonly Judged[]): Decision {
  const named = judged.filter(({ statement }) => isNamed(statement))
  const first = named[0]?.statement
  if (named.every(({ statement }) => isOfSpecifier(statement))) {
    const text =
      first === undefined
        ? 'the record names no product'
        : `the record names a specification (${first.product}), and no product that follows it`
    const evidence = [{ kind: 'product', text, source: first?.at ?? advisory.id }]
    return { verdict: 'undetermined', reason: 'product_unproven', evidence }
  }
  const packed = named.find(({ product }) => product.same === 'no' && product.because === 'distribution')
  const another = named.find(({ product }) => product.same === 'no' && product.because === 'maker')
  if (
    another === undefined &&
    packed !== undefined &&
    tellsOfUpstream(advisory, identity.names.keys(), identity.called, packed.statement.provider)
  ) {
    const text = `only rows of ${packed.statement.vendor ?? packed.statement.provider}'s own package: upstream's versions are not said`
    return {
      verdict: 'undetermined',
      reason: 'no_ranges',
      evidence: [{ kind: 'product', text, source: packed.statement.at }],
    }
  }
  const best = named.find(({ product }) => product.same === 'no' && product.because !== 'other') ?? named[0]
  return { verdict: 'different_product', evidence: best === undefined ? [] : [best.product.evidence] }
}

/** What one statement says: platform first, then edition, then version. */
function opinionOf(
  component: Component,
  identity: Identity,
  advisory: Advisory,
  { statement, product }: Applicable,
  all: readonly Applicable[],
): Opinion {
  const about = {
    source: statement.source,
    key: `${statement.vendor ?? ''} ${statement.product ?? ''} ${statement.packageName ?? ''}`,
  }
  const platform = otherPlatform(statement, advisory, component.system)
  if (platform !== undefined) return { ...about, verdict: 'not_affected', evidence: [product.evidence, platform] }
  const { version } = identity
  if (version === undefined) {
    const text = 'the version of the component is not known'
    return {
      ...about,
      verdict: 'undetermined',
      reason: 'no_version',
      evidence: [product.evidence, { kind: 'version', text }],
    }
  }
  const answer = decideRange(statement, version, new Surroundings(statement, advisory, all))
  const range: Evidence = {
    kind: 'version',
    text: answer.text,
    source:
      answer.row === undefined || statement.source === 'text'
        ? statement.at
        : `${statement.at}.versions[${answer.row}]`,
  }
  const evidence = [product.evidence, range]
  if (answer.status === 'unaffected' && !answer.listed && version.snapshot && version.text === '0') {
    const text = `${component.version ?? component.name} is a snapshot of no release: where it stands among them is not known`
    return {
      ...about,
      verdict: 'undetermined',
      reason: 'unstable_version',
      evidence: [...evidence, { kind: 'version', text }],
    }
  }
  if (answer.status === 'unaffected') {
    return { ...about, verdict: 'not_affected', evidence, ...(answer.listed ? { listed: true as const } : {}) }
  }
  if (answer.status === 'undetermined') return { ...about, verdict: 'undetermined', reason: answer.reason!, evidence }
  const doubt = doubtOf(component, statement, advisory, identity)
  if (doubt !== undefined)
    return { ...about, verdict: 'undetermined', reason: doubt.reason, evidence: [...evidence, doubt.evidence] }
  if (product.same === 'unproven')
    return { ...about, verdict: 'undetermined', reason: 'product_unproven', evidence: [range, product.evidence] }
  return {
    ...about,
    verdict: 'affected',
    evidence,
    ...(answer.fixedIn === undefined ? {} : { fixedIn: answer.fixedIn }),
  }
}

/** Why a version in the affected range may still not be affected. */
function doubtOf(
  component: Component,
  statement: Statement,
  advisory: Advisory,
  identity: Identity,
): Doubt | undefined {
  const { version } = identity
  if (version?.snapshot) {
    const text = `${component.version ?? component.name} is a snapshot after ${version.text}: the fix may be in it`
    return { reason: 'unstable_version', evidence: { kind: 'version', text } }
  }
  const { edition } = factsOf(statement, advisory)
  if (edition === undefined || edition === version?.edition) return undefined
  const text = `the record speaks of the edition ${edition}; whether it is in what nixpkgs builds is not said`
  return { reason: 'edition_unknown', evidence: { kind: 'edition', text, source: statement.at } }
}

interface Doubt {
  readonly reason: NonNullable<Decision['reason']>
  readonly evidence: Evidence
}

/** What the range needs to know of its surroundings, found out when it asks: most records need none of it. */
export class Surroundings implements RangeContext {
  readonly #statement: Statement
  readonly #advisory: Advisory
  readonly #all: readonly Applicable[]
  #words?: ReadonlySet<string>

  constructor(statement: Statement, advisory: Advisory, all: readonly Applicable[]) {
    this.#statement = statement
    this.#advisory = advisory
    this.#all = all
  }

  get words() {
    this.#words ??= wordsOf(this.#statement)
    return this.#words
  }

  get fixes() {
    return this.#advisory.fixedVersions ?? []
  }

  get isTemplate() {
    return this.#statement.source === 'adp'
  }

  get latestOnly() {
    const { provider, product = '' } = this.#statement
    return /^oracle$/i.test(provider) && /java|graalvm/i.test(product)
  }

  get siblings(): readonly VersionRow[] {
    return this.#all.flatMap(({ statement }) => (isSibling(statement, this.#statement) ? statement.versions : []))
  }
}

/** Another statement of the same source on the same product. */
function isSibling(other: Statement, { source, vendor, product, at }: Statement): boolean {
  return other.at !== at && other.source === source && other.product === product && other.vendor === vendor
}
