import { parsePe } from '@firn/binary/pe'
import type { ByteSource } from '@firn/binary/source'
import { stubVersion } from '@firn/boot/esp'
import { naming, UserError } from '@firn/core'

/** Whether a stub loads what it will be given: the wrong one would take a path for a kernel, or find none. */
export function checkStub(stub: ByteSource, path: string, thin: boolean): ByteSource {
  const told = naming(path, () => stubVersion(stub, parsePe(stub)))?.text
  const isSystemd = told?.startsWith('systemd-stub') === true
  if (thin && isSystemd) throw new UserError(`${path}: this is ${told}, no thin stub`, 'leave --thin out')
  if (!thin && !isSystemd) {
    throw new UserError(`${path}: this is ${told ?? 'not systemd-stub'}`, "add --thin when it is lanzaboote's stub")
  }
  return stub
}
