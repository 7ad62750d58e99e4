import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import fc from 'fast-check'
import { type Extent, type Layout, layoutOf, layoutSource, placed, writeLayout } from '../src/index.ts'
import { workFolder } from './fixture.ts'
import { memory } from './memory.ts'

const work = workFolder()

/** Extents with gaps between them, some from memory, some opened when needed. */
const layouts: fc.Arbitrary<{ layout: Layout; whole: Buffer; open: () => number }> = fc
  .record({
    pieces: fc.array(fc.tuple(fc.nat(9), fc.uint8Array({ maxLength: 40 }), fc.boolean()), { maxLength: 20 }),
    tail: fc.nat(9),
  })
  .map(({ pieces, tail }) => {
    let open = 0
    const extents: Extent[] = []
    const parts: Buffer[] = []
    let at = 0
    for (const [gap, bytes, isSource] of pieces) {
      parts.push(Buffer.alloc(gap), Buffer.from(bytes))
      const content = () => {
        open += 1
        const source = memory(bytes)
        const close = () => {
          open -= 1
        }
        return { ...source, close }
      }
      extents.push({ offset: at + gap, size: bytes.length, what: 'x', content: isSource ? content : bytes })
      at += gap + bytes.length
    }
    const whole = Buffer.concat([...parts, Buffer.alloc(tail)])
    return { layout: layoutOf(whole.length, extents.reverse()), whole, open: () => open }
  })

test('a layout reads as what it will be', () => {
  fc.assert(
    fc.property(layouts, fc.nat(), fc.nat(), ({ layout, whole, open }, a, b) => {
      const [from, to] = [a % (whole.length + 1), b % (whole.length + 1)].sort((x, y) => x - y) as [number, number]
      const source = layoutSource(layout)
      assert.deepEqual(Buffer.from(source.read(from, to - from)), whole.subarray(from, to))
      assert.ok(open() <= 8)
      source.close()
      assert.equal(open(), 0)
    }),
  )
})

test('a layout is written as it reads, also inside another', async () => {
  await fc.assert(
    fc.asyncProperty(layouts, fc.nat(50), async ({ layout, whole, open }, offset) => {
      const path = join(work, 'image')
      await writeLayout(path, layoutOf(offset + layout.size, placed(layout, offset)))
      assert.deepEqual(readFileSync(path), Buffer.concat([Buffer.alloc(offset), whole]))
      assert.equal(open(), 0)
    }),
    { numRuns: 40 },
  )
})

test('extents that overlap, do not fit or lie about their size are a fault', () => {
  const extent = (offset: number, size: number) => ({ offset, size, what: 'x', content: new Uint8Array(size) })
  assert.throws(() => layoutOf(10, [extent(0, 4), extent(3, 2)]), RangeError)
  assert.throws(() => layoutOf(10, [extent(8, 4)]), RangeError)
  assert.throws(() => layoutOf(10, [{ ...extent(0, 4), size: 3 }]), RangeError)
})

test('a write that is stopped leaves the file that was there, and nothing else', async () => {
  const path = join(work, 'stopped', 'image')
  await writeLayout(path, layoutOf(3, []))
  writeFileSync(path, 'old')
  const stop = new AbortController()
  const big = new Uint8Array(5 << 20)
  const extents = [0, 1].map((i) => ({ offset: i * big.length, size: big.length, what: 'x', content: big }))
  const writing = writeLayout(path, layoutOf(2 * big.length, extents), {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  })
  await assert.rejects(writing, { name: 'AbortError' })
  assert.equal(readFileSync(path, 'utf8'), 'old')
  assert.deepEqual(readdirSync(join(work, 'stopped')), ['image'])
})

test('a folder that cannot be written to is said in words', async () => {
  writeFileSync(join(work, 'file'), '')
  await assert.rejects(writeLayout(join(work, 'file', 'image'), layoutOf(1, [])), { name: 'UserError' })
  assert.ok(existsSync(join(work, 'file')))
})
