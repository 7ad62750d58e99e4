import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs, {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { mock, test } from 'node:test'
import fc from 'fast-check'
import { diskError, makeFolder, replaceAtomic, replaceAtomicAsync, writeFileAtomic } from '../src/fs.ts'
import { ByteReader, EXIT, naming, namingAsync, UserError, worstExit } from '../src/index.ts'

test('when several exit codes hold, the store comes first and stale data last', () => {
  assert.equal(worstExit([EXIT.data, EXIT.findings]), EXIT.findings)
  assert.equal(worstExit([EXIT.findings, EXIT.usage]), EXIT.usage)
  assert.equal(worstExit([EXIT.usage, EXIT.store]), EXIT.store)
  assert.equal(worstExit([EXIT.clean, EXIT.data]), EXIT.data)
  assert.equal(worstExit([]), EXIT.clean)
})

test('naming puts the subject in front and leaves faults alone', async () => {
  const bad = () => {
    throw new UserError('no colon', 'check it', EXIT.store)
  }
  assert.throws(() => naming('a.narinfo', bad), { message: 'a.narinfo: no colon', hint: 'check it', exit: EXIT.store })
  await assert.rejects(
    namingAsync('outer', async () => naming('inner', bad)),
    { message: 'outer: inner: no colon' },
  )
  const fault = new TypeError('ours')
  assert.throws(
    () =>
      naming('x', () => {
        throw fault
      }),
    fault,
  )
})

test('a byte reader reads what a DataView reads and never past the end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.constantFrom(1, 2, 4, 8, 3)), (bytes, steps) => {
      const reader = new ByteReader(bytes, 'test')
      for (const step of steps) {
        const before = reader.offset
        try {
          if (step === 1) assert.equal(reader.u8('n'), bytes[before])
          else if (step === 2) assert.equal(reader.u16('n'), bytes[before]! + bytes[before + 1]! * 256)
          else if (step === 4) reader.u32('n')
          else if (step === 8) reader.u64('n')
          else assert.deepEqual(reader.take(3, 'n'), bytes.subarray(before, before + 3))
        } catch (error) {
          assert.ok(error instanceof UserError, String(error))
        }
        assert.ok(reader.offset <= bytes.length)
      }
    }),
  )
  assert.throws(
    () => new ByteReader(new Uint8Array(8).fill(255), 'NAR').u64('length'),
    /NAR: at byte 0: length is 18446744073709551615/,
  )
  assert.throws(() => new ByteReader(new Uint8Array(8), 'NAR').take(-1, 'name'), UserError)
})

test('an atomic write leaves the old file when the new one fails', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-core-'))
  try {
    const path = join(folder, 'deep/index')
    writeFileAtomic(path, 'old')
    assert.throws(
      () =>
        replaceAtomic(path, (temporary) => {
          writeFileSync(temporary, 'half')
          throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        }),
      { name: 'UserError', exit: EXIT.store, message: /no space left/ },
    )
    assert.equal(readFileSync(path, 'utf8'), 'old')
    assert.deepEqual(readdirSync(join(folder, 'deep')), ['index'])
    assert.throws(() => writeFileAtomic(join(path, 'x'), ''), UserError)
    assert.equal(existsSync(join(path, 'x')), false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('an atomic write is on the disk before it has its name, its name before it counts, and it is never open to others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-core-'))
  const steps: string[] = []
  const { fsyncSync, renameSync } = fs
  mock.method(fs, 'fsyncSync', (file: number) => {
    const name = basename(fs.readlinkSync(`/proc/self/fd/${file}`)).replace(/\.[0-9a-f]{12}\./, '.*.')
    steps.push(
      `fsync ${name} ${fs.fstatSync(file).isFile() ? (fs.fstatSync(file).mode & 0o777).toString(8) : 'folder'}`,
    )
    fsyncSync(file)
  })
  mock.method(fs, 'renameSync', (from: string, to: string) => {
    steps.push(`rename to ${basename(to)}`)
    renameSync(from, to)
  })
  syncBuiltinESMExports()
  try {
    const path = join(folder, 'key')
    const durable = ['fsync key.*.tmp 600', 'rename to key', `fsync ${basename(folder)} folder`]
    writeFileAtomic(path, 'secret', 0o600)
    assert.deepEqual(steps.splice(0), durable)
    const secret = (temporary: string) => writeFileSync(temporary, 'secret', { mode: 0o600 })
    await replaceAtomicAsync(path, async (temporary) => secret(temporary))
    assert.deepEqual(steps.splice(0), durable)
    replaceAtomic(path, secret, { durable: false })
    assert.deepEqual(steps.splice(0), ['rename to key'])
  } finally {
    mock.restoreAll()
    syncBuiltinESMExports()
    rmSync(folder, { recursive: true })
  }
})

test('a pipe in a file’s place stays one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-core-'))
  try {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    assert.throws(() => writeFileAtomic(path, 'x'), { name: 'UserError', message: /this is a device or a pipe/ })
    assert.ok(lstatSync(path).isFIFO())
    assert.deepEqual(readdirSync(folder), ['pipe'])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a link to what is open here, as /dev/stdout is one, stays a link, even to a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-core-'))
  const open = fs.openSync(join(folder, 'file'), 'w')
  try {
    const path = join(folder, 'stdout')
    fs.symlinkSync(`/proc/self/fd/${open}`, path)
    assert.throws(() => writeFileAtomic(path, 'x'), { name: 'UserError', message: /this is a device or a pipe/ })
    assert.ok(lstatSync(path).isSymbolicLink())
    assert.deepEqual(readdirSync(folder).sort(), ['file', 'stdout'])
  } finally {
    fs.closeSync(open)
    rmSync(folder, { recursive: true })
  }
})

test('a file that no file system of this kind holds is told', () => {
  const error = diskError('disk.img', Object.assign(new Error('ftruncate'), { code: 'EFBIG' }))
  assert.ok(error instanceof UserError && /disk.img: larger than this file system/.test(error.message))
})

test('what is no disk error passes unchanged', () => {
  const fault = new TypeError('ours')
  assert.equal(diskError('p', fault), fault)
})

test('folders are made with those above them, once, and where none can be that is said', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-core-'))
  try {
    assert.equal(makeFolder(join(folder, 'a/b/c'), 0o700), true)
    assert.equal(statSync(join(folder, 'a')).mode & 0o777, 0o700)
    assert.equal(makeFolder(join(folder, 'a/b/c')), false)
    writeFileSync(join(folder, 'file'), '')
    fs.symlinkSync('circle', join(folder, 'circle'))
    const none = ['file', 'file/below', 'circle', 'circle/below', 'x'.repeat(300)].map((name) => join(folder, name))
    for (const path of [...none, '/proc/none', '/proc/none/below']) {
      assert.throws(() => makeFolder(path), UserError, path)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
