import { spawn } from 'node:child_process'
import { createConnection, type Socket } from 'node:net'
import { EXIT, namingAsync, UserError } from '@firn/core'
import {
  broken,
  encode,
  HELLO,
  INTRODUCTION,
  OPERATIONS,
  type Reading,
  readMessages,
  readPathInfo,
  readPathsReply,
  readVersion,
  readWelcome,
} from './daemon-wire.ts'
import { NarReader } from './nar.ts'
import { NarFileReader } from './nar-file.ts'
import type { PathInfo } from './path-info.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A store by way of its daemon; nothing is asked that could change it. Every call may throw a UserError, exit 4. */
export interface DaemonClient {
  /** The daemon's own version, `2.8.0`; '' where it does not tell. */
  readonly nixVersion: string
  /** The paths and all they refer to, in no order. A root that is not valid is a UserError. */
  readonly closure: (roots: readonly string[]) => Promise<PathInfo[]>
  /** What is known of those of the paths that are valid. */
  readonly pathInfos: (paths: readonly string[]) => Promise<PathInfo[]>
  readonly validPaths: (paths: readonly string[]) => Promise<Set<string>>
  /** Sorted. */
  readonly allValidPaths: () => Promise<string[]>
  /** For each path the valid derivations that make it, sorted; a path that none makes is left out. */
  readonly derivers: (paths: readonly string[]) => Promise<Map<string, string[]>>
  /** The bytes of valid store paths that are files, such as `.drv` files in a store whose folder cannot be read. */
  readonly files: (paths: readonly string[]) => Promise<Map<string, Uint8Array>>
  /** Hand the NAR of a valid path to `sink` as it comes. */
  readonly nar: (path: string, sink: (bytes: Uint8Array) => void) => Promise<void>
  readonly close: () => void
}

/**
 * The daemon's socket: what NIX_REMOTE=unix://PATH names, else NIX_DAEMON_SOCKET_PATH, else the usual place in the
 * state folder.
 */
export function daemonSocket(env: Env, stateDir: string): string {
  const named = /^unix:\/\/([^?]+)/.exec(env.NIX_REMOTE ?? '')?.[1]
  return named ?? (env.NIX_DAEMON_SOCKET_PATH || `${stateDir}/daemon-socket/socket`)
}

const TIMEOUT_MS = 60_000
/** Requests that are under way at once: the daemon answers one after the other, and this hides the way to it. */
const WINDOW = 256
/** A daemon could invent paths for ever. The largest closures have some 100,000. */
const CLOSURE_LIMIT = 1_000_000
const FILE_LIMIT = 64 << 20
/** Of one reply, with the log before it. All paths of a large store are some 100 MB. */
const REPLY_LIMIT = 512 << 20
/** No more is taken in before it was asked for; more than any one value has. */
const AHEAD_LIMIT = 4 << 20

/**
 * Greet the daemon (worker protocol 1.34; 1.27 and later is understood). `storeDir` is its store's folder; `timeout`
 * is how long it may be silent, in milliseconds.
 */
export async function connectDaemon(
  socketPath: string,
  storeDir: string,
  { timeout = TIMEOUT_MS }: { readonly timeout?: number } = {},
): Promise<DaemonClient> {
  return greet(await Connection.open(socketPath, timeout), socketPath, storeDir)
}

/**
 * The same with a program that speaks the protocol on its standard input and output, such as `ssh HOST nix-daemon
 * --stdio`. `name` is what it is called to people. Its errors go to ours.
 */
export async function connectDaemonProgram(
  [program, ...words]: readonly [string, ...string[]],
  name: string,
  storeDir: string,
  { timeout = TIMEOUT_MS }: { readonly timeout?: number } = {},
): Promise<DaemonClient> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] })
  const connection = new Connection(child.stdout as Socket, timeout, child.stdin as Socket)
  child.once('error', (error) => connection.fail(broken(`${program} cannot be started: ${error.message}`)))
  return greet(connection, name, storeDir)
}

async function greet(connection: Connection, name: string, storeDir: string): Promise<DaemonClient> {
  const talk = <T>(act: () => Promise<T>) => namingAsync(name, () => connection.inTurn(act))
  const pathInfos = (paths: readonly string[]) =>
    connection.ask(
      paths.map((path) => encode(OPERATIONS.queryPathInfo, path)),
      (at) => readPathInfo(paths[at]!, storeDir),
    )
  const nixVersion = await talk(async () => {
    connection.write(HELLO)
    const minor = await connection.read(readVersion())
    connection.write(INTRODUCTION)
    return connection.read(readWelcome(minor))
  })
  return {
    nixVersion,
    closure: (roots) => talk(() => closureOf(roots, pathInfos)),
    pathInfos: (paths) => talk(async () => (await pathInfos(paths)).filter((info) => info !== undefined)),
    validPaths: (paths) =>
      talk(async () => {
        const request = encode(OPERATIONS.queryValidPaths, paths, 0)
        const [valid] = await connection.ask([request], () => readPathsReply(storeDir))
        return new Set(valid)
      }),
    allValidPaths: () =>
      talk(async () => {
        const [valid] = await connection.ask([encode(OPERATIONS.queryAllValidPaths)], () => readPathsReply(storeDir))
        return valid!.sort()
      }),
    derivers: (paths) =>
      talk(async () => {
        const requests = paths.map((path) => encode(OPERATIONS.queryValidDerivers, path))
        const answers = await connection.ask(requests, () => readPathsReply(storeDir))
        return new Map(
          paths.map((path, at) => [path, answers[at]!.sort()] as const).filter(([, all]) => all.length > 0),
        )
      }),
    files: (paths) =>
      talk(async () => {
        const found = new Map<string, Uint8Array>()
        for (const path of paths) found.set(path, await readFile(path, connection))
        return found
      }),
    nar: (path, sink) => talk(() => readNar(path, sink, connection)),
    close: () => connection.close(),
  }
}

/** The protocol has no question for a closure, so it is walked, one layer of references at a time. */
async function closureOf(
  roots: readonly string[],
  pathInfos: (paths: readonly string[]) => Promise<(PathInfo | undefined)[]>,
): Promise<PathInfo[]> {
  const found: PathInfo[] = []
  const seen = new Set(roots)
  for (let layer: readonly string[] = [...seen]; layer.length > 0; ) {
    const infos = await pathInfos(layer)
    const next: string[] = []
    for (const [at, info] of infos.entries()) {
      if (info === undefined) throw notValid(layer[at]!)
      found.push(info)
      for (const reference of info.references) {
        if (seen.has(reference)) continue
        seen.add(reference)
        next.push(reference)
      }
    }
    if (seen.size > CLOSURE_LIMIT) throw broken(`it names more than ${CLOSURE_LIMIT} paths in one closure`)
    layer = next
  }
  return found
}

/** The daemon sends a file as a NAR, bare, which says itself where it ends. */
async function readFile(path: string, connection: Connection): Promise<Uint8Array> {
  connection.write(encode(OPERATIONS.narFromPath, path))
  await connection.read(readMessages())
  const file = new NarFileReader(FILE_LIMIT)
  while (!file.done) {
    const bytes = await connection.some()
    try {
      file.push(bytes)
    } catch (error) {
      throw error instanceof UserError ? broken(`${path}: ${error.message}`) : error
    }
  }
  return file.bytes()
}

/** It says itself where it ends, so it is read as it passes. */
async function readNar(path: string, sink: (bytes: Uint8Array) => void, connection: Connection): Promise<void> {
  connection.write(encode(OPERATIONS.narFromPath, path))
  await connection.read(readMessages())
  const nothing = () => {}
  const reader = new NarReader({
    directory: nothing,
    leave: nothing,
    file: nothing,
    contents: nothing,
    symlink: nothing,
  })
  while (!reader.done) {
    const bytes = await connection.some()
    sink(bytes)
    try {
      reader.push(bytes)
    } catch (error) {
      throw error instanceof UserError ? broken(`${path}: ${error.message}`) : error
    }
  }
}

/** One conversation over a socket. After the first error it is over. */
class Connection {
  readonly #socket: Socket
  /** Where to write: the same socket, but for a program, which has two. */
  readonly #writer: Socket
  /** Bytes that came and were not yet asked for. */
  #arrived: Uint8Array[] = []
  #length = 0
  #error: Error | undefined
  /** What waits for bytes, or for the end. */
  #wake: () => void = () => {}
  #turn: Promise<unknown> = Promise.resolve()

  static async open(path: string, timeout: number): Promise<Connection> {
    const { promise, resolve, reject } = Promise.withResolvers<Connection>()
    const socket = createConnection({ path })
    socket.once('error', (error) => reject(unreachable(path, error)))
    socket.once('connect', () => resolve(new Connection(socket, timeout)))
    return promise
  }

  constructor(socket: Socket, timeout: number, writer = socket) {
    this.#socket = socket
    this.#writer = writer
    if (writer !== socket) writer.on('error', (error) => this.#end(broken(`the connection broke: ${error.message}`)))
    socket.setTimeout(timeout, () => this.#end(broken(`it has been silent for ${timeout / 1000} s`)))
    socket.on('data', (bytes: Uint8Array) => {
      this.#arrived.push(bytes)
      this.#length += bytes.length
      if (this.#length > AHEAD_LIMIT) socket.pause()
      this.#wake()
    })
    socket.on('error', (error) => this.#end(broken(`the connection broke: ${error.message}`)))
    socket.on('close', () => this.#end(broken('it closed the connection')))
  }

  /** Questions are answered in the order in which they were asked, so only one caller talks at a time. */
  inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(async () => {
      try {
        return await act()
      } catch (error) {
        this.close()
        throw error
      }
    })
    this.#turn = mine.catch(() => {})
    return mine
  }

  /** Send requests a window at a time, and read the reply to each with the reading that belongs to it. */
  async ask<T>(requests: readonly Uint8Array[], reading: (at: number) => Reading<T>): Promise<T[]> {
    const replies: T[] = []
    for (let start = 0; start < requests.length; start += WINDOW) {
      const window = requests.slice(start, start + WINDOW)
      this.write(Buffer.concat(window))
      for (let at = start; at < start + window.length; at++) replies.push(await this.read(reading(at)))
    }
    return replies
  }

  write(bytes: Uint8Array): void {
    this.#writer.write(bytes)
  }

  async read<T>(reading: Reading<T>): Promise<T> {
    let step = reading.next()
    for (let left = REPLY_LIMIT; step.done !== true; ) {
      left -= step.value
      if (left < 0) throw broken(`its reply has more than ${REPLY_LIMIT} bytes`)
      while (this.#length < step.value) await this.#more()
      step = reading.next(this.#take(step.value))
    }
    return step.value
  }

  /** Whatever has come, at least one byte. */
  async some(): Promise<Uint8Array> {
    while (this.#length === 0) await this.#more()
    return this.#take(this.#length)
  }

  close(): void {
    this.#end(broken('the conversation is over'))
  }

  fail(error: Error): void {
    this.#end(error)
  }

  #take(length: number): Uint8Array {
    if (this.#arrived.length > 1 && this.#arrived[0]!.length < length) this.#arrived = [Buffer.concat(this.#arrived)]
    const first = this.#arrived[0]!
    if (first.length === length) this.#arrived.shift()
    else this.#arrived[0] = first.subarray(length)
    this.#length -= length
    if (this.#socket.isPaused()) this.#socket.resume()
    return first.subarray(0, length)
  }

  async #more(): Promise<void> {
    if (this.#error !== undefined) throw this.#error
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  /** What came before the end is still read; then the first error is told. */
  #end(error: Error): void {
    this.#error ??= error
    this.#socket.destroy()
    this.#writer.destroy()
    this.#wake()
  }
}

function unreachable(path: string, error: Error & { code?: string }): UserError {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such socket',
    ECONNREFUSED: 'no Nix daemon listens there',
    EACCES: 'this user may not talk to the Nix daemon',
  }
  return new UserError(
    `${path}: ${reasons[error.code ?? ''] ?? error.message}`,
    'start nix-daemon, check NIX_REMOTE and NIX_DAEMON_SOCKET_PATH, or use --backend database',
    EXIT.store,
    { cause: error },
  )
}

function notValid(path: string): UserError {
  return new UserError(
    `${path}: not a valid path of this store`,
    'build or fetch it first, or name the store it is in with --store',
    EXIT.store,
  )
}
