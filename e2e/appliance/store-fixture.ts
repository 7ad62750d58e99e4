import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const path = (digit: string, name: string) => `/nix/store/${digit.repeat(32)}-${name}`
export const SYSTEM = path('0', 'nixos-system-test')
const KERNEL = path('1', 'linux')
const TOOLS = path('2', 'tools')
/** In the store, and no part of the system. */
export const STRANGER = path('3', 'stranger')

/** A real Nix store below `root` that holds a system with a boot.json, what it refers to, and a stranger. */
export function makeSystemStore(root: string, kernel: string): void {
  const real = (one: string) => join(root, one)
  rmSync(root, { recursive: true, force: true })
  for (const one of [SYSTEM, KERNEL, TOOLS, STRANGER]) mkdirSync(real(one), { recursive: true })
  cpSync(kernel, join(real(KERNEL), 'bzImage'))
  writeFileSync(join(real(TOOLS), 'data'), Buffer.alloc(200_000, 'some tool '))
  writeFileSync(join(real(TOOLS), 'run'), '#!/bin/sh\necho run\n')
  chmodSync(join(real(TOOLS), 'run'), 0o755)
  writeFileSync(join(real(STRANGER), 'secret'), 'not for the image')
  symlinkSync(`${TOOLS}/run`, join(real(SYSTEM), 'init'))
  const spec = {
    system: 'x86_64-linux',
    init: `${SYSTEM}/init`,
    kernel: `${KERNEL}/bzImage`,
    kernelParams: ['loglevel=4', 'lsm=landlock'],
    label: 'NixOS 26.11 (Linux 6.1.0)',
    toplevel: SYSTEM,
  }
  writeFileSync(join(real(SYSTEM), 'boot.json'), JSON.stringify({ 'org.nixos.bootspec.v1': spec }))
  const references: readonly (readonly [string, readonly string[]])[] = [
    [TOOLS, []],
    [KERNEL, []],
    [STRANGER, []],
    [SYSTEM, [KERNEL, TOOLS]],
  ]
  const input = references.map(([one, refs]) => {
    const nar = execFileSync('nix-store', ['--dump', real(one)], { maxBuffer: 1 << 28 })
    return [one, createHash('sha256').update(nar).digest('hex'), nar.length, '', refs.length, ...refs].join('\n')
  })
  execFileSync('nix-store', ['--store', `local?root=${root}`, '--load-db'], {
    input: `${input.join('\n')}\n`,
    env: { ...process.env, NIX_REMOTE: '' },
    stdio: ['pipe', 'ignore', 'pipe'],
  })
}

/** What the top folder of the image's store holds. */
export const CLOSURE = [SYSTEM, KERNEL, TOOLS].map((one) => basename(one))
