import type { Evidence } from '@firn/report'
import { knownProgram } from '../identify/aliases.ts'
import type { Identity, NameEvidence } from '../identify/identity.ts'
import type { Advisory, Statement } from './model.ts'
import { factsOf, type StatementFacts, vendorForms } from './statementFacts.ts'

/**
 * Whether a statement speaks of this component. `proven`: more than the name agrees. `likely`: the name agrees, the
 * record is about open source, and nothing contradicts. `unproven`: only the name agrees.
 */
export type ProductAnswer =
  | { readonly same: 'proven' | 'likely'; readonly evidence: Evidence }
  | { readonly same: 'unproven'; readonly evidence: Evidence }
  | { readonly same: 'no'; readonly evidence: Evidence; readonly named: boolean }

/** Compare a component's identity with one statement: names first, then whatever else either side says of itself. */
export function sameProduct(identity: Identity, statement: Statement, advisory: Advisory): ProductAnswer {
  const facts = factsOf(statement, advisory)
  const name = sharedName(identity, facts)
  if (name === undefined) return no(statement, `the record speaks of ${spoken(statement)}`, false)
  if (facts.distribution !== undefined) return no(statement, `${facts.distribution} speaks of its own package`, true)
  if (facts.host !== undefined && identity.ecosystem?.name !== facts.host && !isHost(identity, facts.host, statement)) {
    return no(statement, `${spoken(statement)} is an extension of ${facts.host}`, true)
  }
  if (facts.hardwareOnly) return no(statement, 'the record names hardware', true)
  return (
    byCpe(identity, statement, facts) ??
    byRepository(identity, statement, facts) ??
    byEcosystem(identity, statement, facts, name) ??
    byVendor(identity, statement, facts, name) ??
    unproven(statement, `only the name ${name.name} agrees: who makes it is not known on one side`)
  )
}

/** The best of the component's names that the statement uses. */
function sharedName(identity: Identity, facts: StatementFacts): NameEvidence | undefined {
  for (const evidence of identity.names.values()) if (facts.names.has(evidence.name)) return evidence
  return undefined
}

function byCpe(identity: Identity, statement: Statement, facts: StatementFacts): ProductAnswer | undefined {
  for (const cpe of facts.cpes)
    if (identity.cpes.has(cpe)) return proven(statement, `the CPE ${cpe} is the one nixpkgs gives`)
  return undefined
}

/** The same repository, or the same owner's, is the same thing; the name under another owner is another thing. */
function byRepository(identity: Identity, statement: Statement, facts: StatementFacts): ProductAnswer | undefined {
  if (facts.repo === undefined || identity.repos.size === 0) return undefined
  const because = identity.repos.get(facts.repo)
  if (because !== undefined) return proven(statement, `both name the repository ${facts.repo} (${because})`)
  const [host, owner] = facts.repo.split('/')
  for (const [repo, why] of identity.repos) {
    if (repo.startsWith(`${host}/${owner}/`)) return proven(statement, `both come from ${host}/${owner} (${why})`)
  }
  return undefined
}

function byEcosystem(
  identity: Identity,
  statement: Statement,
  facts: StatementFacts,
  name: NameEvidence,
): ProductAnswer | undefined {
  const own = identity.ecosystem?.name
  const theirs = facts.ecosystem
  if (theirs !== undefined) {
    if (own === theirs) return proven(statement, `both are ${theirs}'s ${name.name} (${identity.ecosystem!.why})`)
    if (own !== undefined)
      return no(
        statement,
        `the record speaks of ${theirs}, the component is of ${own} (${identity.ecosystem!.why})`,
        true,
      )
    if (identity.registries.has(theirs)) return proven(statement, `its source is ${theirs}'s ${name.name}`)
    if (identity.curated && name.from === 'alias' && vendorAgrees(identity, facts) !== undefined) return undefined
    if (facts.repo !== undefined && identity.repos.size > 0)
      return no(statement, `the record speaks of ${theirs}'s package from ${facts.repo}`, true)
    return knownProgram(name.name) === undefined
      ? unproven(statement, `the record speaks of ${theirs}'s ${name.name}; whether the component is that is not known`)
      : no(statement, `the record speaks of ${theirs}'s ${name.name}, the component is the program`, true)
  }
  if (own === undefined) {
    if (
      facts.said !== undefined &&
      !identity.registries.has(facts.said) &&
      vendorAgrees(identity, facts) === undefined &&
      !identity.curated
    ) {
      return unproven(statement, `the text speaks of something for ${facts.said}, the component is packed as a program`)
    }
    return undefined
  }
  if (facts.said === own)
    return proven(
      statement,
      `the text speaks of something for ${own}, as the component is (${identity.ecosystem!.why})`,
    )
  if (facts.said !== undefined)
    return no(statement, `the text speaks of something for ${facts.said}, the component is of ${own}`, true)
  const program = knownProgram(name.name)
  if (program?.vendors.some((vendor) => facts.vendors.has(vendor))) {
    return no(
      statement,
      `${name.name} of ${[...facts.vendors][0]} is a program, the component is of ${own} (${identity.ecosystem!.why})`,
      true,
    )
  }
  return undefined
}

function byVendor(
  identity: Identity,
  statement: Statement,
  facts: StatementFacts,
  name: NameEvidence,
): ProductAnswer | undefined {
  const agreed = vendorAgrees(identity, facts)
  if (agreed !== undefined)
    return proven(statement, `the name ${name.name} agrees (${name.text}), and so does ${agreed}`)
  // A repository's name alone (`core`, `server`) says nothing without its owner.
  if (name.from === 'source' || name.from === 'attribute')
    return facts.vendors.size === 0
      ? undefined
      : no(statement, `${spoken(statement)} is made by ${[...facts.vendors].join(', ')}`, true)
  const selfNamed =
    [...facts.names].some((form) => facts.vendors.has(form)) ||
    [...identity.names.keys()].some((form) => facts.vendors.has(form))
  if (identity.curated) {
    if (facts.vendors.size === 0 || selfNamed)
      return proven(statement, `the name ${name.name} agrees (${name.text}), and the record names no other maker`)
    return no(
      statement,
      `${spoken(statement)} is made by ${[...facts.vendors].join(', ')}; the component by ${[...identity.vendors.keys()].slice(0, 4).join(', ')}`,
      true,
    )
  }
  if (selfNamed) return proven(statement, `the record names the maker after the product ${name.name}`)
  if (facts.repo !== undefined && identity.repos.size > 0) {
    return no(
      statement,
      `the record's repository is ${facts.repo}, the component's ${[...identity.repos.keys()].join(', ')}`,
      true,
    )
  }
  if (!facts.openSource || name.name.length < 3) return undefined
  if (identity.repos.size > 0 && facts.vendors.size > 0) return undefined
  return {
    same: 'likely',
    evidence: evidence(
      statement,
      `the name ${name.name} agrees (${name.text}), ${statement.provider} speaks of open source, and nothing contradicts`,
    ),
  }
}

function vendorAgrees(identity: Identity, facts: StatementFacts): string | undefined {
  for (const [vendor, why] of identity.vendors) {
    for (const form of vendorForms(vendor)) if (facts.vendors.has(form)) return `the maker ${form} (${why})`
  }
  return undefined
}

/** The host itself, not what is plugged into it: WordPress's own core. */
function isHost(identity: Identity, host: string, statement: Statement): boolean {
  const key = host.toLowerCase()
  return (
    identity.names.has(key) && [statement.product, statement.packageName].some((name) => name?.toLowerCase() === key)
  )
}

function spoken(statement: Statement): string {
  const product = statement.product ?? statement.packageName ?? statement.purl ?? statement.cpes?.[0] ?? 'no product'
  return statement.vendor === undefined || /^n\/?a$/i.test(statement.vendor)
    ? product
    : `${statement.vendor} ${product}`
}

const evidence = (statement: Statement, text: string): Evidence => ({ kind: 'product', text, source: statement.at })
const proven = (statement: Statement, text: string): ProductAnswer => ({
  same: 'proven',
  evidence: evidence(statement, text),
})
const unproven = (statement: Statement, text: string): ProductAnswer => ({
  same: 'unproven',
  evidence: evidence(statement, text),
})
const no = (statement: Statement, text: string, named: boolean): ProductAnswer => ({
  same: 'no',
  evidence: evidence(statement, text),
  named,
})
