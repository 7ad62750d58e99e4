import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileSource } from '@firn/binary/source'
import { readGpt } from '@firn/image'
import { needsParts, part } from '../../scripts/boot-parts.ts'
import { needs } from '../../scripts/needs.ts'

const firn = new URL('../../firn', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'firn-disk-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

type Answer = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

const run = (...words: readonly string[]): Answer => spawnSync(firn, words, { cwd: folder, encoding: 'utf8' })

/** While a server of this process answers. */
function runBeside(...words: readonly string[]): Promise<Answer> {
  const child = spawn(firn, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, stdout, stderr })))
}

function makeDisk(counter: number, ...more: readonly string[]): Answer {
  // A store that says it is erofs; that it cannot be mounted, nobody here will notice.
  const store = Buffer.alloc(3 << 20, `content of store ${counter}. `)
  store.writeUInt32LE(0xe0f5e1e2, 1024)
  writeFileSync(at(`store-${counter}`), store)
  return run(
    ...['appliance', 'disk', '--image', at(`store-${counter}`), '--init', '/nix/store/abc-system/init'],
    ...['--initrd', at('initrd'), '--kernel', part('kernel'), '--stub', part('stub')],
    ...['--bootloader', part('bootloader'), '--cert', at('keys/db.pem'), '--key', at('keys/db.key')],
    ...['--name', 'router', '--version', `26.${counter}`, '--counter', String(counter), '-o', at(`disk-${counter}`)],
    ...more,
  )
}

before(() => {
  writeFileSync(at('initrd'), Buffer.alloc(100_000, 'initrd'))
  assert.equal(run('boot', 'keys', 'create', '-o', 'keys', '--only', 'db').status, 0)
  assert.equal(run('store', 'seal', 'key', '-o', 'updates').status, 0)
})

const needed = { ...needs('mcopy'), ...needsParts('stub', 'kernel', 'bootloader') }

test(
  'a disk is made and verified, an update of it is fetched, put into the other slot, and an old one refused',
  needed,
  async () => {
    for (const counter of [1, 2]) {
      const { status, stdout, stderr } = makeDisk(counter, '--json')
      assert.equal(status, 0, stderr)
      const { schema, tool, size, partitions, rootHash, findings } = JSON.parse(stdout)
      assert.deepEqual([schema, tool.name, findings], ['firn/appliance-disk/1', 'firn', []])
      const { partitions: there, size: whole } = readGpt(fileSource(at(`disk-${counter}`)))!
      assert.equal(size, whole)
      assert.deepEqual(
        partitions,
        there.map(({ attributes, ...rest }) => rest),
      )
      assert.equal(there[1]!.id.replaceAll('-', ''), rootHash.slice(0, 32))
    }
    const verified = run('appliance', 'verify', 'disk-1', '--cert', 'keys/db.pem')
    assert.equal(verified.status, 0, verified.stdout + verified.stderr)

    assert.equal(run('store', 'seal', 'key', '-o', 'stranger').status, 0)
    for (const counter of [1, 2]) {
      const bundled = run('appliance', 'bundle', `disk-${counter}`, '--key', 'updates', '-o', `bundle-${counter}`)
      assert.equal(bundled.status, 0, bundled.stderr)
    }
    const disk = at('machine')
    copyFileSync(at('disk-1'), disk)
    mountEsp(disk, at('esp'))
    const target = ['--disk', disk, '--esp', at('esp'), '--key']
    const untouched = readFileSync(disk)
    const stranger = run('appliance', 'update', 'bundle-2/update.json', ...target, 'stranger.pub')
    assert.equal(stranger.status, 2, stranger.stderr)
    assert.ok(readFileSync(disk).equals(untouched))

    const server = createServer((request, response) => {
      const bytes = readFileSync(join(at('bundle-2'), basename(request.url ?? '')))
      const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
      if (from === undefined) response.end(bytes)
      else {
        const end = to === undefined || to === '' ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1)
        response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${bytes.length}` })
        response.end(bytes.subarray(Number(from), end + 1))
      }
    }).listen(0, '127.0.0.1')
    try {
      await new Promise((resolve) => server.once('listening', resolve))
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/update.json`
      const done = await runBeside('appliance', 'update', url, ...target, 'updates.pub')
      assert.equal(done.status, 0, done.stderr)
      assert.match(done.stdout, /router 2 \(2\) is in slot B/)
    } finally {
      server.close()
    }
    assert.deepEqual(readdirSync(at('esp/EFI/Linux')).sort(), ['router-1.efi', 'router-2+3.efi'])

    // No root hash of a system: whoever runs this test runs none.
    const good = ['appliance', 'good', '--disk', disk, '--esp', at('esp')]
    assert.match(run(...good).stderr, /this machine runs no system of an appliance\n.*--root HEX/)
    assert.match(run(...good, '--root', 'ab'.repeat(32)).stderr, /no boot entry opens the store abab/)

    const again = run('appliance', 'update', 'bundle-2/update.json', ...target, 'updates.pub')
    assert.equal(again.status, 0, again.stderr)
    assert.match(again.stdout, /^nothing to do/)
    const old = run('appliance', 'update', 'bundle-1/update.json', ...target, 'updates.pub')
    assert.doesNotMatch(old.stdout, /is in slot/)

    const { root } = JSON.parse(
      Buffer.from(JSON.parse(readFileSync(at('bundle-2/update.json'), 'utf8')).payload, 'base64').toString(),
    )
    for (const said of [/^router 26\.2 \(2\) in slot B is good/, /was found good before/]) {
      const { status, stdout, stderr } = run(...good, '--root', root)
      assert.equal(status, 0, stderr)
      assert.match(stdout, said)
    }
    assert.deepEqual(readdirSync(at('esp/EFI/Linux')).sort(), ['router-1.efi', 'router-2.efi'])
    rmSync(at('esp/EFI/Linux/router-1.efi'))
    const back = run('appliance', 'update', 'bundle-1/update.json', ...target, 'updates.pub')
    assert.equal(back.status, 2)
    assert.match(back.stderr, /update 1 is older than system 2/)
  },
)

test('sizes, counters and words that no disk can have are told before the store is hashed', needed, () => {
  for (const [more, message] of [
    [['--data-size', '0'], /--data-size 0: not a size/],
    [['--slot-size', '5x'], /--slot-size 5x: not a size/],
    [['--param', 'firn.mismatch=error'], /cannot be a word for the kernel/],
    [['--slot-size', '1M'], /--slot-size 1M: the store takes [\d.]+ MiB/],
  ] as const) {
    const { status, stderr } = makeDisk(3, ...more)
    assert.equal(status, 2, stderr)
    assert.match(stderr, message)
    assert.equal(stderr.trim().split('\n').length, 2, stderr)
  }
  const late = makeDisk(1_000_000_000)
  assert.equal(late.status, 2)
  assert.match(late.stderr, /--counter 1000000000: not a counter\n.*at most 999999999/)
  assert.ok(!readdirSync(folder).some((name) => name.startsWith('disk-3')))
})

test(
  'an update to which the data of a machine would stay closed is refused, where it is made and where it is taken',
  needed,
  () => {
    const opens = ['--data-size', '1M', '--pcr-key', 'pcr.key']
    run('boot', 'keys', 'create', '-o', 'pcr', '--only', 'db', '--kind', 'rsa-2048')
    copyFileSync(at('pcr/db.key'), at('pcr.key'))
    for (const [counter, more] of [
      [5, opens],
      [6, []],
    ] as const) {
      const { status, stderr } = makeDisk(counter, ...more)
      assert.equal(status, 0, stderr)
    }
    const bundle = (counter: number, folder: string) =>
      run('appliance', 'bundle', `disk-${counter}`, '--key', 'updates', '-o', folder)
    assert.match(bundle(5, 'www').stdout, /^opens partition data; key [0-9a-f]{64} signed its PCR 11$/m)
    const text = readFileSync(at('www/update.json'))
    const refused = /^firn: update 6 does not open partition data, which system 5 opens\n.*--data-size and --pcr-key/m
    const made = bundle(6, 'www')
    assert.equal(made.status, 2)
    assert.match(made.stderr, refused)
    assert.deepEqual(readFileSync(at('www/update.json')), text)

    assert.match(bundle(6, 'elsewhere').stdout, /^opens no data$/m)
    mountEsp(at('disk-5'), at('esp-5'))
    const target = ['--disk', 'disk-5', '--esp', 'esp-5', '--key', 'updates.pub']
    const untouched = readFileSync(at('disk-5'))
    const taken = run('appliance', 'update', 'elsewhere/update.json', ...target, '--new-pcr-key')
    assert.equal(taken.status, 2)
    assert.match(taken.stderr, refused)
    assert.ok(readFileSync(at('disk-5')).equals(untouched))
  },
)

/** Its files in a folder, as if it were mounted. */
function mountEsp(disk: string, into: string): void {
  const source = fileSource(disk)
  const { offset } = readGpt(source)!.partitions.find(({ name }) => name === 'ESP')!
  source.close()
  mkdirSync(into)
  const { status, stderr } = spawnSync('mcopy', ['-s', '-i', `${disk}@@${offset}`, '::/EFI', '::/loader', into], {
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
}
