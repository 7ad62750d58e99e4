/** A package manager whose packages nixpkgs also packs, in OSV's words where OSV has one. */
export interface Language {
  readonly ecosystem: string
  /** The name less the prefix nixpkgs gave it. */
  readonly name: string
  readonly why: string
}

const PREFIXES: readonly (readonly [pattern: RegExp, ecosystem: string])[] = [
  [/^python(?:\d+(?:\.\d+)*)?-(?=.)/i, 'PyPI'],
  [/^pypy(?:\d+(?:\.\d+)*)-(?=.)/i, 'PyPI'],
  [/^perl(?:\d+(?:\.\d+)*)?-(?=.)/i, 'CPAN'],
  [/^ruby(?:\d+(?:\.\d+)*)?-(?=.)/i, 'RubyGems'],
  [/^lua(?:jit)?(?:\d+(?:\.\d+)*)?-(?=.)/i, 'LuaRocks'],
  [/^php(?:\d+(?:\.\d+)*)?-(?!with-extensions$)(?=.)/i, 'Packagist'],
  [/^ocaml(?:\d+(?:\.\d+)*)?-(?=.)/i, 'opam'],
  [/^emacs-(?=.)/i, 'ELPA'],
  [/^vimplugin-(?=.)/i, 'Vim'],
  [/^haskell-(?=.)/i, 'Hackage'],
  [/^node[_-](?=.)/i, 'npm'],
  [/^r-(?=[a-z])/i, 'CRAN'],
  [/^rust_(?=.)/i, 'crates.io'],
  [/^vscode-extension-(?=.)/i, 'VSCode'],
  [/^gnome-shell-extension-(?=.)/i, 'GNOME Shell'],
  [/^wordpress-(?:plugin|theme)-(?=.)/i, 'WordPress'],
]
const SETS: readonly (readonly [pattern: RegExp, ecosystem: string])[] = [
  [/^(?:python|pypy)\d*Packages\./, 'PyPI'],
  [/^perl\d*Packages\./, 'CPAN'],
  [/^rubyPackages(?:_[\d_]+)?\./, 'RubyGems'],
  [/^lua(?:jit)?\d*(?:_\d+)?Packages\./, 'LuaRocks'],
  [/^php\d*(?:Packages|Extensions)\./, 'Packagist'],
  [/^ocaml-?ng?\.?(?:Packages)?|^ocamlPackages/, 'opam'],
  [/^(?:emacs\d*Packages(?:Ng)?|melpaPackages|elpaPackages)\./, 'ELPA'],
  [/^vimPlugins\./, 'Vim'],
  [/^(?:haskellPackages|haskell\.packages)\b/, 'Hackage'],
  [/^nodePackages(?:_[a-z0-9_]+)?\./, 'npm'],
  [/^rPackages\./, 'CRAN'],
  [/^beam\d*Packages\./, 'Hex'],
  [/^(?:lisp|sbcl|quicklisp)Packages(?:_[a-z]+)?\./, 'Quicklisp'],
  [/^vscode-extensions\./, 'VSCode'],
  [/^gnomeExtensions\./, 'GNOME Shell'],
  [/^wordpressPackages\./, 'WordPress'],
  [/^texlive\./, 'CTAN'],
  [/^(?:idris|elm|dhall|coq|agda|chicken|akku|purescript)[A-Za-z]*Packages/, 'other'],
]
const PLACES: readonly (readonly [pattern: RegExp, ecosystem: string])[] = [
  [/development\/python-modules\/|top-level\/python-packages\.nix/, 'PyPI'],
  [/development\/perl-modules\/|top-level\/perl-packages\.nix/, 'CPAN'],
  [/development\/haskell-modules\/(?:hackage-packages|configuration)/, 'Hackage'],
  [/development\/ocaml-modules\//, 'opam'],
  [/development\/node-packages\//, 'npm'],
  [/development\/ruby-modules\//, 'RubyGems'],
  [/development\/r-modules\//, 'CRAN'],
  [/development\/lua-modules\/|top-level\/lua-packages\.nix/, 'LuaRocks'],
  [/editors\/emacs-modes\/|editors\/emacs\/elisp-packages\//, 'ELPA'],
  [/misc\/vim-plugins\/|editors\/vim\/plugins\//, 'Vim'],
  [/top-level\/php-packages\.nix|development\/php-packages\//, 'Packagist'],
]

/** What a name's prefix says of its language: `python3.12-requests` is PyPI's `requests`. */
export function languageOfName(name: string): Language | undefined {
  for (const [pattern, ecosystem] of PREFIXES) {
    const prefix = pattern.exec(name)?.[0]
    if (prefix !== undefined) {
      return {
        ecosystem,
        name: name.slice(prefix.length),
        why: `nixpkgs prefixes ${ecosystem} packages with ${prefix}`,
      }
    }
  }
  return undefined
}

/** What the nixpkgs attribute or file says of the language. */
export function languageOfPlace(
  attribute: string | undefined,
  position: string | undefined,
): { ecosystem: string; why: string } | undefined {
  if (attribute !== undefined) {
    const found = SETS.find(([pattern]) => pattern.test(attribute))
    if (found !== undefined) return { ecosystem: found[1], why: `attribute ${attribute}` }
  }
  if (position !== undefined) {
    const found = PLACES.find(([pattern]) => pattern.test(position))
    if (found !== undefined) return { ecosystem: found[1], why: `file ${position}` }
  }
  return undefined
}
