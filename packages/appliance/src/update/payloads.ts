import { join } from 'node:path'
import { fileSource } from '@firn/binary/source'
import { EXIT, UserError } from '@firn/core'
import { fetchRange } from '@firn/core/download'
import { MOST_MANIFEST, type Payload } from './manifest.ts'

/** Where the files of an update are. */
export interface Payloads {
  /** The bytes from `from` to before `to` of a payload, as they come; they may end early with an error. */
  read(payload: Payload, from: number, to: number): AsyncIterable<Uint8Array>
}

/** The files of an update in a folder. */
export function folderPayloads(folder: string): Payloads {
  return {
    async *read({ file, size }, from, to) {
      const source = fileSource(join(folder, file))
      try {
        if (source.size !== size) {
          throw new UserError(`${join(folder, file)}: ${source.size} bytes, where ${size} were signed`, 'copy it again')
        }
        yield* source.chunks(from, to)
      } finally {
        source.close()
      }
    },
  }
}

/** The files of an update beside the manifest at `url`, over HTTP. */
export function httpPayloads(url: string, signal: AbortSignal): Payloads {
  return { read: ({ file }, from, to) => fetchRange(new URL(file, url).href, { from, to }, { signal }) }
}

/** How often in a row nothing may come before it is given up. */
const ATTEMPTS = 4

/**
 * As `payloads`, but what ends early is asked for again from where it ended, as long as something comes. `wait` is called
 * before each new attempt, with how many came to nothing since.
 */
export function patient(payloads: Payloads, wait: (failures: number) => Promise<void>): Payloads {
  return {
    async *read(payload, from, to) {
      let at = from
      for (let failures = 0; at < to; ) {
        const before = at
        try {
          for await (const part of payloads.read(payload, at, to)) {
            at += part.length
            yield part
          }
          return
        } catch (error) {
          failures = at > before ? 1 : failures + 1
          if (!(error instanceof UserError) || error.exit !== EXIT.data || failures >= ATTEMPTS) throw error
          await wait(failures)
        }
      }
    },
  }
}

/** The text of a manifest, from a file's content. */
export function manifestText(bytes: Uint8Array): string {
  if (bytes.length > MOST_MANIFEST)
    throw new UserError('the manifest is too large', 'give the update.json of an update')
  return Buffer.from(bytes).toString('utf8')
}
