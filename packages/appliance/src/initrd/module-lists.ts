/**
 * The lists that `depmod` leaves beside a kernel's modules (lib/modules/VERSION, modules.dep(5)). Names are as the
 * kernel spells them: `_` where a file has `-`.
 */
export interface ModuleLists {
  /** By name: its file, from the folder of the lists, and what has to be loaded before. */
  readonly modules: ReadonlyMap<string, ModuleFile>
  /** What a module wants beside it, though it loads without. Names or aliases. */
  readonly softDependencies: ReadonlyMap<string, SoftDependencies>
  /** By alias without wildcards: the modules that answer to it. */
  readonly aliases: ReadonlyMap<string, readonly string[]>
  /** Names and aliases of what is part of the kernel itself. */
  readonly builtin: ReadonlySet<string>
}

interface ModuleFile {
  readonly path: string
  readonly needs: readonly string[]
}

interface SoftDependencies {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** The texts of the files of these names. The last two may be missing. */
export interface ModuleListTexts {
  readonly dep: string
  readonly softdep: string
  readonly alias: string
  readonly builtin: string
  readonly builtinModinfo: string
}

export function parseModuleLists(texts: ModuleListTexts): ModuleLists {
  return {
    modules: parseDependencies(texts.dep),
    softDependencies: parseSoftDependencies(texts.softdep),
    aliases: parseAliases(texts.alias),
    builtin: parseBuiltin(texts.builtin, texts.builtinModinfo),
  }
}

/** `dm_verity` for `kernel/drivers/md/dm-verity.ko.xz`. */
function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1)
  return kernelName(file.replace(/\.ko(\.(gz|xz|zst))?$/, ''))
}

/** The kernel and its tools take `-` and `_` for the same. */
export function kernelName(word: string): string {
  return word.replaceAll('-', '_')
}

/** `kernel/a/b.ko: kernel/c.ko kernel/d.ko`. */
function parseDependencies(text: string): Map<string, ModuleFile> {
  const modules = new Map<string, ModuleFile>()
  for (const [path, ...needs] of wordsOfLines(text)) {
    if (path?.endsWith(':') !== true) continue
    const file = path.slice(0, -1)
    modules.set(moduleName(file), { path: file, needs: needs.map(moduleName) })
  }
  return modules
}

/** `softdep NAME pre: A B post: C`. */
function parseSoftDependencies(text: string): Map<string, SoftDependencies> {
  const found = new Map<string, SoftDependencies>()
  for (const [keyword, name, ...rest] of wordsOfLines(text)) {
    if (keyword !== 'softdep' || name === undefined) continue
    const before = [...(found.get(kernelName(name))?.before ?? [])]
    const after = [...(found.get(kernelName(name))?.after ?? [])]
    let list: string[] | undefined
    for (const word of rest) {
      if (word === 'pre:') list = before
      else if (word === 'post:') list = after
      else list?.push(kernelName(word))
    }
    found.set(kernelName(name), { before, after })
  }
  return found
}

/** `alias NAME MODULE`. Those with wildcards are for devices that are found, not for dependencies. */
function parseAliases(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [keyword, alias, module] of wordsOfLines(text)) {
    if (keyword !== 'alias' || alias === undefined || module === undefined || /[*?[]/.test(alias)) continue
    const name = kernelName(alias)
    const modules = found.get(name)
    if (modules === undefined) found.set(name, [kernelName(module)])
    else if (!modules.includes(kernelName(module))) modules.push(kernelName(module))
  }
  return found
}

/** One lists the files that would have been, the other has `NAME.KEY=VALUE` with a NUL behind each. */
function parseBuiltin(list: string, modinfo: string): Set<string> {
  const names = wordsOfLines(list).flatMap(([path]) => (path === undefined ? [] : [moduleName(path)]))
  const said = modinfo.split('\0').flatMap((entry) => /^[^.=]+\.alias=(.+)$/s.exec(entry)?.[1] ?? [])
  return new Set([...names, ...said.map(kernelName)])
}

function wordsOfLines(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => line.split(/\s+/).filter((word) => word !== ''))
}
