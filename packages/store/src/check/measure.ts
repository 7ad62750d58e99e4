import { spawnSync } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { type BytePath, bytes, systemCalls, TreeError } from '@firn/nix/tree'
import { attempt } from '../verify/read-failure.ts'

/** The fs-verity digest (hex) that the kernel has of a file, or undefined: it has none. */
export type Measured = (place: BytePath) => string | undefined

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

/** By system calls, else by the program `fsverity`, else nothing is measured. */
export function measurer(): Measured {
  const calls = systemCalls()
  if (calls === undefined) return measureByProgram
  return (place) => {
    const file = attempt(place, () => openSync(bytes(place), FLAGS))
    try {
      const digest = attempt(place, () => calls.verityDigest(file))
      return digest === undefined ? undefined : Buffer.from(digest).toString('hex')
    } finally {
      closeSync(file)
    }
  }
}

/** `fsverity measure FILE` prints `sha256:HEX FILE`. A name that is no UTF-8 cannot be given to it. */
function measureByProgram(place: BytePath): string | undefined {
  if (Buffer.from(Buffer.from(place, 'latin1').toString('utf8')).compare(Buffer.from(place, 'latin1')) !== 0)
    return undefined
  const file = Buffer.from(place, 'latin1').toString('utf8')
  const { error, status, stdout } = spawnSync('fsverity', ['measure', file], { encoding: 'utf8' })
  if (error !== undefined || status !== 0) return undefined
  const [, digest] = /^sha256:([0-9a-f]{64}) /.exec(stdout) ?? []
  if (digest === undefined) throw new TreeError('unreadable', place, `fsverity says ${stdout.slice(0, 100)}`)
  return digest
}

/** The same of a file that is open for reading, which nobody can put another in the place of. */
export function measureOpen(file: number): string | undefined {
  const calls = systemCalls()
  const place = `/proc/${process.pid}/fd/${file}`
  if (calls === undefined) return measureByProgram(place)
  const digest = attempt(place, () => calls.verityDigest(file))
  return digest === undefined ? undefined : Buffer.from(digest).toString('hex')
}
