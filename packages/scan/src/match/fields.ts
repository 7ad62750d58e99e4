/** More rows of one product than this are enumerations of builds; the index would carry them for nothing. */
export const MOST_ROWS = 2_000

/** Descriptions are kept for what their first sentences say: what it is, and on which platform. */
const DESCRIPTION = 400

/** The beginning of a text, cut at a word. */
export function clip(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= DESCRIPTION) return text
  const cut = text.slice(0, DESCRIPTION)
  const space = cut.lastIndexOf(' ')
  return `${space > DESCRIPTION / 2 ? cut.slice(0, space) : cut} …`
}

/** A list that holds something. */
export const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)

/** The entries that are there: `exactOptionalPropertyTypes` tells absent from undefined, and so does the index's size. */
export function optional<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
