/** What the beginning of a JSON document tells of its kind. */
export interface JsonHead {
  /** The keys of the outermost object as far as the text goes; those with a string have it as value, others ''. */
  readonly keys: ReadonlyMap<string, string>
  /** The keys of the first member that is an object itself. */
  readonly inner: ReadonlySet<string>
}

/**
 * Read the keys at the beginning of a JSON object, from a text that may be cut off anywhere or stop being JSON further
 * on. Undefined: no object begins here. One linear pass, nothing is built but the keys.
 */
export function jsonHead(text: string): JsonHead | undefined {
  const start = skipSpace(text, text.startsWith('\ufeff') ? 1 : 0)
  if (text[start] !== '{') return undefined
  const keys = new Map<string, string>()
  const inner = new Set<string>()
  let parent: string | undefined
  let current = ''
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const c = text[at]
    if (c === '{' || c === '[') depth++
    else if (c === '}' || c === ']') {
      if (--depth <= 0) break
    } else if (c === '"') {
      const end = endOfString(text, at)
      if (end === undefined) break
      if (depth <= 2) {
        const value = text.slice(at + 1, Math.min(end, at + 201))
        const isKey = text[skipSpace(text, end + 1)] === ':'
        if (isKey && depth === 1) {
          current = value
          keys.set(value, '')
        } else if (isKey) {
          parent ??= current
          if (parent === current) inner.add(value)
        } else if (depth === 1) keys.set(current, value)
      }
      at = end
    }
  }
  return { keys, inner }
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number | undefined {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return undefined
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return at
}
