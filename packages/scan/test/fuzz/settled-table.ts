import { printSettled, SettledTable } from '../../src/index/settled.ts'

export const corpus: Uint8Array[] = [
  printSettled([
    [{ version: [1, 2], after: false }],
    [],
    [
      { version: [], after: false },
      { version: [3], after: true },
    ],
  ]),
  printSettled([]),
]

/** What is asked of a table, of versions in it and not, of advisories it has and has not. */
export function target(bytes: Uint8Array): void {
  const table = new SettledTable(bytes)
  for (const version of [[], [1, 2], [1, 2, 0, 9_999_999], [4]]) {
    for (let advisory = 0; advisory < 4; advisory++) table.isSettled(advisory, table.placeOf(version))
  }
}
