import { cpeField } from '../identify/cpe.ts'
import { normaliseName } from '../identify/normalise.ts'
import type { Advisory, Statement } from './model.ts'
import { oncePerAdvisory } from './once.ts'

/** Who speaks of nothing but plugins. */
const PLUGIN_PROVIDERS: Readonly<Record<string, string>> = {
  wordfence: 'WordPress',
  wpscan: 'WordPress',
  patchstack: 'WordPress',
  jenkins: 'Jenkins',
}
const HOSTS: readonly (readonly [pattern: RegExp, host: string])[] = [
  [/wordpress|woocommerce|elementor/, 'WordPress'],
  [/jenkins/, 'Jenkins'],
  [/drupal/, 'Drupal'],
  [/joomla/, 'Joomla'],
  [/typo3/, 'TYPO3'],
  [/magento/, 'Magento'],
  [/moodle/, 'Moodle'],
  [/prestashop/, 'PrestaShop'],
  [/mediawiki/, 'MediaWiki'],
  [/confluence|jira|atlassian/, 'Atlassian'],
  [/discourse/, 'Discourse'],
  [/xwiki/, 'XWiki'],
  [/strapi/, 'Strapi'],
  [/craft ?cms/, 'Craft'],
  [/nextcloud/, 'Nextcloud'],
  [/cloud_?foundry/, 'Cloud Foundry'],
]
/** Analysts file plugins under the maker of what they plug into. */
const MAKERS_OF_HOSTS = /^(wordpress|drupal|joomla!?|prestashop|magento)$/i
const NAMES =
  'wordpress|jenkins|drupal|joomla!?|typo3|magento|moodle|prestashop|mediawiki|confluence|jira|nextcloud|woocommerce|elementor'
const PLUGIN = 'plugin|plug-in|extension|module|theme|add-?on|app'
const OF_HOST = new RegExp(
  `\\b(${NAMES})(?:['’]s)? (?:[a-z]+ )?(?:${PLUGIN})\\b|\\b(?:${PLUGIN})s? for (?:the )?(${NAMES}|google chrome|discourse)`,
)

/** What the product of a statement plugs into, as a Jenkins plugin does; undefined for what stands alone. */
export function hostOf(statement: Statement, advisory: Advisory): string | undefined {
  const product = (statement.product ?? statement.packageName ?? '').toLowerCase()
  const provider = PLUGIN_PROVIDERS[statement.provider.toLowerCase()]
  if (provider !== undefined && !isCore(product, provider)) return provider
  if (/wordpress\.org\/(plugins|themes)/i.test(statement.collectionUrl ?? '')) return 'WordPress'
  for (const cpe of statement.cpes ?? []) {
    const target = cpeField(cpe, 'targetSw')?.toLowerCase()
    const found = target === undefined ? undefined : hostNamed(target)
    if (found !== undefined && cpeField(cpe, 'product')?.toLowerCase() !== target) return found
  }
  const maker =
    MAKERS_OF_HOSTS.exec(statement.vendor ?? '') === null ? undefined : hostNamed(statement.vendor!.toLowerCase())
  if (maker !== undefined && !isCore(product, maker)) return maker
  if (/^jenkins( project)?$/i.test(statement.vendor ?? '') && !isCore(product, 'Jenkins')) return 'Jenkins'
  if (/(plugin|extension|module|theme|add-?on)/.test(product)) {
    const host = hostNamed(product)
    if (host !== undefined) return host
  }
  const host = hostInText(advisory)
  return host === undefined ||
    isCore(product, host) ||
    product.startsWith(host.toLowerCase()) ||
    isAtlassians(product, host)
    ? undefined
    : host
}

const hostInText = oncePerAdvisory(({ title = '', description = '' }) => {
  const words = OF_HOST.exec(`${title} ${description}`.toLowerCase())
  return words === null ? undefined : hostNamed((words[1] ?? words[2])!)
})

const hostNamed = (text: string) => HOSTS.find(([pattern]) => pattern.test(text))?.[1]

/** A plugin of Jira is in the text; what is affected is Jira. */
const isAtlassians = (product: string, host: string) => host === 'Atlassian' && /^(jira|confluence)\b/.test(product)

const isCore = (product: string, host: string) =>
  [host, `${host} core`, `${host} lts`, `${host} server`].some((name) => name.toLowerCase() === product)

/** `the Foreground skin for MediaWiki`: what plugs into the product, which analysts file under the product. */
const EXTENSION =
  /\b(?:the )?([\w-]+(?: [A-Z][\w-]*)?) (?:skin|extension|plug-?in|theme|add-?on|gadget|module)(?: (?:before|through|prior to)? ?v?[\d.]+)? for (?:the )?([\w.-]+)/

/** What the text names as plugging into something, and its first words: each of an analyst's statements asks. */
const introduced = oncePerAdvisory(({ description = '' }) => {
  const [said, , host] = EXTENSION.exec(description.slice(0, 200)) ?? []
  const words = description
    .slice(0, 120)
    .toLowerCase()
    .split(/[^a-z0-9+-]+/)
  return { said, host, words }
})

/**
 * `CUPS cups-browsed before 2.5`, `the Foreground skin for MediaWiki`: the text's subject is called after the product
 * or plugs into it, and is not it.
 */
export function extensionOf(name: string, advisory: Advisory): string | undefined {
  const { said, host, words } = introduced(advisory)
  if (host !== undefined && normaliseName(host) === name) return said
  const at = words.findIndex((word) => word.startsWith(`${name}-`) && /-[a-z]{3,}$/.test(word))
  return at > 0 && words[at - 1] === name ? words[at] : undefined
}
