import type { ClosureComponent } from '../collect/components.ts'
import { parseResolveAnswer, type ResolvedPackage } from './answer.ts'
import { ask, endpointOf } from './ask.ts'

/** Store paths in one request: the tracker takes 2,000. */
const BATCH = 1000

/**
 * Ask a tracker what it knows of derivations whose `.drv` files are not in this store (a closure that was copied): the
 * attribute, identifiers and patches of the very derivation, as it was evaluated. The paths of these derivations are
 * sent, and nothing else. What this machine knows itself stays as it is.
 */
export async function resolveRemotely(
  url: string,
  components: readonly ClosureComponent[],
  signal?: AbortSignal,
): Promise<readonly ClosureComponent[]> {
  const endpoint = endpointOf(url, 'resolve')
  const wanted = [...new Set(components.flatMap((component) => unreadDerivation(component) ?? []))].sort()
  const known = new Map<string, ResolvedPackage>()
  for (let start = 0; start < wanted.length; start += BATCH) {
    const paths = wanted.slice(start, start + BATCH)
    const asked = new Set(paths)
    for (const found of parseResolveAnswer(await ask(endpoint, { paths }, signal), endpoint)) {
      if (asked.has(found.path)) known.set(found.path, found)
    }
  }
  return components.map((component) => {
    const found = known.get(unreadDerivation(component) ?? '')
    return found === undefined ? component : withKnowledge(component, found)
  })
}

function unreadDerivation({ patches, derivation }: ClosureComponent): string | undefined {
  return patches === undefined ? derivation : undefined
}

function withKnowledge(component: ClosureComponent, found: ResolvedPackage): ClosureComponent {
  const { attribute, pname, version, cpes, purls, patches } = found
  return {
    ...component,
    attribute,
    ...(pname === undefined || component.pname !== undefined ? {} : { pname }),
    ...(version === undefined || component.version !== undefined ? {} : { version }),
    ...(cpes.length === 0 ? {} : { cpes }),
    ...(purls.length === 0 ? {} : { purls }),
    ...(patches === undefined ? {} : { patches }),
  }
}
