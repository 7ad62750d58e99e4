import type { Evidence } from '@firn/report'
import { knownProgram } from '../identify/aliases.ts'
import { isCommonName, isShortName } from '../identify/commonWords.ts'
import { cpeField } from '../identify/cpe.ts'
import type { Identity, NameEvidence } from '../identify/identity.ts'
import { normaliseName } from '../identify/normalise.ts'
import { extensionOf } from './host.ts'
import { languageIntroduced, languagesMentioned } from './language.ts'
import { COMPANIES, vendorForms } from './makers.ts'
import type { Advisory, Statement } from './model.ts'
import { factsOf, type StatementFacts } from './statementFacts.ts'

/**
 * Whether a statement speaks of this component. `proven`: more than the name agrees. `likely`: the name agrees, it is
 * a name that few things have, and nothing contradicts. `unproven`: only the name agrees.
 */
export type ProductAnswer =
  | { readonly same: 'proven' | 'likely' | 'unproven'; readonly evidence: Evidence }
  | { readonly same: 'no'; readonly evidence: Evidence; readonly because: Denial }

/** `other`: the name differs. `maker`: the same name of another maker, language or host. `distribution`: see there. */
type Denial = 'other' | 'maker' | 'distribution'

interface Case {
  readonly identity: Identity
  readonly advisory: Advisory
  readonly statement: Statement
  readonly facts: StatementFacts
  /** The best of the component's names that the statement uses. */
  readonly name: NameEvidence
}

/** Compare a component's identity with one statement: names first, then whatever else either side says of itself. */
export function sameProduct(identity: Identity, statement: Statement, advisory: Advisory): ProductAnswer {
  const facts = factsOf(statement, advisory)
  const name = sharedName(identity, facts)
  if (name === undefined) return no(statement, `the record speaks of ${spoken(statement)}`, 'other')
  const it: Case = { identity, advisory, statement, facts, name }
  return byKind(it) ?? byCpe(it) ?? byRepository(it) ?? byEcosystem(it) ?? byMaker(it) ?? byNameAlone(it)
}

function sharedName(identity: Identity, facts: StatementFacts): NameEvidence | undefined {
  for (const evidence of identity.names.values()) if (facts.names.has(evidence.name)) return evidence
  return undefined
}

/** What a distribution packs, what plugs into something, and hardware are other things, whatever they are called. */
function byKind({ identity, advisory, statement, facts, name }: Case): ProductAnswer | undefined {
  const { distribution, host, hardwareOnly } = facts
  if (distribution !== undefined) return no(statement, `${distribution} speaks of its own package`, 'distribution')
  if (host !== undefined && identity.ecosystem?.name !== host && !identity.names.has(host.toLowerCase()))
    return no(statement, `${spoken(statement)} is an extension of ${host}`, 'maker')
  if (hardwareOnly) return no(statement, 'the record names hardware', 'maker')
  const extension = statement.source === 'adp' ? extensionOf(name.name, advisory) : undefined
  return extension === undefined ? undefined : no(statement, `the text speaks of ${extension}`, 'maker')
}

function byCpe({ identity, statement, facts }: Case): ProductAnswer | undefined {
  const cpe = facts.cpes.find((each) => identity.cpes.has(each))
  return cpe === undefined ? undefined : yes('proven', statement, `the CPE ${cpe} is the one nixpkgs gives`)
}

/** The same repository, or the same owner's, is the same thing; the name under another owner is another thing. */
function byRepository(it: Case): ProductAnswer | undefined {
  const { identity, statement, facts } = it
  if (identity.repos.size === 0) return undefined
  for (const repo of facts.repo === undefined ? facts.referenced : [facts.repo, ...facts.referenced]) {
    const because = identity.repos.get(repo)
    if (because !== undefined) return yes('proven', statement, `both name the repository ${repo} (${because})`)
  }
  const beside = identity.curated ? undefined : besideOf(it)
  if (beside !== undefined) return no(statement, beside, 'maker')
  const { repo } = facts
  if (repo === undefined) return undefined
  const [host, owner] = repo.split('/')
  for (const [own, why] of identity.repos) {
    if (own.startsWith(`${host}/${owner}/`)) return yes('proven', statement, `both come from ${host}/${owner} (${why})`)
  }
  const owners = [...identity.repos.keys()].map((own) => own.split('/')[1]!)
  if (owners.some((own) => MIRRORS.has(own) || makerOf(it, own))) return undefined
  const text = `the record's repository is ${repo}, the component's ${[...identity.repos.keys()].join(', ')}`
  // A coined name under another owner has moved, or is a fork: nobody can say which.
  const isProgram = identity.ecosystem === undefined && languageOf(it) === undefined
  const moved = repo.endsWith(`/${it.name.name}`) && !identity.curated && !isCommonName(it.name.name)
  return moved && isProgram ? yes('unproven', statement, text) : no(statement, text, 'maker')
}

/** A maker's other program, in a repository beside the record's: `cilium-cli`, `zulip-desktop`, `rancher/cli`. */
function besideOf({ identity, facts }: Case): string | undefined {
  for (const repo of facts.repo === undefined ? facts.referenced : [facts.repo]) {
    const owner = repo.slice(0, repo.lastIndexOf('/'))
    for (const own of identity.repos.keys()) {
      // `Snyk CLI` is what comes from `snyk/cli`.
      if (facts.names.has(normaliseName(own.slice(own.lastIndexOf('/') + 1)))) continue
      const main = own.replace(BESIDE, '')
      if (main !== own && (main === repo || main === owner))
        return `the record's repository is ${repo}, the component's is ${own} beside it`
    }
  }
  return undefined
}

const BESIDE = /[-/](cli|client|desktop|terminal|app|agent|exporter|operator|sdk|mobile|android|ios|plugins?|extras?)$/

/** Owners on forges who keep other people's sources. */
const MIRRORS = new Set(['nixos', 'nix-community', 'debian', 'mirror', 'mirrors', 'gitlab-org', 'archlinux'])

/** Whether an owner of the component's repository is known as a maker of the record's product. */
function makerOf({ identity, facts }: Case, owner: string): boolean {
  const forms = vendorForms(owner)
  if (forms.some((form) => facts.vendors.has(form))) return true
  return identity.curated && forms.some((form) => identity.makers.has(form))
}

/** A library of one language is not that of another, and not the program of the same name. */
function byEcosystem(it: Case): ProductAnswer | undefined {
  return it.identity.ecosystem === undefined ? programByEcosystem(it) : libraryByEcosystem(it, it.identity.ecosystem)
}

function libraryByEcosystem(it: Case, own: NonNullable<Identity['ecosystem']>): ProductAnswer | undefined {
  const { statement, facts, name } = it
  const theirs = languageOf(it)
  if (theirs === own.name) return yes('proven', statement, `both are of ${own.name} (${own.why})`)
  const program = knownProgram(name.name)
  const carriesMaker = [...facts.vendors].some((vendor) => it.identity.called.startsWith(`${vendor}-`))
  if (name.from !== 'alias' && !carriesMaker && program?.vendors.some((vendor) => facts.vendors.has(vendor)))
    return no(
      statement,
      `${name.name} of ${[...facts.vendors][0]} is a program, the component is of ${own.name} (${own.why})`,
      'maker',
    )
  const maker = vendorAgrees(it)
  if (theirs !== undefined && maker === undefined)
    return no(statement, `the record speaks of ${theirs}, the component is of ${own.name} (${own.why})`, 'maker')
  if (maker !== undefined) return yes('proven', statement, `the name ${name.name} agrees, and so does ${maker}`)
  if (languagesMentioned(it.advisory).has(own.name))
    return yes('proven', statement, `the text speaks of ${own.name}'s world, as the component is of it (${own.why})`)
  const [mentioned, ...others] = languagesMentioned(it.advisory)
  if (mentioned !== undefined && others.length === 0)
    return no(statement, `the text speaks of ${mentioned}, the component is of ${own.name} (${own.why})`, 'maker')
  if (name.from !== 'alias' && program !== undefined && facts.vendors.size === 0)
    return no(statement, `${name.name} is a program, the component is of ${own.name} (${own.why})`, 'maker')
  const isEveryday = isCommonName(name.name) && theirs === undefined
  if ((isEveryday || !facts.openSource) && facts.vendors.size > 0 && !selfNamed(it) && !facts.vendorGuessed)
    return no(statement, `${spoken(statement)} is no library of ${own.name} (${own.why})`, 'maker')
  return undefined
}

function programByEcosystem(it: Case): ProductAnswer | undefined {
  const { identity, statement, facts, name } = it
  const isField = facts.ecosystem !== undefined
  // `python-jose` is no `jose` that is packed as a program.
  if (!isField && facts.implied !== undefined && !isWritten(it) && !identity.registries.has(facts.implied))
    return no(statement, `${spoken(statement)} is of ${facts.implied}, the component is the program`, 'maker')
  if (!isField && (identity.curated || vendorAgrees(it) !== undefined)) return undefined
  const theirs = languageOf(it)
  if (isForeignToHackage(it, theirs))
    return no(statement, `the component's source is Hackage's, the record's is ${facts.repo ?? theirs}`, 'maker')
  if (theirs === undefined) return undefined
  if (identity.registries.has(theirs))
    return isField ? yes('proven', statement, `its source is ${theirs}'s ${name.name}`) : undefined
  if (vendorAgrees(it) !== undefined) return undefined
  if (identity.curated || knownProgram(name.name) !== undefined)
    return no(statement, `the record speaks of ${theirs}'s ${name.name}, the component is the program`, 'maker')
  if (!isField && selfNamed(it) && !isCommonName(name.name)) return undefined
  // nixpkgs packs no libraries of these: what has the coined name of a module's repository is the program in it.
  const isModule = facts.repo?.endsWith(`/${name.name}`) || statement.packageName?.toLowerCase() === name.name
  if (/^(Go|crates\.io)$/.test(theirs) && isModule && !isCommonName(name.name)) return undefined
  if (identity.vendors.size > 0 && facts.vendors.size > 0)
    return no(statement, `the record speaks of something of ${theirs}, by ${[...facts.vendors].join(', ')}`, 'maker')
  return yes('unproven', statement, `the record speaks of something of ${theirs}, the component is packed as a program`)
}

/** All of Haskell is packed without a prefix, and most of it are libraries: `transformers`, `conduit`. */
function isForeignToHackage({ identity, facts, advisory }: Case, theirs: string | undefined): boolean {
  if (!identity.registries.has('Hackage') || languagesMentioned(advisory).has('Hackage')) return false
  return theirs === undefined ? facts.repo !== undefined : theirs !== 'Hackage'
}

/** The language of the record's product: by a field, its name or maker, or as the text introduces it. */
const languageOf = ({ facts, advisory }: Case) => facts.ecosystem ?? facts.implied ?? languageIntroduced(advisory)

function byMaker(it: Case): ProductAnswer | undefined {
  const { identity, statement, facts, name } = it
  const agreed = vendorAgrees(it)
  if (agreed !== undefined)
    return yes('proven', statement, `the name ${name.name} agrees (${name.text}), and so does ${agreed}`)
  // A repository's name alone (`core`, `server`) says nothing without its owner.
  const isNamed = facts.vendors.size > 0 && !facts.vendorGuessed
  if (name.from === 'source' || name.from === 'attribute')
    return isNamed
      ? no(statement, `${spoken(statement)} is made by ${[...facts.vendors].join(', ')}`, 'maker')
      : undefined
  // `nextcloud` is `server` in its maker's records; every other maker has a server too. `Vim` alone is vim-full's.
  const isOwn = !isNamed && isWrittenByMakers(it) && isWithin(name.name, identity.called)
  if (name.from === 'alias' && name.name !== identity.called && isCommonName(name.name) && !isOwn)
    return no(
      statement,
      `${spoken(statement)} is no product of ${[...identity.makers].slice(0, 4).join(', ')}`,
      'maker',
    )
  if (identity.curated) {
    const isPart =
      isCommonName(name.name) && ![...identity.names.values()].some((each) => isWritten({ ...it, name: each }))
    if (!isNamed || (selfNamed(it) && !isPart))
      return yes(
        'proven',
        statement,
        `the name ${name.name} agrees (${name.text}), and the record names no other maker`,
      )
    // A company's product of that name is the company's.
    const company = [...facts.vendors].find((vendor) => COMPANIES.has(vendor))
    if (company !== undefined)
      return no(statement, `${spoken(statement)} is ${company}'s; the component is not`, 'maker')
    // A coined name under a maker whom the tables do not know: a fork has a repository of its own.
    const isPlain = name.from === 'alias' && !isWithin(name.name, identity.called) && isOfWords(name.name)
    if (!isCommonName(name.name) && !isPlain && facts.repo === undefined && isWritten(it)) return undefined
    const makers = [...identity.makers].slice(0, 4).join(', ')
    return no(
      statement,
      `${spoken(statement)} is made by ${[...facts.vendors].join(', ')}; the component by ${makers}`,
      'maker',
    )
  }
  if (!selfNamed(it)) return undefined
  if (isCommonName(name.name)) return undefined
  return yes('proven', statement, `the record names the maker after the product ${name.name}`)
}

/** A coined name (`tcpreplay`) is enough where nothing contradicts; an everyday word (`bolt`) is not. */
function byNameAlone(it: Case): ProductAnswer {
  const { identity, statement, facts, name } = it
  const isNamed = facts.vendors.size > 0 && !facts.vendorGuessed
  const company = [...facts.vendors].find((vendor) => COMPANIES.has(vendor))
  const isOpen = facts.repo !== undefined || facts.referenced.length > 0
  const isTheirs = company === undefined || identity.vendors.has(company) || identity.called.startsWith(`${company}-`)
  if (!isTheirs && (isCommonName(name.name) || !isOpen))
    return no(statement, `${spoken(statement)} is ${company}'s, and nothing says that the component is`, 'maker')
  // `Octopus Server`, `Spring Boot`, `discourse-calendar`: an everyday word is only part of what the record writes.
  if (isCommonName(name.name) && !isWritten(it))
    return no(statement, `the record speaks of ${spoken(statement)}, not of ${name.name} alone`, 'maker')
  const isOnlyShort = isShortName(name.name) && !isNamed && isWritten(it) && facts.referenced.length > 0
  if (isOnlyShort && theirsIsNone(it))
    return yes('likely', statement, `the record writes ${name.name} alone, and leads to a repository of that name`)
  if (isCommonName(name.name) || name.from === 'source' || name.from === 'attribute') {
    return isNamed && identity.vendors.size > 0
      ? no(
          statement,
          `${spoken(statement)} is made by ${[...facts.vendors].join(', ')}; the component by ${[...identity.vendors.keys()].join(', ')}`,
          'maker',
        )
      : yes('unproven', statement, `only the name ${name.name} agrees: who makes it is not known on one side`)
  }
  const isSaid = statement.source === 'text' && !isNamed && isWritten(it)
  if (identity.ecosystem !== undefined && !facts.openSource && !isSaid)
    return yes(
      'unproven',
      statement,
      `only the name ${name.name} agrees; nothing says that it is of ${identity.ecosystem.name}`,
    )
  return yes(
    'likely',
    statement,
    `the name ${name.name} agrees (${name.text}), few things have it, and nothing contradicts`,
  )
}

const theirsIsNone = (it: Case) => it.identity.ecosystem === undefined && languageOf(it) === undefined

function vendorAgrees({ identity, facts }: Case): string | undefined {
  for (const [vendor, why] of identity.vendors) {
    for (const form of vendorForms(vendor)) if (facts.vendors.has(form)) return `the maker ${form} (${why})`
  }
  return undefined
}

/** The record writes this very name: not `Facebook Thrift`, `Westermo Lynx`, or `Connector/Python`, which hold it. */
const isWritten = ({ statement: { product, packageName, cpes = [] }, name }: Case, written = name.name) =>
  [
    product,
    / \(([^()]+)\)$/.exec(product ?? '')?.[1],
    packageName,
    ...cpes.map((cpe) => cpeField(cpe, 'product')),
  ].some((said) => said !== undefined && normaliseName(said) === written)

/** The record writes this very name, or it after one of the component's makers: `GNU tar`. */
const isWrittenByMakers = (it: Case) =>
  isWritten(it) || [...it.identity.makers].some((maker) => isWritten(it, `${maker}-${it.name.name}`))

/** Made of everyday words: `mail-server`, `desktop-client`. */
const isOfWords = (name: string) => name.split('-').every(isCommonName)

/** `vim` in `vim-full`, `qt` in `qtbase`, `tar` in `gnutar`. */
const isWithin = (name: string, called: string) => called.startsWith(name) || called.endsWith(name)

/** The record's maker is called as the product is. */
const selfNamed = ({ identity, facts }: Case) =>
  [...facts.vendors].some((vendor) => facts.names.has(vendor) || identity.names.has(vendor))

function spoken(statement: Statement): string {
  const product = statement.product ?? statement.packageName ?? statement.purl ?? statement.cpes?.[0] ?? 'no product'
  return statement.vendor === undefined || /^n\/?a$/i.test(statement.vendor)
    ? product
    : `${statement.vendor} ${product}`
}

const evidence = (statement: Statement, text: string): Evidence => ({ kind: 'product', text, source: statement.at })
const yes = (same: 'proven' | 'likely' | 'unproven', statement: Statement, text: string): ProductAnswer => ({
  same,
  evidence: evidence(statement, text),
})
const no = (statement: Statement, text: string, because: Denial): ProductAnswer => ({
  same: 'no',
  evidence: evidence(statement, text),
  because,
})
