/**
 * Take a derivation's name apart as Nix does (`builtins.parseDrvName`): the version begins after the first dash that
 * is not followed by a letter (ASCII; a dash at the very end is part of the name).
 */
export function parseDrvName(name: string): { readonly name: string; readonly version: string } {
  for (let at = name.indexOf('-'); at >= 0 && at + 1 < name.length; at = name.indexOf('-', at + 1)) {
    if (!/[A-Za-z]/.test(name[at + 1]!)) return { name: name.slice(0, at), version: name.slice(at + 1) }
  }
  return { name, version: '' }
}
