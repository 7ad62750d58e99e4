import { once } from 'node:events'
import { lstatSync, unlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { UserError } from '@firn/core'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

/** Where to listen: an address and port (0: any free one), or a Unix socket. */
export type Place = { readonly host?: string; readonly port: number } | { readonly socket: string }

export interface Listening {
  /** `http://127.0.0.1:3000`, or `unix:/run/firn/http.sock`. */
  readonly url: string
  /** Take no more requests, let those under way finish for `patience` ms (10 s), then cut the rest. */
  close(patience?: number): Promise<void>
}

/** Serve the app. A place that is taken or forbidden is a UserError. */
export async function listen(app: Pick<Hono, 'fetch'>, place: Place): Promise<Listening> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, maxHeaderSize: 16_384 },
    getRequestListener(app.fetch, { overrideGlobalObjects: false }),
  )
  if ('socket' in place) await removeStaleSocket(place.socket)
  await bind(server, place)
  return { url: urlOf(server, place), close: (patience = 10_000) => shutDown(server, patience) }
}

/** Throw what `listen` would, for a port that is taken or forbidden: before anything that takes long. */
export async function checkPort(host: string | undefined, port: number): Promise<void> {
  if (port === 0) return
  const server = createServer()
  await bind(server, { port, ...(host !== undefined && { host }) })
  server.close()
  await once(server, 'close')
}

async function bind(server: Server, place: Place): Promise<void> {
  if ('socket' in place) server.listen(place.socket)
  else server.listen(place.port, place.host ?? '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    throw refused(error, 'socket' in place ? place.socket : `${place.host ?? '127.0.0.1'}:${place.port}`)
  }
}

function refused(error: unknown, where: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE')
    return new UserError(`${where} is in use`, 'Stop what listens there, or choose another --port.')
  if (code === 'EACCES' || code === 'EPERM') {
    return new UserError(`${where}: not permitted`, 'Choose a port above 1023, or a folder you may write to.')
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new UserError(`${where}: no such address on this machine`, 'Use 127.0.0.1, or one that `ip address` lists.')
  }
  return error
}

/** A socket file that outlived its process keeps the name busy. One that answers, and any other file, is left alone. */
async function removeStaleSocket(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return
  const client = connect(path)
  try {
    await once(client, 'connect')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') unlinkSync(path)
  } finally {
    client.destroy()
  }
}

function urlOf(server: Server, place: Place): string {
  if ('socket' in place) return `unix:${place.socket}`
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function shutDown(server: Server, patience: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // A connection that is kept alive becomes idle only after its last answer: so look again and again.
  const sweep = setInterval(() => server.closeIdleConnections(), 20)
  const cut = setTimeout(() => server.closeAllConnections(), patience)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
