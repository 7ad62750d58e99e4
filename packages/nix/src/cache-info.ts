/**
 * The store that a binary cache is of, by its `nix-cache-info` (Nix manual, "Binary cache: nix-cache-info"): lines of
 * `NAME: VALUE`, of which `StoreDir` counts here. A cache that does not say is one of /nix/store.
 */
export function parseCacheInfo(text: string): { readonly storeDir: string } {
  let storeDir = /^StoreDir:(.*)$/m.exec(text)?.[1]?.trim() ?? '/nix/store'
  while (storeDir.length > 1 && storeDir.endsWith('/')) storeDir = storeDir.slice(0, -1)
  return { storeDir }
}
