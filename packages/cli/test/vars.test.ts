import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import {
  ATTRIBUTE,
  certificateLists,
  type EfiVariable,
  type Efivars,
  folderEfivars,
  hashLists,
  type KeyUpdate,
  listsIn,
  parseAuth,
  planBootMenu,
  planUpdates,
  printAuth,
  printSignatureLists,
  readEfivars,
  SECURE_ATTRIBUTES,
  SECURE_ORDER,
  type SecureName,
  type SignatureList,
  signUpdate,
  unsignedUpdate,
  variableFile,
  vendorOf,
} from '@firn/boot/efivars'
import { identity } from '../../attest/test/authority.ts'
import { bootEntry, bootloader, signedBy, uki } from '../../boot/test/explain-fixture.ts'
import { applyUpdates, type Consent, writeBackup } from '../src/boot/vars-apply.ts'
import { readTrusted } from '../src/boot/vars-files.ts'
import { updatesToRestore } from '../src/boot/vars-restore.ts'
import type { Io } from '../src/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'firn-vars-'))
after(() => rmSync(folder, { recursive: true }))
const OWNER = '11111111-2222-3333-4444-555555555555'
type Id = Awaited<ReturnType<typeof identity>>
const [pk, kek, db, microsoft] = (await Promise.all(
  ['PK', 'KEK', 'db', 'Microsoft Corporation UEFI CA 2011'].map((name) => identity(name)),
)) as [Id, Id, Id, Id]
const listsOf = (...who: readonly Id[]) =>
  certificateLists(
    who.map(({ certificate }) => certificate),
    OWNER,
  )
let day = 0

async function update(name: SecureName, lists: readonly SignatureList[], by: Id, append = false): Promise<KeyUpdate> {
  const attributes = SECURE_ATTRIBUTES | (append ? ATTRIBUTE.append : 0)
  const at = new Date(Date.UTC(2026, 0, ++day))
  const auth = await signUpdate(
    { name, vendor: vendorOf(name), attributes },
    printSignatureLists(lists),
    at,
    by.signer,
    [by.certificate],
  )
  return { name, append, payload: printAuth(auth) }
}

/** A firmware that takes what planUpdates says it takes, and keeps it without the signature. */
function fakeFirmware(breaks?: SecureName): Efivars & { readonly written: string[] } {
  const files = new Map<string, Uint8Array>()
  const written: string[] = []
  return {
    written,
    list: () => [...files.keys()],
    read: (file) => files.get(file)!,
    write: (file, bytes) => {
      const name = file.split('-')[0] as SecureName
      if (!SECURE_ORDER.includes(name)) {
        files.set(file, Buffer.from(bytes))
        written.push(name)
        return
      }
      const append = (bytes[0]! & ATTRIBUTE.append) !== 0
      const { refused, after: now } = planUpdates(readEfivars(thisPort(files)), [
        { name, append, payload: bytes.subarray(4) },
      ])
      if (refused.length > 0) throw Object.assign(new Error('refused'), { code: 'EACCES' })
      written.push(name)
      if (name === breaks) return
      files.clear()
      for (const entry of now) {
        const { file: path, bytes: content } = variableFile(entry)
        files.set(path, content)
      }
    },
  }
}

const thisPort = (files: ReadonlyMap<string, Uint8Array>): Efivars => ({
  list: () => [...files.keys()],
  read: (file) => files.get(file)!,
  write: () => {},
})

function apply(port: Efivars, updates: readonly KeyUpdate[], consent: Consent) {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const io: Io = { stdout: say, stderr: say, env: {}, interactive: false, signal: new AbortController().signal }
  // Not the partition of the machine that runs this.
  return { code: applyUpdates(port, updates, { efivars: 'of a test', ...consent }, io), said: said.join('') }
}

let backups = 0
const sure = (): Consent => ({ yes: true, backup: join(folder, `b${++backups}`), 'even-if-it-may-not-start': true })
const boot: EfiVariable = { name: 'BootOrder', vendor: vendorOf('BootOrder'), attributes: 7, data: Uint8Array.of(1, 0) }

async function enrolled(): Promise<ReturnType<typeof fakeFirmware>> {
  const port = withBoot(fakeFirmware())
  const updates = [
    await update('PK', listsOf(pk), pk),
    await update('KEK', listsOf(kek), pk),
    await update('db', listsOf(db, microsoft), kek),
  ]
  assert.equal(apply(port, updates, sure()).code, 0)
  return port
}

/** A machine has other variables, too. */
function withBoot<T extends Efivars>(port: T): T {
  const { file, bytes } = variableFile(boot)
  return {
    ...port,
    list: () => [...new Set([...port.list(), file])],
    read: (path: string) => (path === file ? bytes : port.read(path)),
  }
}

test('in setup mode keys are written in the order that ends it last, with a backup first', async () => {
  const port = await enrolled()
  assert.deepEqual(port.written, ['db', 'KEK', 'PK'])
  assert.deepEqual(listsIn(readEfivars(port), 'db').length, 2)
  assert.ok(readdirSync(join(folder, 'b1')).some((name) => name.startsWith('BootOrder-')))
})

test('what would not start any more is refused: explain is asked, of the partition as it is', async () => {
  const esp = join(folder, 'esp')
  for (const [path, bytes] of [
    ['EFI/BOOT/BOOTX64.EFI', bootloader()],
    ['EFI/Linux/a.efi', uki()],
  ] as const) {
    mkdirSync(dirname(join(esp, path)), { recursive: true })
    writeFileSync(join(esp, path), await signedBy(db, bytes))
  }
  const port = await enrolled()
  const written = port.written.length
  const forbid = (value: readonly SignatureList[]) => update('dbx', value, kek, true)
  const consent = { yes: true, backup: join(folder, 'not-made'), esp }
  const own = await forbid(listsOf(db))
  assert.throws(() => apply(port, [own], consent), /this machine may not start any more: nothing was written/)
  assert.equal(port.written.length, written)
  const shown = apply(port, [own], { ...consent, yes: false, 'even-if-it-may-not-start': true })
  assert.match(shown.said, /note: when nobody chooses it will start nothing/)
  assert.match(shown.said, /danger: fallback “.*” starts now, and would not any more: a certificate is forbidden: db/)
  const other = await forbid(hashLists([Buffer.alloc(32, 7)], OWNER))
  const { code, said } = apply(port, [other], { ...sure(), esp, 'even-if-it-may-not-start': false })
  assert.equal(code, 0)
  assert.match(said, /note: when nobody chooses it will start fallback “.*”: boots: \\EFI\\Linux\\a\.efi: signed by db/)
  const unseen = apply(port, [other], { ...sure(), esp: join(folder, 'missing') })
  assert.match(unseen.said, /note: whether it will start then is not known: .*missing: no such file/)
})

test('nothing is written without --yes, without a backup, or over one', async () => {
  const port = await enrolled()
  const more = [await update('db', listsOf(db, microsoft, kek), kek)]
  const shown = apply(port, more, {})
  assert.equal(shown.code, 1)
  assert.match(shown.said, /db: changed\n {2}\+ certificate KEK/)
  const calm = { 'even-if-it-may-not-start': true, yes: true }
  assert.throws(() => apply(port, more, calm), /without a backup/)
  assert.throws(() => apply(port, more, { ...calm, backup: folder }), /there already/)
  assert.equal(port.written.length, 3)
})

test('an update by the wrong key is refused before anything is written', async () => {
  const port = await enrolled()
  const good = await update('dbx', hashLists([Buffer.alloc(32)], OWNER), kek)
  const wrong = await update('KEK', listsOf(db), kek)
  assert.throws(() => apply(port, [good, wrong], sure()), /would refuse the new KEK/)
  assert.throws(
    () =>
      apply(
        port,
        [{ name: 'db', append: false, payload: printAuth(unsignedUpdate(new Uint8Array(), new Date())) }],
        sure(),
      ),
    /not signed/,
  )
  assert.throws(() => apply(port, [{ ...good, append: true }], sure()), /would refuse the new dbx/)
  assert.equal(port.written.length, 3)
  assert.equal(apply(port, [good], sure()).code, 0)
})

test('what is appended joins what is there', async () => {
  const port = await enrolled()
  assert.equal(apply(port, [await update('db', listsOf(kek, db), kek, true)], sure()).code, 0)
  assert.equal(listsIn(readEfivars(port), 'db').length, 3)
})

test('without the Microsoft CA, and no log that tells of cards, the words are needed', async () => {
  const port = await enrolled()
  const without = [await update('db', listsOf(db), kek)]
  const { yes, backup } = sure()
  const consent: Consent = { yes, backup }
  assert.throws(() => apply(port, without, consent), /may not start any more/)
  assert.equal(apply(port, without, sure()).code, 0)
})

test('what was written and is not there is told', async () => {
  const port = withBoot(fakeFirmware('KEK'))
  const updates = [await update('KEK', listsOf(kek), pk)]
  assert.throws(() => apply(port, updates, sure()), /KEK was written, but holds something else/)
})

test('a backup is read as the variables were', async () => {
  const port = await enrolled()
  const path = join(folder, 'kept')
  assert.equal(writeBackup(path, port), 4)
  const strip = (list: readonly EfiVariable[]) =>
    list
      .map(
        ({ name, vendor, attributes, data }) => `${name} ${vendor} ${attributes} ${Buffer.from(data).toString('hex')}`,
      )
      .sort()
  assert.deepEqual(strip(readEfivars(folderEfivars(path))), strip(readEfivars(port)))
  writeFileSync(join(path, 'not a variable'), 'x')
  writeFileSync(join(path, `short-${OWNER}`), 'x')
  assert.equal(readEfivars(folderEfivars(path)).length, 4)
})

test('an update without a signature is taken in setup mode, but for PK', () => {
  const payload = printAuth(unsignedUpdate(printSignatureLists(listsOf(db)), new Date('2026-01-01')))
  assert.equal(parseAuth(payload).signature.length, 0)
  const refused = (name: SecureName) => planUpdates([], [{ name, append: false, payload }]).refused.length
  assert.deepEqual([refused('db'), refused('KEK'), refused('PK')], [0, 0, 1])
})

test('keys of a backup come back: in setup mode by the key of its PK alone, else by the keys of the machine', async () => {
  const wanted = readEfivars(await enrolled())
  const put = (name: string, text: string | Uint8Array) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const keys = {
    'pk-key': put('pk.key', pk.privatePem),
    'pk-cert': put('pk.cer', pk.certificate.encoded),
    'kek-key': put('kek.key', kek.privatePem),
    'kek-cert': put('kek.cer', kek.certificate.encoded),
  }
  const setup = withBoot(fakeFirmware())
  await assert.rejects(updatesToRestore([boot], wanted, {}), /PK of the backup differs, and needs a key/)
  const { 'kek-key': _, 'kek-cert': __, ...pkOnly } = keys
  assert.equal(apply(setup, await updatesToRestore([boot], wanted, pkOnly), sure()).code, 0)
  assert.deepEqual(setup.written, ['db', 'KEK', 'PK'])
  assert.deepEqual(await updatesToRestore(readEfivars(setup), wanted, {}), [])

  assert.equal(apply(setup, [await update('db', listsOf(kek), kek)], sure()).code, 0)
  assert.equal(apply(setup, await updatesToRestore(readEfivars(setup), wanted, keys), sure()).code, 0)
  assert.equal(setup.written.at(-1), 'db')
  assert.deepEqual(await updatesToRestore(readEfivars(setup), wanted, {}), [])

  assert.deepEqual(
    (await updatesToRestore([boot], wanted, { 'without-pk': true })).map(({ name }) => name),
    ['db', 'KEK'],
  )
})

test('the boot menu of a backup comes back: its entries, then the order; nothing else is touched', async () => {
  const order = (...numbers: readonly number[]) => numbers16('BootOrder', numbers)
  const [first, second, later] = ['one', 'two', 'later'].map((title, i) => loadOption(i + 1, title)) as [
    EfiVariable,
    EfiVariable,
    EfiVariable,
  ]
  const kept = [order(1, 2), first, second, numbers16('BootNext', [9])]
  const port = fakeFirmware()
  const now = [order(3), { ...second, data: later.data }, later, numbers16('BootNext', [3])]
  for (const entry of now) {
    const { file, bytes } = variableFile(entry)
    port.write(file, bytes)
  }
  port.written.length = 0
  const menu = planBootMenu(readEfivars(port), kept)
  assert.deepEqual(
    menu.map(({ name }) => name),
    ['Boot0001', 'Boot0002', 'BootOrder'],
  )
  const run = (consent: Consent) => {
    const said: string[] = []
    const say = (text: string) => void said.push(text)
    const io: Io = { stdout: say, stderr: say, env: {}, interactive: false, signal: new AbortController().signal }
    return { code: applyUpdates(port, [], consent, io, menu), said: said.join('') }
  }
  const shown = run({})
  assert.deepEqual([shown.code, port.written], [1, []])
  assert.match(shown.said, /Boot0002: changed\n {2}- “later” .*\n {2}\+ “two” partition 1 \(9999.*\) \\two\.efi\n/)
  assert.match(shown.said, /BootOrder: changed\n {2}- Boot0003\n {2}\+ Boot0001, Boot0002\n/)
  // No keys change, so a machine without Microsoft's is in no danger.
  assert.equal(run({ yes: true, backup: join(folder, 'menu') }).code, 0)
  assert.deepEqual(port.written, ['Boot0001', 'Boot0002', 'BootOrder'])
  assert.deepEqual(planBootMenu(readEfivars(port), kept), [])
  assert.deepEqual(
    planBootMenu(readEfivars(folderEfivars(join(folder, 'menu'))), now),
    [],
    'the backup has the old menu',
  )
})

test('a boot menu that names what it does not have, or has none, is not put back', () => {
  assert.throws(() => planBootMenu([], []), /the backup has no BootOrder/)
  const order = numbers16('BootOrder', [1])
  assert.throws(() => planBootMenu([], [order]), /not whole: Boot0001: the order names it/)
  const broken = { ...loadOption(1, 'x'), data: Uint8Array.of(1, 2) }
  assert.throws(() => planBootMenu([], [order, broken]), /not whole: Boot0001/)
})

function numbers16(name: 'BootOrder' | 'BootNext', numbers: readonly number[]): EfiVariable {
  return { name, vendor: vendorOf(name), attributes: 7, data: Buffer.from(Uint16Array.from(numbers).buffer) }
}

function loadOption(number: number, title: string): EfiVariable {
  return bootEntry(number, title, `\\${title}.efi`)
}

test('what an .auth file brings can be named as what it holds', () => {
  const file = new URL('../../../fixtures/efi-updates/DBXUpdate_arm64.bin', import.meta.url).pathname
  const [list, ...more] = readTrusted(file, OWNER)
  assert.deepEqual([list!.entries.length, more.length], [26, 0])
  const cut = join(folder, 'cut.auth')
  writeFileSync(cut, readFileSync(file).subarray(0, 4000))
  assert.throws(() => readTrusted(cut, OWNER), /cut\.auth/)
})
