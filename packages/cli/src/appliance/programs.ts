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
