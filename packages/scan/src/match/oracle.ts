import type { CveContainer } from '@firn/advisories'

/** Oracle's text names the part of a suite that a record is about: `(subcomponent: Connector/J)`. */
const COMPONENT = /\((?:sub)?component: ([^():]+)[^()]*\)/

/** What Oracle ships with its Java and OpenJDK does not have. */
const NOT_OF_OPENJDK = /^(javafx|deployment|install|java mission control|plug-in)$/i

/**
 * The container with the part for the suite, where the part is a product of its own: each of the MySQL Connectors, and
 * what only Oracle's Java has (JavaFX, Java Web Start).
 */
export function oracleProduct(cna: CveContainer, assigner: string): CveContainer {
  if (assigner !== 'oracle') return cna
  const part = COMPONENT.exec(cna.descriptions?.[0]?.value.slice(0, 400) ?? '')?.[1]?.trim()
  if (part === undefined) return cna
  const rename = (product: string) => {
    if (/^mysql connectors$/i.test(product)) return `MySQL ${part.replace('/', '-')}`
    return /^java se\b/i.test(product) && NOT_OF_OPENJDK.test(part) ? part : product
  }
  return {
    ...cna,
    affected: (cna.affected ?? []).map((entry) =>
      entry.product === undefined ? entry : { ...entry, product: rename(entry.product) },
    ),
  }
}
