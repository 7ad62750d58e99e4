import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ReferenceScan } from '../src/verify/reference-scan.ts'

const ALPHABET = '0123456789abcdfghijklmnpqrsvwxyz'

test('a scan finds what a look at each place finds, in whatever pieces the bytes come', () => {
  const run = fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 100, size: 'max' })
  const between = fc.constantFrom('', 'e', 'E', '/', '\0', '\xff', 'e'.repeat(31), 'e'.repeat(32))
  fc.assert(
    fc.property(
      fc.array(fc.tuple(run, between), { maxLength: 8, size: 'max' }),
      fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 20, size: 'max' }),
      fc.integer({ min: 1, max: 5 }),
      (runs, sizes, every) => {
        const text = runs.flat().join('')
        const parts = Array.from({ length: Math.max(0, text.length - 31) }, (_, at) => text.slice(at, at + 32)).filter(
          (part) => /^[0-9a-df-np-sv-z]{32}$/.test(part),
        )
        // Not all are asked for, and no others may be told.
        const wanted = new Set(parts.filter((_, at) => at % every === 0))
        const scan = new ReferenceScan(wanted)
        const bytes = Buffer.from(text, 'latin1')
        let at = 0
        for (const size of sizes) {
          scan.update(bytes.subarray(at, at + size))
          at += size
        }
        scan.update(bytes.subarray(at))
        assert.deepEqual([...scan.found].sort(), [...wanted].sort())
      },
    ),
  )
})

test('a part comes byte by byte, and behind more base32 than it needs', () => {
  const part = `${ALPHABET.slice(1)}0`
  const scan = new ReferenceScan(new Set([part]))
  for (const byte of Buffer.from(`e${ALPHABET}${part}`)) scan.update(Uint8Array.of(byte))
  assert.deepEqual([...scan.found], [part])
})
