import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { bytesSource } from '@firn/binary/source'
import { identity } from '../../attest/test/authority.ts'
import { makePe, TEXT } from '../../binary/test/pe-fixture.ts'
import { admit, buildUki, contentOf, inspectImage, kernelBehindShim, kernelForShim, signImage } from '../src/index.ts'
import { closeSources, FAT_STUB, install, TestMachine, tree } from './esp-fixture.ts'
import { shim } from './explain-fixture.ts'
import { bytesOf, trustIn } from './fixture.ts'

afterEach(closeSources)

const owner = await identity('owner')
const distribution = await identity('distribution')
const signing = { signer: owner.signer, options: { certificates: [owner.certificate] } } as const

/** A kernel that takes more memory than its file is long, as Linux on x86 does. */
const kernel = makePe({ sections: [TEXT, { name: '.data', content: Buffer.from('data'), virtualSize: 50_000 }] })

test('a kernel for shim is ours alone, and as long as it is in memory', async () => {
  const theirs = await signImage(bytesSource(kernel), distribution.signer, { certificates: [distribution.certificate] })
  const made = await kernelForShim(theirs, signing)
  const report = inspectImage(made)
  assert.equal(report.signatures.length, 1)
  assert.ok(admit(report, trustIn(owner)).admitted)
  assert.deepEqual(report.warnings, [])
  assert.ok(made.size >= report.pe.sizeOfImage && report.pe.sizeOfImage > kernel.length)
  const { offset, size } = report.pe.certificateTable!
  assert.equal(offset + size, made.size)
  assert.deepEqual(bytesOf(made).subarray(0x400, kernel.length), kernel.subarray(0x400))
})

test('so the stub hands over the very file: the section is as long in memory as in the file', async () => {
  const sectionOf = (linux: Awaited<ReturnType<typeof kernelForShim>>) => {
    const uki = buildUki({ stub: FAT_STUB, linux, cmdline: 'quiet' })
    const section = inspectImage(uki).pe.sections.find(({ name }) => name === '.linux')!
    return { section, content: contentOf(uki, section) }
  }
  const made = await kernelForShim(bytesSource(kernel), signing)
  const { section, content } = sectionOf(made)
  assert.equal(section.virtualSize, made.size)
  assert.deepEqual(bytesOf(content), bytesOf(made))
  assert.notEqual(sectionOf(bytesSource(kernel)).section.virtualSize, kernel.length)
})

test('the same kernel and key give the same bytes; what is no EFI program stays as it is', async () => {
  const twice = await Promise.all([0, 1].map(() => kernelForShim(bytesSource(kernel), signing)))
  assert.deepEqual(bytesOf(twice[0]!), bytesOf(twice[1]!))
  const image = bytesSource(Buffer.from('an old kernel'))
  assert.equal(await kernelForShim(image, signing), image)
})

test('what is installed leaves out the signature inside that shim would refuse, and only that one', async () => {
  const installed = async (linux: Uint8Array) => {
    const machine = new TestMachine()
    machine.generation(1)
    machine.put('store/kernel-6.12.1', linux)
    const esp = machine.esp()
    await install(machine, esp, owner)
    const [, entry] = [...tree(esp)].find(([path]) => path.startsWith('EFI/Linux/'))!
    const section = inspectImage(bytesSource(entry)).pe.sections.find(({ name }) => name === '.linux')!
    return bytesOf(contentOf(bytesSource(entry), section))
  }
  const options = { certificates: [distribution.certificate] } as const
  const refused = bytesOf(await signImage(bytesSource(kernel), distribution.signer, options))
  assert.deepEqual(inspectImage(bytesSource(await installed(refused))).signatures, [])
  const short = bytesOf(await signImage(bytesSource(makePe({ sections: [TEXT] })), distribution.signer, options))
  const padded = bytesOf(await kernelForShim(bytesSource(short), signing))
  for (const kept of [padded, kernel]) assert.deepEqual((await installed(kept)).subarray(0, kept.length), kept)
})

test('for shim 16.1 the kernel loses its signature and stays small; for another it is signed', async () => {
  const theirs = await signImage(bytesSource(kernel), distribution.signer, { certificates: [distribution.certificate] })
  const made = async (version: string | undefined) => {
    const image = shim(owner.certificate.encoded, undefined, version)
    return kernelBehindShim(theirs, bytesSource(image), signing)
  }
  const stripped = await made('16.1')
  assert.deepEqual([stripped.size, inspectImage(stripped).signatures], [kernel.length, []])
  for (const version of ['16.0', undefined]) {
    const { signatures, pe } = inspectImage(await made(version))
    assert.deepEqual([signatures.length, (await made(version)).size > pe.sizeOfImage], [1, true])
  }
})
