import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Elf, fileSource, readElf } from '@firn/binary'
import { naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'

/** Where the dynamic loaders of Debian, Fedora, Arch and musl look by themselves. */
const SYSTEM_FOLDERS = [
  ...['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib/aarch64-linux-gnu', '/usr/lib/aarch64-linux-gnu'],
  ...['/lib64', '/usr/lib64', '/lib', '/usr/lib', '/usr/local/lib'],
]
const NIX_STORE = '/nix/store/'

/**
 * What a program needs to be started: its dynamic loader and its libraries, those of the libraries too, each at the
 * path at which the loader will look for it (ld.so(8)): RPATH where there is no RUNPATH, RUNPATH, the loader's own
 * folders. What a program opens while it runs (dlopen) is not seen: `loader` is for such a library, the loader of the
 * program that opens it. Errors: a script; a library that is not there.
 */
export function elfClosure(program: string, loader?: string): string[] {
  const elf = read(program)
  const interpreter = elf.interpreter ?? loader
  if (interpreter === undefined) {
    if (!elf.isStatic) throw new UserError(`${program}: wants libraries, but no loader`, 'this is no program')
    return []
  }
  const found = new Set([interpreter])
  const folders = loaderFolders(interpreter)
  const visit = (path: string, { needed, rpath, runpath, machine, is64 }: Elf, inherited: readonly string[]) => {
    const own = (runpath.length > 0 ? runpath : rpath).map((folder) => expandOrigin(folder, path))
    // An RPATH holds for the libraries below too, a RUNPATH for its own file alone.
    const passedOn = runpath.length > 0 ? inherited : [...own, ...inherited]
    const places = runpath.length > 0 ? own : passedOn
    for (const name of needed) {
      if (name === basename(interpreter)) continue
      const library = findLibrary(name, [...places, ...folders], { machine, is64 })
      if (library === undefined) {
        throw new UserError(`${path}: its library ${name} is in no folder where the loader looks`, 'install it first')
      }
      if (found.has(library.path)) continue
      found.add(library.path)
      visit(library.path, library.elf, passedOn)
    }
  }
  visit(program, elf, [])
  return [...found]
}

/** The loader of a glibc from Nix looks beside itself, and nowhere else. */
function loaderFolders(interpreter: string): readonly string[] {
  return interpreter.startsWith(NIX_STORE) ? [dirname(interpreter)] : SYSTEM_FOLDERS
}

function expandOrigin(folder: string, path: string): string {
  return folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, dirname(path))
}

interface Library {
  readonly path: string
  readonly elf: Elf
}

/** The first of this name that is for the same machine; the loader passes over others. */
function findLibrary(
  name: string,
  folders: readonly string[],
  { machine, is64 }: Pick<Elf, 'machine' | 'is64'>,
): Library | undefined {
  const paths = name.includes('/') ? [name] : folders.map((folder) => join(folder, name))
  for (const path of paths) {
    if (!existsSync(path)) continue
    const elf = read(path)
    if (elf.machine === machine && elf.is64 === is64) return { path, elf }
  }
  return undefined
}

function read(path: string): Elf {
  let source: ReturnType<typeof fileSource>
  try {
    source = fileSource(path)
  } catch (error) {
    throw diskError(path, error)
  }
  try {
    return naming(path, () => readElf(source))
  } finally {
    source.close()
  }
}

/** The dynamic loader of a program, if it takes one. */
export function loaderOf(program: string): string | undefined {
  return read(program).interpreter
}
