import type { Evidence } from '@firn/report'
import { cpeField } from '../identify/cpe.ts'
import { memo } from '../identify/memo.ts'
import type { Advisory, Statement } from './model.ts'
import { oncePerAdvisory } from './once.ts'

/** Words of platform lists and texts, and the systems they mean. Chips and word sizes say nothing about the system. */
const SYSTEMS: readonly (readonly [pattern: RegExp, system: string])[] = [
  [/windows|win32|win64/i, 'windows'],
  [/mac ?os|os ?x|darwin/i, 'darwin'],
  [/android/i, 'android'],
  [/\bios\b|ipados|iphone/i, 'ios'],
  [/linux|unix|posix|ubuntu|debian|red ?hat|suse|centos|\ball\b|cross|any/i, 'linux'],
  [/freebsd|openbsd|netbsd|\bbsd\b/i, 'bsd'],
  [/solaris|aix|hp-?ux|z\/os|vms|chrome ?os|webos|harmonyos/i, 'other'],
]

/**
 * Why a statement does not apply to a component of this system (`x86_64-linux`): its platform list, the target of its
 * CPE names, or a text that speaks of other systems only. Undefined where it applies or nothing is said.
 */
export function otherPlatform(
  statement: Statement,
  advisory: Advisory,
  system: string | undefined,
): Evidence | undefined {
  const own = system === undefined || system.endsWith('linux') ? 'linux' : system.endsWith('darwin') ? 'darwin' : 'bsd'
  const here = system ?? 'Linux'
  const { platforms = [], cpes = [] } = statement
  // Fluid Attacks lists what it tested on.
  const listed = statement.provider === 'Fluid Attacks' ? NONE : systemsOf(platforms)
  if (listed.size > 0 && !listed.has(own) && !(own === 'bsd' && listed.has('linux')))
    return elsewhere(`the record lists ${platforms.join(', ')}; this is ${here}`, `${statement.at}.platforms`)
  const targets = cpes.map((cpe) => systemsOf([cpeField(cpe, 'targetSw') ?? '']))
  if (targets.length > 0 && targets.every((target) => target.size > 0 && !target.has(own))) {
    const names = [...new Set(targets.flatMap((target) => [...target]))].join(', ')
    return elsewhere(`the record's CPE is for ${names}; this is ${here}`, `${statement.at}.cpes`)
  }
  const said = systemsOfText(advisory)
  if (said === undefined || said.systems.has(own)) return undefined
  return elsewhere(`the text speaks of ${said.words} only; this is ${here}`, `${advisory.id} description`)
}

const elsewhere = (text: string, source: string): Evidence => ({ kind: 'platform', text, source })

function systemsOf(texts: readonly string[]): ReadonlySet<string> {
  if (texts.length === 1) return systemsIn(texts[0]!)
  return texts.length === 0 ? NONE : new Set(texts.flatMap((text) => [...systemsIn(text)]))
}

/** Lists of platforms and targets of CPE names are a few words. */
const systemsIn = memo((text): ReadonlySet<string> => {
  const plain = text.replaceAll('_', ' ')
  return new Set(SYSTEMS.flatMap(([pattern, system]) => (pattern.test(plain) ? system : [])))
})
const NONE: ReadonlySet<string> = new Set()

const OS =
  '(?:(?:microsoft |apple |google )?(?:windows(?: (?:\\d+|platforms?|systems?|hosts?|operating systems?|containers?|nodes?))?|mac ?os(?: x)?|os x|android|ios|ipados|chrome ?os)(?:, and |, | and | or |\\/)?)+'
const SOME_OS = /windows|mac ?os|os x|android|\bios\b|ipados|chrome ?os/i
/** `This issue only affects Android versions`, `affected on Windows only`. */
const ONLY = new RegExp(
  `\\b(?:only affect(?:s|ed|ing)?|affect(?:s|ed|ing)? only|only (?:on|for|in)|only impact(?:s|ed)?|limited to|operating systems? (?:is|are)) (?:[a-z]+ (?:[a-z]+ )?(?:for|on) )?(?<only>${OS})|(?:\\b(?:on|for) |\\()(?<last>${OS})\\s*only\\b|\\(component: [^()]*(?<part>\\bwindows)\\)|\\((?:sub)?component: [^()]*(?<dll>\\bwindows)\\b[^()]*\\)|^(?:on|for) (?<first>${OS})|^[A-Z][\\w.]* (?<mobile>android|ios)\\b|\\bonly (?:the )?(?<alone>${OS})(?: [a-z]+){0,2} (?:is|are) (?:affected|vulnerable|impacted)\\b`,
  'i',
)
const ON = new RegExp(`\\b(?:on|for) (?<on>${OS})(?!\\w)`, 'i')
/** `Incorrect security UI in iOS`, `TCC bypass in the macOS application`. */
const IN =
  /\b(?:in|['’]s|the) (?<on>Windows|macOS|Mac OS X|iOS|Android)(?: (?:app|application|client|desktop client|installer)s?)?\b(?! (?:server|kernel|nt|\d))/
const HERE =
  /\b(linux|unix|posix|gnu|bsd|ubuntu|debian|all platforms|all operating systems|other platforms|cross-platform)\b/i
const SPARED = /\b(?:not|un)[ -]?(?:affected|vulnerable|impacted)\b/i
const EXAMPLE = /\b(including|such as|e\.g\.|for example|particularly|especially|at least|also|and on|as well)\b/i

/**
 * The systems a text limits the flaw to, where it speaks of no others: by `only`, at its beginning (`On Windows, …`),
 * in the title, or in the first sentence that does not merely introduce the program.
 */
const systemsOfText = oncePerAdvisory(({ title = '', description = '' }) => {
  const text = `${title}. ${description}`
  if (!SOME_OS.test(text)) return undefined
  const sentences = text.split('.')
  if (sentences.some((sentence) => HERE.test(sentence) && !SPARED.test(sentence))) return undefined
  const only = ONLY.exec(description)?.groups ?? ONLY.exec(title)?.groups
  const limited = Object.values(only ?? {}).find((system) => system !== undefined)
  if (limited !== undefined) return { systems: systemsOf([limited]), words: limited.trim() }
  for (const sentence of [title, firstOf(description)]) {
    const on = EXAMPLE.test(sentence) ? undefined : (ON.exec(sentence) ?? IN.exec(sentence))?.groups?.on
    if (on !== undefined) return { systems: systemsOf([on]), words: on.trim() }
  }
  return undefined
})

/** The first sentence, or the second where the first only says what the program is; less asides (`worse on Windows`). */
function firstOf(description: string): string {
  const [first = description, second = ''] = description.replace(/\([^()]*\bon [^()]*\)/g, '').split(/(?<=[.])\s+/)
  return INTRODUCES.test(first) ? second : first
}

/** `Sunshine is a self-hosted game stream host`. */
const INTRODUCES = /^[`"]?[A-Z][\w.+-]*(?: [\w.+-]+){0,3}[`"]? (?:is|are) (?:an?|the|one|free|open)\b/i
