import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { type Member, makeZip } from '../../../scripts/zip-writer.ts'
import { ZipArchive, type ZipLimits } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-zip-test-'))
after(() => rmSync(folder, { recursive: true }))

const text = (name: string, content: string, more: Partial<Member> = {}): Member => ({
  name,
  content: Buffer.from(content),
  ...more,
})

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(pieces))
}

function refused(bytes: Uint8Array, message: RegExp, limits?: Partial<ZipLimits>): void {
  assert.throws(
    () => {
      const zip = ZipArchive.fromBuffer(bytes, limits)
      for (const entry of zip.entries) zip.read(entry)
    },
    (error) => error instanceof UserError && message.test(error.message),
    String(message),
  )
}

const members = fc
  .uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[a-z]{1,8}(\/[a-z.]{1,8}[a-z])?$/),
      content: fc.uint8Array({ maxLength: 3000 }),
      deflate: fc.boolean(),
      descriptor: fc.boolean(),
      zip64: fc.boolean(),
    }),
    { selector: ({ name }) => name },
  )
  .filter((list) => list.every(({ name }) => !name.includes('..')))

test('what was packed is read back: stored, deflated, with data descriptors, ZIP64, a comment', async () => {
  await fc.assert(
    fc.asyncProperty(members, fc.boolean(), fc.string({ maxLength: 50 }), async (list, zip64, comment) => {
      const zip = ZipArchive.fromBuffer(makeZip(list, { zip64, comment }))
      assert.deepEqual(
        zip.entries.map(({ name, size }) => [name, size]),
        list.map(({ name, content }) => [name, content.length]),
      )
      for (const [i, entry] of zip.entries.entries()) {
        assert.ok(zip.read(entry).equals(list[i]!.content))
        assert.ok((await whole(zip.chunks(entry))).equals(list[i]!.content))
      }
    }),
  )
})

test('a file on the disk is read like one in memory', async () => {
  const path = join(folder, 'large.zip')
  const large = Buffer.alloc(3 * 2 ** 20, 'firn ')
  writeFileSync(
    path,
    makeZip([
      text('first', 'one'),
      { name: 'large', content: large },
      { name: 'packed', content: large, deflate: true },
    ]),
  )
  const zip = ZipArchive.open(path)
  for (const entry of zip.entries.slice(1)) {
    assert.ok(zip.read(entry).equals(large))
    assert.ok((await whole(zip.chunks(entry))).equals(large))
  }
  for await (const piece of zip.chunks(zip.entries[2]!)) if (piece.length > 0) break
  assert.equal(zip.read(zip.entries[0]!).toString(), 'one')
  truncateSync(path, 100)
  assert.throws(() => ZipArchive.open(path), UserError)
  assert.throws(() => zip.read(zip.entries[2]!), /shrank/)
  zip.close()
  assert.throws(() => ZipArchive.open(join(folder, 'none.zip')), /no such file/)
  assert.throws(() => ZipArchive.open(folder), /not a file/)
})

test('a zip in a zip, stored or packed, leaves nothing behind', async () => {
  const before = readdirSync(tmpdir()).filter((name) => /^firn-[0-9a-f]{16}$/.test(name))
  for (const deflate of [false, true]) {
    const inner = makeZip([text('cves/a.json', '{}'), text('cves/b.json', 'b'.repeat(5000), { deflate: true })])
    const outer = ZipArchive.fromBuffer(makeZip([text('x', 'x'), { name: 'cves.zip', content: inner, deflate }]))
    const zip = await outer.nested(outer.entries[1]!)
    assert.deepEqual(
      zip.entries.map((entry) => zip.read(entry).length),
      [2, 5000],
    )
    zip.close()
    outer.close()
  }
  const broken = ZipArchive.fromBuffer(makeZip([text('cves.zip', 'no zip', { deflate: true })]))
  await assert.rejects(broken.nested(broken.entries[0]!), /not a zip archive/)
  const lying = ZipArchive.fromBuffer(makeZip([text('cves.zip', 'no zip', { deflate: true, lie: { crc: 1 } })]))
  await assert.rejects(lying.nested(lying.entries[0]!), /CRC-32/)
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => /^firn-[0-9a-f]{16}$/.test(name)),
    before,
  )
  assert.ok(existsSync(folder))
})

test('archives that are damaged or made to do harm are refused, each for its reason', () => {
  const some = [text('a', 'one'), text('b', 'two')]
  const good = makeZip(some)
  refused(Buffer.from('<html>'), /not a zip archive/)
  refused(Buffer.alloc(0), /not a zip archive/)
  refused(good.subarray(0, good.length - 30), /central directory at the end is missing/)
  refused(makeZip([text('a', 'one', { lie: { crc: 7 } })]), /checksum \(CRC-32\) of a is wrong/)
  refused(makeZip([text('a', 'one', { deflate: true, lie: { size: 2 } })]), /a is larger than the 2 bytes it declares/)
  refused(makeZip([text('a', 'one', { deflate: true, lie: { size: 4 } })]), /a has 3 bytes, 4 were declared/)
  refused(makeZip([text('a', 'one', { lie: { size: 2 } })]), /its two sizes differ/)
  refused(makeZip([text('a', 'one', { lie: { method: 8 } })]), /a is damaged/)
  refused(makeZip([text('a', 'one', { lie: { method: 12 } })]), /packed by method 12/)
  refused(makeZip([text('a', 'one', { lie: { flags: 1 } })]), /a is encrypted/)
  refused(makeZip([text('a', 'one', { lie: { compressedSize: 300, size: 300 } })]), /overlaps/)
  refused(makeZip([text('a', 'one'), text('b', 'two', { lie: { offset: 5 } })]), /overlaps/)
  refused(makeZip([text('a', 'one', { lie: { offset: 2 ** 31 } })]), /overlaps/)
  refused(makeZip([text('a', 'one'), text('a', 'two')]), /two members are named a/)
})

test('names that leave the folder are refused', () => {
  for (const name of ['../a', 'a/../../b', '/etc/passwd', 'a\\b', 'C:/x', '..', 'a\0b', '']) {
    refused(makeZip([text(name, 'x')]), /leaves the archive's folder/)
  }
  assert.equal(ZipArchive.fromBuffer(makeZip([text('a..b/..c', 'x')])).entries.length, 1)
})

test('bombs: no member, no whole, no directory beyond the limits', async () => {
  const zeros = makeZip([{ name: 'zeros', content: Buffer.alloc(100_000), deflate: true }])
  assert.ok(zeros.length < 400)
  refused(zeros, /100000 bytes unpacked, the limit is 5000/, { member: 5000 })
  refused(zeros, /100000 bytes unpacked, the limit is 5000/, { total: 5000 })
  refused(makeZip([text('a', ''), text('b', '')]), /2 members, the limit is 1/, { entries: 1 })
  const lying = ZipArchive.fromBuffer(
    makeZip([{ name: 'zeros', content: Buffer.alloc(50 * 2 ** 20), deflate: true, lie: { size: 10 } }]),
  )
  assert.throws(() => lying.read(lying.entries[0]!), /larger than the 10 bytes it declares/)
  await assert.rejects(whole(lying.chunks(lying.entries[0]!)), /10 were declared/)
  const nested = ZipArchive.fromBuffer(zeros, { nested: 10 })
  await assert.rejects(nested.nested(nested.entries[0]!), /the limit is 10/)
  // Members that share their content multiply it: two entries, one place.
  const shared = makeZip([
    text('a', 'x'.repeat(99)),
    text('b', 'x', { lie: { offset: 0, compressedSize: 99, size: 99 } }),
  ])
  refused(shared, /overlaps/)
})

test('however bytes are changed, an archive is read right or refused', () => {
  const bytes = makeZip([text('a', 'one two three', { deflate: true }), text('b', 'two', { zip64: true })], {
    zip64: true,
  })
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, value, end) => {
      const changed = Buffer.from(bytes.subarray(0, end === 0 ? undefined : end < at ? undefined : end))
      changed[at] = value
      try {
        const zip = ZipArchive.fromBuffer(changed)
        for (const entry of zip.entries) assert.ok(['one two three', 'two', ''].includes(zip.read(entry).toString()))
      } catch (error) {
        assert.ok(error instanceof UserError, String(error))
      }
    }),
    { numRuns: 3000 },
  )
})
