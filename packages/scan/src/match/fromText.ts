import { isCommonName } from '../identify/commonWords.ts'
import { normaliseName } from '../identify/normalise.ts'
import { distributionNamed } from './distribution.ts'
import type { Statement, VersionRow } from './model.ts'

/**
 * Some records have their product in no field (one in thirteen of those published in 2024, mostly MITRE's), and say in
 * words: `An issue was discovered in Python before 3.8.18, 3.9.x before 3.9.18. It …`. What the first sentence that
 * names a program with versions says is read as statements. A mention is words, then versions:
 * `Artifex MuPDF 1.12.0 and earlier`; where the maker ends and the product begins is not marked, so each division is a
 * statement of its own (`MuPDF` of `Artifex`, and `Artifex MuPDF`).
 */
export function statementsFromText(text: string, provider: string, at: string): Statement[] {
  for (const sentence of sentencesOf(text)) {
    const mentions = mentionsIn(sentence)
    if (mentions.length === 0) continue
    const fixes = fixRows(text)
    return mentions.flatMap(({ words, rows }) => divisionsOf({ words, rows: [...rows, ...fixes] }, provider, at))
  }
  return []
}

/** `The fixed versions are 3.0.7, 3.1.5, and 3.2.4.`: each is the fix of its branch. */
function fixRows(text: string): VersionRow[] {
  const [, list = ''] =
    /\bfixed versions are ((?:v?\d[\w.]*\w(?:,? and |, )?)+)/i.exec(text.slice(0, LONGEST_TEXT)) ?? []
  const fixes = list.match(/\d[\w.]*\w/g) ?? []
  if (fixes.length < 2) return []
  return fixes.map((fix) => ({
    status: 'unaffected',
    version: fix,
    lessThanOrEqual: `${fix.replace(/\.[^.]*$/, '')}.*`,
  }))
}

interface Mention {
  /** The words before the versions, a maker's first. */
  readonly words: readonly string[]
  readonly rows: readonly VersionRow[]
}

/** What describes a flaw stands at the beginning; the rest is told of its consequences. */
const MOST_TEXT = 600
const LONGEST_TEXT = 4_000
const MOST_SENTENCES = 2

const sentencesOf = (text: string) =>
  text
    .slice(0, MOST_TEXT)
    .replace(/\s+/g, ' ')
    // `An issue was discovered with Foo 1.2`, and without any word.
    .replace(/\b(?<=discovered) (?:with |on |at )?(?=[A-Z])/g, ' in ')
    .replace(/\bRuby on Rails\b/g, 'Ruby-on-Rails')
    .replace(/\b(?:Inc|Ltd|LLC|Corp|Co|GmbH)\b\.?,?/g, '')
    .split(/(?<=[a-z\d)"'])\. (?=[A-Z])/)
    .slice(0, MOST_SENTENCES)

/** No name that begins with a digit: `7-Zip`, `3proxy`, `389 Directory Server`. */
const NO_NAME = '(?!(?![0-9a-f]{7,40}\\b)\\d+-?(?!rc|beta|alpha|pre|dev|patch|build|git|stable)[a-z]{3})'
const VERSION = String.raw`${NO_NAME}v?\.?\d[\w.+~-]*(?<![.+~-])`
const BOUND =
  '(?:before|prior to|earlier than|lower than|older than|below|through|thru|up to(?:,? and including,?)?|<=|<|≤)'
const LEAD = `(?:versions? |releases? )?(?:${BOUND} ?(?:versions? )?)?`
const EARLIER = ',? \\(?(?:and|or) (?:all )?(?:earlier|prior|before|below|lower|older|previous)(?: versions?)?\\)?'
const VERSIONS = new RegExp(
  ` (?<versions>${LEAD}${VERSION}(?:${EARLIER}| ${BOUND} (?:versions? )?${VERSION}|(?:, (?:and |or )?| and | or )${LEAD}${VERSION})*)(?=[ ,;:)]|\\.(?!\\w)|$)(?! v?\\.?\\d(?!\\d{3}-\\d\\d-\\d\\d))`,
  'gi',
)

/** The first mention, and those that a comma or `and` adds to it. */
function mentionsIn(sentence: string): Mention[] {
  const mentions: Mention[] = []
  let end = 0
  for (const match of sentence.matchAll(VERSIONS)) {
    const before = sentence.slice(end, match.index)
    const words = wordsBefore(before, end === 0)
    if (words === undefined) {
      if (mentions.length > 0) break
      continue
    }
    // A distribution's own package is not upstream's.
    if (distributionNamed(sentence.slice(0, match.index))) return []
    mentions.push({ words, rows: rowsOf(match.groups!.versions!) })
    end = match.index + match[0].length
  }
  return mentions
}

/** Words that a mention may follow: `vulnerability in Foo 1.2`. After others (`plugin for Foo 1.2`) it is of no flaw. */
const OPENS = new Set(['in', 'of', 'affects', 'affecting'])
/** Words that are no part of a name. */
const CLOSES = new Set(
  'for with via by using on from to against than as is are was were has have when where that which allows allow if at into and or not used use only see like between after since about including contains through thru'.split(
    ' ',
  ),
)
const ARTICLE = /^(the|an?|this|its)$/i
const MOST_WORDS = 5

/**
 * The name that ends a piece of text, where what stands before it lets it be the subject. `first`: nothing was named
 * yet; later ones follow a comma or `and`.
 */
function wordsBefore(text: string, first: boolean): readonly string[] | undefined {
  const said = text
    .replace(/\([^()]*\)/g, ' ')
    .replace(first ? /^/ : /^(?:, and |, | and )(?=\S)/, '')
    .trim()
    .split(/\s+/)
  if (!first && !/^(?:, | and )/.test(text)) return undefined
  const words: string[] = []
  for (const word of said.reverse().map((each) => each.replace(/^["'“`]+|["'”`,]+$/g, ''))) {
    if (first && OPENS.has(word.toLowerCase())) return named(words)
    if (CLOSES.has(word.toLowerCase()) || OPENS.has(word.toLowerCase()) || /[;:]$/.test(word)) return undefined
    if (!ARTICLE.test(word)) words.unshift(word)
    if (words.length > MOST_WORDS) return undefined
  }
  return named(words)
}

/** What stands after a name and is no part of it; a plugin is another thing than what it is called after. */
const KIND = /^(component|package|library|application|software|product|platform|browser|program|tool)s?$/
const OTHER = /^(plugin|plug-in|extension|theme|module|addon|add-on|app|firmware|skin|client|driver)s?$/

/** Less what describes it (`open source FreeImage`); undefined where nothing is left that could be a name. */
function named(words: readonly string[]): readonly string[] | undefined {
  const capital = words.findIndex((word) => /[A-Z]/.test(word))
  // `in the module "Make an offer"`
  if (words.slice(0, Math.max(capital, 0)).some((word) => OTHER.test(word))) return undefined
  const bare = (capital > 0 ? words.slice(capital) : words).filter((word) => !/^(versions?|releases?)$/i.test(word))
  const name = bare.length > 1 && KIND.test(bare.at(-1)!) ? bare.slice(0, -1) : bare
  const last = name.at(-1)
  return last === undefined || !/[a-z].|.[a-z]/i.test(name.join(' ')) || /[\\/=<>]|\(\)/.test(last) ? undefined : name
}

/** A row for each piece of `5.6.30 and earlier, 5.7.x before 5.7.13`. */
function rowsOf(versions: string): VersionRow[] {
  return versions
    .toLowerCase()
    .replace(new RegExp(EARLIER, 'g'), ' and earlier')
    .replace(/\bthru\b|\bup to,? and including,?(?= )/g, 'through')
    .replace(/\bv\.?(?=\d)/g, '')
    .split(/,? and (?=\D{0,20}\d)(?!earlier)|, (?:or )?| or (?=\d)/)
    .map((piece) => piece.trim().replace(/^(?:versions?|releases?) (?=\d)/, ''))
    .filter((piece) => piece !== '')
    .map((version) => ({ status: 'affected', version }))
}

/**
 * An everyday word of a longer name (`MiVoice Connect`) is no product. A lower-case word after a name is a part of it
 * (`Binutils addr2line`) or has its own name (`Qt qtsvg`).
 */
function divisionsOf({ words, rows }: Mention, provider: string, at: string): Statement[] {
  const statement = (from: number, to: number): Statement => ({
    source: 'text',
    provider,
    ...(from === 0 ? {} : { vendor: words.slice(0, from).join(' ') }),
    product: words.slice(from, to).join(' '),
    versions: rows,
    at,
  })
  const whole = words.flatMap((_, from) => {
    const isWord = from > 0 && isCommonName(normaliseName(words.slice(from).join(' ')))
    return isWord ? [] : [statement(from, words.length)]
  })
  const [first = '', part = '', ...more] = words
  const isPart = more.length === 0 && /^[a-z][a-z\d]*$/.test(part) && !part.includes(first.toLowerCase())
  return isPart && (!OTHER.test(part) || first.includes('::')) ? [...whole, statement(0, 1)] : whole
}
