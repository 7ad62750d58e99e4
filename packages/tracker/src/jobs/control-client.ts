import { existsSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { EXIT, UserError } from '@firn/core'
import type { StatusView } from '../domain/views.ts'
import type { ControlFailure, ControlLine, TrackerControl } from './control.ts'

/**
 * The tracker that runs in another process, by way of its socket; undefined when none answers there. What it refuses
 * is thrown here as the same UserError. An abort ends the listening, not the work.
 */
export async function connectControl(socketPath: string, signal: AbortSignal): Promise<TrackerControl | undefined> {
  if (!existsSync(socketPath)) return undefined
  const ask = (method: string, path: string, body?: unknown) => send({ socketPath, method, path, signal }, body)
  try {
    ;(await ask('GET', '/')).resume()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return undefined
    if (code === 'EACCES') {
      throw new UserError(`${socketPath}: not permitted`, 'run this as the user that runs the tracker', EXIT.store)
    }
    throw error
  }
  /** The one line of an answer that `pick` takes. */
  const askFor = async <T>(path: string, body: object, pick: (line: ControlLine) => T | undefined): Promise<T> => {
    for await (const line of linesOf(await ask('POST', path, body))) {
      const picked = pick(line)
      if (picked !== undefined) return picked
    }
    throw cutOff()
  }
  return {
    importFile: async (file, onProgress) => {
      for await (const line of linesOf(await ask('POST', '/import', { ...file, path: resolve(file.path) }))) {
        if ('progress' in line) onProgress(line.progress)
        else if ('imported' in line) return line.imported
      }
      throw cutOff()
    },
    decide: (decision) => askFor('/decide', decision, (line) => ('decided' in line ? line.decided : undefined)),
    decisions: (about) => askFor('/decisions', about, (line) => ('decisions' in line ? line.decisions : undefined)),
    dropChannel: (channel) =>
      askFor('/channel/drop', { channel }, (line) => ('dropped' in line ? line.dropped : undefined)),
    sync: async (feeds, onProgress, onOutcome) => {
      for await (const line of linesOf(await ask('POST', '/sync', { feeds }))) {
        if ('progress' in line) onProgress(line.progress)
        else if ('outcome' in line) onOutcome(line.outcome)
      }
    },
    exportIndex: async (path, onProgress) => {
      for await (const line of linesOf(await ask('POST', '/export', { path }))) {
        if ('progress' in line) onProgress(line.progress)
        else if ('exported' in line) return line.exported
      }
      throw cutOff()
    },
    status: async () => {
      const response = await ask('GET', '/status')
      let text = ''
      for await (const part of response.setEncoding('utf8')) text += part
      if (response.statusCode !== 200) throw thrown(JSON.parse(text) as ControlFailure)
      return JSON.parse(text) as StatusView
    },
  }
}

interface Call {
  readonly socketPath: string
  readonly method: string
  readonly path: string
  readonly signal: AbortSignal
}

function send(call: Call, body?: unknown): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const call_ = request({ ...call, headers }, resolve)
  call_.once('error', reject)
  call_.end(body === undefined ? undefined : JSON.stringify(body))
  return promise
}

/** The lines up to the end that the server announces; without it, it went away. */
async function* linesOf(response: IncomingMessage): AsyncGenerator<ControlLine> {
  if (response.statusCode !== 200) throw cutOff()
  try {
    for await (const text of createInterface({ input: response })) {
      const line = JSON.parse(text) as ControlLine
      if ('end' in line) return
      if ('failure' in line) throw thrown(line.failure)
      yield line
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
  throw cutOff()
}

function thrown({ message, hint, exit }: ControlFailure): Error {
  return hint === undefined ? new Error(`in the tracker's process: ${message}`) : new UserError(message, hint, exit)
}

function cutOff(): UserError {
  return new UserError(
    'the tracker stopped while it worked on this',
    'nothing is lost: it goes on when it starts again (firn serve)',
    EXIT.store,
  )
}
