import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { EXIT, UserError } from '@firn/core'
import { needs } from '../../../scripts/needs.ts'
import { startNixDaemon } from '../../../scripts/nix-daemon.ts'
import { connectDaemon, type DaemonClient, daemonSocket } from '../src/daemon.ts'
import { encode } from '../src/daemon-wire.ts'
import { openStoreDatabase } from '../src/database.ts'
import { parseDerivation } from '../src/derivation.ts'

const recorded = JSON.parse(
  readFileSync(new URL('../../../fixtures/daemon/dialogue.json', import.meta.url), 'utf8'),
) as { storeDir: string; app: string; drv: string; dialogue: { from: 'client' | 'server'; hex: string }[] }
const { storeDir, app, drv } = recorded
const absent = `${storeDir}/${'0'.repeat(32)}-absent`

let folder: string
let socket: string
let server: Server
let client: DaemonClient | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firn-test-daemon-'))
  socket = join(folder, 'socket')
})
afterEach(() => {
  client?.close()
  client = undefined
  server?.close()
  // A daemon's children end on their own, a moment after it.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
})

function listen(serve: (connection: Socket) => void): Promise<void> {
  server = createServer((connection) => {
    connection.on('error', () => {})
    serve(connection)
  })
  return new Promise((resolve) => server.listen(socket, resolve))
}

async function refused(act: () => Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(act, (error) => {
    assert.ok(error instanceof UserError, String(error))
    assert.match(error.message, message)
    assert.equal(error.exit, EXIT.store)
    assert.notEqual(error.hint, '')
    return true
  })
}

/** The conversation word for word: answers in pieces of `size` bytes, once all that came before was said. */
async function replay(size: number): Promise<{ said: () => string }> {
  const turns = [...recorded.dialogue]
  let heard = ''
  let said = ''
  await listen((connection) => {
    connection.on('data', (bytes: Uint8Array) => {
      heard += Buffer.from(bytes).toString('hex')
      said += Buffer.from(bytes).toString('hex')
      while (turns.length > 0 && heard.length >= turns[0]!.hex.length) {
        const [question, answer] = turns.splice(0, 2)
        assert.equal(heard.slice(0, question!.hex.length), question!.hex)
        heard = heard.slice(question!.hex.length)
        const reply = Buffer.from(answer!.hex, 'hex')
        for (let at = 0; at < reply.length; at += size) connection.write(reply.subarray(at, at + size))
      }
    })
  })
  return { said: () => said }
}

describe('a recorded conversation', () => {
  for (const size of [1, 13, 1 << 20]) {
    test(`in pieces of ${size}`, async () => {
      const { said } = await replay(size)
      client = await connectDaemon(socket, storeDir)
      assert.equal(client.nixVersion, '2.8.0')
      const closure = await client.closure([app])
      const library = closure.find((info) => info.path.endsWith('-library-2.0'))!
      assert.equal(closure.length, 2)
      assert.deepEqual(closure[0], {
        path: app,
        narHash: 'sha256-jY03oPZ6DDPugHVNBXRbs+zPrWXN2B77uG+znDMpLgs=',
        narSize: 184,
        references: [library.path],
        registrationTime: closure[0]!.registrationTime,
        deriver: drv,
        ultimate: true,
      })
      assert.deepEqual(library.references, [library.path])
      assert.deepEqual(await client.derivers([app]), new Map([[app, [drv]]]))
      assert.deepEqual([...(await client.validPaths([app, drv, absent]))].sort(), [app, drv].sort())
      assert.equal((await client.allValidPaths()).length, 4)
      const files = await client.files([drv])
      assert.equal(parseDerivation(files.get(drv)!).env.get('pname'), 'app')
      await refused(
        () => client!.pathInfos(['/nix/store/00000000000000000000000000000000-absent']),
        /socket: Nix daemon: it says: path '\/nix\/store\/0+-absent' is not in the Nix store$/,
      )
      const questions = recorded.dialogue.filter(({ from }) => from === 'client')
      assert.equal(said(), questions.map(({ hex }) => hex).join(''), 'the very bytes')
      await refused(() => client!.allValidPaths(), /it says|over/)
    })
  }

  test('calls at the same time take turns', async () => {
    await replay(1 << 20)
    client = await connectDaemon(socket, storeDir)
    const [closure, derivers, valid] = await Promise.all([
      client.closure([app]),
      client.derivers([app]),
      client.validPaths([app, drv, absent]),
    ])
    assert.deepEqual([closure.length, derivers.size, valid.size], [2, 1, 2])
  })
})

describe('a daemon that is none, or means harm', () => {
  const HELLO = encode(0x6478696f, (1 << 8) | 34)
  const LAST = 0x616c7473
  const WELCOME = encode('2.8.0', LAST)
  const TOO_LONG = 2 ** 40

  /** Greets, then gives the answer to whatever is asked. */
  async function answering(answer: Uint8Array, { hello = HELLO, welcome = WELCOME } = {}): Promise<void> {
    const replies = [hello, welcome, answer]
    await listen((connection) => connection.on('data', () => connection.write(replies.shift() ?? new Uint8Array())))
    client = await connectDaemon(socket, storeDir, { timeout: 200 })
  }

  test('greetings', async () => {
    const cases: [hello: Uint8Array, message: RegExp][] = [
      [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /socket: Nix daemon: .*(no Nix daemon|which nothing reaches)/],
      [encode(0x6478696f + 1, 0x122), /this is no Nix daemon/],
      [encode(0x6478696f, 0x115), /it speaks protocol 1\.21, firn 1\.27 to 1\.34/],
      [encode(0x6478696f, 0x222), /it speaks protocol 2\.34/],
    ]
    for (const [hello, message] of cases) {
      await refused(() => answering(new Uint8Array(), { hello }), message)
      server.close()
      await new Promise((resolve) => server.once('close', resolve))
    }
  })

  test('a newer one is spoken to as it was in 1.34, an older one as it was', async () => {
    await answering(encode(LAST, [app]), { hello: encode(0x6478696f, 0x127) })
    assert.deepEqual([...(await client!.validPaths([app]))], [app])
    client!.close()
    server.close()
    await new Promise((resolve) => server.once('close', resolve))
    await answering(encode(LAST, [app]), { hello: encode(0x6478696f, 0x120), welcome: encode(LAST) })
    assert.equal(client!.nixVersion, '')
  })

  test('what it may say before a reply is passed over', async () => {
    const noise = encode(
      0x6f6c6d67, 'a line of the log',
      0x53545254, 7, 3, 100, 'querying', 2, 0, 42, 1, 'text', 0,
      0x52534c54, 7, 105, 1, 0, 9,
      0x53544f50, 7,
    ) // biome-ignore format: a message a line
    await answering(Buffer.concat([noise, encode(LAST, [app])]))
    assert.deepEqual([...(await client!.validPaths([app]))], [app])
  })

  const cases: [name: string, answer: Uint8Array, message: RegExp][] = [
    ['a list without end', encode(LAST, TOO_LONG), /announced a list of 1099511627776 items/],
    ['a text without end', encode(LAST, 1, TOO_LONG), /announced a text of 1099511627776 bytes/],
    ['a number beyond all', Buffer.concat([encode(LAST), Buffer.alloc(8, 0xff)]), /the number 18446744073709551615/],
    ['padding', Buffer.concat([encode(LAST, 1, 1), Buffer.from('xyyyyyyy')]), /padding that is not zero/],
    ['an unknown message', encode(0x12345678), /message 0x12345678/],
    ['a wish to read from us', encode(0x64617461, 100), /message 0x64617461, which has no place here/],
    ['an unknown field', encode(0x52534c54, 1, 1, 1, 2), /a field of type 2/],
    ['another store', encode(LAST, ['/elsewhere/00000000000000000000000000000000-x']), /"\/elsewhere\/.*no path of/],
    ['a way out of the store', encode(LAST, [`${storeDir}/../etc/passwd`]), /no path of/],
    [
      'an error',
      encode(0x63787470, 'Error', 0, 'Error', '\x1b[31;1mno\x1b[0m\n such', 0, 1, 0, 'trace'),
      /says: no such$/,
    ],
    ['silence', new Uint8Array(), /silent for 0.2 s/],
  ]
  for (const [name, answer, message] of cases) {
    test(name, async () => {
      await answering(answer)
      await refused(() => client!.validPaths([app]), message)
    })
  }

  test('path infos are checked', async () => {
    const info = (deriver: string, hash: string) => encode(LAST, 1, deriver, hash, [], 1, 2, 0, [], '')
    await answering(info('', 'zz'))
    await refused(() => client!.pathInfos([app]), /the hash "zz", which is none/)
    server.close()
    await new Promise((resolve) => server.once('close', resolve))
    await answering(info('/etc/shadow', 'ab'.repeat(32)))
    await refused(() => client!.pathInfos([app]), /"\/etc\/shadow", which is no path/)
  })

  test('a root that is not valid', async () => {
    await answering(encode(LAST, 0))
    await refused(() => client!.closure([absent]), /-absent: not a valid path of this store/)
  })

  test('files: folders, links, more than was asked, too much', async () => {
    const nar = (...words: (string | number)[]) => encode(LAST, 'nix-archive-1', '(', 'type', ...words)
    const bad: [Uint8Array, RegExp][] = [
      [nar('directory', ')'), /this is no file/],
      [nar('symlink', 'target', '/etc/shadow', ')'), /is no file/],
      [nar('regular', 'contents', TOO_LONG), /is no file, or larger/],
      [nar('regular', 'contents', 'x', ')', 'more'), /bytes after the end/],
    ]
    for (const [answer, message] of bad) {
      await answering(answer)
      await refused(() => client!.files([drv]), message)
      server.close()
      await new Promise((resolve) => server.once('close', resolve))
    }
  })

  test('it closes the connection in the middle', async () => {
    await listen((connection) => {
      const replies = [HELLO, WELCOME]
      connection.on('data', () => {
        const reply = replies.shift()
        if (reply === undefined) connection.end(encode(LAST, 3))
        else connection.write(reply)
      })
    })
    client = await connectDaemon(socket, storeDir)
    await refused(() => client!.validPaths([app]), /socket: Nix daemon: it closed the connection/)
  })

  test('no socket, or nobody behind it', async () => {
    await refused(() => connectDaemon(socket, storeDir), /socket: there is no such socket/)
    writeFileSync(socket, '')
    await refused(() => connectDaemon(socket, storeDir), /socket: no Nix daemon listens there/)
  })
})

test('where the socket is', () => {
  assert.equal(daemonSocket({}, '/nix/var/nix'), '/nix/var/nix/daemon-socket/socket')
  assert.equal(daemonSocket({ NIX_DAEMON_SOCKET_PATH: '/s' }, '/v'), '/s')
  assert.equal(daemonSocket({ NIX_DAEMON_SOCKET_PATH: '/s', NIX_REMOTE: 'daemon' }, '/v'), '/s')
  assert.equal(daemonSocket({ NIX_DAEMON_SOCKET_PATH: '/s', NIX_REMOTE: 'unix:///r/sock?root=/x' }, '/v'), '/r/sock')
})

test('nix-daemon says what the database says', needs('nix'), async () => {
  const store = join(folder, 'store')
  mkdirSync(store)
  const env = {
    ...process.env,
    NIX_STORE_DIR: store,
    NIX_STATE_DIR: join(folder, 'var'),
    NIX_LOG_DIR: join(folder, 'log'),
    NIX_CONF_DIR: join(folder, 'etc'),
    NIX_DAEMON_SOCKET_PATH: socket,
    NIX_REMOTE: '',
    NIX_CONFIG: 'build-users-group =\nsandbox = false\nsubstitute = false',
  }
  const expression = `let
    make = name: references: derivation {
      inherit name references; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "echo $references $out > $out" ];
    };
    leaf = make "leaf" [ ]; middle = make "middle" [ leaf (builtins.toFile "text" "text") ];
  in make "top" [ leaf middle ]`
  const top = execFileSync('nix-build', ['--no-out-link', '-E', expression], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim()
  const daemon = await startNixDaemon(env)
  try {
    client = await connectDaemon(socket, store)
    const database = openStoreDatabase(env.NIX_STATE_DIR, store)
    const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1)
    const closure = await client.closure([top])
    assert.equal(closure.length, 4)
    assert.deepEqual(closure.sort(byPath), database.closure([top]).sort(byPath))
    const paths = database.allValidPaths()
    assert.deepEqual(await client.allValidPaths(), paths)
    assert.deepEqual((await client.pathInfos(paths)).sort(byPath), database.pathInfos(paths).sort(byPath))
    assert.deepEqual(await client.derivers(paths), database.derivers(paths))
    const derivations = paths.filter((path) => path.endsWith('.drv'))
    assert.equal(derivations.length, 3)
    for (const [path, bytes] of await client.files(derivations))
      assert.deepEqual(readFileSync(path), Buffer.from(bytes))
  } finally {
    await daemon.stop()
  }
})
