import { readFileSync } from 'node:fs'

/** By what a system is judged before anything of it starts: the image of a sealed store, or signatures of its closure. */
export type BootCheck = 'image' | 'signatures'

const FILES = { image: 'sealed.sh', signatures: 'signed.sh' } as const

/**
 * The script for an initial RAM disk that ends with 0 only if the system below the folder it is given may start: for any
 * POSIX shell (busybox, dash, bash).
 */
export function bootScript(by: BootCheck): string {
  return readFileSync(new URL(`./initrd/${FILES[by]}`, import.meta.url), 'utf8')
}
