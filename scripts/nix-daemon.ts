import { spawn } from 'node:child_process'
import { createConnection } from 'node:net'

/** A running nix-daemon of a test. */
export interface NixDaemon {
  /** End it, and wait until it is gone. */
  readonly stop: () => Promise<void>
}

/**
 * Start the nix-daemon that `env` describes (NIX_DAEMON_SOCKET_PATH and a store of its own), and wait until it answers:
 * the socket's file is there before anybody listens.
 */
export async function startNixDaemon(env: Readonly<Record<string, string | undefined>>): Promise<NixDaemon> {
  const daemon = spawn('nix-daemon', [], { env, stdio: 'ignore' })
  let gone = false
  const ended = new Promise<void>((resolve) => {
    daemon.once('exit', resolve)
    daemon.once('error', () => resolve())
  }).then(() => {
    gone = true
  })
  const stop = () => {
    // It takes SIGTERM in a thread of its own and loses one that comes early: then it would stay for ever.
    daemon.kill('SIGKILL')
    return ended
  }
  for (let attempt = 0; attempt < 600 && !gone; attempt++) {
    if (await answers(env.NIX_DAEMON_SOCKET_PATH!)) return { stop }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await stop()
  throw new Error('nix-daemon did not listen within 30 s, or ended')
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(socketPath)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
