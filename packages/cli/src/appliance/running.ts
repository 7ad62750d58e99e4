import { readFileSync } from 'node:fs'

/** The root hash of the store that runs, from the command line that started this kernel. */
export function runningRoot(): string | undefined {
  try {
    return /(?:^|\s)firn\.store\.root=([0-9a-f]{64})(?:\s|$)/.exec(readFileSync('/proc/cmdline', 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
