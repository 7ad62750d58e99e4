import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, test } from 'node:test'
import { bytesSource } from '@firn/binary/source'
import { EXIT, UserError } from '@firn/core'
import fc from 'fast-check'
import { identity } from '../../attest/test/authority.ts'
import { makePe } from '../../binary/test/pe-fixture.ts'
import { readCpio } from '../../image/src/index.ts'
import { base32, contentFile, contentHash, entryStem, fileOf, pathOfEfi } from '../src/esp/layout.ts'
import {
  applyPlan,
  checkEsp,
  directoryEsp,
  type EntryName,
  type Esp,
  entryFile,
  explainBoot,
  folderVolume,
  inspectUki,
  lockEsp,
  makeFiles,
  NO_TRUST,
  parseEntryFile,
  secretInitrds,
  signImage,
  type Volume,
  volumeAfterwards,
} from '../src/index.ts'
import {
  bootloader,
  closeSources,
  FAT_STUB,
  type InstallOptions,
  install,
  plan,
  sizeOf,
  stepsOf,
  TestMachine,
  THIN_STUB,
  tree,
} from './esp-fixture.ts'
import { certs, lists, shim, signedBy } from './explain-fixture.ts'
import { bytesOf, trustIn } from './fixture.ts'

afterEach(closeSources)

const db = await identity('machine owner')
const other = await identity('somebody else')
const OWN = 'EFI/systemd/systemd-bootx64.efi'
const FALLBACK = 'EFI/BOOT/BOOTX64.EFI'

const entriesOf = (esp: string) =>
  [...tree(esp).keys()].filter((path) => path.startsWith('EFI/Linux/')).map((path) => path.slice(10))
const generationsOf = (esp: string) => entriesOf(esp).map((file) => parseEntryFile(file)!.generation)
const entryOf = (esp: string, generation: number) =>
  join(esp, 'EFI/Linux', entriesOf(esp).find((file) => parseEntryFile(file)!.generation === generation)!)
const place = (esp: string, path: string, content: Uint8Array | string) => {
  mkdirSync(dirname(join(esp, path)), { recursive: true })
  writeFileSync(join(esp, path), content)
}

/** Everything on the ESP boots, and nothing lies there that nothing boots. */
function assertSound(esp: string): void {
  const check = checkEsp(directoryEsp(esp), trustIn(db))
  assert.deepEqual(
    [...check.entries, ...check.loaders].filter(({ problem }) => problem !== undefined),
    [],
  )
  assert.deepEqual([check.unused, check.leftovers], [[], []])
}

/** A machine with one generation, and an ESP that has it. */
async function installed(words: InstallOptions = {}): Promise<{ readonly machine: TestMachine; readonly esp: string }> {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  await install(machine, esp, db, words)
  return { machine, esp }
}

test('names: what is printed is read again, and base32 is that of RFC 4648', () => {
  assert.equal(base32(Buffer.from('foobar')), 'mzxw6ytboi')
  assert.equal(base32(Buffer.from('fooba')), 'mzxw6ytb')
  assert.equal(base32(new Uint8Array()), '')
  const name = fc.record(
    {
      generation: fc.nat({ max: 99_999 }),
      specialisation: fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/),
      hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(base32),
      counter: fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 })).map(([left, failed]) => ({ left, failed })),
    },
    { requiredKeys: ['generation', 'hash'], noNullPrototype: true },
  )
  fc.assert(
    fc.property(name, (words) => {
      const file = entryFile(words as EntryName)
      assert.deepEqual(parseEntryFile(file), words)
      assert.equal(entryStem(file), entryStem(entryFile({ ...words, counter: { left: 1, failed: 2 } } as EntryName)))
    }),
  )
  assert.deepEqual(parseEntryFile('nixos-generation-12.efi'), { generation: 12 })
  for (const file of ['nixos-12.efi', 'arch-linux.efi', 'nixos-generation-1.efi.firn-tmp', 'nixos-generation-x.efi']) {
    assert.equal(parseEntryFile(file), undefined, file)
  }
  const hash = new Uint8Array(32).fill(9)
  assert.equal(contentHash(contentFile('kernel', '6.12 odd/name', hash)), base32(hash))
  assert.equal(contentHash('abcdef-linux-6.1-bzImage.efi'), undefined, 'that of another boot loader')
  assert.equal(pathOfEfi('\\EFI\\nixos\\k.efi'), 'EFI/nixos/k.efi')
  assert.equal(pathOfEfi('\\EFI\\..\\..\\etc\\passwd'), undefined)
})

test('a first installation: signed images, a loader in both places, a menu; done twice, nothing is left to do', async () => {
  const machine = new TestMachine()
  machine.generation(1, { specialisations: ['rescue'] })
  machine.generation(2, { kernel: '6.12.2', params: ['debug'] })
  const esp = machine.esp()
  await install(machine, esp, db)
  assert.equal(entriesOf(esp).length, 3)
  assertSound(esp)
  const uki = inspectUki(bytesSource(readFileSync(entryOf(esp, 2))))
  assert.equal(uki.cmdline, `init=${machine.folder}/store/system-2/init quiet debug`)
  assert.equal(uki.uname, '6.12.2')
  assert.deepEqual([uki.osRelease?.get('ID'), uki.osRelease?.get('VERSION_ID')], ['nixos', '2'])
  assert.match(uki.osRelease!.get('PRETTY_NAME')!, /^NixOS 26\.05 \(generation 2, \d{4}-\d\d-\d\d\)$/)
  assert.deepEqual(readFileSync(join(esp, OWN)), readFileSync(join(esp, FALLBACK)))
  assert.match(readFileSync(join(esp, 'loader/loader.conf'), 'utf8'), /^default nixos-generation-\*$/m)
  const before = tree(esp)
  assert.deepEqual(stepsOf(await install(machine, esp, db)), [])
  assert.deepEqual(tree(esp), before)
})

test('the newest are kept, and whatever runs or is the default, however old', async () => {
  const machine = new TestMachine()
  const first = machine.generation(1)
  for (const number of [2, 3, 4, 5]) machine.generation(number, { kernel: `6.12.${number}` })
  const esp = machine.esp()
  await install(machine, esp, db, { limit: 2, running: first })
  assert.deepEqual(generationsOf(esp), [1, 4, 5])
  await install(machine, esp, db, { limit: 2 })
  assert.deepEqual(generationsOf(esp), [4, 5])
  await install(machine, esp, db, { limit: 0 })
  assert.deepEqual(generationsOf(esp), [1, 2, 3, 4, 5])
  machine.drop(1)
  await install(machine, esp, db, { limit: 2, running: first })
  assert.deepEqual(generationsOf(esp), [1, 4, 5], 'its generation is gone, the machine still runs it')
  assertSound(esp)
})

test('a specialisation that runs keeps its generation', async () => {
  const machine = new TestMachine()
  const first = machine.generation(1, { specialisations: ['rescue'] })
  for (const number of [2, 3]) machine.generation(number)
  const esp = machine.esp()
  await install(machine, esp, db, { limit: 1, running: `${first}/specialisation/rescue` })
  assert.deepEqual([...new Set(generationsOf(esp))], [1, 3])
})

test('thin: kernels and initrds lie beside, named by their hashes, shared, and go with the last entry', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  machine.generation(2, { params: ['debug'] })
  const esp = machine.esp()
  const thin = { thin: true, stub: THIN_STUB }
  await install(machine, esp, db, thin)
  const contents = () => [...tree(esp).keys()].filter((path) => path.startsWith('EFI/nixos/'))
  assert.equal(contents().length, 2)
  assert.match(contents()[1]!, /^EFI\/nixos\/kernel-6\.12\.1-[a-z2-7]{52}\.efi$/)
  assert.ok(sizeOf(entryOf(esp, 1)) < 8000)
  const { needs } = checkEsp(directoryEsp(esp), NO_TRUST).entries[0]!
  assert.deepEqual(needs.map(({ path }) => path).sort(), contents().sort())
  assertSound(esp)
  machine.generation(3, { kernel: '6.12.3', initrd: 'b' })
  machine.drop(1)
  machine.drop(2)
  await install(machine, esp, db, thin)
  assert.match(contents().join(), /kernel-6\.12\.3/)
  assert.equal(contents().length, 2)
  assertSound(esp)
})

test('what is damaged is found and made anew: a flipped bit in a kernel, an image cut off, a foreign signature', async () => {
  for (const thin of [{ thin: true, stub: THIN_STUB }, {}]) {
    const machine = new TestMachine()
    machine.generation(1)
    machine.generation(2, { kernel: '6.12.2' })
    const esp = machine.esp()
    await install(machine, esp, db, thin)
    const sound = tree(esp)
    for (const [path, content] of sound) {
      const flipped = Buffer.from(content)
      flipped[Math.floor(content.length / 2)]! ^= 1
      for (const damage of [flipped, content.subarray(0, content.length - 100), Buffer.alloc(0)]) {
        place(esp, path, damage)
        const steps = stepsOf(await install(machine, esp, db, thin))
        assert.deepEqual(steps, [`write ${path}`])
        assert.deepEqual(tree(esp), sound)
      }
    }
    const path = entryOf(esp, 2)
    const foreign = await signImage(bytesSource(readFileSync(path)), other.signer, {
      certificates: [other.certificate],
      replace: true,
    })
    writeFileSync(path, bytesOf(foreign))
    await install(machine, esp, db, thin)
    assert.deepEqual(tree(esp), sound)
  }
})

test('an older image of ours under a newer name is not taken for it', async () => {
  const machine = new TestMachine()
  machine.generation(1, { params: ['old'] })
  machine.generation(2)
  const esp = machine.esp()
  await install(machine, esp, db)
  const sound = tree(esp)
  writeFileSync(entryOf(esp, 2), readFileSync(entryOf(esp, 1)))
  await install(machine, esp, db)
  assert.deepEqual(tree(esp), sound)
})

test('another key: every image is signed anew under another name', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  await install(machine, esp, other)
  const before = entriesOf(esp)
  const { steps } = await install(machine, esp, db)
  assert.deepEqual(
    steps.flatMap((step) => (step.do === 'remove' ? [step.why] : [])),
    ['another file takes its place'],
  )
  assertSound(esp)
  assert.equal(entriesOf(esp).length, 1)
  assert.notDeepEqual(entriesOf(esp), before)
})

test('what is not ours stays: other systems, other boot loaders, images that others built', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  const thinElsewhere = `EFI/nixos/kernel-6.1-${base32(new Uint8Array(32).fill(1))}.efi`
  const foreign = {
    'EFI/Microsoft/Boot/bootmgfw.efi': 'windows',
    'EFI/Linux/arch.efi': makePe(),
    'EFI/Linux/notes.txt': 'hello',
    'EFI/nixos/abc-linux-6.1-bzImage.efi': 'a kernel of the systemd-boot module',
    'EFI/BOOT/fbx64.efi': 'another',
    'loader/entries/arch.conf': 'title Arch',
    'startup.nsh': 'x',
  }
  for (const [path, content] of Object.entries(foreign)) place(esp, path, content)
  place(esp, thinElsewhere, 'used by nobody')
  place(esp, 'EFI/Linux/nixos-generation-99.efi', 'an old image of another tool')
  await install(machine, esp, db)
  const after = tree(esp)
  for (const path of Object.keys(foreign)) assert.ok(after.has(path), path)
  assert.ok(!after.has(thinElsewhere))
  assert.ok(!after.has('EFI/Linux/nixos-generation-99.efi'))
})

test('boot counting: new entries have tries, counters that run are not reset, a blessed entry stays blessed', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  await install(machine, esp, db, { tries: 3 })
  assert.match(entriesOf(esp)[0]!, /\+3\.efi$/)
  const counted = (file: string, counter: string) => file.replace(/(\+[\d-]+)?\.efi$/, `${counter}.efi`)
  for (const counter of ['+2-1', '+0-3', '']) {
    const [file] = entriesOf(esp)
    renameSync(join(esp, 'EFI/Linux', file!), join(esp, 'EFI/Linux', counted(file!, counter)))
    assert.deepEqual(stepsOf(await install(machine, esp, db, { tries: 3 })), [], counter)
  }
  machine.generation(2)
  await install(machine, esp, db, { tries: 2 })
  assert.deepEqual(
    entriesOf(esp).map((file) => parseEntryFile(file)!.counter),
    [undefined, { left: 2, failed: 0 }],
  )
})

test('rolled back: the menu begins with the generation that is the default', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  machine.generation(2)
  const esp = machine.esp()
  await install(machine, esp, db, { menu: { timeout: 0, generation: 1 } })
  assert.equal(
    readFileSync(join(esp, 'loader/loader.conf'), 'utf8'),
    'timeout 0\ndefault nixos-generation-1-*\neditor no\n',
  )
})

test('a new boot loader: the broken copy is mended before the one that works is replaced', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  for (const broken of [OWN, FALLBACK]) {
    const esp = machine.esp(`esp-${broken.length}`)
    await install(machine, esp, db)
    place(esp, broken, 'cut off')
    const works = broken === OWN ? FALLBACK : OWN
    const steps = stepsOf(await install(machine, esp, db, { bootloader: bootloader('258') }))
    assert.deepEqual(steps, [`write ${broken}`, `write ${works}`])
    assertSound(esp)
  }
})

/** An ESP that says how much room it has. */
const withSpace = (esp: string, free: number): Esp => ({ ...directoryEsp(esp), space: () => ({ free, cluster: 4096 }) })

test('space: the peak is known before; with little room the old goes first, with none nothing is touched', async () => {
  const machine = new TestMachine()
  for (const number of [1, 2]) machine.generation(number, { kernel: `6.12.${number}` })
  const esp = machine.esp()
  await install(machine, esp, db, { limit: 2 })
  machine.generation(3, { kernel: '6.12.3' })
  const size = Math.ceil(sizeOf(entryOf(esp, 1)) / 4096) * 4096
  const spare = 4 * 4096
  const roomy = plan(machine, withSpace(esp, 10 * size), db, { limit: 2 })
  assert.equal(roomy.order, 'add first')
  assert.deepEqual(roomy.free.now - roomy.free.after, 0)
  const peak = roomy.free.now - roomy.free.least
  assert.ok(peak >= size && peak <= size + 4096)
  assert.equal(plan(machine, withSpace(esp, peak + spare), db, { limit: 2 }).order, 'add first')
  const tight = plan(machine, withSpace(esp, peak + spare - 1), db, { limit: 2 })
  assert.equal(tight.order, 'remove first')
  assert.deepEqual(
    stepsOf(tight).map((step) => step.split(' ')[0]),
    ['remove', 'write'],
  )
  const before = tree(esp)
  machine.generation(4, { kernel: '6.12.4' })
  machine.generation(5, { kernel: '6.12.5' })
  await assert.rejects(
    install(machine, withSpace(esp, size * 2), db, { limit: 2 }).then(() => undefined),
    /MB are free, .* MB are needed; nothing was changed/,
    'with no wanted entry there, nothing may be removed first',
  )
  assert.deepEqual(tree(esp), before)
  // With one byte too few, the two numbers are not told as the same.
  const refusal = (free: number): string | undefined => {
    try {
      plan(machine, withSpace(esp, free), db, { limit: 2 })
      return undefined
    } catch (error) {
      return (error as UserError).message
    }
  }
  let [most, enough] = [0, size * 10]
  while (enough - most > 1) {
    const free = (most + enough) >> 1
    if (refusal(free) === undefined) enough = free
    else most = free
  }
  const [free, needed] = [...refusal(most)!.matchAll(/([\d.]+) MB/g)].map(([, number]) => Number(number))
  assert.ok(free! < needed!, refusal(most)!)
})

test('nothing to boot is never installed', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  machine.put('store/system-1/boot.json', '{}')
  await assert.rejects(install(machine, esp, db), /there would be nothing to boot/)
  assert.equal(tree(esp).size, 0)
})

test('a generation that cannot be read keeps its entry, and the others go on', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  machine.generation(2, { kernel: '6.12.2' })
  const esp = machine.esp()
  await install(machine, esp, db)
  machine.put('store/system-1/boot.json', 'cut o')
  machine.generation(3, { kernel: '6.12.3' })
  await install(machine, esp, db, { limit: 1 })
  assert.deepEqual(generationsOf(esp), [1, 3])
})

/** Install with the secrets of each generation, as the command does; the steps that it took. */
async function installWithSecrets(machine: TestMachine, esp: string, words: InstallOptions = {}): Promise<string[]> {
  const runs = join(machine.folder, 'run')
  mkdirSync(runs, { recursive: true })
  const secrets = secretInitrds(runs)
  try {
    return stepsOf(await install(machine, esp, db, { ...words, secrets: secrets.make }))
  } finally {
    secrets.close()
    assert.deepEqual(readdirSync(runs, { recursive: true }), [], 'nothing of a secret is left')
  }
}

test('secrets: appended, nowhere readable by others, and old generations without them keep their entries', async () => {
  const machine = new TestMachine()
  const secret = machine.put('secret', 'first secret')
  const script = machine.put(
    'append',
    '#!/bin/sh\nset -e\n' +
      `test "$(stat -c %a "$1" "$TMPDIR" | tr '\\n' ' ')" = "600 700 "\n` +
      `test "$(dirname "$1")" = "$TMPDIR"\necho "$1" is printed\ncat "${secret}" >> "$1"\n`,
  )
  chmodSync(script, 0o755)
  machine.generation(1, { secrets: script })
  const esp = machine.esp()
  const run = (system?: string) => installWithSecrets(machine, esp, system === undefined ? {} : { system })
  await run()
  assert.match(readFileSync(entryOf(esp, 1)).toString('latin1'), /initrd a .*first secret/)
  assert.deepEqual(await run(), [])
  writeFileSync(secret, 'second secret')
  assert.equal((await run()).length, 2, 'written anew, and the old one removed')
  assert.match(readFileSync(entryOf(esp, 1)).toString('latin1'), /second secret/)
  const newest = machine.generation(2)
  rmSync(secret)
  await run(newest)
  assert.deepEqual(generationsOf(esp), [1, 2])
  await assert.rejects(run(machine.generation(3, { secrets: script })), /generation 3: its secrets could not be added/)
})

test('a program that fails is told of by what it complained of, else by how it ended; what it printed is not', async () => {
  for (const [body, told] of [
    ['echo the secret itself; echo age: no identity >&2; exit 1', /could not be added: age: no identity$/],
    ['exit 3', /could not be added: it ended with 3$/],
    ['kill -9 $$', /could not be added: it was ended by SIGKILL$/],
  ] as const) {
    const machine = new TestMachine()
    const script = machine.put('append', `#!/bin/sh\n${body}\n`)
    chmodSync(script, 0o755)
    machine.generation(1, { secrets: script })
    await assert.rejects(installWithSecrets(machine, machine.esp()), told)
  }
})

test('secrets by name and path, as the draft of bootspec 2 has them: at their path, for root alone', async () => {
  const machine = new TestMachine()
  const secret = machine.put('etc/keys/host', 'a host key')
  const toplevel = machine.generation(1, { initrd: 'a' })
  const write = (path: string) => {
    const document = JSON.parse(readFileSync(join(toplevel, 'boot.json'), 'utf8'))
    machine.put(
      'store/system-1/boot.json',
      JSON.stringify({ ...document, 'org.nixos.initrd-secrets.v1': { key: path } }),
    )
  }
  write(secret)
  const esp = machine.esp()
  await installWithSecrets(machine, esp)
  const { sections } = inspectUki(bytesSource(readFileSync(entryOf(esp, 1))))
  const image = readFileSync(entryOf(esp, 1))
  const { section, size } = sections.find((one) => one.section.name === '.initrd')!
  const initrd = image.subarray(section.rawOffset, section.rawOffset + size)
  const entries = readCpio(initrd.subarray('initrd a '.length * 900))
  assert.deepEqual(entries.at(-1), {
    kind: 'file',
    name: secret.slice(1),
    mode: 0o400,
    content: Buffer.from('a host key'),
  })
  assert.deepEqual(
    entries.slice(0, -1).map(({ name, kind }) => [kind, name]),
    secret
      .split('/')
      .slice(1, -1)
      .map((_, i, parts) => ['directory', parts.slice(0, i + 1).join('/')]),
  )
  const before = tree(esp)
  for (const [path, why] of [
    [`${secret}.none`, /generation 1: a secret: .*host\.none: no such file/],
    [dirname(secret), /this is a folder, not a file/],
    [`${dirname(secret)}/../keys/host`, /an initrd can have no file named/],
  ] as const) {
    write(path)
    await assert.rejects(installWithSecrets(machine, esp), why)
    assert.deepEqual(tree(esp), before)
  }
})

test('whether every user can read what lies there: the file and each folder above decide', async () => {
  const { esp } = await installed()
  const readable = () => checkEsp(directoryEsp(esp), NO_TRUST).readable.map(({ path }) => join(esp, path))
  for (const folder of ['', 'EFI', 'EFI/Linux']) chmodSync(join(esp, folder), 0o755)
  assert.deepEqual(readable(), [], 'what is written is for its owner alone')
  chmodSync(entryOf(esp, 1), 0o644)
  assert.deepEqual(readable(), [entryOf(esp, 1)])
  for (const folder of ['', 'EFI', 'EFI/Linux']) {
    chmodSync(join(esp, folder), 0o700)
    assert.deepEqual(readable(), [], folder)
    chmodSync(join(esp, folder), 0o755)
  }
})

test('a key that is not the certificate’s: nothing that boots is touched', async () => {
  const { machine, esp } = await installed()
  const before = tree(esp)
  machine.generation(2)
  const signing = { signer: other.signer, certificate: db.certificate }
  await assert.rejects(install(machine, esp, { ...other, ...signing }), /the key does not belong to the certificate/)
  assert.deepEqual(tree(esp), before)
})

test('stubs and images that cannot be combined are refused before anything is written', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  await assert.rejects(install(machine, esp, db, { stub: bytesSource(Buffer.from('no stub')) }), /not a PE image/)
  assert.equal(tree(esp).size, 0)
  await install(machine, esp, db, { stub: FAT_STUB })
})

/** The image that a machine which trusts this key starts when nobody chooses, as explain says. */
function bootedImage(esp: string): string {
  const variables = ['PK', 'KEK', 'db'].map((name) => lists(name, certs(db), 0x27))
  const { taken } = explainBoot({ variables, volumes: [folderVolume(esp)], architecture: 'x64' })
  assert.ok(taken?.verdict === 'boots', taken?.reason ?? 'nothing boots')
  const loader = taken.program!
  return loader.next!.path.slice('\\EFI\\Linux\\'.length)
}

test('the newest generation is the default, not its specialisation; when it fails at every try, the one before', async () => {
  const machine = new TestMachine()
  for (const number of [9, 10]) machine.generation(number, { specialisations: ['aaa', 'zzz'] })
  const esp = machine.esp()
  await install(machine, esp, db, { tries: 2 })
  assert.deepEqual(
    { ...parseEntryFile(bootedImage(esp)), hash: '' },
    { generation: 10, hash: '', counter: { left: 2, failed: 0 } },
  )
  for (const generation of [10, 10, 10]) {
    const file = bootedImage(esp)
    assert.equal(parseEntryFile(file)!.generation, generation)
    renameSync(join(esp, 'EFI/Linux', file), join(esp, 'EFI/Linux', file.replace('+2.efi', '+0-2.efi')))
  }
  assert.deepEqual(
    { ...parseEntryFile(bootedImage(esp)), hash: '' },
    { generation: 9, hash: '', counter: { left: 2, failed: 0 } },
  )
})

test('a disk that is full after all: the half-written file goes, and what booted is untouched', async () => {
  const { machine, esp } = await installed()
  const before = tree(esp)
  machine.generation(2)
  const inner = directoryEsp(esp)
  const full: Esp = {
    ...inner,
    write: (path, content) => {
      inner.write(path, bytesSource(content.read(0, 1000)))
      throw new UserError('no space left on the disk', 'free some', EXIT.store)
    },
  }
  await assert.rejects(install(machine, full, db), /no space left/)
  assert.deepEqual(tree(esp), before)
})

test('a disk that gives back other bytes than it was given is caught before anything is replaced', async () => {
  const { machine, esp } = await installed()
  const before = tree(esp)
  const inner = directoryEsp(esp)
  const failing: Esp = {
    ...inner,
    write: (path, content) => {
      const bytes = Buffer.from(content.read(0, content.size))
      bytes[bytes.length >> 1]! ^= 1
      inner.write(path, bytesSource(bytes))
    },
  }
  await assert.rejects(install(machine, failing, db, { bootloader: bootloader('258') }), /not what was meant/)
  assert.deepEqual(tree(esp), before)
})

test('the generation that runs, made anew, does not keep its old image beside the new one', async () => {
  const machine = new TestMachine()
  const running = machine.generation(1)
  const esp = machine.esp()
  await install(machine, esp, other, { running })
  await install(machine, esp, db, { running })
  assert.deepEqual(generationsOf(esp), [1])
  assertSound(esp)
})

test('a shim is not replaced by what only a machine with own keys would start', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  place(esp, FALLBACK, shim(new Uint8Array(100)))
  const before = tree(esp)
  await assert.rejects(install(machine, esp, db), /BOOTX64\.EFI is a shim, and it would be replaced/)
  assert.deepEqual(tree(esp), before)
})

test('a shim of others, and what it was built to start, are told from what nobody signed', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  await install(machine, esp, db)
  const vendor = await identity('distribution')
  const bytes = await signedBy(other, shim(vendor.certificate.encoded))
  place(esp, 'EFI/BOOT/shimx64.efi', bytes)
  place(esp, 'EFI/BOOT/mmx64.efi', await signedBy(vendor, makePe()))
  place(esp, 'EFI/BOOT/nobodys.efi', makePe())
  place(esp, 'EFI/BOOT/strangers.efi', await signedBy(other, makePe()))
  const foreign = () =>
    checkEsp(directoryEsp(esp), trustIn(db))
      .loaders.filter(({ path }) => path.startsWith('EFI/BOOT/'))
      .map(({ path, problem, foreign: whose }) => [fileOf(path), problem === undefined ? 'boots' : whose])
      .sort()
  const rest = [
    ['nobodys.efi', undefined],
    ['strangers.efi', undefined],
  ]
  const told = (shims: unknown, manager: unknown) =>
    [['BOOTX64.EFI', 'boots'], ['mmx64.efi', manager], ['shimx64.efi', shims], ...rest].sort()
  assert.deepEqual(foreign(), told('shim', 'of a shim'))
  bytes[bytes.length >> 1]! ^= 1
  place(esp, 'EFI/BOOT/shimx64.efi', bytes)
  assert.deepEqual(foreign(), told(undefined, undefined))
})

test('aarch64 has names of its own for the boot loader', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  await install(machine, esp, db, { bootloader: bytesSource(makePe({ machine: 0xaa64 })) })
  const paths = [...tree(esp).keys()]
  assert.ok(paths.includes('EFI/systemd/systemd-bootaa64.efi') && paths.includes('EFI/BOOT/BOOTAA64.EFI'))
})

test('a file that the disk does not give back is told of, and made anew', async () => {
  for (const [thin, pattern] of [
    [{}, /Linux\/nixos-generation-1-/],
    [{ thin: true, stub: THIN_STUB }, /nixos\/kernel-/],
  ] as const) {
    const machine = new TestMachine()
    machine.generation(1)
    machine.generation(2, { kernel: '6.12.2' })
    const esp = machine.esp()
    await install(machine, esp, db, thin)
    const [bad] = [...tree(esp).keys()].filter((path) => pattern.test(path))
    const inner = directoryEsp(esp)
    const fail = () => {
      throw new UserError('the disk fails to read or write', 'look', EXIT.store)
    }
    const failing: Esp = {
      ...inner,
      open: (path) => (path === bad ? { ...inner.open(path), read: fail, chunks: fail } : inner.open(path)),
    }
    const problems = checkEsp(failing, trustIn(db)).entries.flatMap(({ problem }) => problem ?? [])
    assert.deepEqual(problems, ['the disk fails to read or write'])
    assert.deepEqual(stepsOf(plan(machine, failing, db, thin)), [`write ${bad}`])
  }
})

test('a folder that cannot be has no files', () => {
  const esp = new TestMachine().esp()
  place(esp, 'EFI/Linux/a.efi', 'x')
  const { list } = directoryEsp(esp)
  assert.deepEqual(list(['EFI/none', 'EFI/Linux/a.efi', `EFI/${'x'.repeat(300)}`]), [])
  assert.deepEqual(list(['EFI/Linux']), [{ path: 'EFI/Linux/a.efi', size: 1 }])
})

test('a kernel stays while anything may start it: a boot loader’s place, a text, an image that cannot be read now', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const esp = machine.esp()
  const thin = { thin: true, stub: THIN_STUB }
  await install(machine, esp, db, thin)
  const contents = () => [...tree(esp).keys()].filter((path) => /kernel-6\.12\.1|initrd-6\.12\.1/.test(path))
  const image = readFileSync(entryOf(esp, 1))
  const kernel = contents().find((path) => path.includes('kernel'))!
  machine.generation(2, { kernel: '6.12.2', initrd: 'b' })
  machine.drop(1)
  const removed = (port: Esp = directoryEsp(esp)) =>
    stepsOf(plan(machine, port, db, thin)).filter((step) => step.startsWith('remove EFI/nixos'))
  assert.equal(removed().length, 2)

  place(esp, 'EFI/BOOT/BOOTIA32.EFI', image)
  assert.equal(removed().length, 0)
  assert.deepEqual(checkEsp(directoryEsp(esp), NO_TRUST).unused, [])
  rmSync(join(esp, 'EFI/BOOT/BOOTIA32.EFI'))

  place(esp, 'loader/entries/mine.conf', `title Mine\nlinux /${kernel.toUpperCase()}\n`)
  assert.deepEqual(
    removed(),
    contents()
      .filter((path) => path !== kernel)
      .map((path) => `remove ${path}`),
  )
  rmSync(join(esp, 'loader/entries/mine.conf'))

  place(esp, 'EFI/Linux/other.efi', image)
  const inner = directoryEsp(esp)
  const fail = () => {
    throw new UserError('the disk fails to read or write', 'look', EXIT.store)
  }
  const failing: Esp = {
    ...inner,
    open: (path) => (path === 'EFI/Linux/other.efi' ? { ...inner.open(path), read: fail } : inner.open(path)),
  }
  assert.equal(removed(failing).length, 0)
  writeFileSync(join(esp, 'EFI/Linux/other.efi'), 'no program')
  assert.equal(removed().length, 2, 'what is no program starts nothing')
})

test('one installation at a time: the lock ends with its holder, and is nobody else’s to take', () => {
  const machine = new TestMachine()
  const [one, two] = [machine.esp('one'), machine.esp('two')]
  const folder = join(machine.folder, 'run')
  const release = lockEsp(one, folder)
  lockEsp(two, folder)()
  assert.throws(() => lockEsp(one, folder), /another installation is under way/)
  release()
  lockEsp(one, folder)()
  assert.throws(() => lockEsp(join(machine.folder, 'none'), folder), /none: no such file/)
  chmodSync(folder, 0o777)
  assert.throws(() => lockEsp(one, folder), /others can write to it/)
})

test('a thin image of another tool, with its kernel in another folder, is read as it is', async () => {
  const { esp } = await installed({ thin: true, stub: THIN_STUB })
  const file = entryOf(esp, 1)
  const bytes = readFileSync(file)
  for (const kind of ['kernel', 'initrd']) {
    const [path] = [...tree(esp).keys()].filter((name) => name.startsWith(`EFI/nixos/${kind}`))
    place(esp, path!.replace('EFI/nixos/', 'EFI/other/'), readFileSync(join(esp, path!)))
    rmSync(join(esp, path!))
  }
  const moved = Buffer.from(bytes.toString('latin1').replaceAll('EFI\\nixos', 'EFI\\other'), 'latin1')
  const signed = await signImage(bytesSource(moved), db.signer, { certificates: [db.certificate], replace: true })
  rmSync(file)
  place(esp, 'EFI/Linux/other.efi', bytesOf(signed))
  assertSound(esp)
})

test('a partition as it will be: the same names and bytes as when the plan is done', async () => {
  const machine = new TestMachine()
  for (const number of [1, 2, 3]) machine.generation(number, { initrd: `${number}` })
  const esp = machine.esp()
  const port = directoryEsp(esp)
  await install(machine, esp, db, { thin: true, stub: THIN_STUB })
  place(esp, 'EFI/Linux/theirs.efi', 'of somebody else')
  machine.generation(4, { kernel: '6.13' })
  const planned = plan(machine, port, other, { thin: true, stub: THIN_STUB, bootloader: bootloader('258') })
  const made = await makeFiles(planned)
  const now = tree(esp)
  const then = volumeAfterwards(folderVolume(esp), planned, made)
  const seen = (volume: Volume) =>
    ['\\EFI\\Linux', '\\efi\\nixos', '\\EFI\\systemd', '\\EFI\\BOOT', '\\loader', '\\missing'].map((folder) =>
      volume.list(folder)?.map((name) => {
        const source = volume.open(`${folder}\\${name}`)!
        const bytes = Buffer.from(source.read(0, source.size)).toString('hex')
        source.close()
        return [name, bytes]
      }),
    )
  const foreseen = seen(then)
  const [gone] = planned.steps.filter((step) => step.do === 'remove')
  assert.equal(then.open(`\\${gone!.path.toUpperCase().replaceAll('/', '\\')}`), undefined)
  assert.deepEqual(tree(esp), now, 'nothing was written')
  await applyPlan(port, planned)
  assert.deepEqual(foreseen, seen(folderVolume(esp)))
  assert.notDeepEqual(tree(esp), now)
})

test('ended between two steps: what is there boots, and the next installation comes to the same end', async () => {
  const machine = new TestMachine()
  for (const number of [1, 2]) machine.generation(number, { initrd: `${number}` })
  const [esp, whole] = [machine.esp(), machine.esp('whole')]
  const port = directoryEsp(esp)
  await install(machine, esp, db, { limit: 1 })
  const fresh = plan(machine, port, db, { bootloader: bootloader('258') })
  let steps = 1
  const between = async () => {
    if (steps-- === 0) throw new Error('Ctrl-C')
  }
  const before = tree(esp).size
  await assert.rejects(applyPlan(port, fresh, between), /Ctrl-C/)
  assert.equal(tree(esp).size, before + 1, 'one step of several was made')
  const { taken } = explainBoot({ variables: [], volumes: [folderVolume(esp)], architecture: 'x64' })
  assert.equal(taken?.verdict, 'boots')
  await install(machine, esp, db, { bootloader: bootloader('258') })
  await install(machine, whole, db, { bootloader: bootloader('258') })
  assert.deepEqual(tree(esp), tree(whole))
})
