import { parsePe } from '@firn/binary/pe'
import { readKernel, readProgram, readVendorLists } from '@firn/boot'
import { type ByteSource, naming, UserError } from '@firn/core'
import type { OpenFiles } from './open-files.ts'

/** What is put into an image is looked at first: what cannot be what it is given as is told with its name. */
export function openShim(path: string | undefined, files: OpenFiles): ByteSource | undefined {
  return opened(path, files, readVendorLists)
}

/** A stub, a boot loader, a MokManager: an EFI program. */
export function openProgram(path: string, files: OpenFiles): ByteSource
export function openProgram(path: string | undefined, files: OpenFiles): ByteSource | undefined
export function openProgram(path: string | undefined, files: OpenFiles): ByteSource | undefined {
  return opened(path, files, readProgram)
}

/** Errors: neither an EFI program nor a kernel of x86. */
export function checkKernel(kernel: ByteSource): void {
  const { release, sizeOfImage } = readKernel(kernel)
  if (release === undefined && sizeOfImage === undefined) {
    throw new UserError(
      'not a kernel that a stub can start',
      'give a bzImage, or the Image of another machine, with its EFI stub',
    )
  }
}

/**
 * Whether one machine can start all of these, by what they are called. A kernel without an EFI stub does not say for which
 * it is. Errors: two are for different ones.
 */
export function checkOneMachine(programs: Readonly<Record<string, ByteSource | undefined>>): void {
  const machines = Object.entries(programs).flatMap(([what, source]) => {
    const machine = source === undefined ? undefined : machineOf(source)
    return machine === undefined ? [] : [{ what, machine }]
  })
  const [first] = machines
  const other = machines.find(({ machine }) => machine !== first?.machine)
  if (first === undefined || other === undefined) return
  throw new UserError(
    `${first.what} is for ${nameOf(first.machine)}, and ${other.what} for ${nameOf(other.machine)}`,
    'give programs and a kernel of one kind of machine',
  )
}

function machineOf(source: ByteSource): number | undefined {
  try {
    return parsePe(source).machine
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Numbers of PE/COFF, by the names that EFI has for them. */
const MACHINES: Readonly<Record<number, string>> = { 34404: 'x64', 43620: 'aa64', 332: 'ia32' }

function nameOf(machine: number): string {
  return MACHINES[machine] ?? `machine 0x${machine.toString(16)}`
}

/** Errors: nothing in it. */
export function checkInitrd(initrd: ByteSource): void {
  if (initrd.size === 0) throw new UserError('it is empty', 'make one: firn appliance initrd')
}

function opened(
  path: string | undefined,
  files: OpenFiles,
  look: (source: ByteSource) => unknown,
): ByteSource | undefined {
  if (path === undefined) return undefined
  const source = files.open(path)
  naming(path, () => look(source))
  return source
}
