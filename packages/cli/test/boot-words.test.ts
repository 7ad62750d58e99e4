import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseAuth, vendorOf } from '@firn/boot/efivars'
import { EVENT, parseEventLog, replay } from '@firn/boot/measured'
import { EXIT, UserError } from '@firn/core'
import { makePe } from '../../binary/test/pe-fixture.ts'
import { printLog } from '../../boot/test/log-fixture.ts'
import { blankStore } from '../../boot/test/vars-fixture.ts'
import type { Command } from '../src/command.ts'

/** What `firn boot …` makes of words and files that it cannot use; run here, since a process costs half a second each. */
const folder = mkdtempSync(join(tmpdir(), 'firn-boot-words-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const put = (name: string, content: Uint8Array | string) => {
  writeFileSync(at(name), content)
  return at(name)
}

async function run(
  action: string,
  ...words: readonly string[]
): Promise<{ code: number; said: string; stderr: string }> {
  const { command } = (await import(`../src/boot/${action}.ts`)) as { command: Command }
  const heard = { said: '', stderr: '' }
  const hear = (where: keyof typeof heard) => (text: string) => {
    heard[where] += text
  }
  const outputs = { stdout: hear('said'), stderr: hear('stderr') }
  const io = { ...outputs, env: {}, interactive: false, signal: new AbortController().signal }
  return { code: await command.run(words, io), ...heard }
}

const refused = (message: RegExp, hint: RegExp, action: string, ...words: readonly string[]) =>
  assert.rejects(run(action, ...words), (error) => {
    assert.ok(error instanceof UserError, `${action} ${words.join(' ')}: ${error}`)
    assert.match(error.message, message)
    assert.match(error.hint, hint)
    assert.doesNotMatch(error.message + error.hint, /\n/)
    return true
  })

const keys = at('keys')
await run('keys-create', '-o', keys)
const signer = ['--key', at('keys/db.key'), '--cert', at('keys/db.pem')]
const plain = put('plain.efi', makePe())
const empty = put('empty', '')
const out = at('out')
mkdirSync(at('folder'))

test('sign names the thing that is wrong, once', async () => {
  const cases: readonly [RegExp, RegExp, ...string[]][] = [
    [/^\S+none: no such file$/, /check the path/, '--key', at('none'), '--cert', at('keys/db.pem'), plain, '-o', out],
    [/^\S+none: no such file$/, /check the path/, '--key', at('keys/db.key'), '--cert', at('none'), plain, '-o', out],
    [
      /^\S+db\.pem: not a private key/,
      /PRIVATE KEY/,
      '--key',
      at('keys/db.pem'),
      '--cert',
      at('keys/db.pem'),
      plain,
      '-o',
      out,
    ],
    [
      /^\S+db\.key: no certificate$/,
      /CERTIFICATE/,
      '--key',
      at('keys/db.key'),
      '--cert',
      at('keys/db.key'),
      plain,
      '-o',
      out,
    ],
    [/^\S+empty: not a PE image/, /cut off/, ...signer, empty, '-o', out],
    [/^\S+folder: this is not a file$/, /give a file/, ...signer, at('folder'), '-o', out],
    [/^\S+folder: this is a folder, not a file$/, /give a file/, ...signer, plain, '-o', at('folder')],
    [/--output is there twice/, /once/, ...signer, plain, '-o', out, '-o', at('other')],
    [/--key is there twice/, /once/, ...signer, '--key', 'x', plain, '-o', out],
    [/--request or -o/, /signs nothing/, '--cert', at('keys/db.pem'), plain, '--request', at('request'), '-o', out],
    [/\ufffd.*no such file/, /UTF-8/, ...signer, at('\ufffd.efi'), '-o', out],
  ]
  for (const [message, hint, ...words] of cases) await refused(message, hint, 'sign', ...words)
  assert.deepEqual([out, at('other'), at('request')].filter(existsSync), [])
})

test('an output is a file: no device is replaced, and a link is not written through', async () => {
  for (const device of ['/dev/null', '/dev/stdout']) {
    await refused(/device or a pipe/, /name of a file/, 'sign', ...signer, plain, '-o', device)
  }
  const target = put('target', 'untouched')
  symlinkSync(target, at('link'))
  await run('sign', ...signer, plain, '-o', at('link'))
  assert.equal(readFileSync(target, 'utf8'), 'untouched')
})

test('a program of more than 4 GB is not signed', async () => {
  truncateSync(put('large.efi', makePe()), 2 ** 32 + 512)
  await refused(/larger than 4 GB/, /smaller/, 'sign', ...signer, at('large.efi'), '-o', out)
  rmSync(at('large.efi'))
})

test('keys: all or none, in one line, and nothing that is no option', async () => {
  mkdirSync(at('half'))
  mkdirSync(at('half/KEK.pem'))
  await refused(/KEK\.pem is there already/, /choose another folder/, 'keys-create', '-o', at('half'))
  assert.deepEqual(readdirSync(at('half')), ['KEK.pem'])
  for (const name of ['', 'a\nb', 'x'.repeat(41)]) {
    await refused(/--name/, /40 characters/, 'keys-create', '-o', at('none'), '--name', name)
  }
  await refused(/what is db/, /--help/, 'keys-create', 'db', '-o', at('none'))
  assert.ok(!existsSync(at('none')))
})

test('uki build: each part once, and signed when anything says so', async () => {
  const words = ['--linux', plain, '--stub', put('stub.efi', makePe()), '-o', out]
  const cases: readonly [RegExp, RegExp, ...string[]][] = [
    [/a certificate is needed/, /--cert/, ...words, '--key', at('keys/db.key')],
    [/two sections \.linux/, /each part once/, ...words, '--section', '.linux:other'],
    [/two sections \.x/, /each part once/, ...words, '--section', '.x:a', '--section', '.x:b'],
    [/^\S+empty: it is empty/, /right file/, ...words, '--initrd', empty],
    [/^\S+empty: it is empty/, /right file/, '--linux', plain, '--stub', empty, '-o', out],
    [/--os-release hello: no line/, /@F/, ...words, '--os-release', 'hello'],
  ]
  for (const [message, hint, ...more] of cases) await refused(message, hint, 'uki-build', ...more)
  assert.ok(!existsSync(out))
  await run('uki-build', ...words)
  await refused(/two sections \.linux/, /stub alone/, 'uki-build', '--linux', plain, '--stub', out, '-o', at('twice'))
})

test('a kernel that no stub starts is built in, and told of', async () => {
  const initrd = put('initrd', Buffer.alloc(2000, 7))
  const words = (linux: string) => ['--linux', linux, '--stub', plain, '-o', at('told.efi')]
  assert.match((await run('uki-build', ...words(initrd))).stderr, /^warning: \S+initrd: this is no kernel/)
  assert.doesNotMatch((await run('uki-build', ...words(plain))).stderr, /no kernel/)
})

test('partitions, variables: what is no folder, holds nothing, or was not asked for', async () => {
  const trust = ['--cert', at('keys/db.pem')]
  for (const action of ['status', 'fsck']) {
    await refused(/^\S+empty: this is not a folder/, /mounted/, action, '--esp', empty, ...trust)
    await refused(/^\S+none: no such file/, /path/, action, '--esp', at('none'), ...trust)
    await refused(/what is extra/, /--help/, action, '--esp', at('folder'), ...trust, 'extra')
  }
  await refused(/^firn boot fsck: Option '--esp' argument is ambiguous$/, /help/, 'fsck', '--esp', '-1')
  for (const [action, ...words] of [
    ['vars-show', '--vars', at('folder')],
    ['vars-diff', at('folder'), at('folder')],
    ['vars-restore', at('folder'), '--efivars', at('folder'), '--backup', at('backup')],
  ] as const) {
    await refused(/^\S+folder: no variables are there$/, /vars backup/, action, ...words)
  }
  const here = ['--efivars', at('folder'), '--backup', at('backup')]
  await refused(/my\.auth: its name does not say which variable$/, /db\.auth/, 'vars-write', at('my.auth'), ...here)
  const noUpdate = put('db.auth', Buffer.alloc(64, 0xff))
  await refused(/db\.auth: \.auth: at byte 0/, /another kind/, 'vars-write', noUpdate, ...here)
  await refused(/^which variable\?$/, /PK, KEK, db, dbx/, 'vars-sign', ...signer, plain, '-o', out)
})

test('a variable out of a backup stands for the lists that it holds', async () => {
  await run('vars-sign', '--var', 'db', ...signer, at('keys/db.pem'), '-o', at('plain.auth'), '--time', '2026-01-01')
  const { data } = parseAuth(readFileSync(at('plain.auth')))
  const file = put(`db-${vendorOf('db')}`, Buffer.concat([Buffer.from([0x27, 0, 0, 0]), data]))
  await run('vars-sign', '--var', 'db', ...signer, file, '-o', at('again.auth'), '--time', '2026-01-01')
  assert.deepEqual(readFileSync(at('again.auth')), readFileSync(at('plain.auth')))
  await run('sign', ...signer, plain, '-o', at('signed.efi'))
  assert.equal((await run('verify', at('signed.efi'), '--db', file)).code, 0)
})

test('measure: what has no kernel is no unified kernel image', () =>
  refused(/no unified kernel image/, /elsewhere/, 'measure', plain, '--stub-version', '257'))

test('every JSON has a schema, the tool, a subject and findings', async () => {
  const uki = at('uki.efi')
  await run('uki-build', '--linux', plain, '--stub', plain, '-o', uki)
  const vars = put('blank.fd', blankStore())
  await run('vars-sign', '--var', 'db', ...signer, at('keys/db.pem'), '-o', at('db.auth'))
  for (const [schema, action, ...words] of [
    ['firn/boot-hash/1', 'hash', plain],
    ['firn/boot-keys/1', 'keys-show', at('keys/db.pem')],
    ['firn/boot-verify/1', 'verify', plain],
    ['firn/boot-uki/1', 'uki-inspect', uki],
    ['firn/boot-uki-diff/1', 'uki-diff', uki, plain],
    ['firn/boot-measure/1', 'measure', uki, '--stub-version', '257'],
    ['firn/boot-vars/1', 'vars-show', '--vars', vars],
    ['firn/boot-vars-diff/1', 'vars-diff', vars, vars],
    ['firn/boot-vars-verify/1', 'vars-verify', at('db.auth'), '--var', 'db', '--cert', at('keys/db.pem')],
    ['firn/boot-pcr-expect/1', 'pcr-expect', at('folder')],
    ['firn/boot-explain/1', 'explain', at('folder')],
    ['firn/boot-esp/1', 'fsck', '--esp', at('folder'), '--cert', at('keys/db.pem')],
    ['firn/boot-esp/1', 'status', '--esp', at('folder'), '--cert', at('keys/db.pem')],
  ] as const) {
    const { said } = await run(action, ...words, '--json')
    const report = JSON.parse(said)
    assert.equal(report.schema, schema)
    assert.equal(report.tool.name, 'firn')
    assert.ok(typeof report.subject === 'string' && Array.isArray(report.findings), action)
  }
})

test('vars verify: 0 when the machine takes the update, 1 when it does not', async () => {
  await run('vars-sign', '--var', 'db', ...signer, at('keys/db.pem'), '-o', at('own.auth'))
  const code = async (...words: readonly string[]) => (await run('vars-verify', at('own.auth'), ...words)).code
  assert.equal(await code('--var', 'db', '--cert', at('keys/db.pem')), EXIT.clean)
  assert.equal(await code('--var', 'db', '--cert', at('keys/KEK.pem')), EXIT.findings)
  assert.equal(await code('--var', 'dbx', '--cert', at('keys/db.pem'), '--json'), EXIT.findings)
})

test('pcr log: 0 when the log explains the registers, 1 for one that it does not, or that shows other data', async () => {
  const event = { pcr: 4, type: EVENT.action, data: Buffer.from('Calling EFI Application from Boot Option') }
  const log = put('log', printLog([event]))
  mkdirSync(at('pcrs'))
  const register = (text: string) => put('pcrs/4', `${text}\n`)
  const value = Buffer.from(replay(parseEventLog(readFileSync(log)), 'sha256').get(4)!).toString('hex')
  register(value.toUpperCase())
  const code = async (...words: readonly string[]) => (await run('pcr-log', ...words)).code
  assert.equal(await code(log), EXIT.clean)
  assert.equal(await code(log, '--pcrs', at('pcrs')), EXIT.clean)
  register(value.replace(/^../, (byte) => (byte === '00' ? '01' : '00')))
  assert.equal(await code(log, '--pcrs', at('pcrs')), EXIT.findings)
  assert.equal(await code(log, '--pcrs', at('pcrs'), '--json'), EXIT.findings)
  const lie = put('lie', printLog([{ ...event, digest: new Uint8Array(32) }]))
  assert.equal(await code(lie), EXIT.findings)
})
