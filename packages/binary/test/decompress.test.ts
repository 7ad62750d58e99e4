import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { needs } from '../../../scripts/needs.ts'
import { compressionOf, decompress, decompressStart, unpackByProgramSync } from '../src/index.ts'

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const unpack = async (bytes: Uint8Array, name = '', size = 1000, limit?: number) =>
  Buffer.concat(await Array.fromAsync(decompress(inPieces(bytes, size), name, limit)))

const PACKERS = { gzip: gzipSync, brotli: brotliCompressSync, zstd: zstdCompressSync } as const
const json = Buffer.from(JSON.stringify(Array.from({ length: 2000 }, (_, n) => ({ n, name: `package-${n}-é` }))))

test('each packing is known by content, brotli by a trial, and unpacked however it is chunked', async () => {
  for (const [name, pack] of Object.entries(PACKERS)) {
    const packed = pack(json)
    assert.equal(compressionOf(packed), name)
    for (const size of [1, 7, 4096, packed.length]) assert.ok((await unpack(packed, '', size)).equals(json), name)
    // zstd gives a block of up to 128 kB only once it is there.
    const long = pack(Buffer.concat(Array.from({ length: 10 }, () => json)))
    const start = await decompressStart(long.subarray(0, -10), 100)
    assert.ok(start.subarray(0, 100).equals(json.subarray(0, 100)), name)
  }
  assert.equal(compressionOf(json), undefined)
  assert.ok((await unpack(json)).equals(json))
  assert.equal((await unpack(Buffer.alloc(0))).length, 0)
  assert.equal(compressionOf(Buffer.from([0, 1, 2, 3])), undefined)
})

test('what is packed comes back the same, whatever it is, when the name says brotli', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 5000 }),
      fc.constantFrom(...Object.keys(PACKERS)),
      fc.integer({ min: 1, max: 999 }),
      async (bytes, name, size) => {
        const packed = PACKERS[name as keyof typeof PACKERS](bytes)
        // A short brotli stream can look like text: what is plain by its look is not unpacked.
        if (name === 'brotli' && compressionOf(packed, 'x.br') === undefined) return
        assert.ok((await unpack(packed, name === 'brotli' ? 'x.br' : '', size)).equals(bytes))
      },
    ),
  )
})

test('two gzip members are one file', async () => {
  assert.equal((await unpack(Buffer.concat([gzipSync('one '), gzipSync('two')]))).toString(), 'one two')
})

test('cut off or damaged anywhere is told, never taken for the whole', async () => {
  for (const [name, pack] of Object.entries(PACKERS)) {
    const packed = pack(json)
    for (const end of [packed.length - 1, packed.length >> 1, 12]) {
      await assert.rejects(unpack(packed.subarray(0, end), 'x.br'), (error) => {
        return error instanceof UserError && error.message.startsWith(`${name}: `)
      })
    }
    const changed = Buffer.from(packed)
    changed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 40)
    await assert.rejects(unpack(changed, 'x.br'), UserError, name)
  }
})

test('a bomb is stopped at the limit', async () => {
  for (const pack of Object.values(PACKERS)) {
    const bomb = pack(Buffer.alloc(20 * 2 ** 20, '[]'))
    await assert.rejects(unpack(bomb, '', 1000, 2 ** 20), /more than 1048576 bytes unpacked/)
  }
})

test('who stops early, or meets an error, lets go of the source', async () => {
  for (const [bytes, name] of [
    [json, 'plain'],
    [gzipSync(json), 'gzip'],
  ] as const) {
    let isClosed = false
    async function* source(fails: boolean): AsyncGenerator<Uint8Array> {
      try {
        yield* inPieces(bytes, 500)
        if (fails) throw new UserError('the disk says no', 'try again')
        for (;;) yield bytes
      } finally {
        isClosed = true
      }
    }
    for await (const piece of decompress(source(false))) if (piece.length > 0) break
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(isClosed, name)
    await assert.rejects(Array.fromAsync(decompress(source(true))), /the disk says no/)
  }
})

for (const program of ['xz', 'bzip2'] as const) {
  describe(`${program}, by the program of that name`, needs(program), () => {
    const pack = (bytes: Uint8Array) => execFileSync(program, ['-1'], { input: bytes, maxBuffer: 1 << 26 })

    test('is known by its content and unpacked however it is chunked, several streams as one', async () => {
      const packed = pack(json)
      assert.equal(compressionOf(packed), program)
      for (const size of [999, packed.length]) assert.ok((await unpack(packed, '', size)).equals(json))
      assert.ok(
        (await unpack(Buffer.concat([packed, pack(Buffer.from('and'))]))).equals(
          Buffer.concat([json, Buffer.from('and')]),
        ),
      )
      assert.ok(json.equals(unpackByProgramSync(program, packed, json.length)))
    })

    test('the start of what was cut off', async () => {
      const long = pack(Buffer.concat(Array.from({ length: 5 }, () => json)))
      const start = await decompressStart(long.subarray(0, long.length - 100), 100)
      assert.ok(start.subarray(0, 100).equals(json.subarray(0, 100)))
    })

    test('cut off, damaged or too much is told', async () => {
      const packed = pack(json)
      const told = (error: unknown) =>
        error instanceof UserError && error.message.startsWith(`${program}: cannot be unpacked: `)
      for (const end of [packed.length - 1, packed.length >> 1, 14]) {
        await assert.rejects(unpack(packed.subarray(0, end)), told)
        assert.throws(() => unpackByProgramSync(program, packed.subarray(0, end), 1 << 26), told)
      }
      const changed = Buffer.from(packed)
      changed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 40)
      await assert.rejects(unpack(changed), told)
      const bomb = pack(Buffer.alloc(2 ** 20, '[]'))
      await assert.rejects(unpack(bomb, '', 1000, 2 ** 19), /more than 524288 bytes unpacked/)
      assert.throws(() => unpackByProgramSync(program, bomb, 2 ** 19), told)
    })

    test('who stops early, or meets an error, lets go of source and program', async () => {
      const packed = pack(json)
      let isClosed = false
      async function* source(fails: boolean): AsyncGenerator<Uint8Array> {
        try {
          yield packed
          if (fails) throw new UserError('the disk says no', 'try again')
          for (;;) yield packed
        } finally {
          isClosed = true
        }
      }
      for await (const piece of decompress(source(false))) if (piece.length > 0) break
      await new Promise((resolve) => setImmediate(resolve))
      assert.ok(isClosed)
      await assert.rejects(Array.fromAsync(decompress(source(true))), /the disk says no/)
    })

    test('without the program it says what to install', async () => {
      const packed = pack(json)
      const path = process.env.PATH
      process.env.PATH = '/nonexistent'
      try {
        const told = {
          name: 'UserError',
          message: new RegExp(`${program} .*not on the PATH`),
          hint: /^install .*Debian/,
        }
        await assert.rejects(unpack(packed), told)
        await assert.rejects(decompressStart(packed, 100), told)
        assert.throws(() => unpackByProgramSync(program, packed, 100), told)
      } finally {
        process.env.PATH = path
      }
    })
  })
}
