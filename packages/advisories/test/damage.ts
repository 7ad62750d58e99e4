import fc from 'fast-check'

/** A document with one or two of its values, somewhere, replaced by something else. */
export function damaged(documents: readonly Buffer[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...documents), fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { minLength: 1, maxLength: 2 }))
    .map(([bytes, changes]) => {
      const root = { document: JSON.parse(bytes.toString()) as unknown }
      for (const [which, value] of changes) {
        const places = placesOf(root)
        const [holder, key] = places[which % places.length]!
        holder[key] = value
      }
      return JSON.stringify(root.document)
    })
}

type Holder = Record<string, unknown>

function placesOf(holder: object): [Holder, string][] {
  return Object.entries(holder).flatMap(([key, value]): [Holder, string][] => [
    [holder as Holder, key],
    ...(typeof value === 'object' && value !== null ? placesOf(value) : []),
  ])
}
