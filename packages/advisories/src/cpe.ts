/** A CPE 2.3 name (NISTIR 7695), its parts unescaped; `*` is any, `-` not applicable. */
export interface Cpe {
  /** `a` application, `o` operating system, `h` hardware. */
  readonly part: string
  readonly vendor: string
  readonly product: string
  readonly version: string
  readonly update: string
  readonly edition: string
  readonly language: string
  readonly swEdition: string
  readonly targetSw: string
  readonly targetHw: string
  readonly other: string
}

const FIELDS = [
  'part',
  'vendor',
  'product',
  'version',
  'update',
  'edition',
  'language',
  'swEdition',
  'targetSw',
  'targetHw',
  'other',
] as const

/** Read a formatted string (`cpe:2.3:a:…`) or a 2.2 URI (`cpe:/a:…`); undefined when it is neither. */
export function parseCpe(text: string): Cpe | undefined {
  if (text.startsWith('cpe:2.3:')) {
    const parts = splitEscaped(text.slice(8))
    return parts.length === FIELDS.length ? fromParts(parts) : undefined
  }
  if (!text.startsWith('cpe:/')) return undefined
  const parts = text.slice(5).split(':').map(decodeUri)
  return parts.length >= 3 && parts.length <= 7 ? fromParts(parts) : undefined
}

/** The formatted string of a name. */
export function printCpe(cpe: Cpe): string {
  return `cpe:2.3:${FIELDS.map((field) => escapePart(cpe[field])).join(':')}`
}

function fromParts(parts: readonly string[]): Cpe | undefined {
  if (!/^[aoh*-]$/.test(parts[0]!) || parts.slice(1, 3).some((part) => part === '')) return undefined
  return Object.fromEntries(
    FIELDS.map((field, i) => [field, parts[i] === undefined || parts[i] === '' ? '*' : parts[i]]),
  ) as unknown as Cpe
}

/** At colons that no backslash precedes; the backslashes go. */
function splitEscaped(text: string): string[] {
  const parts: string[] = []
  let part = ''
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (character === '\\' && i + 1 < text.length) part += text[++i]
    else if (character === ':') {
      parts.push(part)
      part = ''
    } else part += character
  }
  parts.push(part)
  return parts
}

function escapePart(part: string): string {
  return part === '*' || part === '-' ? part : part.replace(/[^A-Za-z0-9_.-]/g, '\\$&')
}

function decodeUri(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
