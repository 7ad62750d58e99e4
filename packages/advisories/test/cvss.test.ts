import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cvssRating, scoreCvss } from '../src/index.ts'

/** FIRST's own examples (CVSS v2 guide 3.3; v3.1 and v4.0 examples documents). */
const EXAMPLES: readonly (readonly [vector: string, score: number, overall?: number])[] = [
  ['AV:N/AC:L/Au:N/C:N/I:N/A:C', 7.8],
  ['AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C', 7.8, 6.4],
  ['AV:N/AC:L/Au:N/C:N/I:N/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:H', 7.8, 9.2],
  ['(AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C)', 10, 8.3],
  ['AV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:L', 10, 9],
  ['AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C', 6.2, 4.9],
  ['AV:L/AC:H/Au:N/C:C/I:C/A:C/E:POC/RL:OF/RC:C/CDP:H/TD:H/CR:M/IR:M/AR:M', 6.2, 7.5],
  ['AV:N/AC:L/Au:N/C:N/I:N/A:N', 0],
  ['CVSS:2.0/AV:N/AC:M/Au:N/C:P/I:P/A:N', 5.8],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
  ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4],
  ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N', 3.1],
  ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H', 9.9],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 7.5],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
  ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:N/I:H/A:N', 6.8],
  ['CVSS:3.0/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 6.8],
  ['CVSS:3.0/AV:A/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:H', 9.3],
  ['CVSS:3.0/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', 7.8],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0],
  ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C', 8.8, 7.7],
  ['CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.3],
  ['CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.7],
  ['CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U', 7.7, 5.2],
  ['CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N', 8.3],
  [
    'CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N/CR:H/IR:L/AR:L/MAV:N/MAC:H/MVC:H/MVI:L/MVA:L',
    8.3,
    8.1,
  ],
  ['CVSS:4.0/AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N', 4.6],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H', 10],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N', 6.9],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N', 0],
  // Exactly half a tenth above 8.5: binary fractions must not lose it.
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:H/SA:H', 8.6],
  ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/S:P/AU:Y/R:U/V:C/RE:H/U:Red', 9.3],
]

test('examples of each version have their scores', () => {
  for (const [vector, score, overall = score] of EXAMPLES) {
    const read = scoreCvss(vector)
    assert.deepEqual([read?.score, read?.overall], [score, overall], vector)
    assert.equal(read?.version, /^CVSS:(.*?)\//.exec(vector)?.[1] ?? '2.0')
  }
})

test('a score has the word of its version', () => {
  assert.deepEqual(
    [0, 3.9, 4, 6.9, 7, 10].map((score) => cvssRating(score, '2.0')),
    ['low', 'low', 'medium', 'medium', 'high', 'high'],
  )
  assert.deepEqual(
    [0, 0.1, 3.9, 4, 7, 8.9, 9, 10].map((score) => cvssRating(score, '4.0')),
    ['none', 'low', 'low', 'medium', 'high', 'high', 'critical', 'critical'],
  )
  assert.equal(scoreCvss('CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H')?.rating, 'critical')
})

test('what is no vector has no score', () => {
  const good = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
  for (const vector of [
    '',
    'high',
    '9.8',
    good.slice(0, -4),
    `${good}/A:H`,
    `${good}/ZZ:H`,
    good.replace('AV:N', 'AV:Q'),
    good.replace('AV:N', 'AV:X'),
    good.replace('AV:N', 'AV'),
    good.replace('AV:N', '__proto__:N'),
    good.replace('AV:N', 'AV:constructor'),
    good.replace('3.1', '3.2'),
    good.replace('3.1', '4.0'),
    good.replace('CVSS:3.1/', ''),
    `${good}/E:X`.repeat(20),
  ]) {
    assert.equal(scoreCvss(vector), undefined, vector)
  }
  fc.assert(fc.property(fc.string(), (text) => scoreCvss(text) === undefined))
})

const METRICS_31 = { AV: 'PLAN', AC: 'HL', PR: 'HLN', UI: 'RN', S: 'UC', C: 'NLH', I: 'NLH', A: 'NLH' }
const METRICS_40 = {
  ...{ AV: 'PLAN', AC: 'HL', AT: 'PN', PR: 'HLN', UI: 'APN', VC: 'NLH', VI: 'NLH', VA: 'NLH' },
  ...{ SC: 'NLH', SI: 'NLH', SA: 'NLH', E: 'UPA' },
}
const METRICS_2 = { AV: 'LAN', AC: 'HML', Au: 'MSN', C: 'NPC', I: 'NPC', A: 'NPC' }

for (const [prefix, metrics] of [
  ['', METRICS_2],
  ['CVSS:3.0/', METRICS_31],
  ['CVSS:3.1/', METRICS_31],
  ['CVSS:4.0/', METRICS_40],
] as const) {
  const values = fc.record(
    Object.fromEntries(Object.entries(metrics).map(([name, letters]) => [name, fc.nat(letters.length - 1)])),
  )
  const print = (chosen: Record<string, number>, names = Object.keys(chosen)) =>
    prefix + names.map((name) => `${name}:${metrics[name as keyof typeof metrics]![chosen[name]!]}`).join('/')

  test(`${prefix || 'CVSS:2.0/'} every vector has a score from 0 to 10 of one decimal, in any order of metrics`, () => {
    fc.assert(
      fc.property(values, fc.integer(), (chosen, turn) => {
        const read = scoreCvss(print(chosen))!
        assert.ok(read.score >= 0 && read.score <= 10 && Number(read.score.toFixed(1)) === read.score)
        const names = Object.keys(chosen)
        const turned = names.map((_, i) => names[(i + Math.abs(turn)) % names.length]!)
        assert.deepEqual(scoreCvss(print(chosen, turned).toLowerCase().replace('cvss', 'CVSS')), read)
      }),
    )
  })

  test(`${prefix || 'CVSS:2.0/'} a metric made worse never lowers the score`, () => {
    fc.assert(
      fc.property(values, fc.nat(), (chosen, which) => {
        const names = Object.keys(chosen)
        const name = names[which % names.length]!
        const worse = {
          ...chosen,
          [name]: Math.min(chosen[name]! + 1, metrics[name as keyof typeof metrics]!.length - 1),
        }
        assert.ok(scoreCvss(print(worse))!.overall >= scoreCvss(print(chosen))!.overall, print(worse))
      }),
      { numRuns: 500 },
    )
  })
}

/** All vectors of base metrics in the order of the tables above, every `step`th of them with `more` behind it. */
function* vectors(metrics: Readonly<Record<string, string>>, step: number): Generator<string> {
  const names = Object.keys(metrics)
  const count = names.reduce((product, name) => product * metrics[name]!.length, 1)
  for (let n = 0; n < count; n += step) {
    let rest = n
    const parts = names.toReversed().map((name) => {
      const letters = metrics[name]!
      const part = `${name}:${letters[rest % letters.length]}`
      rest = Math.floor(rest / letters.length)
      return part
    })
    yield parts.reverse().join('/')
  }
}

test('the scores of all vectors add up to what another calculator gives', () => {
  const { E: _, ...base40 } = METRICS_40
  // In tenths, by ae-cvss-calculator 1.0.13.
  for (const [prefix, metrics, step, more, sum] of [
    ['', METRICS_2, 1, '', 38_007],
    ['', METRICS_2, 1, '/E:POC/RL:W/RC:UR', 30_857],
    ['CVSS:3.0/', METRICS_31, 1, '', 142_706],
    ['CVSS:3.0/', METRICS_31, 1, '/E:P/RC:R/CR:H/IR:L/MS:C', 141_430],
    ['CVSS:3.1/', METRICS_31, 1, '', 142_706],
    ['CVSS:3.1/', METRICS_31, 1, '/E:P/RC:R/CR:H/IR:L/MS:C', 141_774],
    ['CVSS:3.1/', METRICS_31, 1, '/RL:T/AR:H/MPR:L/MAC:H', 140_760],
    ['CVSS:4.0/', base40, 11, '', 542_265],
    ['CVSS:4.0/', base40, 11, '/E:P/CR:M/IR:L/AR:M/MSI:S', 495_673],
  ] as const) {
    let tenths = 0
    for (const vector of vectors(metrics, step))
      tenths += Math.round(scoreCvss(`${prefix}${vector}${more}`)!.overall * 10)
    assert.equal(tenths, sum, `${prefix}…${more}`)
  }
})
