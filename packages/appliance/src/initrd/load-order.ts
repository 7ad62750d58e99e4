import { UserError } from '@firn/core'
import { kernelName, type ModuleLists } from './module-lists.ts'

/**
 * One step of loading: `need` loads a module that must load, `may` one that need not, and `any` looks whether one of
 * these is loaded. A choice comes of an alias that several modules answer to, such as one checksum for several
 * processors: most of them load on none but theirs.
 */
export interface LoadStep {
  readonly kind: 'need' | 'may' | 'any'
  readonly names: readonly string[]
}

/**
 * In which order modules are loaded so that each finds what it needs, dependencies and soft dependencies included.
 * `required` and `wanted` are names or aliases; of the second, what the kernel does not have is left out, and what the
 * machine does not take is passed over. Error: a required one, or a dependency, that the kernel does not have.
 */
export function loadOrder(lists: ModuleLists, required: readonly string[], wanted: readonly string[] = []): LoadStep[] {
  const plan = new Plan(lists)
  for (const word of required) {
    if (plan.add(kernelName(word), 'need')) continue
    throw new UserError(
      `the kernel has no module ${word}, neither as a file nor built in`,
      'check its name with modinfo, or take another kernel',
    )
  }
  for (const word of wanted) plan.add(kernelName(word), 'may')
  return plan.steps()
}

type Kind = 'need' | 'may'

class Plan {
  readonly #lists: ModuleLists
  /** In the order of loading. Setting one again keeps its place, which is right: what it needs stands before it. */
  readonly #modules = new Map<string, Kind>()
  readonly #choices: (readonly string[])[] = []
  /** Those whose dependencies are being placed: soft dependencies may go in circles. */
  readonly #entered = new Set<string>()
  readonly #later = new Set<string>()

  constructor(lists: ModuleLists) {
    this.#lists = lists
  }

  /** False: nothing goes by this name. */
  add(word: string, kind: Kind): boolean {
    const { modules, aliases, builtin } = this.#lists
    const providers = modules.has(word) ? [word] : (aliases.get(word) ?? [])
    if (builtin.has(word) || providers.some((name) => builtin.has(name))) return true
    if (providers.length > 1) {
      for (const name of providers) this.#load(name, 'may')
      if (kind === 'need') this.#choices.push(providers)
    } else if (providers[0] !== undefined) this.#load(providers[0], kind)
    return providers.length > 0
  }

  #load(name: string, kind: Kind): void {
    const known = this.#modules.get(name)
    if (known === 'need' || known === kind || this.#entered.has(name)) return
    if (this.#waitsForEntered(name)) {
      this.#later.add(name)
      return
    }
    const { modules, softDependencies, builtin } = this.#lists
    const module = modules.get(name)
    if (module === undefined) {
      if (builtin.has(name)) return
      throw new UserError(
        `the kernel module ${name} is missing, though others need it`,
        'run depmod on the modules again',
      )
    }
    const soft = softDependencies.get(name)
    this.#entered.add(name)
    for (const word of soft?.before ?? []) this.add(word, kind)
    for (const other of module.needs) this.#load(other, kind)
    this.#entered.delete(name)
    this.#modules.set(name, kind)
    for (const word of soft?.after ?? []) this.add(word, 'may')
  }

  /** A soft dependency that needs, in earnest, what asks for it: it can only come afterwards. */
  #waitsForEntered(name: string): boolean {
    const seen = new Set([name])
    for (const one of seen) {
      for (const other of this.#lists.modules.get(one)?.needs ?? []) {
        if (this.#entered.has(other)) return true
        seen.add(other)
      }
    }
    return false
  }

  steps(): LoadStep[] {
    for (const name of this.#later) this.#load(name, 'may')
    const steps: LoadStep[] = []
    const placed = new Set<string>()
    for (const [name, kind] of this.#modules) {
      steps.push({ kind, names: [name] })
      placed.add(name)
      for (const names of this.#choices) {
        if (names.includes(name) && names.every((other) => placed.has(other))) steps.push({ kind: 'any', names })
      }
    }
    return steps
  }
}
