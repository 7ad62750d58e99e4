import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { channelFor, channelOfPath, knowFile } from '../src/jobs/detect.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-detect-'))
after(() => rmSync(folder, { recursive: true }))
let count = 0

function file(content: string | Uint8Array): string {
  const path = join(folder, `${++count}.bin`)
  writeFileSync(path, content)
  return path
}

const ENVELOPE = '{"version":2,"packages":{"hello":{"name":"hello-2.12","pname":"hello","version":"2.12","meta":{}}}}'
const JOBS = '{"attr":"hello","attrPath":["hello"],"drvPath":"/nix/store/x.drv","name":"hello-2.12"}\n{"attr":"b"}\n'
const NIX_ENV = '{"hello":{"name":"hello-2.12","pname":"hello","system":"x86_64-linux","meta":{"platforms": }}}'

test('package sets of the three kinds are known, packed or not', async () => {
  for (const [text, seen] of [
    [ENVELOPE, /packages\.json/],
    [JOBS, /nix-eval-jobs/],
    [JOBS.replace(/^.*?\n/, '{"attr":"bad","attrPath":["bad"],"error":"does not evaluate"}\n'), /nix-eval-jobs/],
    [NIX_ENV, /nix-env/],
  ] as const) {
    for (const bytes of [text, gzipSync(text), brotliCompressSync(text), zstdCompressSync(text)]) {
      const known = await knowFile(file(bytes))
      assert.equal(known.kind, 'packages')
      assert.match(known.seen, seen)
    }
  }
})

test('the bundled sample is known', async () => {
  const sample = (name: string) => new URL(`../sample/${name}`, import.meta.url).pathname
  assert.equal((await knowFile(sample('2024-10-24_delta_CVEs_sample.zip'))).kind, 'cve')
  assert.equal((await knowFile(sample('known_exploited_vulnerabilities.json'))).kind, 'kev')
  assert.equal((await knowFile(sample('packages-nixos-18.03.json.gz'))).kind, 'packages')
})

test('what is not taken is refused with what was seen and what is taken', async () => {
  await assert.rejects(knowFile(file('<html>'), 'https://mirror/x.zip'), {
    message: 'https://mirror/x.zip: not a file that the tracker takes, but a web page or XML (a sign-in page, perhaps)',
    hint: /CVE zips.*package sets/,
  })
  await assert.rejects(knowFile(file('{"a":{"b":1}}')), /keys a/)
  const zip = file('PK\x03\x04 and no more')
  await assert.rejects(knowFile(zip, 'bulk.zip'), { message: /^bulk\.zip: zip: .*at the end is missing/ })
  await assert.rejects(knowFile(join(folder, 'none'), 'none'), { message: 'none: no such file' })
  const kevs = join(folder, 'kevs')
  mkdirSync(kevs)
  writeFileSync(join(kevs, 'kev.json'), '{"catalogVersion":"1","vulnerabilities":[]}')
  await assert.rejects(knowFile(kevs), { hint: 'give the file itself' })
})

test('the channel is what the person says, else what the path tells', () => {
  assert.equal(channelOfPath('/x/packages-nixos-24.11.json.br'), 'nixos-24.11')
  assert.equal(channelOfPath('/mirror/nixos-unstable/packages.json.br'), 'nixos-unstable')
  assert.equal(channelOfPath('/home/me/packages.json'), undefined)
  assert.equal(channelFor('/x/packages-nixos-24.11.json', 'mine'), 'mine')
  assert.throws(() => channelFor('/home/me/packages.json', undefined), { hint: /--channel/ })
  for (const bad of ['', '../etc', 'a b', '-x', 'x'.repeat(61)]) assert.throws(() => channelFor('/x', bad), /--channel/)
})
