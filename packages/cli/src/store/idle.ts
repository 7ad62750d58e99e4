import { setPriority } from 'node:os'
import { systemCalls } from '@firn/nix'
import type { Io } from '../command.ts'

/** Threads that are started from now on inherit both. */
export function beIdle(io: Io): void {
  setPriority(0, 19)
  if (systemCalls()?.setIdleDisk() !== true) io.stderr('firn: the disk does not know who waits: --max-rate helps\n')
}
