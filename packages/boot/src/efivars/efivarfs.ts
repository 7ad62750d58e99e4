import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, UserError } from '@firn/core'
import { diskError } from '@firn/core/fs'
import { type EfiVariable, SECURE_ATTRIBUTES, vendorOf } from './variable.ts'

/** Where Linux shows the variables of the machine that it runs on. */
export const EFIVARFS = '/sys/firmware/efi/efivars'

/** The variables of a machine, as efivarfs has them: four bytes of attributes in front of each value. */
export interface Efivars {
  /** Names such as `db-d719b2cb-3d3a-4596-a3bc-dad00e67656f`. */
  list(): readonly string[]
  read(file: string): Uint8Array
  /** All of it in one write: the firmware gets one value, or none. */
  write(file: string, bytes: Uint8Array): void
}

/** The variables in a folder: efivarfs itself, or a backup, which looks the same. */
export function folderEfivars(root: string): Efivars {
  return {
    list: () => {
      try {
        return readdirSync(root).sort()
      } catch (error) {
        throw diskError(root, error)
      }
    },
    read: (file) => readFileSync(join(root, file)),
    write: (file, bytes) => {
      const path = join(root, file)
      const wasLocked = unlock(path)
      try {
        writeOnce(path, bytes)
      } finally {
        if (wasLocked) setImmutable(path, '+i')
      }
    },
  }
}

/** All variables that can be read. Some firmware shows some that cannot; these are left out. */
export function readEfivars(port: Efivars): EfiVariable[] {
  return port.list().flatMap((file) => {
    const [, name, vendor] = FILE_NAME.exec(file) ?? []
    if (name === undefined || vendor === undefined) return []
    const bytes = readable(() => port.read(file))
    if (bytes === undefined || bytes.length < 4) return []
    const attributes = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
    return [{ name, vendor, attributes, data: bytes.subarray(4) }]
  })
}

/** Write one key variable: `payload` is an `.auth` file as it is. */
export function writeSecureVariable(port: Efivars, name: string, payload: Uint8Array, append = false): void {
  const bytes = Buffer.alloc(4 + payload.length)
  bytes.writeUInt32LE(SECURE_ATTRIBUTES | (append ? 0x40 : 0), 0)
  bytes.set(payload, 4)
  try {
    port.write(`${name}-${vendorOf(name)}`, bytes)
  } catch (error) {
    throw refusal(name, error)
  }
}

/** Write a variable that nobody signs: an entry of the boot menu, its order. */
export function writeVariable(port: Efivars, variable: EfiVariable): void {
  const { file, bytes } = variableFile(variable)
  try {
    port.write(file, bytes)
  } catch (error) {
    throw diskError(variable.name, error)
  }
}

/** A variable as a file of efivarfs. */
export function variableFile({ name, vendor, attributes, data }: EfiVariable): { file: string; bytes: Uint8Array } {
  const bytes = Buffer.alloc(4 + data.length)
  bytes.writeUInt32LE(attributes, 0)
  bytes.set(data, 4)
  return { file: `${name}-${vendor}`, bytes }
}

const FILE_NAME = /^([^/]+)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

function readable(read: () => Uint8Array): Uint8Array | undefined {
  try {
    return read()
  } catch (error) {
    if (
      ['EIO', 'EACCES', 'EPERM', 'EINVAL', 'ENOENT', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
    ) {
      return undefined
    }
    throw error
  }
}

/** Not truncated first: to efivarfs an empty file is a variable that is taken away. */
function writeOnce(path: string, bytes: Uint8Array): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o644)
  try {
    const written = writeSync(file, bytes)
    if (written !== bytes.length)
      throw new UserError(`${path}: only ${written} bytes were taken`, 'look at it', EXIT.store)
  } catch (error) {
    forgetEmpty(path)
    throw error
  } finally {
    closeSync(file)
  }
}

/** A name that was made for a value which the firmware refused. Linux may not let it go before the next start. */
function forgetEmpty(path: string): void {
  try {
    if (readFileSync(path).length === 0) unlinkSync(path)
  } catch {
    // The refusal is what there is to tell.
  }
}

/** Linux makes these files immutable, so that no careless `rm -r` bricks a machine. Whether it was. */
function unlock(path: string): boolean {
  if (!path.startsWith(`${EFIVARFS}/`) || readable(() => readFileSync(path)) === undefined) return false
  setImmutable(path, '-i')
  return true
}

/** Node has no ioctl: e2fsprogs' chattr has. */
function setImmutable(path: string, flag: '+i' | '-i'): void {
  try {
    execFileSync('chattr', [flag, path], { stdio: 'ignore' })
  } catch (error) {
    if (flag === '+i') return
    throw new UserError(
      `${path}: its protection against writing could not be lifted`,
      'chattr (e2fsprogs) is needed, and root',
      EXIT.store,
      { cause: error },
    )
  }
}

/** What the firmware's answer means: Linux turns it into an error number. */
function refusal(name: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code === 'EACCES' || code === 'EPERM' || code === 'EINVAL') {
    return new UserError(
      `the firmware refused the new ${name} (${code})`,
      'it was signed by the wrong key, for another variable, or is older than what is there: firn boot vars verify',
      EXIT.store,
      { cause: error },
    )
  }
  if (code === 'EROFS') {
    return new UserError(
      `${name} cannot be written: efivarfs is mounted read-only`,
      'mount -o remount,rw /sys/firmware/efi/efivars',
      EXIT.store,
    )
  }
  return diskError(name, error)
}
