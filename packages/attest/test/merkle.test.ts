import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import fc from 'fast-check'
import { consistencyProof, inclusionProof, isConsistent, leafHash, merkleRoot, rootOfInclusion } from '../src/merkle.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const sha256 = (...parts: (string | Uint8Array)[]) =>
  Buffer.from(
    createHash('sha256')
      .update(Buffer.concat(parts.map((part) => Buffer.from(part as string))))
      .digest(),
  )

/** The definition of RFC 9162 (2.1.1), word for word and without any haste. */
function defined(data: readonly Uint8Array[]): Buffer {
  if (data.length === 0) return sha256('')
  if (data.length === 1) return sha256(Buffer.of(0), data[0]!)
  let k = 1
  while (k * 2 < data.length) k *= 2
  return sha256(Buffer.of(1), defined(data.slice(0, k)), defined(data.slice(k)))
}

const data = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 70 })

test('the vectors that implementations of certificate transparency share', () => {
  const leaves = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ].map((text) => leafHash(Buffer.from(text, 'hex')))
  assert.equal(hex(merkleRoot([])), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  assert.equal(hex(merkleRoot(leaves.slice(0, 1))), '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d')
  assert.equal(hex(merkleRoot(leaves.slice(0, 7))), 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c')
  assert.equal(hex(merkleRoot(leaves)), '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328')
  assert.deepEqual(inclusionProof(leaves, 0).map(hex), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
})

test('heads are those of the definition', () => {
  fc.assert(fc.property(data, (all) => assert.equal(hex(merkleRoot(all.map(leafHash))), hex(defined(all)))))
})

test('each leaf can be shown to be in its place, and nowhere else', () => {
  fc.assert(
    fc.property(data, fc.nat(), fc.nat(), fc.nat(), (all, one, other, bit) => {
      fc.pre(all.length > 0)
      const leaves = all.map(leafHash)
      const root = hex(merkleRoot(leaves))
      const index = one % all.length
      const proof = inclusionProof(leaves, index)
      assert.equal(hex(rootOfInclusion(leaves[index]!, index, all.length, proof)), root)
      const elsewhere = other % all.length
      if (hex(leaves[elsewhere]!) === hex(leaves[index]!)) return
      assert.notEqual(
        attempt(() => rootOfInclusion(leaves[elsewhere]!, index, all.length, proof)),
        root,
      )
      assert.notEqual(
        attempt(() => rootOfInclusion(leaves[index]!, elsewhere, all.length, proof)),
        root,
      )
      const broken = proof.map((part) => Buffer.from(part))
      if (broken.length === 0) return
      broken[bit % broken.length]![bit % 32]! ^= 1
      assert.notEqual(
        attempt(() => rootOfInclusion(leaves[index]!, index, all.length, broken)),
        root,
      )
      assert.throws(() => rootOfInclusion(leaves[index]!, index, all.length, proof.slice(1)), UserError)
      assert.throws(() => rootOfInclusion(leaves[index]!, index, all.length, [...proof, proof[0]!]), UserError)
    }),
  )
  assert.throws(() => rootOfInclusion(leafHash(Buffer.of()), 2 ** 60, 3, []), UserError)
  const two = [leafHash(Buffer.of(1)), leafHash(Buffer.of(2))]
  for (const odd of [two[1]!.subarray(0, 31), new Uint8Array(), new Uint8Array(33)]) {
    assert.throws(() => rootOfInclusion(two[0]!, 0, 2, [odd]), UserError)
  }
})

function attempt(act: () => Uint8Array): string {
  try {
    return hex(act())
  } catch (error) {
    assert.ok(error instanceof UserError)
    return 'refused'
  }
}

test('a tree that grew is shown to have grown only; another is not', () => {
  fc.assert(
    fc.property(data, fc.nat(), fc.nat(), (all, cut, bit) => {
      fc.pre(all.length > 0)
      const leaves = all.map(leafHash)
      const size = (cut % all.length) + 1
      const earlier = { size, root: merkleRoot(leaves.slice(0, size)) }
      const later = { size: all.length, root: merkleRoot(leaves) }
      const proof = consistencyProof(leaves, size)
      assert.equal(isConsistent(earlier, later, proof), true)
      const other = Buffer.from(earlier.root)
      other[bit % 32]! ^= 1
      assert.equal(isConsistent({ ...earlier, root: other }, later, proof), false)
      assert.equal(isConsistent(earlier, { ...later, root: other }, proof), false)
      assert.equal(isConsistent(earlier, later, [...proof, other]), false)
      if (proof.length > 0) assert.equal(isConsistent(earlier, later, proof.slice(1)), false)
    }),
  )
  // A part that is too short would be filled up with what the one before left behind.
  const leaves = Array.from({ length: 5 }, (_, i) => leafHash(Buffer.of(i)))
  const [earlier, later] = [3, 5].map((size) => ({ size, root: merkleRoot(leaves.slice(0, size)) }))
  const proof = consistencyProof(leaves, 3)
  for (const [i, part] of proof.entries()) {
    for (const odd of [part.subarray(0, 31), part.subarray(0, 0), Buffer.concat([part, Buffer.of(0)])]) {
      assert.equal(isConsistent(earlier!, later!, proof.with(i, odd)), false, `part ${i}, ${odd.length} bytes`)
    }
  }
  assert.equal(isConsistent({ size: 0, root: merkleRoot([]) }, { size: 0, root: merkleRoot([]) }, []), false)
})
