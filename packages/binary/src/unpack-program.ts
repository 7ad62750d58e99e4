import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { UserError } from '@firn/core'

/** What Node does not unpack itself, but a program does that every distribution has and keeps up to date. */
export type ProgramCompression = 'xz' | 'bzip2'

const WORDS = {
  // More memory than the largest preset needs: a hostile file asks for 4 GiB.
  xz: ['--decompress', '--stdout', '--memlimit-decompress=256MiB'],
  bzip2: ['--decompress', '--stdout'],
} as const

/**
 * The plain bytes of `source` in pieces, unpacked by the program of that name on the PATH. Damaged or cut-off data, and a
 * missing program, are a UserError. Who stops early ends the program.
 */
export async function* unpackByProgram(
  compression: ProgramCompression,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const child = spawn(compression, WORDS[compression], { stdio: ['pipe', 'pipe', 'pipe'], env: environment() })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => {
    if (complaint.length < 500) complaint += text
  })
  const ended = once(child, 'close').then(
    ([status]) => {
      if (status !== 0) throw damaged(compression, complaint.trim())
    },
    (error: unknown) => Promise.reject(notStarted(compression, error)),
  )
  // Whoever waits for it comes to it only when there is nothing more to read.
  ended.catch(() => {})
  const input = Readable.from(source, { objectMode: false })
  let failure: unknown
  input.once('error', (error) => {
    failure = error
    child.kill()
  })
  // A program that gives up does not read to the end; how it ended says more.
  input.pipe(child.stdin).on('error', () => {})
  try {
    for await (const piece of child.stdout) yield piece as Uint8Array
    if (failure !== undefined) throw failure
    await ended
  } finally {
    child.kill()
    input.destroy()
  }
}

/** As `unpackByProgram`, all at once, and no more than `limit` bytes. */
export function unpackByProgramSync(compression: ProgramCompression, packed: Uint8Array, limit: number): Uint8Array {
  const words = { input: packed, maxBuffer: limit, env: environment() }
  const { error, status, stdout, stderr } = spawnSync(compression, WORDS[compression], words)
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') throw notStarted(compression, error)
  if (error !== undefined) throw damaged(compression, error.message)
  if (status !== 0) throw damaged(compression, stderr.toString().trim())
  return stdout
}

/** Without XZ_OPT and its like, and in English. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C' }
}

function notStarted(compression: ProgramCompression, error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return error
  return new UserError(
    `${compression}: it takes the program ${compression} to unpack this, and it is not on the PATH`,
    `install ${compression} (Debian: ${compression === 'xz' ? 'xz-utils' : compression})`,
    undefined,
    { cause: error },
  )
}

function damaged(compression: ProgramCompression, why: string): UserError {
  return new UserError(
    `${compression}: cannot be unpacked: ${why.replaceAll(/\s+/g, ' ')}`,
    'the file is damaged or was not downloaded whole: fetch it again',
  )
}
