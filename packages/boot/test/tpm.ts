import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

/** A TPM in software, gone after the tests. The answer is what tpm2-tools and systemd call it. */
export async function startTpm(): Promise<string> {
  const state = mkdtempSync(join(tmpdir(), 'firn-tpm-'))
  const port = await freePorts()
  const words = ['socket', '--tpm2', '--tpmstate', `dir=${state}`, '--server', `type=tcp,port=${port}`]
  const control = ['--ctrl', `type=tcp,port=${port + 1}`, '--flags', 'not-need-init,startup-clear']
  const child = spawn('swtpm', [...words, ...control], { stdio: 'ignore' })
  after(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    rmSync(state, { recursive: true })
  })
  await answers(port + 1)
  return `swtpm:host=127.0.0.1,port=${port}`
}

/** Two ports beside each other: swtpm's clients reckon that the control port is the next one. */
async function freePorts(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 20_000)
    const free = await Promise.all([port, port + 1].map(isFree))
    if (free.every((one) => one)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isUp = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (isUp) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('swtpm does not answer')
}
