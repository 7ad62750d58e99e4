import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePe, sectionRange } from '@firn/binary/pe'
import { fileSource } from '@firn/binary/source'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { mergeSbat, parseSbat, parseSbatLevel, revokedBy } from '../src/index.ts'

const HEADER = 'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n'
const bytes = (text: string) => Buffer.from(text)

test('lines, byte order mark, carriage returns, zeros behind the end', () => {
  const [header, grub] = parseSbat(bytes(`\ufeff${HEADER.trim()}\r\ngrub,5,FSF,grub,2.12,https://gnu.org\r\n\0\0\0`))
  assert.equal(header!.component, 'sbat')
  assert.deepEqual(
    [grub!.component, grub!.generation, grub!.about],
    ['grub', 5, ['FSF', 'grub', '2.12', 'https://gnu.org']],
  )
  assert.deepEqual(parseSbat(bytes('\0\0')), [])
})

test('what shim would not read is refused', () => {
  for (const [text, why] of [
    ['grub,1,a,b,c,d\n', /not that of sbat itself/],
    [`${HEADER}grub\n`, /fewer than six/],
    [`${HEADER}grub,1,a,b,c\n`, /fewer than six/],
    [`${HEADER}grub,x,a,b,c,d\n`, /no generation: x/],
    [`${HEADER}grub,0,a,b,c,d\n`, /no generation: 0/],
    [`${HEADER}grub,-1,a,b,c,d\n`, /no generation/],
    [`${HEADER},1,a,b,c,d\n`, /names no component/],
    [`${HEADER}\0grub,1,a,b,c,d\n`, /behind its end/],
  ] as const) {
    assert.throws(() => parseSbat(bytes(text)), why, text)
  }
})

test('merging keeps every line once, one header first, and can be repeated', () => {
  const one = bytes(`${HEADER}systemd,1,a,b,c,d\n`)
  const two = bytes(`${HEADER}linux,1,a,b,c,d\nsystemd,1,a,b,c,d\n`)
  const merged = mergeSbat([one, two])
  assert.equal(Buffer.from(merged).toString(), `${HEADER}systemd,1,a,b,c,d\nlinux,1,a,b,c,d\n`)
  assert.deepEqual(Buffer.from(mergeSbat([merged, one, two])), Buffer.from(merged))
  assert.equal(Buffer.from(mergeSbat([])).toString(), HEADER)
})

test('a component below the level of the machine revokes the image', () => {
  const levels = parseSbatLevel(bytes('sbat,1,2025021800\nshim,4\ngrub,5\n'))
  const revoked = (line: string) =>
    revokedBy(parseSbat(bytes(HEADER + line)), levels).map(({ entry, least }) => [entry.component, least])
  assert.deepEqual(revoked('grub,4,a,b,c,d\n'), [['grub', 5]])
  assert.deepEqual(revoked('grub,5,a,b,c,d\n'), [])
  assert.deepEqual(revoked('grub.debian,1,a,b,c,d\n'), [])
})

test('the real ones are read', needsParts('shim', 'stub', 'bootloader'), () => {
  for (const [name, component] of [
    ['shim', 'shim'],
    ['stub', 'systemd'],
    ['bootloader', 'systemd'],
  ] as const) {
    const source = fileSource(part(name))
    const { from, to } = sectionRange(parsePe(source).sections.find((section) => section.name === '.sbat')!)
    assert.ok(
      parseSbat(source.read(from, to - from)).some((entry) => entry.component === component),
      name,
    )
    source.close()
  }
})
