import { UserError } from '@firn/core'
import { parseVendorSection, type VendorLists } from '../authenticode/vendor.ts'
import { withMirrored } from '../efivars/mirrored.ts'
import { printSignatureLists, type SignatureList } from '../efivars/signature-list.ts'
import { ATTRIBUTE, type EfiVariable, variable } from '../efivars/variable.ts'
import { listsOf } from './firmware.ts'
import { type Program, sectionBytes } from './program.ts'

/** What a shim goes by: what it was built with, and its variables. */
export interface ShimLists {
  readonly vendor: VendorLists
  /** Why the lists that it was built with cannot be read. */
  readonly problem?: string
  /** The machine's variables as shim finds them. */
  readonly variables: readonly EfiVariable[]
  readonly mok: {
    readonly allowed: readonly SignatureList[]
    readonly forbidden: readonly SignatureList[]
    /** Variables that shim deletes: it takes them only when a running system could not have written them. */
    readonly deleted: ReadonlySet<string>
  }
  readonly notes: readonly string[]
}

const MOST_SECTION = 1 << 20
const BOOT_ONLY = ['MokList', 'MokListX', 'MokSBState', 'MokDBState', 'MokPolicy'] as const

export function shimLists(program: Program, told: readonly EfiVariable[]): ShimLists {
  const built = vendorOfShim(program)
  const { variables, taken } = withMirrored(told, {
    MokList: printSignatureLists(built.vendor.allowed),
    MokListX: printSignatureLists(built.vendor.forbidden),
  })
  const notes = taken.length === 0 ? [] : [`as shim left it at the last start: ${taken.join(', ')}`]
  const deleted = new Set(BOOT_ONLY.filter((name) => isDeleted(variable(variables, name))))
  for (const name of deleted) {
    const attributes = variable(variables, name)!.attributes.toString(16)
    notes.push(`shim deletes ${name}: a running system could have written it (attributes 0x${attributes})`)
  }
  const read = (name: 'MokList' | 'MokListX') => {
    if (deleted.has(name)) return []
    const { lists, problem } = listsOf(variables, name)
    if (problem !== undefined) notes.push(`${name} cannot be read: ${problem}`)
    return lists
  }
  return { ...built, variables, mok: { allowed: read('MokList'), forbidden: read('MokListX'), deleted }, notes }
}

function isDeleted(found: EfiVariable | undefined): boolean {
  if (found === undefined) return false
  return (found.attributes & ATTRIBUTE.runtime) !== 0 || (found.attributes & ATTRIBUTE.bootService) === 0
}

function vendorOfShim(program: Program): Pick<ShimLists, 'vendor' | 'problem'> {
  const none: VendorLists = { allowed: [], forbidden: [], isCertificate: false }
  const bytes = sectionBytes(program, '.vendor_cert', MOST_SECTION)
  try {
    return { vendor: bytes === undefined ? none : parseVendorSection(bytes) }
  } catch (error) {
    if (error instanceof UserError)
      return { vendor: none, problem: `its vendor certificate cannot be read: ${error.message}` }
    throw error
  }
}
