import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type ExitCode, UserError } from '@firn/core'
import { runCommand } from '../../../packages/cli/src/run.ts'

/**
 * What enforce.test.ts has done inside of the machine, as root: the disk's store is prepared, mounted, and tampered with in
 * each way, while mounted and on the raw disk. Prints one line of JSON; the test judges it. Words: the raw disk, the
 * digest that was computed outside, the path of the data, where a byte of its file `flipped` lies on the raw disk.
 */
const [DEVICE = '', DIGEST = '', DATA = '', at = ''] = process.argv.slice(2)
const DISK = '/disk'
const SEALED = '/sealed'
const FOLDER = `${DISK}/nix/firn-sealed`
const STORE = `${DISK}/nix/store`
const CACHE = '/run/cache'
const SEAL = ['--store', DISK, '--seal', '/seal', '--key', '/seal.pub']
const image = (digest: string) => `${FOLDER}/images/${digest}.erofs`
const data = (name: string) => `${DISK}${DATA}/${name}`
const sealed = (name: string) => `${SEALED}/${DATA.slice('/nix/store/'.length)}/${name}`

export interface Ran {
  readonly exit: ExitCode | 'crash'
  readonly said: string
  readonly seconds: number
}

/** The command as main.ts runs it, in this process: under emulation each start of Node takes seconds. */
async function firn(...words: readonly string[]): Promise<Ran> {
  const began = performance.now()
  let said = ''
  const take = (text: string) => {
    said += text
  }
  const io = {
    stdout: take,
    stderr: take,
    env: { HOME: '/run', FIRN_STATE_DIR: '/run/state', FIRN_CACHE_DIR: CACHE },
    interactive: false,
    signal: new AbortController().signal,
  }
  const commands = { store: () => import('../../../packages/cli/src/commands/store.ts') }
  const exit = await runCommand('firn', commands, ['store', ...words], io).catch((error: unknown) => {
    said += String(error)
    return error instanceof UserError ? error.exit : 'crash'
  })
  return { exit, said, seconds: (performance.now() - began) / 1000 }
}

function run(program: string, ...words: readonly string[]): void {
  execFileSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** The code of the error that reading a file ends with, or how many bytes it has. */
function read(path: string): string {
  try {
    return String(readFileSync(path).length)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

function readBlock(path: string, position: number): string {
  const file = openSync(path, 'r')
  try {
    return String(readSync(file, Buffer.alloc(4096), 0, 4096, position))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  } finally {
    closeSync(file)
  }
}

/** Every name with its mode, times left out, and what it holds. */
function listing(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .filter((name) => name !== '.links' && !name.endsWith('.drv'))
    .flatMap((name) => {
      const path = join(folder, name)
      const stat = lstatSync(path)
      if (stat.isSymbolicLink()) return [`${name} -> ${readlinkSync(path)}`]
      if (stat.isFile()) return [`${name} ${stat.mode.toString(8)} ${readFileSync(path).toString('base64')}`]
      return [`${name} ${stat.mode.toString(8)}/`, ...listing(path).map((line) => `${name}/${line}`)]
    })
}

/** Change a byte on the raw disk, while nothing of it is mounted. */
function flip(position: number): void {
  const file = openSync(DEVICE, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, position)
  byte[0]! ^= 1
  writeSync(file, byte, 0, 1, position)
  fsyncSync(file)
  closeSync(file)
}

/** Where the last block of a file lies on the raw disk. There must be no other like it. */
function whereOnDisk(path: string): number {
  run('busybox', 'sync')
  const block = readFileSync(path).subarray(-4096)
  const place = readFileSync(DEVICE).indexOf(block)
  if (block.length !== 4096 || place < 0) throw new Error(`${path}: not found on the disk`)
  return place
}

const mountDisk = () => run('busybox', 'mount', '-t', 'ext4', DEVICE, DISK)
const mountSealed = (digest = DIGEST) => firn('enforce', 'mount', '--store', DISK, '--digest', digest, '--at', SEALED)
const prepare = () => firn('enforce', 'prepare', ...SEAL, '--json')
const check = (level: string) => firn('check', '--level', level, ...SEAL, '--json')
const unmount = (...places: readonly string[]) => {
  for (const place of places) run('busybox', 'umount', place)
}

/** Of its two names, the one by its digest. */
function objectOf(path: string): string {
  const { ino } = lstatSync(path)
  for (const folder of readdirSync(`${FOLDER}/objects`)) {
    for (const name of readdirSync(`${FOLDER}/objects/${folder}`)) {
      const object = `${FOLDER}/objects/${folder}/${name}`
      if (lstatSync(object).ino === ino) return object
    }
  }
  throw new Error(`${path} is no object`)
}

/** Put another file in the place of one, of the same size, and have the kernel check that too. */
function replace(path: string): void {
  const content = readFileSync(path)
  const { mode } = lstatSync(path)
  content[5]! ^= 1
  rmSync(path)
  writeFileSync(path, content, { mode: mode & 0o777 })
  run('fsverity', 'enable', path)
}

const told: Record<string, unknown> = {}
mkdirSync(SEALED)

// As NixOS has it: the store is mounted over itself, read-only.
run('busybox', 'mount', '--bind', STORE, STORE)
run('busybox', 'mount', '-o', 'remount,bind,ro', STORE)
told.readOnly = await prepare()
unmount(STORE)

told.prepared = await prepare()
writeFileSync('/run/image-at', String(whereOnDisk(image(DIGEST))))
told.again = await prepare()
told.times = readdirSync(data('many')).filter((name) => lstatSync(data(`many/${name}`)).mtimeMs !== 1000).length
told.measured = await check('2')
told.mounted = await mountSealed()
told.same = listing(SEALED).join('\n') === listing(STORE).join('\n')
told.written = (() => {
  try {
    writeFileSync(sealed('small'), 'other')
    return 'written'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  }
})()

// Root of the running machine changes the store itself.
chmodSync(data('tool'), 0o4755)
renameSync(data('link'), data('renamed'))
told.view = [lstatSync(sealed('tool')).mode.toString(8), readlinkSync(sealed('link'))]
told.found = await check('2')
chmodSync(data('tool'), 0o555)
renameSync(data('renamed'), data('link'))
utimesSync(`${DISK}${DATA}`, 1, 1)
unmount(SEALED)

const aside = (path: string, act: () => void) => {
  renameSync(path, '/disk/aside')
  copyFileSync('/disk/aside', path)
  act()
}
const back = (path: string) => renameSync('/disk/aside', path)

// Other images than the one that the command line names, under its name.
told.missing = await mountSealed('ab'.repeat(32))
aside(image(DIGEST), () => undefined)
told.unchecked = await mountSealed()
back(image(DIGEST))
aside(image(DIGEST), () => replace(image(DIGEST)))
told.otherImage = await mountSealed()
back(image(DIGEST))

// Other objects, under the names of those that were sealed: one with other contents, that the kernel checks by its own
// digest, and a copy that it does not check.
const [replaced, stripped] = [objectOf(data('replaced')), objectOf(data('stripped'))]
for (const [object, verity] of [
  [replaced, true],
  [stripped, false],
] as const) {
  renameSync(object, `${object}.kept`)
  copyFileSync(`${object}.kept`, object)
  if (verity) replace(object)
}
await mountSealed()
told.objects = [read(sealed('replaced')), read(sealed('stripped')), read(sealed('flipped'))]
unmount(SEALED)
for (const object of [replaced, stripped]) renameSync(`${object}.kept`, object)

// The raw disk.
unmount(DISK)
flip(Number(at))
mountDisk()
await mountSealed()
told.flipped = [readBlock(sealed('flipped'), 0), read(sealed('flipped')), read(sealed('replaced'))]
// What was found wrong above would be read again at any level.
rmSync(CACHE, { recursive: true })
told.notLooked = await check('2')
told.looked = await check('3')
unmount(SEALED, DISK)
process.stdout.write(`\nTOLD ${JSON.stringify(told)}\n`)
