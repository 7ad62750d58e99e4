import { createHash } from 'node:crypto'
import { writeGuid } from '@firn/core'
import {
  printSignatureLists,
  SIGNATURE_TYPE,
  type SignatureEntry,
  type SignatureList,
} from '../efivars/signature-list.ts'
import { type EfiVariable, VENDOR, variable, variableData, vendorOf } from '../efivars/variable.ts'
import type { ShimLists } from './shim-lists.ts'

/** What shim measures beside programs: a digest for a register. */
export interface ShimMeasure {
  readonly pcr: 7 | 14
  readonly what: string
  /** Hex. */
  readonly sha256: string
}

/** PCR 7: the entry of a list (owner and data) by which shim admitted a program (tpm.c, tpm_measure_variable). */
export function authorityMeasure(name: ListName, { owner, data: content }: SignatureEntry): ShimMeasure {
  const data = variableData(name, Buffer.concat([writeGuid(owner), content]), LISTS[name])
  return { pcr: 7, what: `authority: ${name}`, sha256: sha256(data) }
}

/** The lists of shim, as it names them when it measures. */
const LISTS = { db: vendorOf('db'), vendor_db: VENDOR.imageSecurity, MokListRT: VENDOR.shim } as const
export type ListName = keyof typeof LISTS

/**
 * What it measures of its own state before it starts anything (mok.c, import_mok_state, versions 15.8 to 16.1), in that
 * order: its lists and switches into PCR 14, what weakens or revokes into PCR 7.
 */
export function stateMeasures(
  { vendor, mok }: ShimLists,
  variables: readonly EfiVariable[],
  level: Uint8Array,
): ShimMeasure[] {
  const logged = (name: string, data: Uint8Array): ShimMeasure => ({ pcr: 14, what: name, sha256: sha256(data) })
  const variableOf = (name: string, data: Uint8Array): ShimMeasure => {
    return { pcr: 7, what: `variable: ${name}`, sha256: sha256(variableData(name, data)) }
  }
  const kept = (name: string) => {
    const found = variable(variables, name)
    return found === undefined || mok.deleted.has(name) || found.data.length === 0 ? [] : [found.data]
  }
  const isTrusted = variable(variables, 'MokListTrusted') === undefined
  return [
    logged('MokList', listBytes(vendor.allowed, kept('MokList'))),
    logged('MokListX', listBytes(vendor.forbidden, kept('MokListX'))),
    ...kept('MokSBState').flatMap((data) => [variableOf('MokSBState', data), logged('MokSBState', data)]),
    variableOf('SbatLevel', level),
    // It is there to be switched off: without the variable shim says yes.
    ...(isTrusted ? [logged('MokListTrusted', Uint8Array.of(1))] : []),
    ...kept('MokPolicy').map((data) => logged('MokPolicy', data)),
  ]
}

/** What it was built with, then the variable. An empty list is told as one with a hash that nothing has. */
function listBytes(builtIn: readonly SignatureList[], stored: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat([printSignatureLists(builtIn), ...stored])
  if (bytes.length > 0) return bytes
  const nothing = { owner: VENDOR.shim, data: new Uint8Array(32) }
  return printSignatureLists([{ type: SIGNATURE_TYPE.sha256, header: new Uint8Array(), entries: [nothing] }])
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
