import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { OID } from '@firn/attest'
import { parsePe } from '@firn/binary/pe'
import { bytesSource, fileSource } from '@firn/binary/source'
import fc from 'fast-check'
import { needsParts, part } from '../../../scripts/boot-parts.ts'
import { needs } from '../../../scripts/needs.ts'
import { identity } from '../../attest/test/authority.ts'
import { DATA, makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import {
  admit,
  buildUki,
  contentOf,
  diffUki,
  effectiveSections,
  inspectImage,
  inspectUki,
  joinInitrds,
  parseOsRelease,
  readKernel,
  signImage,
  type UkiParts,
} from '../src/index.ts'
import { bytesOf, certPem, trustIn, workFolder } from './fixture.ts'

const { path: folder, put } = workFolder()
const bytes = (text: string) => Buffer.from(text)
const source = (text: string) => bytesSource(bytes(text))
const SBAT =
  'sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\nstub,2,us,stub,2,https://example.org\n'
const MAGIC = { name: '.sdmagic', content: bytes('#### LoaderInfo: systemd-stub 257.1 ####\0') }
const stubOf = (...more: readonly { name: string; content: Uint8Array }[]) =>
  bytesSource(makePe({ sections: [TEXT, DATA, MAGIC, ...more] }))
const STUB = stubOf({ name: '.sbat', content: bytes(SBAT) })

/** A kernel with a release of its own and more memory than bytes. */
function makeKernel(release: string): Buffer {
  const kernel = makePe({ sections: [TEXT, { ...DATA, virtualSize: 9000 }], sizeOfHeaders: 0x800 })
  kernel.write('HdrS', 0x202, 'latin1')
  kernel.writeUInt16LE(0x100, 0x20e)
  kernel.write(`${release} (builder@host) #1\0`, 0x300, 'latin1')
  return kernel
}

const KERNEL = makeKernel('6.12.1-firn')
const PARTS: UkiParts = {
  stub: STUB,
  linux: bytesSource(KERNEL),
  initrds: [source('first'), source('the second initrd')],
  cmdline: 'init=/nix/store/x/init quiet',
  osRelease: bytes('ID=nixos\nPRETTY_NAME="NixOS 26.05"\n'),
}
const contents = (image: ReturnType<typeof buildUki>) =>
  new Map(parsePe(image).sections.map((section) => [section.name, bytesOf(contentOf(image, section))]))

test('each part is a section with its very bytes, and the same parts give the same file', () => {
  const uki = buildUki(PARTS)
  const found = contents(uki)
  assert.deepEqual(
    [...found.keys()],
    ['.text', '.data', '.sdmagic', '.sbat', '.osrel', '.cmdline', '.uname', '.initrd', '.linux'],
  )
  assert.equal(found.get('.cmdline')!.toString(), PARTS.cmdline)
  assert.equal(found.get('.uname')!.toString(), '6.12.1-firn')
  assert.equal(found.get('.initrd')!.toString(), 'first\0\0\0the second initrd')
  assert.deepEqual(found.get('.linux')!.subarray(0, KERNEL.length), KERNEL)
  assert.deepEqual(bytesOf(buildUki(PARTS)), bytesOf(uki))
  const { image } = inspectUki(uki)
  assert.deepEqual(image.warnings, [])
  const linux = image.pe.sections.at(-1)!
  assert.equal(linux.virtualSize, readKernel(bytesSource(KERNEL)).sizeOfImage)
  assert.ok(linux.virtualSize > KERNEL.length)
  for (const [i, section] of image.pe.sections.entries()) {
    const before = image.pe.sections[i - 1]
    if (before !== undefined) assert.ok(section.virtualAddress >= before.virtualAddress + before.virtualSize)
    assert.equal(section.rawOffset % image.pe.fileAlignment, 0)
    if (i > 3) assert.equal(section.virtualAddress % 4096, 0)
  }
})

test('SBAT: merged in place where it fits, moved where it does not; the stub’s lines stay', () => {
  const small = contents(buildUki({ ...PARTS, sbat: [bytes(`${SBAT}mine,3,me,uki,1,https://me\n`)] })).get('.sbat')!
  assert.equal(small.toString(), `${SBAT}mine,3,me,uki,1,https://me\n`)
  const long = Array.from({ length: 90 }, (_, i) => `c${i},1,vendor,package,1,https://example.org/a/long/address`).join(
    '\n',
  )
  const stub = bytesSource(makePe({ sections: [TEXT, { name: '.sbat', content: bytes(SBAT) }, MAGIC] }))
  const uki = buildUki({ ...PARTS, stub, sbat: [bytes(`${SBAT}${long}\n`)] })
  const names = parsePe(uki).sections.map(({ name }) => name)
  assert.equal(names.filter((name) => name === '.sbat').length, 1)
  assert.ok(names.indexOf('.sbat') > names.indexOf('.sdmagic'), 'moved behind what followed it')
  assert.equal(contents(uki).get('.sbat')!.toString(), `${SBAT}${long}\n`)
  assert.deepEqual(inspectUki(uki).image.warnings, [])
  const bare = contents(buildUki({ ...PARTS, stub: stubOf() }))
    .get('.sbat')!
    .toString()
  assert.match(bare, /^sbat,1,.*\nuki,1,/)
})

test('headers grow when the table needs room, and no further than the code', () => {
  const narrow = makePe({ sections: [TEXT, DATA], sizeOfHeaders: 0x200 })
  const others = Array.from({ length: 8 }, (_, i) => ({ name: `.x${i}`, content: source('x') }))
  const uki = buildUki({ ...PARTS, stub: bytesSource(narrow), others })
  const pe = parsePe(uki)
  assert.ok(pe.sizeOfHeaders > 0x200)
  assert.deepEqual(contents(uki).get('.text'), TEXT.content)
  const many = Array.from({ length: 95 }, (_, i) => ({ name: `.y${i}`, content: source('x') }))
  assert.throws(() => buildUki({ ...PARTS, others: many }), /no room for \d+ section headers/)
})

test('what a stub brings that must not stay is gone: signature, symbols, gaps, what follows', async () => {
  const db = await identity('db')
  const gapped = makePe({ sections: [TEXT, { ...DATA, gap: 48 }], tail: Buffer.alloc(64, 1) })
  const plain = bytesOf(buildUki({ ...PARTS, stub: bytesSource(makePe()) }))
  assert.deepEqual(bytesOf(buildUki({ ...PARTS, stub: bytesSource(gapped) })), plain)
  const signed = await signImage(bytesSource(makePe()), db.signer, { certificates: [db.certificate] })
  assert.deepEqual(bytesOf(buildUki({ ...PARTS, stub: signed })), plain)
  const symbols = makePe({ tail: Buffer.alloc(18 * 3 + 4, 2) })
  symbols.writeUInt32LE(0x800, 0x40 + 12)
  symbols.writeUInt32LE(3, 0x40 + 16)
  assert.deepEqual(bytesOf(buildUki({ ...PARTS, stub: bytesSource(symbols) })), plain)
})

test('what makes no sense is refused', () => {
  for (const [parts, why] of [
    [{ ...PARTS, stub: source('no stub') }, /not a PE image/],
    [{ ...PARTS, cmdline: 'a\0b' }, /NUL/],
    [{ ...PARTS, others: [{ name: 'nodot', content: source('x') }] }, /cannot be named/],
    [{ ...PARTS, others: [{ name: '.waytoolong', content: source('x') }] }, /cannot be named/],
    [{ ...PARTS, others: [{ name: '.empty', content: source('') }] }, /would be empty/],
    [{ ...PARTS, sbat: [bytes('nonsense')] }, /SBAT/],
    [{ ...PARTS, stub: bytesSource(makePe({ sections: [{ ...TEXT, name: '/4' }] })) }, /more than 8 characters/],
  ] as const) {
    assert.throws(() => buildUki(parts), why)
  }
})

test('profiles: what they do not have they take from the base', () => {
  const profiles = [
    { text: 'ID=main' },
    { text: 'ID=rescue\nTITLE=Rescue', cmdline: 'rescue', initrds: [source('small')] },
  ]
  const uki = buildUki({ ...PARTS, profiles })
  const pe = parsePe(uki)
  const text = (profile: number, name: string) =>
    bytesOf(
      contentOf(uki, effectiveSections(pe.sections, profile).find((section) => section.name === name)!),
    ).toString()
  assert.equal(text(0, '.cmdline'), PARTS.cmdline)
  assert.equal(text(1, '.cmdline'), 'rescue')
  assert.equal(text(1, '.initrd'), 'small')
  assert.equal(text(1, '.uname'), '6.12.1-firn')
  assert.deepEqual(inspectUki(uki).profiles, [
    { text: 'ID=main' },
    { text: 'ID=rescue\nTITLE=Rescue', cmdline: 'rescue' },
  ])
})

test('an addon has a command line and no kernel', () => {
  const uki = inspectUki(buildUki({ stub: stubOf(), cmdline: 'debug' }))
  assert.deepEqual([uki.cmdline, uki.kernel, uki.notes], ['debug', undefined, []])
})

test('inspect tells what an image is, and what is dangerous about it', () => {
  const report = inspectUki(buildUki(PARTS))
  assert.equal(report.osRelease?.get('PRETTY_NAME'), 'NixOS 26.05')
  assert.equal(report.stub?.text, 'systemd-stub 257.1')
  assert.equal(report.stub?.major, 257)
  assert.deepEqual(report.notes, [])
  const { cmdline: _, ...open } = PARTS
  assert.match(inspectUki(buildUki(open)).notes.join(), /no command line: whoever starts it may give one/)
  const others = (name: string) => ({ ...PARTS, others: [{ name, content: source('again') }] })
  assert.throws(() => buildUki(others('.cmdline')), /two sections \.cmdline/)
  const twice = Buffer.from(bytesOf(buildUki(others('.cmdlinX'))))
  twice.write('.cmdline', twice.indexOf('.cmdlinX'))
  assert.match(inspectUki(bytesSource(twice)).notes.join(), /\.cmdline stands twice/)
})

test('diff says in words what changed', async () => {
  const db = await identity('db')
  const before = inspectUki(buildUki(PARTS))
  assert.deepEqual(diffUki(before, inspectUki(buildUki(PARTS))), [])
  const after = buildUki({
    ...PARTS,
    linux: bytesSource(makeKernel('6.12.2-firn')),
    cmdline: 'init=/nix/store/y/init quiet',
    osRelease: bytes('ID=nixos\nPRETTY_NAME="NixOS 26.11"\n'),
    sbat: [bytes(`${SBAT}uki.me,2,me,uki,1,https://me\n`)],
  })
  const signed = await signImage(after, db.signer, { certificates: [db.certificate] })
  const words = diffUki(before, inspectUki(signed)).join('\n')
  for (const line of [
    /^the kernel: 6\.12\.1-firn -> 6\.12\.2-firn$/m,
    /^the command line loses init=\/nix\/store\/x\/init$/m,
    /^the command line gains init=\/nix\/store\/y\/init$/m,
    /^os-release PRETTY_NAME: NixOS 26\.05 -> NixOS 26\.11$/m,
    /^\.linux \(the kernel\): \d+ bytes, other content/m,
    /^SBAT uki: generation 1 -> none$/m,
    /^SBAT uki\.me: none -> generation 2$/m,
    /^signed by: none -> db$/m,
  ]) {
    assert.match(words, line)
  }
  assert.doesNotMatch(words, /\.initrd/)
  const order = inspectUki(buildUki({ ...PARTS, cmdline: 'quiet init=/nix/store/x/init' }))
  assert.match(diffUki(before, order).join(), /the same words in another order/)
})

test('initrds are joined on multiples of four', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 }), (list) => {
      const joined = bytesOf(joinInitrds(list.map(bytesSource)))
      let at = 0
      for (const one of list) {
        assert.deepEqual(joined.subarray(at, at + one.length), Buffer.from(one))
        at = Math.ceil((at + one.length) / 4) * 4
      }
      assert.equal(joined.length, list.length === 1 ? list[0]!.length : at - ((4 - (list.at(-1)!.length % 4)) % 4))
    }),
  )
})

test('os-release: quotes, escapes and what is no field', () => {
  const fields = parseOsRelease(`# c\nID=nixos\nA="x \\"y\\" \\$z"\nB='it is'\n lower=no\nID_LIKE=\nID=again\n`)
  assert.deepEqual(
    [...fields],
    [
      ['ID', 'again'],
      ['A', 'x "y" $z'],
      ['B', 'it is'],
      ['ID_LIKE', ''],
    ],
  )
})

const db = await identity('firn test db', { extendedKeyUsage: [OID.codeSigning] })

test('the real stub and kernel: objcopy reads the same sections, sbsign and we sign it', {
  ...needsParts('stub', 'kernel'),
  ...needs('objcopy', 'sbsign', 'sbverify'),
}, async () => {
  const [stub, linux] = [fileSource(part('stub')), fileSource(part('kernel'))]
  const initrd = Buffer.alloc(100_001, 3)
  const uki = buildUki({ ...PARTS, stub, linux, initrds: [bytesSource(initrd)] })
  const file = put('uki.efi', bytesOf(uki))
  const dump = (name: string) => {
    const out = join(folder, `section${name}`)
    execFileSync('objcopy', ['-O', 'binary', `--only-section=${name}`, file, out], { stdio: 'ignore' })
    return readFileSync(out)
  }
  assert.deepEqual(dump('.initrd'), initrd)
  assert.equal(dump('.cmdline').toString(), PARTS.cmdline)
  const kernel = readFileSync(part('kernel'))
  assert.deepEqual(dump('.linux').subarray(0, kernel.length), kernel)
  const release = readKernel(linux).release!
  assert.match(part('kernel'), new RegExp(`vmlinuz-${release.replaceAll('.', '\\.')}$`))
  assert.equal(dump('.uname').toString(), release)
  assert.match(dump('.sbat').toString(), /^sbat,1,.*\nsystemd,1,.*\nsystemd\.debian,1,.*\nuki,1,/)

  const pem = put('db.pem', certPem(db))
  const theirs = join(folder, 'theirs.efi')
  const signing = spawnSync(
    'sbsign',
    ['--key', put('db.key', db.privatePem), '--cert', pem, '--output', theirs, file],
    { encoding: 'utf8' },
  )
  assert.doesNotMatch(signing.stderr, /gaps/)
  assert.ok(admit(inspectImage(fileSource(theirs)), trustIn(db)).admitted)
  const ours = put('ours.efi', bytesOf(await signImage(uki, db.signer, { certificates: [db.certificate] })))
  assert.equal(spawnSync('sbverify', ['--cert', pem, ours]).status, 0)
})

test('the aarch64 stub takes parts, too', needsParts('stub-aarch64'), () => {
  const stub = fileSource(part('stub-aarch64'))
  const uki = inspectUki(buildUki({ ...PARTS, stub, uname: '6.12.1-arm' }))
  assert.deepEqual([uki.image.pe.machine, uki.uname, uki.image.warnings], [0xaa64, '6.12.1-arm', []])
})
