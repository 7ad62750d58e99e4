import { ATTRIBUTE, BOOT_ONLY_ATTRIBUTES, type EfiVariable, VENDOR, variable } from './variable.ts'

/** Shim's variables that only boot services see, and the names under which it shows them to a running system. */
const MIRRORS = {
  MokList: 'MokListRT',
  MokListX: 'MokListXRT',
  MokSBState: 'MokSBStateRT',
  MokDBState: 'MokIgnoreDB',
  MokPolicy: 'MokPolicyRT',
  SbatLevel: 'SbatLevelRT',
} as const

/** What shim puts in front of a list when it mirrors it: what it was built with. */
export type BuiltIn = Partial<Readonly<Record<keyof typeof MIRRORS, Uint8Array>>>

/**
 * The variables as shim finds them, where the running system that told them sees only its mirrors (mok.c,
 * mok_state_variables and mirror_one_mok_variable, versions 15.8 to 16.1). A mirror is taken when the variable itself is not
 * told, and only a volatile one: such a variable is made before the system runs and nobody changes it afterwards, while one
 * that outlives a restart can be anybody's.
 */
export function withMirrored(
  variables: readonly EfiVariable[],
  builtIn: BuiltIn,
): { readonly variables: readonly EfiVariable[]; readonly taken: readonly string[] } {
  const found = Object.entries(MIRRORS).flatMap(([name, mirror]) => {
    const shown = variable(variables, mirror)
    if (shown === undefined || !isMirror(shown) || variable(variables, name) !== undefined) return []
    const data = without(shown.data, builtIn[name as keyof typeof MIRRORS] ?? new Uint8Array())
    return [{ mirror, variable: { name, vendor: VENDOR.shim, attributes: BOOT_ONLY_ATTRIBUTES, data } }]
  })
  return {
    variables: [...variables, ...found.map((one) => one.variable)],
    taken: found.map(({ mirror }) => mirror),
  }
}

function isMirror({ attributes }: EfiVariable): boolean {
  return (attributes & ATTRIBUTE.nonVolatile) === 0 && (attributes & ATTRIBUTE.runtime) !== 0
}

function without(data: Uint8Array, start: Uint8Array): Uint8Array {
  const begins = Buffer.from(data.buffer, data.byteOffset, Math.min(start.length, data.length)).equals(start)
  return begins ? data.subarray(start.length) : data
}
