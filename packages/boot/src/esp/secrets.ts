import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ByteSource, fileSource } from '@firn/binary/source'
import { UserError } from '@firn/core'

/** Initrds with secrets, in a folder that only their owner can read, until `close`. */
export interface SecretInitrds {
  /** What the program appends to an initrd, as an initrd of its own; undefined when that is nothing. */
  readonly make: (program: string, what: string) => ByteSource | undefined
  readonly close: () => void
}

/**
 * Run the programs that NixOS makes for `boot.initrd.secrets`. Such a program appends an archive to the file that it is
 * given; it gets an empty one, and the kernel unpacks what comes out after the other initrds.
 */
export function secretInitrds(): SecretInitrds {
  let folder: string | undefined
  const open: ByteSource[] = []
  let count = 0
  return {
    make: (program, what) => {
      folder ??= mkdtempSync(join(tmpdir(), 'firn-secrets-'))
      const file = join(folder, `${count++}`)
      writeFileSync(file, '', { mode: 0o600, flag: 'wx' })
      const { status, error, stderr } = spawnSync(program, [file], { stdio: ['ignore', 'ignore', 'pipe'] })
      if (error !== undefined || status !== 0) {
        const why = error?.message ?? stderr.toString('utf8').trim().slice(-500)
        throw new UserError(
          `${what}: its secrets could not be added: ${why}`,
          'see boot.initrd.secrets: are they there?',
        )
      }
      const source = fileSource(file)
      open.push(source)
      return source.size === 0 ? undefined : source
    },
    close: () => {
      for (const source of open) source.close()
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
