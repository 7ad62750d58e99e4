import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { UserError } from '@firn/core'
import { editGpt, readGpt } from '@firn/image'
import { needs } from '../../../scripts/needs.ts'
import {
  type Disk,
  folderPayloads,
  httpPayloads,
  type Manifest,
  type Payloads,
  parseManifest,
  patient,
  readSlots,
  type Target,
  update,
} from '../src/index.ts'
import { AFTERMATHS, Killed, mortal } from './mortal.ts'
import {
  bootOf,
  copyOf,
  installed,
  memoryDisk,
  memoryEsp,
  memoryPayloads,
  pcrKeyOf,
  type State,
  system,
  type TestSystem,
} from './update-fixture.ts'

const first = await system(1, { shared: 1_200_000 })
const second = await system(2, { shared: 1_200_000 })
const target = (state: State): Target => ({ disk: memoryDisk(state), esp: memoryEsp(state) })
const RUNNING = { running: first.manifest.root }

/** The system that the firmware and systemd-boot come to, when the slot that its kernel opens holds its store. */
function systemOf(state: State, systems: readonly TestSystem[]): number | undefined {
  const taken = bootOf(state)
  assert.ok(taken?.verdict === 'boots', taken?.reason ?? 'nothing boots')
  const path = taken.program?.next?.path.replaceAll('\\', '/').slice(1)
  const disk = memoryDisk(state)
  const { slots, entries } = readSlots(disk, memoryEsp(state))
  const entry = entries.find((one) => one.path === path)
  assert.ok(entry !== undefined, `${path} opens no slot`)
  const slot = slots.find(({ name }) => name === entry.slot)!
  const { manifest, files } = systems.find(({ manifest }) => manifest.counter === entry.counter)!
  for (const [area, file] of [
    [slot.data, 'store.img'],
    [slot.hash, 'store.verity'],
  ] as const) {
    const wanted: Uint8Array = files[file]!
    assert.ok(Buffer.compare(wanted, disk.read(area.offset, wanted.length)) === 0, `${file} of ${manifest.counter}`)
  }
  return entry.counter
}

test('an update goes to the other slot, and is tried at the next boot', needs('sgdisk'), async () => {
  const state = await installed(first)
  const payloads = memoryPayloads(second)
  const done = await update(target(state), second.manifest, payloads, RUNNING)
  const fetched = 2_600_000 - (1 << 20) + 120_000 + second.files['kernel.efi']!.length
  assert.deepEqual(done, { done: true, slot: 'B', fetched })
  assert.equal(payloads.asked[0], 'store.img 1048576-2600000', 'what both systems hold is not fetched')
  assert.ok(state.esp.has('EFI/Linux/router-2+3.efi'))
  assert.equal(systemOf(state, [first, second]), 2)
  const again = await update(target(state), second.manifest, payloads, RUNNING)
  assert.match(again.done ? '' : again.why, /will be tried at the next boot/)

  // It failed at every try: the old one boots, and nothing newer came.
  memoryEsp(state).rename('EFI/Linux/router-2+3.efi', 'EFI/Linux/router-2+0-3.efi')
  assert.equal(systemOf(state, [first, second]), 1)
  await assert.rejects(update(target(state), second.manifest, payloads, RUNNING), /failed at every try/)
  const third = await system(3)
  assert.equal((await update(target(state), third.manifest, memoryPayloads(third), RUNNING)).done, true)
  assert.deepEqual([...state.esp.keys()].filter((path) => path.includes('Linux')).sort(), [
    'EFI/Linux/router-1.efi',
    'EFI/Linux/router-3+3.efi',
  ])
  assert.equal(systemOf(state, [first, third]), 3)
})

test(
  'killed at any call, or without power, the machine boots the old or the new; the next run completes it',
  needs('sgdisk'),
  async () => {
    // The slot holds a system that waits to be tried: its entry must be gone before its store is touched.
    const before = await installed(first)
    const old = await system(2)
    await update(target(before), old.manifest, memoryPayloads(old), RUNNING)
    const third = await system(3)
    const act = (words: Target) => update(words, third.manifest, memoryPayloads(third), RUNNING)
    const whole = copyOf(before)
    const counting = mortal(whole, 0, 'done')
    await act(counting.target)
    const count = counting.calls()
    assert.ok(count > 20, `${count} calls`)
    const seen = new Set<number | undefined>()
    for (let last = 1; last <= count; last++) {
      for (const aftermath of AFTERMATHS) {
        const name = `killed at call ${last} of ${count}, ${aftermath}`
        const state = copyOf(before)
        await assert.rejects(act(mortal(state, last, aftermath).target), (error) => error instanceof Killed, name)
        seen.add(systemOf(state, [first, old, third]))
        await act(target(state))
        assert.equal(systemOf(state, [first, third]), 3, name)
        assert.ok(state.disk.equals(whole.disk), `${name}: the disk`)
        assert.deepEqual([...state.esp].sort(), [...whole.esp].sort(), `${name}: the ESP`)
      }
    }
    assert.deepEqual([...seen].sort(), [1, 2, 3], 'each was seen')
  },
)

test('what was interrupted goes on where it ended', needs('sgdisk'), async () => {
  const state = await installed(first)
  const cut: Payloads = {
    async *read(payload, from, to) {
      if (payload.file === 'store.verity') throw new UserError('the line is dead', 'wait', 3)
      yield* memoryPayloads(second).read(payload, from, to)
    },
  }
  await assert.rejects(update(target(state), second.manifest, cut, RUNNING), /the line is dead/)
  const payloads = memoryPayloads(second)
  await update(target(state), second.manifest, payloads, RUNNING)
  assert.deepEqual(
    payloads.asked.map((asked) => asked.split(' ')[0]),
    ['store.verity', 'kernel.efi'],
  )
  assert.equal(systemOf(state, [first, second]), 2)
})

test('what was changed on the way is not written, and the old system stays', needs('sgdisk'), async () => {
  for (const file of ['store.img', 'store.verity', 'kernel.efi']) {
    const state = await installed(first)
    const files = { ...second.files, [file]: Buffer.from(second.files[file]!) }
    files[file]![files[file]!.length - 100]! ^= 1
    const run = update(target(state), second.manifest, memoryPayloads({ files }), RUNNING)
    await assert.rejects(run, /is not what was signed/, file)
    assert.equal(systemOf(state, [first]), 1, file)
  }
  // A kernel that was signed, but for another store, or that is called something else.
  const state = await installed(first)
  const third = await system(3)
  const mixed = { ...second.manifest, kernel: third.manifest.kernel }
  const files = { ...second.files, 'kernel.efi': third.files['kernel.efi']! }
  await assert.rejects(update(target(state), mixed, memoryPayloads({ files }), RUNNING), /is the kernel of router 3/)
  assert.equal(systemOf(state, [first]), 1)
})

test('a disk that does not keep what was written is told, and the old system stays', needs('sgdisk'), async () => {
  const state = await installed(first)
  const good = memoryDisk(state)
  const { slots } = readSlots(good, memoryEsp(state))
  const stuck = slots[1].data.offset + 1_500_000
  const bad: Disk = {
    ...good,
    write(offset, bytes) {
      good.write(offset, bytes)
      state.disk[stuck] = 0
    },
  }
  const run = update({ disk: bad, esp: memoryEsp(state) }, second.manifest, memoryPayloads(second), RUNNING)
  await assert.rejects(run, (error: UserError) => error.exit === 4 && /is not what is read/.test(error.message))
  assert.equal(systemOf(state, [first]), 1)
})

test('files that are shorter than what was signed are told', needs('sgdisk'), async () => {
  const state = await installed(first)
  const short: Payloads = {
    async *read({ file }, from, to) {
      yield second.files[file]!.subarray(from, to - 1)
    },
  }
  await assert.rejects(
    update(target(state), second.manifest, short, RUNNING),
    (error: UserError) => error.exit === 3 && /store\.img: it ended early/.test(error.message),
  )
  const folder = mkdtempSync(join(tmpdir(), 'firn-payloads-'))
  try {
    writeFileSync(join(folder, 'store.img'), second.files['store.img']!.subarray(1))
    const run = update(target(state), second.manifest, folderPayloads(folder), RUNNING)
    await assert.rejects(run, /2599999 bytes, where 2600000 were signed/)
  } finally {
    rmSync(folder, { recursive: true })
  }
  assert.equal(systemOf(state, [first]), 1)
})

test('a manifest that is not as it should be is refused, each field of it', () => {
  const good = { schema: 'firn/update/1', piece: 1 << 20, ...second.manifest }
  const { data, kernel } = second.manifest
  const parse = (value: unknown) => parseManifest(Buffer.from(JSON.stringify(value)))
  assert.deepEqual(parse(good), second.manifest)
  const large = { ...kernel, size: 2 ** 30, pieces: Array(2 ** 10).fill(kernel.pieces[0]) }
  assert.throws(() => parse({ ...good, kernel: large }), /kernel of 1073741824 bytes/)
  for (const [why, broken] of [
    [/another kind/, { schema: 'firn/update/2' }],
    [/pieces of another size/, { piece: 1 << 21 }],
    [/no name of an appliance/, { name: '../router' }],
    [/no name, no version/, { version: 'v'.repeat(65) }],
    [/counter/, { counter: 0 }],
    [/counter/, { counter: 1_000_000_000 }],
    [/counter/, { counter: 1.5 }],
    [/root hash/, { root: 'A'.repeat(64) }],
    [/the file of data/, { data: { ...data, file: '../store.img' } }],
    [/the file of data/, { data: { ...data, file: '.hidden' } }],
    [/the size of data/, { data: { ...data, size: 0, pieces: [] } }],
    [/the pieces of data/, { data: { ...data, pieces: data.pieces.slice(1) } }],
    [/the pieces of data/, { data: { ...data, pieces: data.pieces.map(() => 'x') } }],
    [/the partition it opens/, { opens: { partition: '/dev/sda', pcrKey: '0'.repeat(64) } }],
    [/who signed its PCR 11/, { opens: { partition: 'data', pcrKey: 'x' } }],
  ] as const) {
    assert.throws(() => parse({ ...good, ...broken }), why, JSON.stringify(broken).slice(0, 80))
  }
})

test(
  'a system to which the data would stay closed is refused before anything is changed',
  needs('sgdisk'),
  async () => {
    const [ours, other] = [pcrKeyOf(), pcrKeyOf()]
    const running = await system(1, { pcrKey: ours })
    const words = { running: running.manifest.root }
    const state = await installed(running)
    const before = copyOf(state)
    const take = (next: TestSystem, more = {}) =>
      update(target(state), next.manifest, memoryPayloads(next), { ...words, ...more })
    await assert.rejects(take(second), /^UserError: update 2 does not open partition data, which system 1 opens$/)
    await assert.rejects(take(second, { newPcrKey: true }), /does not open partition data/)
    const rekeyed = await system(2, { pcrKey: other })
    const key = ({ fingerprint }: { fingerprint: string }) => `key ${fingerprint.slice(0, 16)}…`
    await assert.rejects(take(rekeyed), new RegExp(`${key(other)} signed its PCR 11, not ${key(ours)}`))
    assert.ok(state.disk.equals(before.disk))
    assert.deepEqual(state.esp, before.esp)

    // The manifest says that it opens the data, and the kernel does not.
    const lying = { manifest: { ...second.manifest, opens: running.manifest.opens! }, files: second.files }
    await assert.rejects(take(lying), /kernel\.efi opens other data/)
    assert.equal(systemOf(state, [running]), 1)

    assert.equal((await take(await system(2, { pcrKey: ours }))).done, true)
    assert.equal((await take(await system(3, { pcrKey: other }), { newPcrKey: true })).done, true)

    // Where nothing was opened so far, a system may begin to; but not on a disk without that partition.
    const bare = await installed(first)
    const { id } = readGpt(memoryDisk(bare))!.partitions[5]!
    const gpt = editGpt(memoryDisk(bare), [{ number: 6, id, name: 'other' }])
    for (const { offset, bytes } of gpt) bare.disk.set(bytes, offset)
    const opening = update(target(bare), rekeyed.manifest, memoryPayloads(rekeyed), RUNNING)
    await assert.rejects(opening, /update 2 opens partition data, which disk\.img does not have/)
  },
)

test('what does not fit is told before anything is changed', needs('sgdisk'), async () => {
  const state = await installed(first)
  const before = copyOf(state)
  const large = await system(2, { size: 5 << 20 })
  const run = (words: Target, offered = large) => update(words, offered.manifest, memoryPayloads(offered), RUNNING)
  await assert.rejects(
    run(target(state)),
    (error: UserError) => error.exit === 4 && /slot B has room for/.test(error.message),
  )
  const full = { ...target(state), esp: memoryEsp(state, 1000) }
  await assert.rejects(
    run(full, second),
    (error: UserError) => error.exit === 4 && /nothing was changed/.test(error.message),
  )
  assert.ok(state.disk.equals(before.disk))
  assert.deepEqual(state.esp, before.esp)
})

test('an ESP that is not mounted, and the disk of another appliance', needs('sgdisk'), async () => {
  const state = await installed(first)
  const refusal = async (manifest: Manifest, hint: RegExp) => {
    const before = copyOf(state)
    const run = update(target(state), manifest, memoryPayloads(second), RUNNING)
    const told = (error: UserError) => /no system of \w+ starts from here/.test(error.message) && hint.test(error.hint)
    await assert.rejects(run, told)
    assert.ok(state.disk.equals(before.disk))
  }
  await refusal({ ...second.manifest, name: 'oven' }, /this is the disk of router, and the update is of oven/)
  state.esp.clear()
  await refusal(second.manifest, /partition of disk.img mounted there/)
})

test(
  'over HTTP: a line that breaks again and again, a server without ranges, one that lies',
  needs('sgdisk'),
  async () => {
    const files = new Map(Object.entries(second.files).map(([name, bytes]) => [`/updates/${name}`, bytes]))
    let requests = 0
    /** Gives at most so many bytes, then breaks the connection. */
    const breaking: RequestListener = ({ url, headers }, response) => {
      requests++
      const bytes = files.get(url ?? '')!
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')![1])
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
      response.writeHead(206, { 'content-range': range, 'content-length': bytes.length - from })
      response.write(bytes.subarray(from, from + 700_000), () => {
        if (bytes.length - from <= 700_000) response.end()
        else setTimeout(() => response.destroy(), 20)
      })
    }
    const state = await installed(first)
    const waits: number[] = []
    await serving(breaking, async (url, signal) => {
      const payloads = patient(
        httpPayloads(`${url}/updates/update.json`, signal),
        async (failures) => void waits.push(failures),
      )
      await update(target(state), second.manifest, payloads, RUNNING)
    })
    assert.ok(requests > 4 && waits.length >= 2, `${requests} requests, ${waits.length} broke`)
    assert.equal(systemOf(state, [first, second]), 2)

    const plain = await installed(first)
    await serving(
      ({ url }, response) => response.end(files.get(url ?? '')),
      (url, signal) =>
        update(target(plain), second.manifest, httpPayloads(`${url}/updates/update.json`, signal), RUNNING),
    )
    assert.equal(systemOf(plain, [first, second]), 2)

    const lied = await installed(first)
    const lying = serving(
      ({ url }, response) => response.end(Buffer.alloc(files.get(url ?? '')!.length)),
      (url, signal) =>
        update(target(lied), second.manifest, httpPayloads(`${url}/updates/update.json`, signal), RUNNING),
    )
    await assert.rejects(lying, /is not what was signed/)

    let asked = 0
    const dead = serving(
      (_, response) => {
        asked++
        response.writeHead(503).end()
      },
      (url, signal) => {
        const payloads = patient(httpPayloads(`${url}/updates/update.json`, signal), async () => {})
        return update(target(lied), second.manifest, payloads, RUNNING)
      },
    )
    await assert.rejects(dead, (error: UserError) => error.exit === 3 && /503/.test(error.message))
    assert.equal(asked, 4)
    assert.equal(systemOf(lied, [first]), 1)
  },
)

async function serving<T>(
  listener: RequestListener,
  use: (url: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, new AbortController().signal)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
