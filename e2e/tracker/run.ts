import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

const root = new URL('../..', import.meta.url).pathname

/** Everything that a test file makes goes here. */
export const scratch = mkdtempSync(join(tmpdir(), 'firn-e2e-tracker-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when stdout or stderr matches; rejects when it ends without. */
  said(pattern: RegExp): Promise<RegExpMatchArray>
}

/** No feed is asked: these tests have no network. */
export const OFFLINE = {
  FIRN_FEED_CVE: 'off',
  FIRN_FEED_KEV: 'off',
  FIRN_FEED_EPSS: 'off',
  FIRN_FEED_OSV: 'off',
  FIRN_FEED_CHANNELS: 'off',
}

/** Start `firn WORDS` over a tracker's folder, as a process of its own. */
export function start(folder: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(join(root, 'firn'), words, {
    // The launcher hands over with exec: the child's pid is Node's.
    env: { ...process.env, ...OFFLINE, DATABASE_URL: '', FIRN_DATA_DIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })
  const said = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr)
        if (match !== null) resolve(match)
      }
      child.stdout!.on('data', look)
      child.stderr!.on('data', look)
      void ended.then(() => reject(new Error(`it ended without saying ${pattern}: ${stdout}${stderr}`)))
      look()
    })
  return { child, ended, said }
}

export function firn(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return start(folder, words, env).ended
}

/** `firn serve` over a folder, once its pages answer. */
export async function served(folder: string, ...words: string[]): Promise<Running & { readonly url: string }> {
  const running = start(folder, ['serve', '--port', '0', ...words])
  const [, url] = await running.said(/^firn tracker: (http:\S+)$/m)
  return { ...running, url: url! }
}

export function sample(name: string): string {
  return join(root, 'packages/tracker/sample', name)
}
