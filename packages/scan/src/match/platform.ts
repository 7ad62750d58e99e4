import type { Evidence } from '@firn/report'
import type { Advisory, Statement } from './model.ts'

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
 * Why a statement does not apply to a component of this system (`x86_64-linux`): its platform list, or a text that
 * speaks of other systems only. Undefined where it applies or nothing is said.
 */
export function otherPlatform(
  statement: Statement,
  advisory: Advisory,
  system: string | undefined,
): Evidence | undefined {
  const own = system === undefined || system.endsWith('linux') ? 'linux' : system.endsWith('darwin') ? 'darwin' : 'bsd'
  const listed = systemsOf(statement.platforms ?? [])
  if (listed.size > 0 && !listed.has(own) && !(own === 'bsd' && listed.has('linux'))) {
    return {
      kind: 'platform',
      text: `the record lists ${statement.platforms!.join(', ')}; this is ${system ?? 'Linux'}`,
      source: `${statement.at}.platforms`,
    }
  }
  const targets = systemsOf((statement.cpes ?? []).map((cpe) => TARGET.exec(cpe)?.[1] ?? ''))
  if (targets.size > 0 && !targets.has(own) && (statement.cpes ?? []).every((cpe) => TARGET.test(cpe))) {
    return {
      kind: 'platform',
      text: `the record's CPE is for ${[...targets].join(', ')}; this is ${system ?? 'Linux'}`,
      source: `${statement.at}.cpes`,
    }
  }
  const text = systemsOfText(`${advisory.title ?? ''}. ${advisory.description ?? ''}`)
  if (text !== undefined && !text.systems.has(own)) {
    return {
      kind: 'platform',
      text: `the description speaks of ${text.words}; this is ${system ?? 'Linux'}`,
      source: `${advisory.id} description`,
    }
  }
  return undefined
}

const TARGET =
  /^cpe:2\.3:[aoh]:(?:\\.|[^:])*:(?:\\.|[^:])*:(?:\\.|[^:])*:(?:\\.|[^:])*:(?:\\.|[^:])*:(?:\\.|[^:])*:(?:\\.|[^:])*:(windows|macos|mac_os_x|mac_os|android|iphone_os|ipados|linux)/

function systemsOf(texts: readonly string[]): Set<string> {
  const systems = new Set<string>()
  for (const text of texts)
    for (const [pattern, system] of SYSTEMS) if (pattern.test(text.replaceAll('_', ' '))) systems.add(system)
  return systems
}

const ON =
  /\b(?:on|for|only affects?|affects only|in) ((?:(?:microsoft |apple )?(?:windows(?: \d+| platforms?| systems?| hosts?)?|mac ?os(?: x)?|os x|darwin|android|ios|ipados|chrome ?os)(?:, | and | or |\/)?)+)/gi
const HERE =
  /\b(linux|unix|posix|gnu|bsd|all platforms|all operating systems|other platforms|all versions of .* on all)\b/i

/** `on Windows`, `for Android and iOS`: the systems, where the text speaks of no others. */
function systemsOfText(text: string): { systems: Set<string>; words: string } | undefined {
  if (HERE.test(text)) return undefined
  const found = [...text.matchAll(ON)].map((match) => match[1]!.trim())
  if (found.length === 0 || /\b(including|such as|e\.g\.|for example|particularly|especially)\b/i.test(text))
    return undefined
  return { systems: systemsOf(found), words: found.join(', ') }
}
