import { UserError } from '@firn/core'
import { bootEntries, type LoadOption } from './load-option.ts'
import { type EfiVariable, VENDOR, variable } from './variable.ts'

/**
 * The variables of the firmware's boot menu (Boot####, BootOrder) to write so that it is again what it was: the entries
 * first, then the order that names them, so that at each moment it names what is there. Entries that came since stay, and
 * are no longer named. Errors: a menu that names what it does not have.
 */
export function planBootMenu(before: readonly EfiVariable[], wanted: readonly EfiVariable[]): EfiVariable[] {
  const order = variable(wanted, 'BootOrder')
  if (order === undefined) throw new UserError('the backup has no BootOrder', 'leave --boot-entries out')
  for (const entry of bootEntries(wanted)) {
    if ('problem' in entry && !entry.isNext) {
      throw new UserError(`the boot menu of the backup is not whole: ${entry.name}: ${entry.problem}`, 'choose another')
    }
  }
  const entries = wanted.filter((one) => isBootEntry(one))
  return [...entries, order].filter((one) => {
    const old = variable(before, one.name)
    return old === undefined || old.attributes !== one.attributes || Buffer.compare(old.data, one.data) !== 0
  })
}

export function isBootEntry({ name, vendor }: Pick<EfiVariable, 'name' | 'vendor'>): boolean {
  return /^Boot[0-9A-F]{4}$/.test(name) && vendor === VENDOR.global
}

/** An entry in one line: what the menu shows, and what it starts. */
export function describeBootEntry({ isActive, description, path }: LoadOption): string {
  const where = path.flatMap((node) => {
    if (node.kind === 'partition') return [`partition ${node.number} (${node.id})`]
    if (node.kind === 'file') return [node.path]
    return node.kind === 'network' ? ['network'] : node.kind === 'firmware-file' ? ['part of the firmware'] : []
  })
  return [`“${description}”`, ...where, ...(isActive ? [] : ['(switched off)'])].join(' ')
}
