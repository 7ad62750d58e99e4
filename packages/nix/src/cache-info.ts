/**
 * The store that a binary cache is of, by its `nix-cache-info` (Nix manual, "Binary cache: nix-cache-info"): lines of
 * `NAME: VALUE`, of which `StoreDir` counts here. A cache that does not say is one of /nix/store.
 */
export function parseCacheInfo(text: string): { readonly storeDir: string } {
  const storeDir = /^StoreDir:[ \t]*(\/[^\s]*?)\/*[ \t\r]*$/m.exec(text)?.[1]
  return { storeDir: storeDir ?? '/nix/store' }
}
