import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { coverAt, type Inspection, inspectAppliance } from '@firn/appliance'
import { isoImage, source, TRUST } from '../../packages/appliance/test/iso-fixture.ts'

/**
 * Single bits of an image are flipped, in memory. Each flip must be one of two: `verify` refuses the image, or the byte is
 * on the list of those that nothing covers. Half of the flips fall anywhere, half where not everything is zero or store,
 * since most of an image is that.
 */
const FLIPS = 500
const seed = Number(process.env.FLIPS_SEED ?? process.env.FIRN_SEED ?? randomInt(2 ** 31))

/** mulberry32: the same seed gives the same flips. */
function numbers(start: number): (below: number) => number {
  let state = start >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

const look = (bytes: Uint8Array): Promise<Inspection> => inspectAppliance(source(bytes), TRUST, 'image')

test(`${FLIPS} flips of an image (FLIPS_SEED=${seed})`, async (t) => {
  const { bytes } = await isoImage({ check: 'both' })
  const whole = await look(bytes)
  assert.deepEqual(whole.findings, [])
  const next = numbers(seed)
  const rare = whole.map.filter(({ what }) => what !== 'room between' && what !== 'store')
  let harmless = 0
  for (let i = 0; i < FLIPS; i++) {
    const span = rare[next(rare.length)]!
    const at = i % 2 === 0 ? next(bytes.length) : span.offset + next(span.size)
    const bit = next(8)
    const flipped = Buffer.from(bytes)
    flipped[at]! ^= 1 << bit
    const { findings } = await look(flipped)
    const cover = coverAt(whole.map, at)!
    if (findings.length === 0) {
      harmless += 1
      assert.equal(cover.by, 'nothing', `byte ${at}, bit ${bit} (${cover.what}) was not missed`)
    }
  }
  t.diagnostic(`${FLIPS - harmless} refused, ${harmless} where nothing covers`)
})
