import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The real Nix with a store of its own, without daemon, sandbox or network. */
export interface RealNix {
  readonly folder: string
  readonly storeDir: string
  readonly run: (program: string, words: readonly string[], input?: string | Uint8Array) => Buffer
  /** `nix eval --json` of an expression. It goes as a file, so that it may be long. */
  readonly evaluate: (expression: string) => unknown
  readonly remove: () => void
}

export function realNix(): RealNix {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'firn-nix-')))
  const storeDir = join(folder, 'store')
  const env = {
    ...process.env,
    NIX_STORE_DIR: storeDir,
    NIX_STATE_DIR: join(folder, 'var/nix'),
    NIX_LOG_DIR: join(folder, 'log'),
    NIX_CONF_DIR: join(folder, 'etc'),
    NIX_REMOTE: '',
    HOME: folder,
    NIX_CONFIG: [
      'build-users-group =',
      'sandbox = false',
      'substitute = false',
      'substituters =',
      'experimental-features = nix-command ca-derivations impure-derivations',
    ].join('\n'),
  }
  mkdirSync(storeDir)
  const run = (program: string, words: readonly string[], input?: string | Uint8Array): Buffer =>
    execFileSync(program, words, {
      cwd: folder,
      env,
      input: input ?? '',
      stdio: ['pipe', 'pipe', 'pipe'],
      maxBuffer: 1 << 28,
    })
  const evaluate = (expression: string): unknown => {
    const file = join(folder, 'expression.nix')
    writeFileSync(file, expression)
    return JSON.parse(run('nix', ['eval', '--json', '--impure', '--expr', `import ${file}`]).toString())
  }
  return { folder, storeDir, run, evaluate, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** A string of the Nix language. */
export function nixString(text: string): string {
  return `"${text.replace(/[\\"$]/g, '\\$&')}"`
}
