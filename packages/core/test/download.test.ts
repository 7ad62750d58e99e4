import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UserError } from '@firn/core'
import { download, fetchRange, fetchText, useNetworkSettings, withoutCredentials } from '@firn/core/download'
import { needs } from '../../../scripts/needs.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-download-'))
after(() => rmSync(folder, { recursive: true }))
const signal = new AbortController().signal
const terms = { signal, limit: 1000 }

async function serving<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/feed`)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function refused(listener: RequestListener, pattern: RegExp, options: object = {}): Promise<void> {
  await serving(listener, async (url) => {
    const file = join(folder, 'refused')
    await assert.rejects(download(url, file, { ...terms, ...options }), (error: UserError) => {
      assert.ok(error instanceof UserError, String(error))
      assert.ok(error.message.startsWith(url), error.message)
      assert.match(error.message, pattern)
      assert.equal(error.exit, 3)
      return true
    })
    assert.ok(!existsSync(file), 'nothing is left behind')
  })
}

test('a file is fetched whole, with its digest and what the server says of its age', async () => {
  const progress: (number | undefined)[][] = []
  await serving(
    (_, response) => response.writeHead(200, { etag: '"1"', 'content-length': 5 }).end('hello'),
    async (url) => {
      const file = join(folder, 'whole')
      const got = await download(url, file, { ...terms, onProgress: (...seen) => progress.push(seen) })
      const sha256 = createHash('sha256').update('hello').digest('hex')
      assert.deepEqual(got, { url, sha256, size: 5, etag: '"1"' })
      assert.equal(readFileSync(file, 'utf8'), 'hello')
      assert.deepEqual(progress.at(-1), [5, 5])
    },
  )
})

test('nothing is fetched again that did not change', async () => {
  await serving(
    (request, response) => {
      const same = request.headers['if-none-match'] === '"1"' && request.headers['if-modified-since'] === 'then'
      response.writeHead(same ? 304 : 200).end()
    },
    async (url) => {
      const last = { etag: '"1"', lastModified: 'then' }
      assert.equal(await download(url, join(folder, 'unchanged'), { ...terms, last }), undefined)
      assert.ok(!existsSync(join(folder, 'unchanged')))
    },
  )
})

test('403 and 500 are told', async () => {
  await refused((_, response) => response.writeHead(403).end('no'), /answered 403 Forbidden/)
  await refused((_, response) => response.writeHead(500).end('no'), /answered 500/)
})

test('half a body is refused, however the connection ends', async () => {
  const half: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half')
    setTimeout(() => response.destroy(), 50)
  }
  await refused(half, /terminated|closed|ended after|UND_ERR|ECONN/)
  const chunked: RequestListener = (_, response) => {
    response.writeHead(200).write('half')
    setTimeout(() => response.destroy(), 50)
  }
  await refused(chunked, /terminated|closed|UND_ERR|ECONN/)
})

test('more than the limit is refused, declared or not', async () => {
  await refused((_, response) => response.writeHead(200, { 'content-length': 2000 }).end('x'), /more than 1000 bytes/)
  await refused((_, response) => response.writeHead(200).end('x'.repeat(2000)), /more than 1000 bytes/)
})

test('silence ends the wait', async () => {
  const silent: RequestListener = (_, response) => response.writeHead(200).write('x')
  await refused(silent, /nothing came for 0 seconds/, { patience: 200 })
})

test('a host that is not there, and an address that is none', async () => {
  await assert.rejects(
    download('http://127.0.0.1:1/x', join(folder, 'none'), terms),
    /nothing listens there \(ECONNREFUSED\)|bad port/,
  )
  await assert.rejects(
    download('http://firn.invalid/x', join(folder, 'none'), terms),
    /no such host, or no network|no name server answers/,
  )
  await assert.rejects(download('file:///etc/passwd', join(folder, 'none'), terms), /no http or https URL/)
})

test('an interruption is passed on as it is', async () => {
  const stop = new AbortController()
  const silent: RequestListener = (_, response) => {
    response.writeHead(200).write('x')
    setTimeout(() => stop.abort(), 50)
  }
  await serving(silent, async (url) => {
    const run = download(url, join(folder, 'stopped'), { ...terms, signal: stop.signal })
    await assert.rejects(run, { name: 'AbortError' })
  })
})

test('a text comes whole or not at all', async () => {
  await serving(
    (_, response) => response.writeHead(200).end('d0ffe1\n'),
    async (url) => assert.equal(await fetchText(url, terms), 'd0ffe1\n'),
  )
  await serving(
    (_, response) => response.writeHead(200).end('x'.repeat(1001)),
    async (url) => assert.rejects(fetchText(url, terms), /more than 1000 bytes/),
  )
})

test('credentials in an address are sent, and never shown', async () => {
  await serving(
    (request, response) => response.writeHead(request.url === '/feed' ? 200 : 403).end(request.headers.authorization),
    async (url) => {
      const secret = url.replace('//', '//me:p%40ss@')
      assert.equal(await fetchText(secret, terms), `Basic ${Buffer.from('me:p@ss').toString('base64')}`)
      await assert.rejects(fetchText(`${secret}s`, terms), (error: UserError) => {
        assert.equal(error.message, `${url}s: it answered 403 Forbidden`)
        return true
      })
    },
  )
  assert.equal(withoutCredentials('https://me:p@ss@host/a@b?c'), 'https://host/a@b?c')
})

const PROGRAM = `
import { fetchText, useNetworkSettings } from '@firn/core/download'
useNetworkSettings(process.env)
const signal = new AbortController().signal
console.log(await fetchText(process.env.ADDRESS, { signal, limit: 1000 }).catch((error) => error.message))`

/** In a process of its own: proxies and certificates are settings of the whole process. */
async function inProcess(env: Record<string, string>): Promise<string> {
  const child = execFile(process.execPath, ['--input-type=module-typescript', '-e', PROGRAM], {
    cwd: new URL('..', import.meta.url).pathname,
    env: { PATH: process.env.PATH, ...env },
  })
  let said = ''
  for await (const text of child.stdout!) said += text
  return said.trim()
}

test('a proxy is used, and NO_PROXY keeps away from it', async () => {
  const answer =
    (text: string): RequestListener =>
    (request, response) =>
      response.end(`${text} ${request.url?.startsWith('http://') ? 'absolute' : 'plain'}`)
  await serving(answer('server'), (ADDRESS) =>
    serving(answer('proxy'), async (proxy) => {
      const HTTP_PROXY = new URL('/', proxy).href
      assert.equal(await inProcess({ ADDRESS: 'http://far.invalid/', HTTP_PROXY }), 'proxy absolute')
      assert.equal(await inProcess({ ADDRESS, HTTP_PROXY, NO_PROXY: '127.0.0.1' }), 'server plain')
    }),
  )
})

test('a proxy that none can be is refused by name, without its password', () => {
  for (const HTTPS_PROXY of ['nonsense', 'ftp://me:secret@host:1', 'http://me:secret@host:99999']) {
    assert.throws(
      () => useNetworkSettings({ HTTPS_PROXY }),
      (error: UserError) => error instanceof UserError && /proxy/.test(error.message) && !/secret/.test(error.message),
    )
  }
})

/** A certificate of `host` that an authority of our own signed: the files of its key, of itself, and of the authority. */
function certificateOf(host: string): { readonly key: string; readonly cert: string; readonly ca: string } {
  const openssl = (words: string) => execFileSync('openssl', words.split(' '), { cwd: folder, stdio: 'ignore' })
  openssl('req -x509 -newkey ed25519 -nodes -days 2 -subj /CN=Ours -keyout ca.key -out ca.pem')
  openssl(`req -newkey ed25519 -nodes -subj /CN=${host} -keyout leaf.key -out leaf.csr`)
  writeFileSync(join(folder, 'names'), `subjectAltName=DNS:${host}`)
  openssl('x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out leaf.pem')
  return { key: join(folder, 'leaf.key'), cert: join(folder, 'leaf.pem'), ca: join(folder, 'ca.pem') }
}

test('FIRN_CA_FILE is trusted beside the usual certificates, through a proxy too', needs('openssl'), async () => {
  const { key, cert, ca } = certificateOf('localhost')
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => {
    response.end('secret')
  }).listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const tunnelled: string[] = []
  const proxy = createServer().on('connect', ({ url = '' }, socket, head) => {
    tunnelled.push(url)
    const there = connect(port, 'localhost', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      there.write(head)
      there.pipe(socket).pipe(there)
    })
    there.on('error', () => socket.destroy())
    socket.on('error', () => there.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const ADDRESS = `https://localhost:${port}/`
  try {
    assert.match(await inProcess({ ADDRESS }), /nobody trusted here signed its certificate .*FIRN_CA_FILE/)
    assert.equal(await inProcess({ ADDRESS, FIRN_CA_FILE: ca }), 'secret')
    assert.deepEqual(tunnelled, [])
    assert.match(await inProcess({ ADDRESS, HTTPS_PROXY }), /nobody trusted here/)
    assert.equal(await inProcess({ ADDRESS, HTTPS_PROXY, FIRN_CA_FILE: ca }), 'secret')
    assert.deepEqual(tunnelled, [`localhost:${port}`, `localhost:${port}`])
    const far = await inProcess({ ADDRESS: 'https://far.invalid/', HTTPS_PROXY, FIRN_CA_FILE: ca })
    assert.match(far, /its certificate is that of another host/)
    const off = await inProcess({ ADDRESS, HTTPS_PROXY: 'http://127.0.0.1:1' })
    assert.match(off, /nothing listens at 127\.0\.0\.1 port 1 /)
  } finally {
    server.close()
    proxy.close()
  }
})

test('a redirect away from https is refused, also when a later step is https again', needs('openssl'), async () => {
  const { key, cert, ca } = certificateOf('localhost')
  const answers: RequestListener = ({ url = '' }, response) => {
    const to = decodeURIComponent(url.slice(1))
    if (to === '') response.end('the end')
    else response.writeHead(302, { location: to }).end()
  }
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, answers).listen(0, 'localhost')
  await once(server, 'listening')
  const home = `https://localhost:${(server.address() as AddressInfo).port}/`
  const asked: string[] = []
  const plain: RequestListener = (request, response) => {
    asked.push(request.url ?? '')
    answers(request, response)
  }
  try {
    await serving(plain, async (url) => {
      const away = new URL('/', url).href
      const over = (...steps: string[]) => steps.reduceRight((rest, step) => step + encodeURIComponent(rest), '')
      const get = (ADDRESS: string) => inProcess({ ADDRESS, FIRN_CA_FILE: ca })
      assert.equal(await get(over(home, home)), 'the end')
      assert.match(await get(over(home, away)), /without https, which is not followed/)
      assert.match(await get(over(home, away, home)), /without https, which is not followed/)
      assert.deepEqual(asked, [], 'who listens there is not even asked')
      assert.equal(await get(over(away, home)), 'the end')
    })
  } finally {
    server.close()
  }
})

test('redirects are followed, not for ever, and who we are is told to the first host only', async () => {
  const told: (string | undefined)[] = []
  const end: RequestListener = ({ headers }, response) => {
    told.push(headers.authorization)
    response.end('end')
  }
  await serving(end, (far) =>
    serving(
      ({ url, headers }, response) => {
        told.push(headers.authorization)
        response.writeHead(301, { location: url === '/feed' ? '/next' : far.replace('//', '//u:secret@') }).end()
      },
      async (url) => {
        assert.equal(await fetchText(url, { ...terms, headers: { authorization: 'Bearer us' } }), 'end')
      },
    ),
  )
  assert.deepEqual(told, ['Bearer us', 'Bearer us', undefined])
  await refused((_, response) => response.writeHead(307, { location: '/feed' }).end(), /redirects more than 20 times/)
  await refused((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(), /no http address/)
  await refused((_, response) => response.writeHead(302).end(), /answered 302/)
})

test('a CA file without a certificate is refused by name', () => {
  const file = join(folder, 'empty.pem')
  assert.throws(() => useNetworkSettings({ FIRN_CA_FILE: file }), /empty\.pem: no such file/)
  writeFileSync(file, 'nothing')
  assert.throws(() => useNetworkSettings({ FIRN_CA_FILE: file }), /no certificate in it/)
})

test('a range of a file is fetched; from a server that knows no ranges, too', async () => {
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => i % 251))
  const range = { from: 70_000, to: 150_000 }
  const get = async (url: string) => {
    const parts: Uint8Array[] = []
    for await (const part of fetchRange(url, range, { signal })) parts.push(Buffer.from(part))
    return Buffer.concat(parts)
  }
  const wanted = content.subarray(range.from, range.to)
  const asked: unknown[] = []
  const ranged: RequestListener = ({ headers }, response) => {
    asked.push(headers.range)
    response.writeHead(206, { 'content-range': 'bytes 70000-149999/200000' }).end(wanted)
  }
  assert.deepEqual(await serving(ranged, get), wanted)
  assert.deepEqual(asked, ['bytes=70000-149999'])
  assert.deepEqual(await serving((_, response) => response.end(content), get), wanted)

  const fails = (listener: RequestListener, pattern: RegExp) =>
    assert.rejects(serving(listener, get), (error: UserError) => error.exit === 3 && pattern.test(error.message))
  await fails((_, response) => response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).end(wanted), /bytes 0-9/)
  await fails((_, response) => response.writeHead(206).end(wanted), /answered with ""/)
  await fails((_, response) => response.end(content.subarray(0, 100_000)), /ended after 100000 of 150000 bytes/)
  await fails((_, response) => response.writeHead(404).end(), /404/)
})
