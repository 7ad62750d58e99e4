import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { bytesSource, fileSource, parsePe, sectionRange } from '../src/index.ts'
import { DATA, FIELD, makePe, TEXT } from './pe-fixture.ts'

const parse = (bytes: Uint8Array) => parsePe(bytesSource(bytes))
const changed = (bytes: Buffer, offset: number, value: number) => {
  const copy = Buffer.from(bytes)
  copy.writeUInt32LE(value, offset)
  return copy
}

test('headers and sections of 64 and 32 bits', () => {
  for (const is64 of [true, false]) {
    const pe = parse(makePe({ is64, machine: 0xaa64 }))
    assert.deepEqual(
      { is64: pe.is64, machine: pe.machine, subsystem: pe.subsystem, headers: pe.sizeOfHeaders },
      { is64, machine: 0xaa64, subsystem: 10, headers: 0x400 },
    )
    assert.deepEqual(
      pe.sections.map(({ name, virtualSize, rawOffset, rawSize }) => [name, virtualSize, rawOffset, rawSize]),
      [
        ['.text', 400, 0x400, 0x200],
        ['.data', 120, 0x600, 0x200],
      ],
    )
    assert.deepEqual(sectionRange(pe.sections[1]!), { from: 0x600, to: 0x600 + 120 })
    assert.equal(pe.certificateTable, undefined)
  }
  assert.equal(parse(makePe({ directories: 4 })).securityEntryOffset, undefined)
})

test('what edk2 refuses to load is no PE image here', () => {
  const good = makePe()
  const first = FIELD.sections
  for (const [what, bytes, why] of [
    ['empty', Buffer.alloc(0), /no MZ/],
    ['no MZ', changed(good, 0, 0), /no MZ/],
    ['header behind the end', changed(good, 0x3c, 0xffff_fff0), /behind its end/],
    ['no PE', changed(good, 0x40, 0), /no PE header/],
    ['neither 32 nor 64', changed(good, 0x58, 0x30b), /neither PE32/],
    ['17 directories', changed(good, FIELD.directories, 17), /another size than its directories/],
    ['15 directories in the space of 16', changed(good, FIELD.directories, 15), /another size than its directories/],
    ['headers too small for the table', changed(good, FIELD.sizeOfHeaders, 0x100), /reaches out of the headers/],
    ['headers longer than the file', changed(good, FIELD.sizeOfHeaders, 0x10000), /headers are cut off/],
    ['headers fill the image', changed(good, FIELD.sizeOfImage, 0x400), /fill the whole image/],
    ['section behind the image', changed(good, FIELD.sizeOfImage, 0x1100), /\.text is loaded behind/],
    ['raw offset behind the end', changed(good, first + 20, 0x10000), /\.text is cut off/],
    ['raw size', changed(good, first + 16, 0xffff_ffff), /\.text is cut off/],
    ['in the headers', changed(good, first + 20, 0x200), /inside the headers/],
    ['over the headers', changed(good, first + 12, 0x100), /over the headers/],
    [
      'certificates behind the end',
      changed(changed(good, FIELD.security, 0x700), FIELD.security + 4, 0x1000),
      /certificate table is cut off/,
    ],
    ['twice the same bytes', changed(good, first + 16, 0x400), /longer than the file/],
    ['cut', good.subarray(0, good.length - 1), /\.data is cut off/],
    ['cut in the headers', good.subarray(0, 0x80), /optional|cut off|needs/],
  ] as const) {
    assert.throws(() => parse(bytes), { name: 'UserError', exit: 2 }, what)
    assert.throws(() => parse(bytes), why, what)
  }
})

test('a source in memory and one on disk read the same, and know a file that shrinks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firn-source-'))
  try {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 5000 }), fc.nat(), fc.nat(), (bytes, a, b) => {
        const path = join(folder, 'bytes')
        writeFileSync(path, bytes)
        const [from, to] = [a % bytes.length, b % (bytes.length + 1)].sort((x, y) => x - y) as [number, number]
        const [disk, memory] = [fileSource(path), bytesSource(bytes)]
        const whole = (source: typeof disk) =>
          Buffer.concat([...source.chunks(from, to)].map((chunk) => Buffer.from(chunk)))
        assert.deepEqual(whole(disk), whole(memory))
        assert.deepEqual(Buffer.from(disk.read(from, to - from)), Buffer.from(bytes.subarray(from, to)))
        assert.throws(() => disk.read(0, bytes.length + 1), RangeError)
        assert.throws(() => memory.read(bytes.length, 1), RangeError)
        disk.close()
      }),
      { numRuns: 50 },
    )
    const path = join(folder, 'shrinks')
    writeFileSync(path, Buffer.alloc(100))
    const source = fileSource(path)
    truncateSync(path, 50)
    assert.throws(() => source.read(0, 100), /shrank/)
    source.close()
    assert.throws(() => fileSource(folder), /not a file/)
    execFileSync('mkfifo', [join(folder, 'pipe')])
    assert.throws(() => fileSource(join(folder, 'pipe')), /not a file/)
    assert.throws(() => fileSource(join(folder, 'none')), /no such file/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test(
  'real programs: names longer than 8 characters come from the string table',
  needsParts('shim', 'stub', 'stub-aarch64'),
  () => {
    const names = (name: 'shim' | 'stub' | 'stub-aarch64') =>
      parsePe(fileSource(part(name))).sections.map((section) => section.name)
    assert.ok(names('shim').includes('.vendor_cert'))
    assert.ok(names('shim').includes('.sbatlevel'))
    assert.ok(names('stub').includes('.sdmagic'))
    assert.deepEqual(names('stub-aarch64'), ['.text', '.data'])
    assert.equal(parsePe(fileSource(part('stub-aarch64'))).machine, 0xaa64)
  },
)

test('a name may not lead out of the file', () => {
  const bytes = makePe({ sections: [{ ...TEXT, name: '/9999999' }, DATA] })
  assert.equal(parse(changed(bytes, 0x40 + 12, 0x600)).sections[0]!.name, '/9999999')
  assert.equal(
    parse(changed(makePe({ sections: [{ ...TEXT, name: '/4' }, DATA] }), 0x40 + 12, 0x600)).sections[0]!.name,
    'data'.repeat(16),
  )
})
