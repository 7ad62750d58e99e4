import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { bytesSource, fileSource } from '../src/fs.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-source-'))
after(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)
const SIZE = 600_000
const bytes = Buffer.alloc(SIZE, 'firn ')
writeFileSync(at('file'), bytes)

test('a file and bytes give the same, and nothing beyond their end', () => {
  const sources = [bytesSource(bytes), fileSource(at('file'))]
  fc.assert(
    fc.property(fc.integer({ min: -2, max: SIZE + 2 }), fc.integer({ min: -2, max: SIZE + 2 }), (from, to) => {
      for (const source of sources) {
        assert.equal(source.size, SIZE)
        const read = () => source.read(from, to - from)
        const chunks = () => Buffer.concat(Array.from(source.chunks(from, to), (chunk) => Buffer.from(chunk)))
        if (from < 0 || to < from || to > SIZE) {
          assert.throws(read, RangeError)
          assert.throws(chunks, RangeError)
        } else {
          assert.equal(Buffer.compare(read(), bytes.subarray(from, to)), 0)
          assert.equal(Buffer.compare(chunks(), bytes.subarray(from, to)), 0)
        }
      }
    }),
    {
      examples: [
        [0, SIZE],
        [0, SIZE + 1],
        [-1, 3],
        [5, 4],
        [SIZE, SIZE],
      ],
    },
  )
  for (const source of sources) source.close()
})

test('a folder is no file; what is no longer there says so', () => {
  mkdirSync(at('folder'))
  assert.throws(() => fileSource(at('folder')), { name: 'UserError', message: /this is not a file/ })
  assert.throws(() => fileSource(at('nothing')), { name: 'UserError', message: /nothing/ })
})

test('a pipe is refused at once: nobody may ever come to its other end', () => {
  execFileSync('mkfifo', [at('pipe')])
  assert.match(elsewhere(`fileSource(${JSON.stringify(at('pipe'))})`), /this is not a file/)
})

test('a file that shrinks while it is read is told, and not waited for', () => {
  writeFileSync(at('shrinks'), bytes)
  const path = JSON.stringify(at('shrinks'))
  const source = `const source = fileSource(${path}); fs.truncateSync(${path}, 10)`
  assert.match(elsewhere(`${source}; source.read(0, 20)`), /the file shrank/)
  truncateSync(at('shrinks'), SIZE)
  assert.match(elsewhere(`${source}; for (const _ of source.chunks(0, ${SIZE}));`), /the file shrank/)
})

/** What is thrown, in a process of its own: what would wait for ever is ended, and fails. */
function elsewhere(code: string): string {
  const face = JSON.stringify(new URL('../src/fs.ts', import.meta.url).href)
  const program = `import fs from 'node:fs'; import { fileSource } from ${face}; try { ${code} } catch (error) { console.log(error.message) }`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return stdout
}
