/** The metrics of a version, each with its values and what they count. */
export type MetricTable<V> = Readonly<Record<string, Readonly<Record<string, V>>>>

/**
 * Read `AV:N/AC:L/…` against the metrics of a version; undefined when one is unknown or given twice, or one of
 * `required` is missing. `X` and `ND`, "not defined", are as if the metric were not there.
 */
export function readMetrics<V>(
  text: string,
  table: MetricTable<V>,
  required: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const metrics = new Map<string, string>()
  const seen = new Set<string>()
  for (const part of text.toUpperCase().split('/')) {
    const [name, value, ...rest] = part.split(':')
    if (name === undefined || value === undefined || rest.length > 0 || seen.has(name)) return undefined
    if (!Object.hasOwn(table, name)) return undefined
    seen.add(name)
    if ((value === 'X' || value === 'ND') && !required.includes(name)) continue
    if (!Object.hasOwn(table[name]!, value)) return undefined
    metrics.set(name, value)
  }
  return required.every((name) => metrics.has(name)) ? metrics : undefined
}
