import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { parsePe } from '@firn/binary/pe'
import { type ByteSource, bytesSource, fileSource } from '@firn/binary/source'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import {
  type Bank,
  buildUki,
  contentOf,
  defaultPhases,
  effectiveSections,
  extend,
  predictPcr11,
  requireStubVersion,
  stubVersion,
} from '../src/index.ts'
import { bytesOf, workFolder } from './fixture.ts'

const { put } = workFolder()
const bytes = (text: string) => Buffer.from(text)
const BANKS: readonly Bank[] = ['sha1', 'sha256', 'sha384', 'sha512']

/** What systemd-measure predicts, by phase. It wants the kernel as it lies in memory. */
function systemdMeasure(
  uki: ByteSource,
  bank: Bank,
  names: readonly string[],
  phases: readonly string[] = [],
): string[] {
  const options = parsePe(uki)
    .sections.filter(({ name }) => names.includes(name))
    .map((section) => {
      const content = Buffer.alloc(section.virtualSize)
      content.set(bytesOf(contentOf(uki, section)))
      return `--${section.name.slice(1)}=${put(`${bank}${section.name}`, content)}`
    })
  const args = ['calculate', `--bank=${bank}`, ...options, ...phases.map((phase) => `--phase=${phase}`)]
  const told = execFileSync('/usr/lib/systemd/systemd-measure', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return [...told.matchAll(/^11:\w+=([0-9a-f]+)$/gm)].map((match) => match[1]!)
}

const predicted = (uki: ByteSource, stub: number, bank: Bank, phases?: readonly string[]) =>
  predictPcr11(uki, effectiveSections(parsePe(uki).sections), stub, bank, phases).values.map(({ value }) =>
    Buffer.from(value).toString('hex'),
  )

const MEASURED_252 = ['.linux', '.osrel', '.cmdline', '.initrd', '.splash', '.dtb', '.pcrpkey']

test(
  'PCR 11 equals systemd-measure in every bank and phase, with and without each part',
  needs('systemd-measure'),
  () => {
    const stub = bytesSource(makePe({ sections: [TEXT] }))
    const all = {
      stub,
      linux: bytesSource(Buffer.alloc(5000, 1)),
      initrds: [bytesSource(Buffer.alloc(3001, 2))],
      cmdline: 'quiet',
      osRelease: bytes('ID=x\n'),
      splash: bytesSource(bytes('BM')),
      dtb: bytesSource(bytes('tree')),
      pcrPublicKey: bytes('-----BEGIN PUBLIC KEY-----\n'),
      pcrSignature: bytes('{}'),
      uname: '6.1',
    }
    const { splash: _s, dtb: _d, pcrPublicKey: _p, ...few } = all
    for (const parts of [all, few]) {
      const uki = buildUki(parts)
      for (const bank of BANKS) {
        assert.deepEqual(predicted(uki, 252, bank), systemdMeasure(uki, bank, MEASURED_252), bank)
      }
      const phases = ['some:other:words', 'enter-initrd', 'ready']
      // It sorts the phases that it is given.
      const theirs = systemdMeasure(uki, 'sha256', MEASURED_252, phases)
      assert.deepEqual(predicted(uki, 252, 'sha256', phases.toSorted()), theirs)
    }
  },
)

test('the real stub and kernel, with the memory that the kernel wants', {
  ...needsParts('stub', 'kernel'),
  ...needs('systemd-measure'),
}, () => {
  const uki = buildUki({
    stub: fileSource(part('stub')),
    linux: fileSource(part('kernel')),
    initrds: [bytesSource(Buffer.alloc(70_000, 9))],
    cmdline: 'console=ttyS0',
    osRelease: bytes('ID=debian\n'),
  })
  const pe = parsePe(uki)
  const stub = requireStubVersion(uki, pe)
  assert.equal(stub, 252)
  assert.match(stubVersion(uki, pe)!.text, /^systemd-stub 252\./)
  assert.ok(pe.sections.some(({ name, virtualSize, rawSize }) => name === '.linux' && virtualSize > rawSize))
  assert.deepEqual(predicted(uki, stub, 'sha256'), systemdMeasure(uki, 'sha256', MEASURED_252))
})

test('a newer stub measures what it knows, in an order of its own', () => {
  const stub = bytesSource(makePe({ sections: [TEXT] }))
  const uki = buildUki({
    stub,
    linux: bytesSource(Buffer.alloc(100, 1)),
    cmdline: 'a',
    uname: '6',
    ucode: bytesSource(bytes('u')),
    osRelease: bytes('ID=x'),
    profiles: [{ text: 'ID=p' }],
  })
  const measured = (version: number) =>
    predictPcr11(uki, effectiveSections(parsePe(uki).sections, 0), version).measured.join(' ')
  assert.equal(measured(252), '.linux .osrel .cmdline')
  assert.equal(measured(254), '.linux .osrel .cmdline .uname')
  assert.equal(measured(255), '.linux .osrel .cmdline .uname .sbat')
  assert.equal(measured(256), '.linux .osrel .cmdline .ucode .uname .sbat')
  assert.equal(measured(257), '.linux .osrel .cmdline .ucode .uname .sbat .profile')
})

test('phases extend one another; the empty path is before the first', () => {
  const stub = bytesSource(makePe({ sections: [TEXT] }))
  const uki = buildUki({ stub, linux: bytesSource(makePe()) })
  assert.throws(() => predicted(buildUki({ stub, cmdline: 'x' }), 252, 'sha256'), /it has no kernel/)
  const value = (phase: string) => predicted(uki, 252, 'sha256', [phase])[0]!
  const hash = (text: string) => createHash('sha256').update(text).digest()
  assert.equal(
    value('enter-initrd'),
    Buffer.from(extend('sha256', Buffer.from(value(''), 'hex'), hash('enter-initrd'))).toString('hex'),
  )
  assert.deepEqual(defaultPhases(), [
    'enter-initrd',
    'enter-initrd:leave-initrd',
    'enter-initrd:leave-initrd:sysinit',
    'enter-initrd:leave-initrd:sysinit:ready',
  ])
})

test('a section that is gigabytes of zeros in memory is refused, not hashed', () => {
  const image = makePe({ sections: [{ name: '.linux', content: bytes('x'), virtualSize: 0x7000_0000 }] })
  const source = bytesSource(image)
  assert.throws(() => predictPcr11(source, parsePe(source).sections, 252), /bytes longer in memory/)
})

test('an image that does not tell its stub needs the version by hand', () => {
  const source = bytesSource(makePe())
  assert.throws(() => requireStubVersion(source, parsePe(source)), /--stub-version|tells its version/)
  assert.equal(requireStubVersion(source, parsePe(source), 255), 255)
})
