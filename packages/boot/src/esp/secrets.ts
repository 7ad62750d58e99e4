import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ByteSource, bytesSource, fileSource } from '@firn/binary/source'
import { naming, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { type CpioEntry, writeCpio } from '@firn/image/cpio'
import type { Bootspec } from '../bootspec.ts'
import { joinInitrds } from '../uki/build.ts'
import { makePrivate, runFolder } from './run-folder.ts'

/** What secrets add to an initrd. The files that they pass through are in memory and their owner's alone, until `close`. */
export interface SecretInitrds {
  /** The secrets of one system as an initrd of their own, which the kernel unpacks last; undefined when it has none. */
  readonly make: (bootspec: Bootspec, what: string) => ByteSource | undefined
  readonly close: () => void
}

/** Both forms: NixOS's program (`boot.initrd.secrets`, bootspec 1), and names with paths (the draft of bootspec 2). */
export function secretInitrds(runs: string = runFolder()): SecretInitrds {
  let folder: string | undefined
  const open: ByteSource[] = []
  let count = 0
  const append = (program: string, what: string) => {
    if (folder === undefined) {
      makePrivate(runs)
      folder = mkdtempSync(join(runs, 'secrets-'))
    }
    const source = fileSource(runAppender(program, folder, `${count++}`, what))
    open.push(source)
    return source
  }
  return {
    make: ({ initrdSecrets, secretFiles }, what) => {
      const appended = initrdSecrets === undefined ? [] : [append(initrdSecrets, what)]
      const named = naming(`${what}: a secret`, () => archiveOf(secretFiles))
      const initrds = [...appended, ...named].filter(({ size }) => size > 0)
      return initrds.length === 0 ? undefined : joinInitrds(initrds)
    },
    close: () => {
      for (const source of open) source.close()
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Such a program appends an archive to the file that it is given; it gets an empty one. It gathers the secrets below
 * TMPDIR first, so that is memory, too. What it prints is not shown: it may be a secret; only what it complains of is.
 */
function runAppender(program: string, folder: string, name: string, what: string): string {
  const file = join(folder, name)
  writeFileSync(file, '', { mode: 0o600, flag: 'wx' })
  const env = { ...process.env, TMPDIR: folder }
  const { status, signal, error, stderr } = spawnSync(program, [file], { stdio: ['ignore', 'ignore', 'pipe'], env })
  if (error === undefined && status === 0) return file
  const said = stderr?.toString('utf8').trim().slice(-500)
  const ended = signal === null ? `it ended with ${status}` : `it was ended by ${signal}`
  const why = error?.message ?? (said === '' ? ended : said)
  throw new UserError(`${what}: its secrets could not be added: ${why}`, 'see boot.initrd.secrets: are they there?')
}

const MAX_SECRET = 16 << 20

/** Each file at the path that the bootspec names, as the draft has it ("present where they are specified"). */
function archiveOf(files: ReadonlyMap<string, string>): ByteSource[] {
  if (files.size === 0) return []
  const paths = [...new Set(files.values())].sort().map((path) => ({ path, name: path.slice(1) }))
  const folders = [...new Set(paths.flatMap(({ name }) => foldersAbove(name)))].sort()
  const entries: CpioEntry[] = [
    ...folders.map((name): CpioEntry => ({ kind: 'directory', name, mode: 0o755 })),
    ...paths.map(({ path, name }): CpioEntry => ({ kind: 'file', name, mode: 0o400, content: readSecret(path) })),
  ]
  return [bytesSource(writeCpio(entries))]
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}

function readSecret(path: string): Uint8Array {
  try {
    if (realpathSync(path).startsWith('/nix/store/')) {
      throw new UserError(`${path} lies in the store, where everybody can read it`, 'keep the secret elsewhere')
    }
    const { size } = statSync(path)
    if (size > MAX_SECRET) throw new UserError(`${path}: ${size} bytes`, 'a secret is small; is this the right file?')
    return readFileSync(path)
  } catch (error) {
    throw diskError(path, error)
  }
}
