import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bytesSource } from '@firn/binary/source'
import { identity } from '../../attest/test/authority.ts'
import {
  applyPlan,
  checkEsp,
  directoryEsp,
  type Esp,
  explainBoot,
  folderVolume,
  somethingStarts,
} from '../src/index.ts'
import {
  bootloader,
  closeSources,
  copyTree,
  FAT_STUB,
  type InstallOptions,
  install,
  plan,
  TestMachine,
  THIN_STUB,
  tree,
} from './esp-fixture.ts'
import { bootEntry, certs, lists, numbers } from './explain-fixture.ts'
import { trustIn } from './fixture.ts'

after(closeSources)
const db = await identity('machine owner')

/** Not an Error that anybody catches: what a process does when it is killed is nothing. */
class Killed {}

/**
 * What is left of the last call when it was not on the disk yet. `done`: all of it (the process was killed, the machine
 * runs on). The rest are power cuts: `lost`: none of it. `torn`: a file that it touched is zeros. `twice`: of a renamed
 * file both names are there, which FAT can do.
 */
const AFTERMATHS = ['done', 'lost', 'torn', 'twice'] as const
type Aftermath = (typeof AFTERMATHS)[number]

/**
 * An ESP whose user is killed in its call number `last`. Calls that only read change nothing and are not counted. `open`
 * tells of each call whether a power cut before it would have taken something back.
 */
function mortalEsp(
  root: string,
  last: number,
  aftermath: Aftermath,
): { readonly esp: Esp; readonly open: readonly boolean[] } {
  const inner = quickEsp(root)
  const at = (path: string) => join(root, path)
  const save = (path: string) => (existsSync(at(path)) ? readFileSync(at(path)) : undefined)
  const restore = (path: string, content: Uint8Array | undefined) =>
    content === undefined ? rmSync(at(path), { force: true }) : writeFileSync(at(path), content)
  let calls = 0
  const open: boolean[] = []
  /** What a power cut would do now; emptied by flushing. */
  let pending: (() => void)[] = []
  const call = (act: () => void, half: () => void = () => {}) => {
    open.push(pending.length > 0)
    if (++calls === last) {
      half()
      for (const cut of pending.reverse()) cut()
      throw new Killed()
    }
    act()
  }
  const zeros = (path: string) => restore(path, Buffer.alloc(save(path)?.length ?? 100))
  const esp: Esp = {
    ...inner,
    write: (path, content) => {
      const half = bytesSource(content.read(0, Math.floor(content.size / 2)))
      call(
        () => {
          inner.write(path, content)
          pending.push(() => {
            if (aftermath === 'lost') restore(path, undefined)
            if (aftermath === 'torn') zeros(path)
          })
        },
        () => inner.write(path, half),
      )
    },
    flush: (path) =>
      call(() => {
        inner.flush(path)
        pending = []
      }),
    flushFolder: (folder) =>
      call(() => {
        inner.flushFolder(folder)
        pending = []
      }),
    rename: (from, to) =>
      call(() => {
        const [old, fresh] = [save(to), save(from)]
        inner.rename(from, to)
        pending.push(() => {
          if (aftermath === 'lost') {
            restore(to, old)
            restore(from, fresh)
          }
          if (aftermath === 'torn') zeros(to)
          if (aftermath === 'twice') restore(from, fresh)
        })
      }),
    remove: (path) =>
      call(() => {
        const old = save(path)
        inner.remove(path)
        pending.push(() => {
          if (aftermath === 'lost' || aftermath === 'twice') restore(path, old)
          if (aftermath === 'torn') restore(path, Buffer.alloc(old?.length ?? 0))
        })
      }),
  }
  return { esp, open }
}

/** Flushing is what `mortalEsp` plays; the disk need not do it thousands of times. */
function quickEsp(root: string): Esp {
  return { ...directoryEsp(root), flush() {}, flushFolder() {} }
}

const VARIABLES = [
  ...['PK', 'KEK', 'db'].map((name) => lists(name, certs(db), 0x27)),
  bootEntry(1, 'Linux Boot Manager', '\\EFI\\systemd\\systemd-bootx64.efi'),
  numbers('BootOrder', 1),
]

/** What the firmware of a machine that trusts this key would do, Secure Boot being on. */
function explain(root: string) {
  const explained = explainBoot({ variables: VARIABLES, volumes: [folderVolume(root)], architecture: 'x64' })
  assert.ok(explained.secureBoot.isOn)
  return explained.taken
}

const check = (root: string) => checkEsp(directoryEsp(root), trustIn(db))

/** An update that adds, shares, drops and replaces, before and after. */
function update(kind: 'fat' | 'thin', tight: boolean) {
  const machine = new TestMachine()
  const base: InstallOptions = {
    limit: 2,
    tries: 3,
    ...(kind === 'thin' ? { thin: true, stub: THIN_STUB } : { stub: FAT_STUB }),
  }
  machine.generation(1)
  machine.generation(2, { kernel: '6.12.2' })
  const before = machine.esp('before')
  const prepare = async () => {
    await install(machine, before, db, { ...base, bootloader: bootloader('257') })
    machine.generation(3, { kernel: '6.12.3', specialisations: ['rescue'] })
    writeFileSync(join(before, 'EFI/Linux/nixos-generation-1-old.efi.firn-tmp'), 'left behind')
  }
  const act = async (esp: Esp) => {
    const roomy = { ...esp, space: () => ({ free: 1 << 30, cluster: 512 }) }
    const { free } = plan(machine, roomy, db, { ...base, bootloader: bootloader('258') })
    const short = free.now - free.least + 3 * 512
    const small = tight ? { ...esp, space: () => ({ free: short, cluster: 512 }) } : roomy
    const planned = plan(machine, small, db, { ...base, bootloader: bootloader('258') })
    assert.equal(planned.order, tight ? 'remove first' : 'add first')
    await applyPlan(esp, planned)
  }
  return { machine, before, prepare, act }
}

for (const [kind, tight] of [
  ['fat', false],
  ['fat', true],
  ['thin', false],
] as const) {
  test(`killed at every call, it boots, and the next run comes to the same end (${kind}${tight ? ', no room' : ''})`, async () => {
    const { machine, before, prepare, act } = update(kind, tight)
    await prepare()
    assert.equal(explain(before)?.verdict, 'boots')
    const whole = copyTree(before, join(machine.folder, 'whole'))
    const counting = mortalEsp(whole, 0, 'done')
    await act(counting.esp)
    const end = tree(whole)
    const count = counting.open.length
    assert.ok(count > 20, `${count} calls`)
    for (let last = 1; last <= count; last++) {
      for (const aftermath of counting.open[last - 1] ? AFTERMATHS : (['done'] as const)) {
        const name = `killed at call ${last} of ${count}, ${aftermath}`
        const root = copyTree(before, join(machine.folder, 'work'))
        await assert.rejects(act(mortalEsp(root, last, aftermath).esp), (error) => error instanceof Killed, name)
        const left = check(root)
        assert.ok(somethingStarts(left), `${name}: nothing boots`)
        const taken = explain(root)
        assert.equal(taken?.verdict, 'boots', `${name}: ${taken?.reason}`)
        if (aftermath === 'done') {
          const broken = [...left.entries, ...left.loaders].filter(({ problem }) => problem !== undefined)
          assert.deepEqual(broken, [], name)
        }
        await install(machine, quickEsp(root), db, options(kind))
        assert.deepEqual(tree(root), end, name)
        rmSync(root, { recursive: true })
      }
    }
    closeSources()
  })
}

function options(kind: 'fat' | 'thin'): InstallOptions {
  const stub = kind === 'thin' ? { thin: true, stub: THIN_STUB } : { stub: FAT_STUB }
  return { limit: 2, tries: 3, bootloader: bootloader('258'), ...stub }
}

test('the first installation, killed at every call: no entry is there that does not boot', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  machine.generation(2, { kernel: '6.12.2' })
  const act = (esp: Esp) => install(machine, esp, db, options('thin'))
  const whole = machine.esp('whole')
  const counting = mortalEsp(whole, 0, 'done')
  await act(counting.esp)
  for (let last = 1; last <= counting.open.length; last++) {
    const root = machine.esp('work')
    await assert.rejects(act(mortalEsp(root, last, 'done').esp), (error) => error instanceof Killed)
    const left = check(root)
    assert.deepEqual(
      [...left.entries, ...left.loaders].filter(({ problem }) => problem !== undefined),
      [],
      `killed at call ${last}`,
    )
    await act(quickEsp(root))
    assert.deepEqual(tree(root), tree(whole))
    rmSync(root, { recursive: true })
  }
})

test('a renamed file is flushed before its folder: until then, on FAT, the new name is that of an empty file', async () => {
  const machine = new TestMachine()
  machine.generation(1)
  const inner = directoryEsp(machine.esp('renamed'))
  const renamed = new Set<string>()
  await install(
    machine,
    {
      ...inner,
      rename: (from, to) => {
        inner.rename(from, to)
        renamed.add(to)
      },
      flush: (path) => {
        inner.flush(path)
        renamed.delete(path)
      },
      flushFolder: (folder) => {
        assert.deepEqual([...renamed], [])
        inner.flushFolder(folder)
      },
    },
    db,
    options('fat'),
  )
})
