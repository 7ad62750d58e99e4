import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findPart, part } from '../../scripts/boot-parts.ts'

/**
 * How machines run: by the host's virtualisation where that really works, else emulated. A /dev/kvm that is there proves
 * nothing (a nested one may abort, or stop in the firmware's first instructions), so a machine is started with it once a
 * run, and has to come through the firmware. FIRN_ACCELERATOR=tcg|kvm says it without a trial.
 */
export type Accelerator = 'kvm' | 'tcg'

const ARGS: Readonly<Record<Accelerator, readonly string[]>> = {
  kvm: ['-accel', 'kvm', '-cpu', 'max'],
  tcg: ['-accel', 'tcg,thread=multi', '-cpu', 'max'],
}
/** With virtualisation the firmware needs two seconds. */
const PATIENCE_SECONDS = 15

let decided: Accelerator | undefined

/** QEMU's words for it. */
export function acceleratorArgs(accelerator: Accelerator): readonly string[] {
  return ARGS[accelerator]
}

/** Decide, once a process; `scripts/test.ts` does it for all that it starts. */
export async function accelerator(): Promise<Accelerator> {
  const told = process.env.FIRN_ACCELERATOR
  if (told === 'kvm' || told === 'tcg') return told
  const hasFirmware = findPart('firmware') !== undefined && findPart('vars') !== undefined
  decided ??= hasFirmware && mayOpen('/dev/kvm') && (await works(ARGS.kvm, PATIENCE_SECONDS)) ? 'kvm' : 'tcg'
  return decided
}

/** Whether a machine that is started with these words comes through its firmware, with nothing to boot, in that time. */
export async function works(words: readonly string[], seconds: number): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'firn-accelerator-'))
  try {
    copyFileSync(part('vars'), join(folder, 'vars.fd'))
    const machine = ['-nodefaults', '-display', 'none', '-nic', 'none', '-no-reboot', '-m', '128', '-serial', 'stdio']
    const flash = (unit: number, file: string) => ['-drive', `if=pflash,unit=${unit},format=raw,file=${file}`]
    const firmware = [...flash(0, `${part('firmware')},readonly=on`), ...flash(1, join(folder, 'vars.fd'))]
    const board = ['-machine', 'q35,smm=on', '-global', 'driver=cfi.pflash01,property=secure,value=on']
    return await says(spawn('qemu-system-x86_64', [...words, ...machine, ...board, ...firmware]), /BdsDxe/, seconds)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function mayOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** It is killed in the end, and waited for. */
function says(child: ChildProcess, words: RegExp, seconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = ''
    let said = false
    const stop = () => child.kill('SIGKILL')
    const timer = setTimeout(stop, seconds * 1000)
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more
      if (!words.test(text)) return
      said = true
      stop()
    })
    child.stderr?.resume()
    child.on('error', () => resolve(false))
    child.on('close', () => {
      clearTimeout(timer)
      resolve(said)
    })
  })
}
