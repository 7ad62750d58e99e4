import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePe } from '@firn/binary/pe'
import { bytesSource, fileSource } from '@firn/binary/source'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { DATA, FIELD, makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import { whyNotLoadable } from '../src/explain/loadable.ts'

const RELOCATIONS = FIELD.security + 8
const CHARACTERISTICS = FIELD.optionalSize + 2
const SECTION_ALIGNMENT = FIELD.sizeOfImage - 24

/** An image whose third section holds these relocation blocks. */
function withRelocations(blocks: Uint8Array, change: (image: Buffer) => void = () => {}): string | undefined {
  const image = makePe({ sections: [TEXT, DATA, { name: '.reloc', content: blocks }] })
  const address = image.readUInt32LE(FIELD.sections + 2 * 40 + 12)
  image.writeUInt32LE(address, RELOCATIONS)
  image.writeUInt32LE(blocks.length, RELOCATIONS + 4)
  change(image)
  const source = bytesSource(image)
  return whyNotLoadable(source, parsePe(source))
}

function block(page: number, size: number, ...words: number[]): Uint8Array {
  const bytes = Buffer.alloc(8 + 2 * words.length)
  bytes.writeUInt32LE(page, 0)
  bytes.writeUInt32LE(size, 4)
  for (const [i, word] of words.entries()) bytes.writeUInt16LE(word, 8 + 2 * i)
  return bytes
}

test('relocations as linkers write them', () => {
  assert.equal(withRelocations(block(0x1000, 12, 0xa010, 0)), undefined)
  assert.equal(withRelocations(Buffer.concat([block(0x1000, 8), block(0x2000, 12, 0x3004, 0)])), undefined)
})

test('relocations at which a loader stops', () => {
  for (const [blocks, reason] of [
    [block(0x1000, 0, 0xa010, 0), /damaged/],
    [block(0x1000, 200, 0xa010, 0), /damaged/],
    [block(0x99_0000, 12, 0xa010, 0), /damaged/],
    [block(0x3000, 12, 0xa000, 0xafff), undefined],
    [block(0x1000, 12, 0x5010, 0), /unknown kind 5/],
    [Buffer.concat([block(0x1000, 8), Buffer.alloc(4)]), /cut off/],
  ] as const) {
    const told = withRelocations(blocks)
    if (reason === undefined) assert.equal(told, undefined)
    else assert.match(told ?? '', reason)
  }
  const behind = withRelocations(block(0x1000, 8), (image) => image.writeUInt32LE(0x7fff_ffff, RELOCATIONS))
  assert.match(behind ?? '', /behind its end/)
})

test('alignment, size and an address of its own', () => {
  const change = (offset: number, value: number) =>
    withRelocations(block(0x1000, 8), (image) => image.writeUInt32LE(value, offset))
  assert.match(change(SECTION_ALIGNMENT, 0) ?? '', /aligned to 0/)
  assert.match(change(SECTION_ALIGNMENT, 0x1200) ?? '', /aligned to 4608/)
  assert.match(change(FIELD.sizeOfImage, 0xffff_ffff) ?? '', /bytes of memory/)
  const stripped = withRelocations(block(0x1000, 8), (image) => image.writeUInt16LE(0x0f, CHARACTERISTICS))
  assert.match(stripped ?? '', /address that is taken/)
})

const REAL = ['shim', 'bootloader', 'stub', 'kernel', 'bootloader-aarch64', 'stub-aarch64'] as const

test('real programs can be loaded', needsParts(...REAL), () => {
  for (const name of REAL) {
    const source = fileSource(part(name))
    assert.equal(whyNotLoadable(source, parsePe(source)), undefined, name)
    source.close()
  }
})
