import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExitCode, UserError } from '@firn/core'
import type { Command, Io } from '../src/command.ts'
import { command as scan } from '../src/commands/scan.ts'

/** Real CVE records: curl 8.8.0 is in CVE-2024-7264, CVE-2024-8096 and CVE-2024-6197, openssl 3.0.14 in two. */
export const RECORDS = new URL('../../../fixtures/store/cves', import.meta.url).pathname

/** A folder that is gone when the process ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firn-cli-test-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** What a command printed and ended with; a UserError as the front door prints it. */
export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exit: ExitCode
}

/** Run a command in this process, as the front door does. */
export async function run(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  command: Command = scan,
): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  const io: Io = {
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    env,
    interactive: false,
    signal: new AbortController().signal,
  }
  try {
    const exit = await command.run(words, io)
    return { stdout, stderr, exit }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { stdout, stderr: `${stderr}firn: ${error.message}\n  ${error.hint}\n`, exit: error.exit }
  }
}

/** A CycloneDX document of these packages, each written `NAME VERSION`. */
export function anSbom(folder: string, name: string, ...packages: readonly string[]): string {
  const file = join(folder, name)
  const components = packages.map((entry) => {
    const [pname, version] = entry.split(' ')
    return { type: 'application', name: pname, version, purl: `pkg:nix/${pname}@${version}` }
  })
  writeFileSync(file, JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', components }))
  return file
}
