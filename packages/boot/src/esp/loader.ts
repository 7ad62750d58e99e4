import { parsePe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { loaderPaths, SETTINGS } from './layout.ts'
import { type Signing, type WantedFile, wantedProgram, wantedSettings } from './wanted.ts'

/** systemd-boot, signed: in its own place, and where firmware looks when it has no entry. */
export function wantedLoaders(unsigned: ByteSource, signing: Signing): WantedFile[] {
  const [own, fallback] = loaderPaths(parsePe(unsigned).machine)
  return [
    wantedProgram('loader', 'the boot loader', unsigned, signing, () => own),
    wantedProgram('loader', 'the boot loader, as fallback', unsigned, signing, () => fallback),
  ]
}

export interface MenuSettings {
  /** Seconds; 0 shows no menu unless a key is held; `menu-force` waits for a choice. */
  readonly timeout: number | 'menu-force'
  /** The default's generation, when it is not the newest. */
  readonly generation?: number
}

/**
 * loader.conf (loader.conf(5)). The default is a pattern: systemd-boot takes the first that fits, and sorts those whose
 * every try failed behind all others, so the next older generation takes over by itself.
 */
export function wantedMenu({ timeout, generation }: MenuSettings): WantedFile {
  const pattern = generation === undefined ? 'nixos-generation-*' : `nixos-generation-${generation}-*`
  return wantedSettings(SETTINGS, `timeout ${timeout}\ndefault ${pattern}\neditor no\n`)
}
