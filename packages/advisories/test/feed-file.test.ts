import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { UserError } from '@firn/core'
import { lookAtFeedFile } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-feed-file-'))
after(() => rmSync(folder, { recursive: true }))
let number = 0

function file(content: string | Uint8Array, name = 'file'): string {
  const path = join(folder, `${++number}-${name}`)
  writeFileSync(path, content)
  return path
}

const CVE = JSON.stringify({ containers: { cna: { pad: 'x'.repeat(5000) } }, cveMetadata: {}, dataType: 'CVE_RECORD' })
const KEV = '{\n  "title": "t", "catalogVersion": "2025.08.25", "vulnerabilities": []}'
const NVD = '{"resultsPerPage":1,"startIndex":0,"totalResults":1,"format":"NVD_CVE","vulnerabilities":[{"cve":{}}]}'
const OSV = '{"id":"GO-2024-1","modified":"2024-01-01T00:00:00Z","affected":[]}'
const EPSS = '#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z\ncve,epss,percentile\nCVE-2020-0001,0.1,0.2\n'

test('each kind is known by its content, packed or not, whatever its name', async () => {
  for (const [kind, text] of Object.entries({ cve: CVE, kev: KEV, nvd: NVD, osv: OSV, epss: EPSS })) {
    for (const bytes of [text, gzipSync(text), zstdCompressSync(text), brotliCompressSync(text)]) {
      const look = await lookAtFeedFile(file(bytes, 'misleading.txt'))
      assert.equal(look.kind, kind, look.seen)
      assert.equal(look.container, 'file')
    }
  }
})

test('a large file is known by its start, plain and packed', async () => {
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
  const noise = Array.from({ length: 300_000 }, (_, i) => `{"cve":{"id":"CVE-2024-${i + 1000}"}}`).join(',')
  const text = NVD.replace('{"cve":{}}', noise)
  for (const bytes of [text, gzipSync(text), zstdCompressSync(text), brotliCompressSync(text, quick)]) {
    assert.equal((await lookAtFeedFile(file(bytes))).kind, 'nvd')
  }
})

test('a folder is known by what lies in it', async () => {
  const clone = join(folder, 'clone')
  mkdirSync(join(clone, 'cves/2024/1xxx'), { recursive: true })
  writeFileSync(join(clone, 'README.md'), '# records')
  writeFileSync(join(clone, 'cves/delta.json'), '{"fetchTime":"now"}')
  writeFileSync(join(clone, 'cves/2024/1xxx/CVE-2024-1000.json'), CVE)
  assert.deepEqual((await lookAtFeedFile(clone)).seen, 'a folder of CVE records')
  const mirror = join(folder, 'mirror')
  mkdirSync(mirror)
  writeFileSync(join(mirror, 'nvdcve-2.0-2024.json.gz'), gzipSync(NVD))
  assert.equal((await lookAtFeedFile(mirror)).kind, 'nvd')
})

test('what is not known is described, so that a message can name it', async () => {
  const seen = async (bytes: string | Uint8Array) => {
    const look = await lookAtFeedFile(file(bytes))
    assert.equal(look.kind, undefined)
    return look.seen
  }
  assert.match(await seen('<!DOCTYPE html><html>Please sign in'), /web page/)
  assert.match(await seen(''), /empty file/)
  assert.match(await seen('{}'), /empty JSON object/)
  assert.match(await seen('{"hello":1,"world":2}'), /keys hello, world/)
  assert.match(await seen('[{"id":1}]'), /JSON list/)
  assert.match(await seen('a simple note for someone'), /text that begins with "a simple note/)
  assert.match(await seen(Buffer.from([1, 2, 3, 250, 0, 0])), /binary data/)
})

test('a missing file and a zip cut short are refused by name', async () => {
  await assert.rejects(lookAtFeedFile(join(folder, 'none')), UserError)
  await assert.rejects(lookAtFeedFile(file(Buffer.from('PK\u0003\u0004cut'))), /central directory/)
})
