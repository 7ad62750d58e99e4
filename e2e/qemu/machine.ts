import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { closeSync, constants, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { part } from '../../scripts/boot-parts.ts'
import { accelerator, acceleratorArgs } from './accelerator.ts'

/** A machine of our own: QEMU, its firmware (OVMF with Secure Boot and SMM), one serial line. */
export interface MachineWords {
  /** Raw images, each an NVMe drive unless said otherwise, in this order. */
  readonly disks: readonly Disk[]
  /** OVMF's variables. The machine gets a copy; `keepVars` names where that copy is to be left. */
  readonly vars?: string
  readonly keepVars?: string
  /** A Linux kernel started at once by QEMU, without that firmware. */
  readonly kernel?: { readonly file: string; readonly cmdline: string; readonly initrd?: string }
  /** A TPM 2.0: new each time, or one that keeps its state in this folder. */
  readonly tpm?: boolean | string
  /** A network card; this host is 10.0.2.2 there. */
  readonly network?: boolean
  /** It goes on when it restarts, which otherwise is its end. */
  readonly restarts?: boolean
  /** Megabytes. */
  readonly memory?: number
  /** A socket on which QEMU's monitor listens: see monitor.ts. */
  readonly monitor?: string
  /** A state that `saveState` left, to go on from. It waits to be told to. */
  readonly state?: string
}

export interface Disk {
  readonly file: string
  /** What was written survives that QEMU is killed: no cache of the host in between. */
  readonly uncached?: boolean
  readonly readOnly?: boolean
  /** A CD in a SATA drive, or a stick in a USB port. */
  readonly as?: 'cd' | 'usb' | undefined
  /** A virtio disk: QEMU can save the state of a machine that has it, which it cannot with NVMe. */
  readonly virtio?: boolean
}

/** What the machine said until it said what was waited for, or ended. */
export interface Said {
  /** The serial line, without the codes that move a cursor. */
  readonly serial: string
  readonly seconds: number
  /** What it took of a core: the same however busy the host is. */
  readonly cpuSeconds: number
}

/** Generous: on cores that much else is running on, a boot of 5 seconds has taken 60, and Node in a guest minutes. */
const PATIENCE_SECONDS = 600

/** Start a machine, wait for a word (or for its end), and end it. Error: neither came, with the end of what it said. */
export async function boot(words: MachineWords, until: RegExp): Promise<Said> {
  const machine = startMachine(words)
  try {
    return await machine.waitFor(until)
  } finally {
    await machine.end()
  }
}

export interface RunningMachine {
  /** `from`: what it said before that place of the serial line does not count. */
  waitFor(until: RegExp, from?: number): Promise<Said>
  /** What it has said so far. */
  serial(): string
  /** Type a line. */
  type(line: string): void
  /** QEMU is gone as if the power were cut. */
  end(): Promise<void>
}

export function startMachine(words: MachineWords): RunningMachine {
  const folder = mkdtempSync(join(tmpdir(), 'firn-machine-'))
  const began = performance.now()
  const args = [...COMMON, '-m', String(words.memory ?? 256), ...words.disks.flatMap(diskArgs)]
  if (words.monitor !== undefined) args.push('-monitor', `unix:${words.monitor},server=on,wait=off`)
  if (words.state !== undefined) args.push('-incoming', `exec:cat ${words.state}`)
  if (words.kernel !== undefined) args.push(...kernelArgs(words.kernel))
  else args.push(...firmwareArgs(words, folder))
  if (words.tpm !== undefined && words.tpm !== false) {
    args.push(...startTpm(folder, words.tpm === true ? folder : words.tpm))
  }
  if (words.network === true) args.push('-nic', 'user,model=virtio-net-pci')
  else args.push('-nic', 'none')
  if (words.restarts !== true) args.push('-no-reboot')
  const line = openLine(join(folder, 'line'))
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['pipe', line.writing, line.writing] })
  closeSync(line.writing)
  goFirst(qemu.pid)
  let serial = ''
  let cut = ''
  let ended = false
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  line.reading.setEncoding('utf8').on('data', (text: string) => {
    const { whole, rest } = splitCodes(cut + text)
    serial += withoutCodes(whole)
    cut = rest
    tell()
  })
  // It ends with QEMU, which alone writes to it.
  line.reading.on('close', () => {
    ended = true
    tell()
  })
  qemu.on('error', (error) => {
    serial += String(error)
    tell()
  })
  const waitFor = (until: RegExp, from = 0) =>
    new Promise<Said>((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(timer)
        listeners.delete(look)
        act()
      }
      const said = () => ({ serial, seconds: (performance.now() - began) / 1000, cpuSeconds: cpuSeconds(qemu.pid) })
      const fail = (why: string) => reject(new Error(`the machine ${why}; it said:\n${serial.slice(-3000)}`))
      const look = () => {
        if (until.test(serial.slice(from))) finish(() => resolve(said()))
        else if (ended) finish(() => fail(`ended before it said ${until}`))
      }
      const late = () => finish(() => fail(`did not say ${until} in ${PATIENCE_SECONDS} seconds`))
      const timer = setTimeout(late, PATIENCE_SECONDS * 1000)
      listeners.add(look)
      look()
    })
  const end = async () => {
    await gone(qemu)
    line.reading.destroy()
    if (words.keepVars !== undefined) copyFileSync(join(folder, 'vars.fd'), words.keepVars)
    rmSync(folder, { recursive: true, force: true })
  }
  return { waitFor, serial: () => serial, type: (text) => void qemu.stdin!.write(`${text}\n`), end }
}

const COMMON = [
  ...['-nodefaults', '-display', 'none'],
  ...[...acceleratorArgs(await accelerator()), '-smp', '1', '-machine', 'q35,smm=on', '-serial', 'stdio'],
]

function firmwareArgs({ vars }: MachineWords, folder: string): string[] {
  if (vars === undefined) throw new Error('firmware without variables')
  copyFileSync(vars, join(folder, 'vars.fd'))
  return [
    ...['-global', 'driver=cfi.pflash01,property=secure,value=on'],
    ...['-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${part('firmware')}`],
    ...['-drive', `if=pflash,unit=1,format=raw,file=${join(folder, 'vars.fd')}`],
  ]
}

function diskArgs({ file, uncached = false, readOnly = false, virtio = false, as }: Disk, number: number): string[] {
  const words = [
    'if=none',
    `id=disk${number}`,
    'format=raw',
    `file=${file}`,
    ...(uncached ? ['cache=none'] : []),
    ...(readOnly ? ['readonly=on'] : []),
  ]
  const drive = ['-drive', words.join(',')]
  if (as === 'usb') {
    const port = `usb${number}`
    return [...drive, '-device', `qemu-xhci,id=${port}`, '-device', `usb-storage,bus=${port}.0,drive=disk${number}`]
  }
  const device = as === 'cd' ? 'ide-cd' : virtio ? 'virtio-blk-pci' : `nvme,serial=${number}`
  return [...drive, '-device', `${device},drive=disk${number}`]
}

function kernelArgs({ file, cmdline, initrd }: NonNullable<MachineWords['kernel']>): string[] {
  return ['-kernel', file, '-append', cmdline, ...(initrd === undefined ? [] : ['-initrd', initrd])]
}

/** swtpm, which keeps its state in a folder and talks over a socket; it ends when the machine hangs up. */
function startTpm(folder: string, state: string): string[] {
  const socket = join(folder, 'tpm.socket')
  const words = ['--tpm2', '--tpmstate', `dir=${state}`, '--ctrl', `type=unixio,path=${socket}`]
  // It answers only when it listens.
  execFileSync('swtpm', ['socket', ...words, '--daemon', '--terminate'], { stdio: 'ignore' })
  const args = ['-chardev', `socket,id=tpm,path=${socket}`]
  return [...args, '-tpmdev', 'emulator,id=tpm0,chardev=tpm', '-device', 'tpm-crb,tpmdev=tpm0']
}

/** In words, for the log of a test. */
export function timeOf({ seconds, cpuSeconds }: Said): string {
  return `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of a core`
}

/**
 * Machines are the longest lane of a run. At once: the threads that are made later have it from the first. Where that is not
 * allowed, it only takes longer.
 */
function goFirst(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, -10)
  } catch (error) {
    const { info } = error as { info?: { code?: string } }
    if (info?.code !== 'EPERM' && info?.code !== 'EACCES') throw error
  }
}

/** User and system time of a process (proc(5), stat: fields 14 and 15, in hundredths); 0 when it is gone. */
function cpuSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

/** Killed, and waited for. */
function gone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve()
    child.on('exit', () => resolve())
    child.kill('SIGKILL')
  })
}

/**
 * A pipe with a name, since what Node calls a pipe is a socket: that holds 171 single letters, which is how QEMU writes,
 * and what comes while it is full, QEMU drops. A pipe holds 65,536.
 */
export function openLine(path: string): { readonly reading: Socket; readonly writing: number } {
  execFileSync('mkfifo', [path])
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return { reading: new Socket({ fd, readable: true, writable: false }), writing: openSync(path, 'w') }
}

/** What ends within a code waits for the rest of it. */
function splitCodes(text: string): { readonly whole: string; readonly rest: string } {
  const at = /\u001b(\[[0-9;=?]{0,16})?$/.exec(text)?.index ?? text.length
  return { whole: text.slice(0, at), rest: text.slice(at) }
}

function withoutCodes(text: string): string {
  return text.replace(/\u001b\[[0-9;=?]*[A-Za-z]/g, '').replaceAll('\r', '')
}
