import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { StorePlace } from '@firn/nix'
import { plain } from '@firn/report'
import { planRepair, type StoreFinding, shellWord } from '@firn/store'
import type { Io } from '../command.ts'

/**
 * Say what would mend the store, then do what is safe to be done: take away poisoned links, and let Nix fetch or build
 * again what does not hold its contents. Gives the paths Nix was asked to repair. Modes, owners and the like are named only.
 */
export async function repairStore(
  findings: readonly StoreFinding[],
  place: StorePlace,
  store: string | undefined,
  io: Io,
): Promise<readonly string[]> {
  const plan = planRepair(findings, place.storeDir)
  const words = (path: string) => ['--repair-path', ...(store === undefined ? [] : ['--store', store]), path]
  const steps = [
    ...plan.links.map((link) => `rm -f ${shellWord(link)}`),
    ...plan.paths.map((path) => `nix-store ${words(path).map(shellWord).join(' ')}`),
  ]
  if (plan.commands.length > 0) say(io, 'to run by hand', plan.commands)
  if (steps.length === 0) return []
  say(io, 'to be done now', steps)
  for (const link of plan.links) rmSync(link, { force: true })
  const done: string[] = [...plan.links]
  for (const path of plan.paths) {
    if (io.signal.aborted) break
    const { error, status } = spawnSync('nix-store', words(path), {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: io.env as NodeJS.ProcessEnv,
    })
    if (error !== undefined || status !== 0)
      io.stderr(`firn: ${plain(path)}: Nix could not repair it${reason(error)}\n`)
    else done.push(path)
  }
  return done
}

function say(io: Io, title: string, steps: readonly string[]): void {
  io.stderr(`firn: ${title}:\n${steps.map((step) => `  ${plain(step)}\n`).join('')}`)
}

function reason(error: Error | undefined): string {
  return error === undefined ? '' : `: ${error.message}`
}
