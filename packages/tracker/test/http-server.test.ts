import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import { createApp } from '../src/http/app.ts'
import { checkPort, listen } from '../src/http/server.ts'
import { fakeReading, NOW, OPENSSL } from './http-fixture.ts'

const app = createApp(fakeReading(), { version: '0.1.0', now: () => NOW })

function temporary(t: { after(clean: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'firn-http-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function statusOver(socketPath: string): Promise<number | undefined> {
  const request = get({ socketPath, path: '/status', agent: false })
  const [response] = (await once(request, 'response')) as [{ statusCode?: number; resume(): void }]
  response.resume()
  return response.statusCode
}

test('it listens on the loopback address alone unless told otherwise', async () => {
  const server = await listen(app, { port: 0 })
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  const answer = await fetch(`${server.url}/cve/CVE-2024-5535`)
  assert.equal(answer.status, 200)
  assert.match(await answer.text(), /CVE-2024-5535/)
  await server.close()
  await assert.rejects(fetch(server.url))
})

test('a taken port is a UserError that names it', async () => {
  const server = await listen(app, { port: 0 })
  const port = Number(new URL(server.url).port)
  await assert.rejects(listen(app, { port }), (error) => {
    assert.ok(error instanceof UserError)
    assert.equal(error.message, `127.0.0.1:${port} is in use`)
    return true
  })
  await assert.rejects(checkPort(undefined, port), { message: `127.0.0.1:${port} is in use` })
  await server.close()
  await checkPort(undefined, port)
  await (await listen(app, { port })).close()
})

test('it serves a Unix socket, takes over a dead one, and leaves a live one and other files alone', async (t) => {
  const folder = temporary(t)
  const socket = join(folder, 'http.sock')
  const dead = spawn(process.execPath, [
    '-e',
    `require('net').createServer().listen(${JSON.stringify(socket)}, () => console.log())`,
  ])
  await once(dead.stdout, 'data')
  dead.kill('SIGKILL')
  await once(dead, 'exit')
  assert.ok(existsSync(socket))

  const server = await listen(app, { socket })
  assert.equal(await statusOver(socket), 200)
  await assert.rejects(listen(app, { socket }), UserError)
  assert.equal(await statusOver(socket), 200)
  await server.close()
  assert.ok(!existsSync(socket))

  const file = join(folder, 'notes')
  writeFileSync(file, 'keep')
  await assert.rejects(listen(app, { socket: file }), UserError)
  assert.ok(existsSync(file))
})

test('closing lets a request under way finish and then returns', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let arrived = () => {}
  const begun = new Promise<void>((resolve) => {
    arrived = resolve
  })
  const slow = createApp(
    fakeReading({
      cve: async () => {
        arrived()
        await held
        return OPENSSL
      },
    }),
    { version: '0.1.0', now: () => NOW },
  )
  const server = await listen(slow, { port: 0 })
  const answer = fetch(`${server.url}/cve/CVE-2024-5535`)
  await begun
  const closed = server.close()
  release()
  assert.equal((await answer).status, 200)
  await closed
})

test('closing cuts what does not finish in time', async () => {
  const never = createApp(fakeReading({ cve: () => new Promise(() => {}) }), { version: '0.1.0', now: () => NOW })
  const server = await listen(never, { port: 0 })
  const answer = fetch(`${server.url}/cve/CVE-2024-5535`).then(
    () => 'answered',
    () => 'cut',
  )
  await new Promise((resolve) => setTimeout(resolve, 50))
  await server.close(10)
  assert.equal(await answer, 'cut')
})
